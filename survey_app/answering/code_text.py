"""Codes on paper, numbers on phones, and the hashes that are all the store knows of them."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import product

from survey_app.answering.checked_groups import ALPHABET, GROUP_LENGTH, LOOKALIKES, cut, is_right, write_group

GROUPS = 4
LONG = GROUPS * GROUP_LENGTH
SHORT = 9
UNCHECKED_LONG = 16
UNCHECKED_SHORT = 8
"""Characters of a code, and digits of a short one; those that were issued before had no checks and stay valid."""
_TWINS = str.maketrans("АВЕКМНОРСТУХЅІЈҮΑΒΕΖΗΙΚΜΝΟΡΤΥΧ〇|｜丨ǀ∣¦", "ABEKMH0PCTYXS1JYABEZH1KMN0PTYX0111111")
_ADDRESS = re.compile(r"/q/([^/?#\s]+)")
_OTHER_WORDS = re.compile(r"[^\x00-\u02ff]+|[:,;()\[\]]+")
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class TypedCode:
    """What a person typed as a code: the code if it can be one, else "" and what to look at.

    `characters` were read where `wanted` are needed; `groups` are those, counted from 1, whose check does not come
    out, of a text with as many characters as a code has; of digits only the whole can be told to be wrong.
    """

    code: str
    characters: int
    wanted: int
    groups: tuple[int, ...] = ()


def new_code(random: Callable[[int], bytes]) -> str:
    """Four checked groups for 80 random bits; `random` gives n random bytes, as secrets.token_bytes does."""
    bits = int.from_bytes(random(10), "big")
    values = [bits >> shift & 31 for shift in range(75, -1, -5)]
    return "".join(write_group(place, values[4 * place : 4 * place + 4]) for place in range(GROUPS))


def new_short_code(random: Callable[[int], bytes]) -> str:
    """Eight digits and a check that a class code also answers to, for keyboards without a camera."""
    digits = f"{int.from_bytes(random(8), 'big') % 10 ** (SHORT - 1):0{SHORT - 1}}"
    return digits + str(_check_digit(digits))


def clean_code(typed: str) -> str:
    """The code a person meant, long or short, or nothing if it cannot be one.

    >>> clean_code(" abcd-efgh jkmn-0lo2 ")
    'ABCDEFGHJKMN0102'
    >>> clean_code("１２３４ 567o")
    '12345670'
    """
    return typed if _is_printed(typed) else read_code(typed).code


def read_code(typed: str) -> TypedCode:
    """What a person typed, pasted or scanned as a code, in any common way.

    >>> read_code("https://survey.example.cn/q/12345670?lang=en").code, read_code("短码：1234 5670 7，请填写").code
    ('12345670', '123456707')
    >>> read_code("1234 5670 8")
    TypedCode(code='', characters=9, wanted=9, groups=())
    """
    found = _ADDRESS.search(typed)
    readings = [_read(fold(part)) for part in _list_parts(found[1] if found else typed)]
    return max(readings, key=lambda reading: (bool(reading.code), reading.characters))


def group_code(code: str) -> str:
    """A code as people read and type it: fives, threes for digits, fours for the codes of before.

    >>> group_code("123456707"), group_code("12345670")
    ('123 456 707', '1234 5670')
    """
    size = {LONG: GROUP_LENGTH, SHORT: 3}.get(len(code), 4)
    return " ".join(code[start : start + size] for start in range(0, len(code), size))


def fold(typed: str) -> str:
    """Letters and digits alone, in capitals of ALPHABET where they look alike."""
    plain = unicodedata.normalize("NFKC", typed.translate(_TWINS)).upper().translate(_TWINS)
    return re.sub(r"[\W_]+", "", plain).translate(LOOKALIKES)


def is_short(code: str) -> bool:
    """Whether a code is a class code's digits: few enough to be guessed by a machine."""
    return len(code) in (SHORT, UNCHECKED_SHORT) and code.isdecimal() and code.isascii()


def _is_printed(code: str) -> bool:
    """Whether a code is as we print it, which those in addresses are."""
    return len(code) == LONG and all(is_right(place, group) for place, group in enumerate(cut(code)))


def _list_parts(typed: str) -> Iterator[str]:
    """The whole, and what stands between words that no code has, as in 答题码：…"""
    yield typed
    yield from filter(None, _OTHER_WORDS.split(unicodedata.normalize("NFKC", typed.translate(_TWINS))))


def _read(letters: str) -> TypedCode:
    wanted = SHORT if letters.isdecimal() and len(letters) <= SHORT + 1 else LONG
    if is_short(letters):
        return _judge_digits(letters)
    if len(letters) == LONG:
        groups = [_mend(place, group) for place, group in enumerate(cut(letters))]
        wrong = tuple(place + 1 for place, group in enumerate(groups) if not is_right(place, group))
        return TypedCode(code="" if wrong else "".join(groups), characters=LONG, wanted=LONG, groups=wrong)
    whole = len(letters) == UNCHECKED_LONG and set(letters) <= set(ALPHABET)
    return TypedCode(code=letters if whole else "", characters=len(letters), wanted=wanted)


def _judge_digits(letters: str) -> TypedCode:
    right = len(letters) == UNCHECKED_SHORT or _check_digit(letters) == 0
    return TypedCode(code=letters if right else "", characters=len(letters), wanted=SHORT)


def _mend(place: int, group: str) -> str:
    """The group with noughts for those of its Qs that make it right, where it is not right as it is."""
    if is_right(place, group) or "Q" not in group:
        return group
    choices = product(*("Q0" if letter == "Q" else letter for letter in group))
    right = [mended for mended in map("".join, choices) if is_right(place, mended)]
    return right[0] if len(right) == 1 else group


def _check_digit(digits: str) -> int:
    """Damm's check, which any single wrong digit and any swap of neighbours changes; 0 for digits with their check."""
    check = 0
    for digit in digits:
        check = int(_DAMM[check][int(digit)])
    return check


def new_number(random: Callable[[int], bytes]) -> str:
    """A phone's number for one code: 128 random bits."""
    return random(16).hex()


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
