"""What a closing minute fixes of a round, and its sum: eight groups that stand on paper, signed by two.

Whoever owns the server can change everything in it, its audit too; the paper they cannot. A bundle or a store whose
record does not give the sum on the minute is not what was closed.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from hashlib import sha256

import msgspec

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans("ILO", "110")
SEPARATORS = re.compile(r"[\W_]+")
GROUPS = 8
GROUP_LENGTH = 5
SUM_BYTES = 25
FILE = "minute.json"


class MinuteRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was fixed when a round was closed; every sum is SHA-256 in hex.

    `boxes_sum` is over the sorted numbers of all boxes, `forms_sum` over the forms as they are kept, `published` over
    the published table, `texts` over each file of the evidence by its name; `audit_rows` and `audit_link`: how long the
    chain of the audit was, and its last link; `sums` over what else of the round was fixed, by names that the store
    gives. A round that was closed before there were such sums has none, and its record leaves them out: the sum on its
    paper comes out as it was.
    """

    round: str
    county: str
    closed_at: str
    closed_by: str
    boxes: int
    boxes_sum: str
    forms: int
    forms_sum: str
    published: str
    texts: Mapping[str, str]
    audit_rows: int
    audit_link: str
    sums: Mapping[str, str] = msgspec.field(default_factory=dict)


class ClosingSums(msgspec.Struct, frozen=True, kw_only=True):
    """What of a close may be printed anywhere: the minute's own sum, which covers the evidence, and that of the table.

    The sums of single files of the evidence stay with it: whoever guessed a table of small counts could test it by one.
    """

    minute: str
    published: str


def sums_of(record: MinuteRecord) -> ClosingSums:
    """The sums of a record that may be printed."""
    return ClosingSums(minute=minute_sum(write_record(record)), published=record.published)


def write_record(record: MinuteRecord) -> str:
    """The record as the bundle holds it: JSON with sorted keys."""
    return f"{msgspec.json.encode(record, order='sorted').decode()}\n"


def minute_sum(text: str) -> str:
    """The sum of a record, as `write_record` gives it, in eight groups of five characters: 200 bits of SHA-256.

    >>> minute_sum("example")
    'A3C5H-R4RBV-67YR2-1HAQG-SHDBB-1ZM5G-JQ1A4-415D9'
    """
    bits = int.from_bytes(sha256(text.encode()).digest()[:SUM_BYTES], "big")
    letters = "".join(ALPHABET[bits >> shift & 31] for shift in range(5 * (GROUPS * GROUP_LENGTH - 1), -1, -5))
    return "-".join(_cut(letters))


def compare_sums(typed: str, computed: str) -> Iterator[str]:
    """What differs between the sum that was typed from a minute and the one that follows, a sentence; none if nothing.

    Case, spaces and hyphens do not matter, nor letters that look like others. One slip of a finger changes one group,
    another record changes all.
    """
    given = SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper().translate(LOOKALIKES)
    if len(given) != GROUPS * GROUP_LENGTH:
        yield f"调查结束及启封记录上的校验值应为{GROUPS}组、每组{GROUP_LENGTH}个字符，现在有{len(given)}个字符。"
        return
    pairs = zip(_cut(given), computed.split("-"), strict=True)
    wrong = [place for place, (written, found) in enumerate(pairs, 1) if written != found]
    if len(wrong) == 1:
        yield f"调查结束及启封记录的校验值第{wrong[0]}组不同，请看看是否抄错；抄得没错，就不是结束时的那一份。"
    elif wrong:
        yield "调查结束及启封记录的校验值不同：这不是结束时的那一份。"


def read_record(content: bytes) -> MinuteRecord | None:
    """The record that a file holds, if it holds one, however it is written."""
    try:
        return msgspec.json.decode(content, type=MinuteRecord)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None


def check_record(members: Mapping[str, bytes], minute: str | None) -> Iterator[str]:
    """What of a bundle's files is not what its record says, and whether the record is that of the minute.

    The record's own file is compared byte by byte with what `write_record` gives: the sum is over that, and a person
    may read the file. `minute`: the sum on paper, None if nobody gave one; a bundle of a round that was closed before
    there were minutes has no record.
    """
    if FILE not in members:
        if minute is not None:
            yield f"{FILE}：包内没有调查结束及启封记录，无法与纸面的校验值核对。"
        return
    record = read_record(members[FILE])
    if record is None:
        yield f"{FILE}：不是调查结束及启封记录。"
        return
    kept = dict(record.texts) | {FILE: sha256(write_record(record).encode()).hexdigest()}
    for name, noted in sorted(kept.items()):
        if sha256(members.get(name, b"")).hexdigest() != noted:
            yield f"{name}：与结束时登记的不同。"
    if minute is not None:
        yield from compare_sums(minute, minute_sum(write_record(record)))


def _cut(letters: str) -> list[str]:
    return [letters[start : start + GROUP_LENGTH] for start in range(0, len(letters), GROUP_LENGTH)]
