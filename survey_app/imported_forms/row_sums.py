"""How an answer that was imported is known again: keyed sums of its platform's row number, and of whole files.

No sum is ever made of answers alone: a row's is made of where it counts and of its number. The key is a file of its
own beside the round's, outside the database and every backup, and goes when the round is closed.
"""

from hashlib import blake2b, scrypt
from pathlib import Path

from survey_app.core.errors import ConflictError
from survey_app.imported_forms.imported_words import IMPORTED_WORDS
from survey_app.rounds.key_files import load_or_make_secret, overwrite_and_remove
from survey_app.rounds.keys import key_mark

KEY = 32
SUM = 16
COST = 2**14
"""scrypt's: a guess at a file's content costs a twentieth of a second and 16 MB."""


def sums_path(keys: Path, public: bytes) -> Path:
    """The file of the key that a round's imported answers are known again by."""
    return keys / f"{key_mark(public).hex()}.imports"


def load_sums_key(keys: Path, public: bytes) -> bytes | None:
    """The key, or nothing before the first import."""
    path = sums_path(keys, public)
    return path.read_bytes() if path.exists() else None


def load_or_make_sums_key(keys: Path, public: bytes, *, is_first: bool) -> bytes:
    """The key; a new one for the round's first import. Raises ConflictError where an earlier import's is gone."""
    if not is_first and load_sums_key(keys, public) is None:
        raise ConflictError(IMPORTED_WORDS.key_gone.format(file=sums_path(keys, public).name))
    return load_or_make_secret(sums_path(keys, public), KEY)


def destroy_sums_key(keys: Path, public: bytes) -> None:
    """Overwrite and remove the key: afterwards nobody can try whether a file was imported."""
    overwrite_and_remove(sums_path(keys, public))


def row_sum(key: bytes, source: str, place: tuple[str, str, str], number: str) -> bytes:
    """The ticket of a row: its platform's own number, of which survey (`source`), and group, unit and class.

    >>> row_sum(b"k", "", ("parent", "P01", "1"), "7") == row_sum(b"k", "", ("parent", "P011", ""), "7")
    False
    """
    content = "\0".join((source, *place, number)).encode()
    return blake2b(content, digest_size=SUM, key=key, person=b"imported row").digest()


def file_sum(key: bytes, content: bytes) -> bytes:
    """The ticket of a whole file: slow, so that nobody who has the key can try many."""
    return scrypt(blake2b(content, key=key).digest(), salt=key, n=COST, r=8, p=1, dklen=SUM)
