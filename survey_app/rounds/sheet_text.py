"""A key sheet as text: ten groups of five Crockford characters, in which one mistake is found and its group named."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from survey_app.answering.checked_groups import ALPHABET, GROUP_LENGTH, LOOKALIKES, cut, is_right, write_group

VERSION = 1
GROUP_COUNT = 10
MARK_BYTES = 5
SHARE_BYTES = 16
CHECK_BYTES = 3
SHEET_BYTES = 1 + MARK_BYTES + SHARE_BYTES + CHECK_BYTES
SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySheet:
    """One of the three shares of a round's key: its number, what tells the key from others, sixteen bytes of share."""

    number: int
    key_mark: bytes
    share: bytes


class UnreadableSheetError(ValueError):
    """A text that is no key sheet.

    `groups` are the groups (counted from 1) whose check does not come out; `characters` how many were read, when that
    is not what a sheet has; both empty when each group is right and the whole is not.
    """

    def __init__(self, groups: Sequence[int] = (), characters: int | None = None):
        self.groups = tuple(groups)
        self.characters = characters
        super().__init__(f"groups {self.groups}, characters {characters}")


def write_sheet(sheet: KeySheet) -> str:
    """The sheet as it is printed and as its QR code holds it, groups parted by hyphens.

    >>> write_sheet(KeySheet(number=2, key_mark=bytes(5), share=bytes(16)))[:11]
    '18006-00002'
    """
    return "-".join(write_group(place, data) for place, data in enumerate(_cut(_sheet_bytes(sheet))))


def read_sheet(text: str) -> KeySheet:
    """The sheet that was typed or scanned, in any case and with any separators; raises UnreadableSheetError.

    >>> sheet = KeySheet(number=2, key_mark=b"round", share=bytes(range(16)))
    >>> read_sheet(write_sheet(sheet).lower().replace("-", " ")) == sheet
    True
    """
    letters = SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper().translate(LOOKALIKES)
    if len(letters) != GROUP_COUNT * GROUP_LENGTH:
        raise UnreadableSheetError(characters=len(letters))
    groups = cut(letters)
    wrong = [place + 1 for place, group in enumerate(groups) if not is_right(place, group)]
    if wrong:
        raise UnreadableSheetError(groups=wrong)
    return _read_bytes(_join(groups))


def _sheet_bytes(sheet: KeySheet) -> bytes:
    head = bytes([VERSION << 3 | sheet.number]) + sheet.key_mark + sheet.share
    return head + _sheet_check(head)


def _sheet_check(head: bytes) -> bytes:
    return blake2b(head, digest_size=CHECK_BYTES, person=b"key sheet").digest()


def _read_bytes(content: bytes) -> KeySheet:
    head = content[:-CHECK_BYTES]
    if content[-CHECK_BYTES:] != _sheet_check(head) or head[0] >> 3 != VERSION or head[0] & 7 not in (1, 2, 3):
        raise UnreadableSheetError
    return KeySheet(
        number=head[0] & 7,
        key_mark=head[1 : 1 + MARK_BYTES],
        share=head[1 + MARK_BYTES :],
    )


def _cut(content: bytes) -> Iterator[tuple[int, ...]]:
    """Four values of five bits for each group."""
    bits = int.from_bytes(content, "big")
    for place in range(GROUP_COUNT):
        shift = 20 * (GROUP_COUNT - 1 - place)
        yield tuple(bits >> shift + inner & 31 for inner in (15, 10, 5, 0))


def _join(groups: Sequence[str]) -> bytes:
    bits = 0
    for group in groups:
        for letter in group[:-1]:
            bits = bits << 5 | ALPHABET.index(letter)
    return bits.to_bytes(SHEET_BYTES, "big")
