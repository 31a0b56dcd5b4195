"""What an XLSB says of its cells beside their values, for calamine tells none of it: [MS-XLSB] 2.1 and 2.4."""

import posixpath
import zipfile
from collections.abc import Iterator

from survey_app.frame.sheets.archive import parse
from survey_app.frame.sheets.binary_records import PERCENTS, Record, unpack
from survey_app.frame.sheets.grid_making import FORMULA_ERROR, MAX_COLUMNS, Hints, shows_percent

BOOK = "xl/workbook.bin"
LINKS = "xl/_rels/workbook.bin.rels"
STYLES = "xl/styles.bin"
ROW = 0
FAILED = (3, 11)
NUMBERS = (2, 5, 9)
FORMAT = 44
STYLE = 47
COLUMNS = 60
SHEET = 156
MERGED = 176
STYLES_BEGIN = 617
STYLES_END = 618
HIDDEN_ROW = 0x10


def find_hints(archive: zipfile.ZipFile) -> dict[str, Hints]:
    """By worksheet: cells that failed, percentages, merged ranges, rows and columns that nobody sees."""
    links = {link.get("Id", ""): link.get("Target", "") for link in parse(archive.read(LINKS))}
    percents = _find_percents(archive.read(STYLES)) if STYLES in archive.namelist() else set()
    found: dict[str, Hints] = {}
    for record in _list_records(archive.read(BOOK)):
        if record.kind == SHEET:
            link, rest = _read_text(record.body[8:])
            name, _ = _read_text(rest)
            part = posixpath.normpath(posixpath.join("/xl", links[link])).lstrip("/")
            found[name] = _look_at(archive.read(part), percents)
    return found


def _list_records(stream: bytes) -> Iterator[Record]:
    at = 0
    while at < len(stream):
        kind, at = _read_number(stream, at, most=2)
        size, at = _read_number(stream, at, most=4)
        yield Record(kind, stream[at : at + size])
        at += size


def _read_number(stream: bytes, at: int, *, most: int) -> tuple[int, int]:
    """A number in parts of seven bits, and where the next thing begins."""
    value = 0
    for part in range(most):
        byte = stream[at + part]
        value |= (byte & 0x7F) << (7 * part)
        if byte < 0x80:
            return value, at + part + 1
    return value, at + most


def _read_text(body: bytes) -> tuple[str, bytes]:
    """A string with its length before it, and what follows."""
    end = 4 + 2 * unpack("<I", body)[0]
    return body[4:end].decode("utf-16-le", "replace"), body[end:]


def _find_percents(styles: bytes) -> set[int]:
    formats = set(PERCENTS)
    used: list[int] = []
    within = False
    for kind, body in _list_records(styles):
        if kind == FORMAT and shows_percent(_read_text(body[2:])[0]):
            formats.add(unpack("<H", body)[0])
        within = (within or kind == STYLES_BEGIN) and kind != STYLES_END
        if kind == STYLE and within:
            used.append(unpack("<HH", body)[1])
    return {number for number, style in enumerate(used) if style in formats}


def _look_at(sheet: bytes, percents: set[int]) -> Hints:
    hints = Hints()
    row = 0
    for kind, body in _list_records(sheet):
        if kind == ROW:
            row, flags = unpack("<I7xB", body)
            if flags & HIDDEN_ROW:
                hints.hidden_rows.add(row + 1)
        elif kind == COLUMNS:
            first, last, flags = unpack("<II8xB", body)
            if flags & 1:
                hints.hidden_columns.update(range(first, min(last, MAX_COLUMNS) + 1))
        elif kind == MERGED:
            top, bottom, left, right = unpack("<IIII", body)
            hints.merged.append(((top, left), (bottom, right)))
        elif kind in FAILED:
            hints.said[row, unpack("<I", body)[0]] = FORMULA_ERROR
        elif kind in NUMBERS:
            column, style = unpack("<II", body)
            if style & 0xFFFFFF in percents:
                hints.percents.add((row, column))
    return hints
