"""What was typed in once is locked until the second time: its key is outside the database and every backup.

The second time has to be compared with the first, so the program must be able to read it; whoever has the database's
files, archives or backups without that key is not. The key goes when the round is closed, and with it all that is left
of entries in write-ahead files, dead rows and copies.
"""

from pathlib import Path
from secrets import token_bytes

from nacl import bindings
from nacl.exceptions import CryptoError

from survey_app.rounds.key_files import load_or_make_secret, overwrite_and_remove
from survey_app.rounds.keys import key_mark

NONCE = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
ROOM = 64
"""The most items a paper has: every locked entry is as long as the longest."""
LOCKED = NONCE + ROOM + bindings.crypto_aead_xchacha20poly1305_ietf_ABYTES


def lock_path(keys: Path, public: bytes) -> Path:
    """The file of the key of a round's entries."""
    return keys / f"{key_mark(public).hex()}.papers"


def load_or_make_lock(keys: Path, public: bytes) -> bytes:
    """The key of a round's entries, made with the first of them."""
    return load_or_make_secret(lock_path(keys, public), bindings.crypto_aead_xchacha20poly1305_ietf_KEYBYTES)


def destroy_lock(keys: Path, public: bytes) -> None:
    """Overwrite and remove it: from then on nobody can read an entry in any copy."""
    overwrite_and_remove(lock_path(keys, public))


def lock_entry(key: bytes, batch: int, sheet: int, answers: str) -> bytes:
    """One entry, readable with the key alone and as this sheet's alone; all have one length.

    >>> entry = lock_entry(bytes(32), 7, 1, "54321")
    >>> len(entry) == LOCKED, unlock_entry(bytes(32), 7, 1, entry), unlock_entry(bytes(32), 7, 2, entry)
    (True, '54321', None)
    """
    nonce = token_bytes(NONCE)
    content = answers.encode("ascii").ljust(ROOM)
    about = _about(batch, sheet)
    return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(content, about, nonce, key)


def unlock_entry(key: bytes, batch: int, sheet: int, locked: bytes) -> str | None:
    """The answers of an entry, or nothing where another key or another sheet's entry is."""
    about = _about(batch, sheet)
    try:
        content = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(locked[NONCE:], about, locked[:NONCE], key)
    except CryptoError:
        return None
    return content.decode("ascii").rstrip()


def _about(batch: int, sheet: int) -> bytes:
    return f"{batch} {sheet}".encode()
