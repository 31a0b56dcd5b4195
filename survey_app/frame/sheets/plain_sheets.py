"""A workbook of plain values read cell by cell: nothing is allotted for cells that are not there, nor for blanks.

Plain is what programs and platforms write: values with addresses, no formula, error, date, percentage, hidden row or
column. Whatever else stands in a part is left to a parser, and the whole workbook with it.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from xlsxwriter.utility import xl_cell_to_rowcol

from survey_app.frame.sheets.archive import MEGABYTE, PARSED, RefusedError, check_sizes, parse
from survey_app.frame.sheets.grid_making import MAX_COLUMNS, say_hidden_sheets
from survey_app.frame.sheets.grids import Cell, Grid, MergedRange, spread_merged
from survey_app.frame.sheets.plain_books import STRINGS, STYLES, OtherwiseError, PlainBook, read_book
from survey_app.frame.sheets.sheet_problems import say

MOST_CELLS = 8_000_000
MOST_ROWS = 1 << 20
LONGEST_ROW = 64 * MEGABYTE
LOOKED_AT = 4 * MEGABYTE
DECLARED = rb"<\?xml [^>]*encoding=[\"']utf-8[\"'][^>]*\?>"
START = re.compile(rb"(?:\xef\xbb\xbf)?(?:" + DECLARED + rb")?\s*<worksheet[ >]", re.IGNORECASE)
SHOWN = re.compile(rb' hidden="(?:false|0)"')
BEGIN = b"<sheetData>"
END = b"</sheetData>"
SPECIAL = (b"<f", b"hidden", b"<!", b"_x", b"\r\n", b":row", b":c ")
END_OF_ROW = b"</row>"
CELL = b'<c r="'
BLANK_ROWS = re.compile(rb'\s*(?:<row r="[0-9]{1,7}"[^<>]*/>\s*)*')
HEAD = re.compile(BLANK_ROWS.pattern + rb'<row r="([0-9]{1,7})"[^<>]*(?<!/)>\s*')
LETTERS = re.compile(rb"[A-Z]{1,3}")
MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"')


def read_plain_workbook(content: bytes) -> list[Grid] | None:
    """Each visible worksheet; None where one of them is not plain. Raises RefusedError for what is too large."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_sizes(archive.infolist(), len(content))
        try:
            return _read_sheets(archive)
        except (OtherwiseError, LookupError, ValueError, ElementTree.ParseError, expat.ExpatError):
            return None


def _read_sheets(archive: zipfile.ZipFile) -> list[Grid]:
    targets = {
        link.get("Id", ""): posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).lstrip("/")
        for link in parse(archive.read("xl/_rels/workbook.xml.rels"))
        if link.get("Type", "").endswith("/worksheet")
    }
    sheets = list(parse(archive.read("xl/workbook.xml")).iterfind("{*}sheets/{*}sheet"))
    hidden = [sheet.get("name", "") for sheet in sheets if sheet.get("state", "visible") != "visible"]
    book = read_book(archive)
    grids: list[Grid] = []
    read = {STRINGS, STYLES}
    for sheet in sheets:
        link = next((value for name, value in sheet.items() if name.endswith("}id")), "")
        if link in targets and sheet.get("state", "visible") == "visible":
            read.add(targets[link])
            grids.append(replace(_read_sheet(archive, targets[link], book), name=sheet.get("name", "")))
    _check_others(archive, read)
    return [replace(grid, notes=say_hidden_sheets(hidden)) for grid in grids]


def _check_others(archive: zipfile.ZipFile, read: set[str]) -> None:
    """Read through the parts that nothing was taken from; raises BadZipFile for one that is not what it says."""
    for name in archive.namelist():
        if name.endswith(PARSED) and name not in read:
            with archive.open(name) as stream:
                while stream.read(MEGABYTE):
                    pass


def _read_sheet(archive: zipfile.ZipFile, part: str, book: PlainBook) -> Grid:
    """The rows of a plain worksheet, all of one width, up to the last row and column that hold more than blanks."""
    rows: list[list[Cell]] = []
    with archive.open(part) as stream:
        for piece in (pieces := _Pieces(stream)):
            *written, blank = piece.split(END_OF_ROW)
            if not BLANK_ROWS.fullmatch(blank):
                raise OtherwiseError
            _check_plain(blank)
            for line in written:
                _read_row(rows, line, book)
    width = max(map(len, rows), default=0)
    if len(rows) * width > MOST_CELLS:
        raise RefusedError(say("file", "sparse", rows=len(rows), columns=width))
    for row in rows:
        row.extend([""] * (width - len(row)))
    spread = spread_merged(rows, pieces.list_merged())
    return Grid(name="", rows=rows, copied=spread.copied, meeting=spread.meeting)


class _Pieces:
    """The rows of a worksheet in pieces that end where a row does; what stands before and after is looked at."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._tail = b""

    def __iter__(self) -> Iterator[bytes]:
        head, begin, rest = self._stream.read(LOOKED_AT).partition(BEGIN)
        if not begin or not START.match(head):
            raise OtherwiseError
        _check_plain(head)
        while content := self._stream.read(LOOKED_AT):
            cut = rest.rfind(END_OF_ROW) + len(END_OF_ROW) if END_OF_ROW in rest else 0
            yield rest[:cut]
            rest = rest[cut:] + content
            if len(rest) > LONGEST_ROW:
                raise OtherwiseError
        rows, end, self._tail = rest.partition(END)
        if not end:
            raise OtherwiseError
        yield rows
        _check_plain(self._tail)

    def list_merged(self) -> Iterator[MergedRange]:
        """The merged ranges, told once all rows were read."""
        found = MERGED.findall(self._tail)
        if len(found) != self._tail.count(b"<mergeCell "):
            raise OtherwiseError
        for first, last in found:
            yield xl_cell_to_rowcol(first.decode()), xl_cell_to_rowcol(last.decode())


def _check_plain(text: bytes) -> None:
    if any(sign in (SHOWN.sub(b"", text) if sign == b"hidden" and sign in text else text) for sign in SPECIAL):
        raise OtherwiseError


def _read_row(rows: list[list[Cell]], written: bytes, book: PlainBook) -> None:
    """Take in one row, given up to its end; raises OtherwiseError where anything but plain cells of it stands there."""
    head, *found = written.split(CELL)
    number = _read_head(head)
    address = number + b'"'
    seen = book.seen
    cells: list[Cell] = []
    for cell in found:
        letters, _, rest = cell.partition(address)
        shown = seen.get(rest)
        if shown is None:
            shown = book.read(rest)
        if not shown:
            continue
        column = _index_column(letters)
        if column != len(cells):
            _fill(cells, column)
        cells.append(shown)
    if cells:
        _append(rows, int(number), cells)


def _read_head(head: bytes) -> bytes:
    """The number of the row that begins there, after blank ones."""
    _check_plain(head)
    found = HEAD.fullmatch(head)
    if not found:
        raise OtherwiseError
    return found[1]


def _fill(cells: list[Cell], column: int) -> None:
    """Blanks up to the column."""
    if column < len(cells) or column >= MAX_COLUMNS:
        raise OtherwiseError
    cells.extend([""] * (column - len(cells)))


def _append(rows: list[list[Cell]], number: int, cells: list[Cell]) -> None:
    """The row of that number, and the blank ones before it."""
    if number <= len(rows) or number > MOST_ROWS:
        raise OtherwiseError
    rows.extend([] for _ in range(number - 1 - len(rows)))
    rows.append(cells)


@cache
def _index_column(letters: bytes) -> int:
    if not LETTERS.fullmatch(letters):
        raise OtherwiseError
    return int(xl_cell_to_rowcol(f"{letters.decode()}1")[1])
