"""What an XLS says of its cells beside their values, for calamine tells none of it: [MS-XLS] 2.4, [MS-CFB] 2."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from survey_app.frame.sheets.grid_making import FORMULA_ERROR, Hints, shows_percent

BOOK = "Workbook"
FREE = 0xFFFFFFFA  # and above: no sector
BOF = 0x0809
END = 0x000A
SHEET = 0x0085
ROW = 0x0208
COLUMNS = 0x007D
FAILED = 0x0205
FORMULA = 0x0006
NUMBERS = (0x0203, 0x027E, FORMULA)
MANY_NUMBERS = 0x00BD
STYLE = 0x00E0
FORMAT = 0x041E
PERCENTS = (9, 10)
HIDDEN_ROW = 0x20
BIFF8 = 0x0600


class Record(NamedTuple):
    """A record of the stream: its kind and what it holds."""

    kind: int
    body: bytes


def unpack(form: str, content: bytes, at: int = 0) -> tuple[int, ...]:
    """Whole numbers as `struct.unpack_from` reads them; raises struct.error where the content ends before."""
    return struct.unpack_from(form, content, at)


def find_hints(content: bytes) -> dict[str, Hints]:
    """By worksheet: cells that failed, numbers shown as percentages, rows and columns that nobody sees.

    Nothing for a workbook of Excel 95 and before. Raises ValueError or struct.error for a broken one.
    """
    stream = _read_stream(content, BOOK)
    if not stream or unpack("<HHH", stream)[::2] != (BOF, BIFF8):
        return {}
    book = list(_list_records(stream, 0))
    percents = _find_percents(book)
    found: dict[str, Hints] = {}
    for record in book:
        if record.kind == SHEET:
            start = unpack("<I", record.body)[0]
            found[_read_name(record.body[6:], short=True)] = _look_at(stream, start, percents)
    return found


def _list_records(stream: bytes, start: int) -> Iterator[Record]:
    """The records up to the end of the substream that begins here."""
    while start + 4 <= len(stream):
        kind, size = unpack("<HH", stream, start)
        yield Record(kind, stream[start + 4 : start + 4 + size])
        if kind == END:
            return
        start += 4 + size


def _find_percents(book: list[Record]) -> set[int]:
    """The numbers of the cell styles that show a percentage."""
    formats = {
        unpack("<H", record.body)[0]
        for record in book
        if record.kind == FORMAT and shows_percent(_read_name(record.body[2:], short=False))
    } | set(PERCENTS)
    styles = [unpack("<HH", record.body)[1] for record in book if record.kind == STYLE]
    return {number for number, used in enumerate(styles) if used in formats}


def _read_name(body: bytes, *, short: bool) -> str:
    """A string with the count of its characters before it, in one byte or in two."""
    count = body[0] if short else unpack("<H", body)[0]
    flags, *_ = body[1 if short else 2 :]
    text = body[2 if short else 3 :]
    return text[: count * 2].decode("utf-16-le", "replace") if flags & 1 else text[:count].decode("latin-1")


def _look_at(stream: bytes, start: int, percents: set[int]) -> Hints:
    hints = Hints()
    for kind, body in _list_records(stream, start):
        if kind == ROW:
            number, hidden = unpack("<H10xB", body)
            if hidden & HIDDEN_ROW:
                hints.hidden_rows.add(number + 1)
        elif kind == COLUMNS:
            first, last, hidden = unpack("<HH4xB", body)
            if hidden & 1:
                hints.hidden_columns.update(range(first, last + 1))
        elif kind == MANY_NUMBERS:
            row, column = unpack("<HH", body)
            styles = [unpack("<H", body, at)[0] for at in range(4, 4 + (len(body) - 6) // 6 * 6, 6)]
            hints.percents.update((row, column + at) for at, style in enumerate(styles) if style in percents)
        elif kind == FAILED or kind in NUMBERS:
            _look_at_cell(hints, kind, body, percents)
    return hints


def _look_at_cell(hints: Hints, kind: int, body: bytes, percents: set[int]) -> None:
    row, column, style = unpack("<HHH", body)
    failed = kind == FAILED and body[7] == 1
    if kind == FORMULA:
        failed = body[6] == 2 and body[12:14] == b"\xff\xff"
    if failed:
        hints.said[row, column] = FORMULA_ERROR
    elif style in percents:
        hints.percents.add((row, column))


def _read_stream(content: bytes, name: str) -> bytes:
    """A stream of the compound file; nothing where it has none of that name."""
    shift, small_shift = unpack("<HH", content, 30)
    if not 7 <= shift <= 16 or not 4 <= small_shift <= shift:
        raise ValueError("no sectors")
    first, _, smallest, small_first, _, more = unpack("<IIIIII", content, 48)
    sectors = _Sectors(content[1 << shift :], shift)
    chain = _read_chain(content, sectors, more)
    entries = sectors.join(chain, first)
    root = b""
    for at in range(0, len(entries) - 127, 128):
        entry = entries[at : at + 128]
        start, size = unpack("<II", entry, 116)
        if at == 0:
            root = entry
        if entry[: unpack("<H", entry, 64)[0]].decode("utf-16-le", "replace").rstrip("\0") == name:
            if size >= smallest:
                return sectors.join(chain, start)[:size]
            small = _Sectors(sectors.join(chain, unpack("<I", root, 116)[0]), small_shift)
            return small.join(_numbers(sectors.join(chain, small_first)), start)[:size]
    return b""


class _Sectors(NamedTuple):
    """Bytes in pieces of equal length."""

    content: bytes
    shift: int

    def piece(self, number: int) -> bytes:
        """One of them."""
        return self.content[number << self.shift : (number + 1) << self.shift]

    def join(self, chain: tuple[int, ...], start: int) -> bytes:
        """The pieces of a chain; raises ValueError where it has no end."""
        pieces: list[bytes] = []
        while start < FREE:
            if start >= len(chain) or len(pieces) > len(chain):
                raise ValueError("a chain without an end")
            pieces.append(self.piece(start))
            start = chain[start]
        return b"".join(pieces)


def _numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])


def _read_chain(content: bytes, sectors: _Sectors, more: int) -> tuple[int, ...]:
    """The table that tells of each sector which one follows."""
    tables = list(_numbers(content[76:512]))
    seen = 0
    while more < FREE and seen < len(sectors.content) >> sectors.shift:
        *numbers, more = _numbers(sectors.piece(more))
        tables += numbers
        seen += 1
    return _numbers(b"".join(sectors.piece(number) for number in tables if number < FREE))
