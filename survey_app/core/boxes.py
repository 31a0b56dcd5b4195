"""A round's boxes as bytes: anybody who has its public key seals them, and only its private key opens them.

Nothing else is imported here: the processes that open the boxes of a round have room for little.
"""

from functools import lru_cache

from nacl import bindings
from nacl.exceptions import CryptoError

SUITE = b"\x01"
"""The first byte of a box: how it is sealed, here a libsodium sealed box; a county may need another."""
AROUND = len(SUITE) + bindings.crypto_box_SEALBYTES
"""By how many bytes a box is longer than what is in it."""


class UnreadableBoxError(ValueError):
    """A box that this key does not open, or that was sealed in a way this program does not know."""


def seal_box(contents: bytes, public_key: bytes) -> bytes:
    """A box with these contents."""
    return SUITE + bindings.crypto_box_seal(contents, public_key)


def unseal_box(box: bytes, private_key: bytes) -> bytes:
    """What is in a box; raises UnreadableBoxError when the key is another one's or the box was changed."""
    if box[:1] != SUITE:
        raise UnreadableBoxError("sealed in a way this program does not know")
    try:
        return bindings.crypto_box_seal_open(box[1:], _public_key_of(private_key), private_key)
    except CryptoError as problem:
        raise UnreadableBoxError("this key does not open the box") from problem


@lru_cache(maxsize=1)
def _public_key_of(private_key: bytes) -> bytes:
    return bindings.crypto_scalarmult_base(private_key)
