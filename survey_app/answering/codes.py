"""Codes on paper, numbers on phones, and the hashes that are all the store knows of them."""

import re
import unicodedata
from collections.abc import Callable
from hashlib import blake2b

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans("ILO", "110")


def new_code(random: Callable[[int], bytes]) -> str:
    """Sixteen characters for 80 random bits; `random` gives n random bytes, as secrets.token_bytes does."""
    bits = int.from_bytes(random(10), "big")
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5))


def new_number(random: Callable[[int], bytes]) -> str:
    """A phone's number for one code: 128 random bits."""
    return random(16).hex()


def clean_code(typed: str) -> str:
    """The code a person meant, or nothing if it cannot be one.

    >>> clean_code(" abcd-efgh jkmn-0lo2 ")
    'ABCDEFGHJKMN0102'
    """
    letters = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", typed)).upper().translate(LOOKALIKES)
    return letters if len(letters) == 16 and set(letters) <= set(ALPHABET) else ""


def hash_code(code: str) -> bytes:
    """What the store knows of a code."""
    return _hash(code.encode(), b"code")


def hash_holder(number: str) -> bytes:
    """What a spent ticket remembers of the phone's number."""
    return _hash(number.encode(), b"holder")


def ticket_of(kind: str, digest: bytes, number: str) -> bytes:
    """What a submission spends: a slip once by whoever comes first, a class code once by each number."""
    return digest if kind == "slip" else _hash(digest + number.encode(), b"ticket")


def _hash(content: bytes, meaning: bytes) -> bytes:
    return blake2b(content, digest_size=16, person=meaning).digest()
