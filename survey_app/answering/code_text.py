"""Codes on paper, numbers on phones, and the hashes that are all the store knows of them."""

import re
import unicodedata
from collections.abc import Callable
from hashlib import blake2b

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans("ILO", "110")
LONG = 16
SHORT = 8


def new_code(random: Callable[[int], bytes]) -> str:
    """Sixteen characters for 80 random bits; `random` gives n random bytes, as secrets.token_bytes does."""
    bits = int.from_bytes(random(10), "big")
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5))


def new_short_code(random: Callable[[int], bytes]) -> str:
    """Eight digits that a class code also answers to, for keyboards without a camera."""
    return f"{int.from_bytes(random(8), 'big') % 10**SHORT:0{SHORT}}"


def new_number(random: Callable[[int], bytes]) -> str:
    """A phone's number for one code: 128 random bits."""
    return random(16).hex()


def clean_code(typed: str) -> str:
    """The code a person meant, long or short, or nothing if it cannot be one.

    >>> clean_code(" abcd-efgh jkmn-0lo2 ")
    'ABCDEFGHJKMN0102'
    >>> clean_code("１２３４ 567o")
    '12345670'
    """
    letters = fold(typed)
    if is_short(letters):
        return letters
    return letters if len(letters) == LONG and set(letters) <= set(ALPHABET) else ""


def fold(typed: str) -> str:
    """Letters and digits alone, in capitals of ALPHABET where they look alike."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", typed)).upper().translate(LOOKALIKES)


def is_short(code: str) -> bool:
    """Whether a code is a class code's digits: few enough to be guessed by a machine."""
    return len(code) == SHORT and code.isdecimal() and code.isascii()


def hash_code(code: str) -> bytes:
    """What the store knows of a code."""
    return _hash(code.encode(), b"code")


def hash_holder(number: str) -> bytes:
    """What a spent ticket remembers of the phone's number."""
    return _hash(number.encode(), b"holder")


def mark_of(number: str) -> str:
    """What a page's script may know of the phone's number: whether it is still the same one."""
    return _hash(number.encode(), b"mark").hex()


def ticket_of(kind: str, digest: bytes, number: str) -> bytes:
    """What a submission spends: a slip once by whoever comes first, a class code once by each number."""
    return digest if kind == "slip" else _hash(digest + number.encode(), b"ticket")


def _hash(content: bytes, meaning: bytes) -> bytes:
    return blake2b(content, digest_size=16, person=meaning).digest()
