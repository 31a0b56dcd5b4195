"""Boxes: a form as it is kept until the round is opened, and nobody who lacks the round's private key can read it."""

import struct
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from questionnaires.answers import REMARK_LIMIT, count_units
from questionnaires.vocabulary import Group, Mode
from survey_app.answering.checked_groups import ALPHABET
from survey_app.answering.code_text import fold
from survey_app.core.boxes import AROUND, UnreadableBoxError, seal_box, unseal_box

BOX = 128
REMARK_BOX = 512
NUMBER = 15
"""Bytes of a sealed form, of a sealed remark and of a box's number."""
RECEIPT = NUMBER * 8 // 5
"""Letters of a number as people read it."""
MOST_ITEMS = 64
MOST_PAPER = 35
"""Items a form has room for and letters of a paper's id; a remark has room for REMARK_LIMIT UTF-16 units."""
REFUSED = ""
"""The answers of somebody who takes no part."""

_FORM = struct.Struct(f">BIBB4sB{MOST_ITEMS // 2}s{MOST_PAPER}s")
_REMARK = struct.Struct(f">BH{REMARK_BOX - AROUND - 3}s")
_GROUPS = tuple(Group)
_MODES = tuple(Mode)
_GROUP_AT = {group.value: index for index, group in enumerate(_GROUPS)}
_MODE_AT = {mode.value: index for index, mode in enumerate(_MODES)}


class SealedForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a box holds: where the form counts, how it came, and one digit an item in the paper's order.

    `place` is the id of the fine place (`models.Place`, a class); `arm` that of a split ballot; `bins` four coarse
    bins of what happened on the phone; `answers` is REFUSED for somebody who takes no part.
    """

    group: Group
    place: int
    paper: str
    answers: str
    mode: Mode = Mode.PHONE
    arm: int = 0
    bins: bytes = bytes(4)


class SealedRemark(msgspec.Struct, frozen=True, kw_only=True):
    """What a remark's box holds: the group alone, and a text that may be empty."""

    group: Group
    text: str


class _RemarkFields(NamedTuple):
    """A remark's fields in the order of its bytes."""

    group: int
    length: int
    content: bytes


def seal(form: SealedForm, public_key: bytes) -> bytes:
    """A form as a box of BOX bytes that only the private key of the round opens.

    Raises ValueError for more than MOST_ITEMS answers or a paper's id of more than MOST_PAPER letters.
    """
    paper = form.paper.encode("ascii")
    items = len(form.answers)
    if items > MOST_ITEMS or len(paper) > MOST_PAPER:
        raise ValueError("a box has no room for this form")
    halves = bytes.fromhex(form.answers.ljust(MOST_ITEMS, "0"))
    about = (_GROUP_AT[form.group], form.place, _MODE_AT[form.mode], form.arm, form.bins)
    return seal_box(_FORM.pack(*about, items, halves, paper), public_key)


def open_box(box: bytes, private_key: bytes) -> SealedForm:
    """The form of a box; raises UnreadableBoxError when the key is another one's or the box was changed."""
    return read_form(unseal_box(box, private_key))


def read_form(contents: bytes) -> SealedForm:
    """The form in what was sealed; raises UnreadableBoxError where that is nothing this program seals."""
    try:
        group, place, mode, arm, bins, items, halves, paper = _FORM.unpack(contents)
        return SealedForm(
            group=_GROUPS[group],
            place=place,
            paper=_read_paper(paper),
            answers=halves.hex()[:items],
            mode=_MODES[mode],
            arm=arm,
            bins=bins,
        )
    except (struct.error, IndexError, UnicodeDecodeError) as problem:
        raise UnreadableBoxError("no form was sealed in this box") from problem


@lru_cache(maxsize=64)
def _read_paper(field: bytes) -> str:
    """A paper's id, one text for all forms of it: a million have a handful."""
    return field.rstrip(b"\0").decode("ascii")


def seal_remark(group: Group, text: str, public_key: bytes) -> bytes:
    """A remark as a box of REMARK_BOX bytes, empty or not; raises ValueError for a longer one than REMARK_LIMIT."""
    content = text.encode("utf-16-be")
    if count_units(text) > REMARK_LIMIT:
        raise ValueError("a box has no room for this remark")
    return seal_box(_REMARK.pack(_GROUP_AT[group], len(content), content), public_key)


def open_remark(box: bytes, private_key: bytes) -> SealedRemark:
    """The remark of a box; raises UnreadableBoxError as `open_box` does."""
    fields = _RemarkFields(*_REMARK.unpack(unseal_box(box, private_key)))
    return SealedRemark(group=_GROUPS[fields.group], text=fields.content[: fields.length].decode("utf-16-be"))


def box_number(number: str, digest: bytes, round_key: bytes) -> bytes:
    """The id of the box that a phone's number and a code's hash give in a round; `round_key` is its public key.

    The phone can show it again as its receipt. The store knows no phone's number, so it finds no code from it.
    """
    return blake2b(digest + number.encode("ascii"), digest_size=NUMBER, key=round_key, person=b"box").digest()


def write_receipt(number: bytes) -> str:
    """A box's number as its phone shows it: six groups of four.

    >>> write_receipt(bytes(14) + bytes([33]))
    '0000-0000-0000-0000-0000-0011'
    """
    bits = int.from_bytes(number, "big")
    letters = "".join(ALPHABET[bits >> shift & 31] for shift in range(8 * NUMBER - 5, -1, -5))
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def read_receipt(typed: str) -> bytes | None:
    """The number that a person typed, in any common way, or nothing if it cannot be one.

    >>> read_receipt("0000 0000 0000 0000 0000 00ii") == bytes(14) + bytes([33])
    True
    """
    letters = fold(typed)
    if len(letters) != RECEIPT or not set(letters) <= set(ALPHABET):
        return None
    bits = 0
    for letter in letters:
        bits = bits << 5 | ALPHABET.index(letter)
    return bits.to_bytes(NUMBER, "big")
