"""From the bytes of an XLSX to rows of cells as the person sees them, without trusting the file.

calamine allots a full rectangle up to the last cell and hands back neither formula errors nor percent
formats, so the parts are looked through once before it reads them.
"""

import datetime
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Set
from functools import cache
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)
from xlsxwriter.utility import xl_cell_to_rowcol

from survey_app.frame.sheets.archive import RefusedError, pack_anew, parse
from survey_app.frame.sheets.grids import Cell, Grid, spread_merged
from survey_app.frame.sheets.sheet_problems import say
from survey_app.frame.sheets.worksheet_extent import find_extent

MAX_CELLS = 8_000_000  # 100,000 forms of 20 columns are 2 million; each allotted cell costs 32 bytes
MAX_COLUMNS = 16_384
MOST_DIFFERENT = 200_000
EXACT = 10**15  # a spreadsheet keeps fifteen digits
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    expat.ExpatError,
    CalamineError,
    LookupError,
    ValueError,
    RuntimeError,
)
PERCENT_FORMATS = {"9", "10"}
FORMULA_ERROR = "#ERROR!"
UNCOMPUTED = "#UNCOMPUTED!"
ELSEWHERE = "#ELSEWHERE!"
LETTERS = re.compile(r"[A-Za-z]{0,3}")
OTHER_BOOK = re.compile(r"\[[0-9]+\]")
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^]]*\]')  # what a number format shows or skips as it stands
YES = ("1", "true")


class Scan:
    """What an XML parser meets in a worksheet: its extent, formulas without a value, numbers shown as percentages.

    Cells are (row, column) from 0. A cell without an address follows the one before it. `said` is what stands in
    the place of a value that nobody can stand for: of a formula that failed, was never computed, or looks it up
    in another workbook.
    """

    def __init__(self, percent_styles: set[str]):
        self.rows = self.columns = 0
        self.said: dict[tuple[int, int], str] = {}
        self.percents: set[tuple[int, int]] = set()
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self._percent_styles = percent_styles
        self._row = -1
        self._column = -1
        self._cell = dict[str, str]()
        self._elsewhere: set[str] = set()
        self._within = ""
        self._text = {"f": "", "v": ""}
        self._shared = ""
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self.enter
        self.parser.StartDoctypeDeclHandler = self._refuse

    def enter(self, tag: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row = int(attributes.get("r", self._row + 2)) - 1
            self._column = -1
            if attributes.get("hidden") in YES:
                self.hidden_rows.add(self._row + 1)
        elif name == "col" and attributes.get("hidden") in YES:
            first, last = (int(attributes.get(end, 1)) for end in ("min", "max"))
            self.hidden_columns.update(range(first - 1, min(last, MAX_COLUMNS)))
        elif name == "c":
            self._cell = attributes
            self._move(attributes.get("r", ""))
        elif name in ("v", "is"):
            self._count()
        elif name == "f":
            self._begin_formula(attributes.get("si", ""))
        self._within = name

    def _begin_formula(self, shared: str) -> None:
        """From here to the end of the cell the texts matter, too; few cells hold a formula."""
        self._text = {"f": "", "v": ""}
        self._shared = shared
        self.parser.CharacterDataHandler, self.parser.EndElementHandler = self._read, self._leave

    def _read(self, text: str) -> None:
        if self._within in self._text:
            self._text[self._within] += text

    def _leave(self, tag: str) -> None:
        self._within = ""
        if tag.rpartition(":")[2] == "c":
            self._end_formula()

    def _end_formula(self) -> None:
        """Note a formula whose value is not to be trusted; a copied one looks where the first one does."""
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None
        place = self._row, self._column
        if OTHER_BOOK.search(self._text["f"]):
            self._elsewhere.add(self._shared)
        if OTHER_BOOK.search(self._text["f"]) or (self._shared and self._shared in self._elsewhere):
            self._say(place, ELSEWHERE)
        elif not self._text["v"] and self._cell.get("t") != "str":
            self._say(place, UNCOMPUTED)

    def _say(self, place: tuple[int, int], said: str) -> None:
        self._count()
        self.said[place] = said

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type")

    def _move(self, address: str) -> None:
        letters = address.rstrip("0123456789")
        if not LETTERS.fullmatch(letters):
            raise ValueError(f"{letters!r} is no column")
        self._column = _column_index(letters) if letters else self._column + 1
        if letters:
            self._row = int(address[len(letters) :]) - 1

    def _count(self) -> None:
        if min(self._row, self._column) < 0:
            raise ValueError("a cell above or left of the first")
        self.rows, self.columns = max(self.rows, self._row + 1), max(self.columns, self._column + 1)
        if self._cell.get("t") == "e":
            self.said[self._row, self._column] = FORMULA_ERROR
        if self._cell.get("s") in self._percent_styles:
            self.percents.add((self._row, self._column))


@cache
def _column_index(letters: str) -> int:
    return int(xl_cell_to_rowcol(f"{letters.upper()}1")[1])


def read_workbook(content: bytes) -> Iterator[Grid]:
    """Each visible worksheet, in order; raises RefusedError when it is not to be read."""
    try:
        packed = pack_anew(content)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            book = load_workbook(io.BytesIO(packed))
            parts = _sheet_parts(archive)
            percents = _percent_styles(archive)
            notes = hidden_sheets(book)
            for name in visible_sheets(book):
                scan = _look_through(archive, parts[name], percents)
                yield _grid(book, name, scan, notes)
    except UNREADABLE as error:
        raise RefusedError(say("file", "damaged")) from error


def visible_sheets(book: CalamineWorkbook) -> list[str]:
    """The names of the worksheets that a person sees, in order."""
    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def hidden_sheets(book: CalamineWorkbook) -> tuple[str, ...]:
    """The note that names the worksheets nobody sees, which are not read."""
    names = [sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible]
    return (say("note", "hidden_sheets", sheets="、".join(names)),) if names else ()


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the archive that holds each worksheet."""
    links = parse(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): posixpath.join("/xl", link.get("Target", "")) for link in links}
    book = parse(archive.read("xl/workbook.xml"))
    return {
        sheet.get("name", ""): posixpath.normpath(targets[_attribute(sheet, "}id")]).lstrip("/")
        for sheet in book.iterfind("{*}sheets/{*}sheet")
    }


def _attribute(element: ElementTree.Element, ending: str) -> str:
    return next((value for name, value in element.items() if name.endswith(ending)), "")


def _percent_styles(archive: zipfile.ZipFile) -> set[str]:
    """The numbers of the cell styles that show a percentage."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    styles = parse(archive.read("xl/styles.xml"))
    own = {
        entry.get("numFmtId")
        for entry in styles.iterfind("{*}numFmts/{*}numFmt")
        if "%" in LITERAL.sub("", entry.get("formatCode", ""))
    }
    formats = [style.get("numFmtId") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return {str(number) for number, used in enumerate(formats) if used in own | PERCENT_FORMATS}


def _look_through(archive: zipfile.ZipFile, part: str, percents: set[str]) -> Scan:
    """Refuse a worksheet with a stray cell far out; find the cells that calamine does not tell about."""
    scan = Scan(percents)
    extent = None if percents else find_extent(archive, part)
    if extent and extent.rows * extent.columns <= MAX_CELLS:
        scan.rows = extent.rows
        scan.columns = extent.columns
        return scan
    with archive.open(part) as stream:
        scan.parser.ParseFile(stream)
    if scan.rows * scan.columns > MAX_CELLS:
        raise RefusedError(say("file", "sparse", rows=scan.rows, columns=scan.columns))
    return scan


def _grid(book: CalamineWorkbook, name: str, scan: Scan, notes: tuple[str, ...]) -> Grid:
    sheet = book.get_sheet_by_name(name)
    rows = read_rows(sheet, scan.percents)
    for (row, column), said in scan.said.items():  # some beyond the last value, where calamine stops
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = said
    spread = spread_merged(rows, sheet.merged_cell_ranges or ())
    return Grid(
        name=name,
        rows=rows,
        copied=spread.copied,
        meeting=spread.meeting,
        hidden_rows=frozenset(scan.hidden_rows),
        hidden_columns=frozenset(scan.hidden_columns),
        notes=notes,
    )


def read_rows(sheet: CalamineSheet, percents: Set[tuple[int, int]] = frozenset()) -> list[list[Cell]]:
    """The rows of a worksheet from its first cell on, as a person sees them; `percents` are shown as percentages.

    They come one by one, and equal cells are one object: 200,000 forms hold few different answers.
    """
    if sheet.start is None:
        return []
    left = sheet.start[1]
    seen: dict[tuple[type, object], Cell] = {}
    shown: dict[int, list[int]] = {}
    for row, column in percents:
        shown.setdefault(row, []).append(column)
    rows: list[list[Cell]] = []
    for number, values in enumerate(sheet.iter_rows()):
        cells: list[Cell] = [""] * left
        for value in values:
            key = (value.__class__, value)
            cell = seen.get(key)
            if cell is None:
                cell = as_seen(value)
                if len(seen) < MOST_DIFFERENT:
                    seen[key] = cell
            cells.append(cell)
        for column in shown.get(number, ()):
            value = values[column - left] if left <= column < len(cells) else ""
            if isinstance(value, int | float):
                cells[column] = f"{value * 100:.12g}%"
        rows.append(cells)
    return rows


def as_seen(value: object) -> Cell:
    """A value of a workbook as a person reads it in the cell."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < EXACT else repr(value)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return value
    return str(value)
