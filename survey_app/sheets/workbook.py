"""From the bytes of an XLSX to rows of cells as the person sees them, without trusting the file.

calamine allots a full rectangle up to the last cell and hands back neither formula errors nor percent
formats, so the parts are looked through once before it reads them.
"""

import datetime
import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)
from xlsxwriter.utility import xl_cell_to_rowcol

from survey_app.sheets.problems import say

Cell = str | datetime.date | datetime.time | datetime.timedelta

MEGABYTE = 1 << 20
MAX_UNPACKED = 300 * MEGABYTE  # 100,000 forms unpack to 65 MB; a zip bomb to gigabytes
MAX_CELLS = 8_000_000  # 100,000 forms of 20 columns are 2 million; each allotted cell costs 32 bytes
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


class RefusedError(Exception):
    """The file cannot be read; the message is the sentence for the person."""


class Scan:
    """What an XML parser meets in a worksheet: its extent, failed formulas, numbers shown as percentages.

    Cells are (row, column) from 0. A cell without an address follows the one before it.
    """

    def __init__(self, percent_styles: set[str]):
        self.rows = self.columns = 0
        self.errors: set[tuple[int, int]] = set()
        self.percents: set[tuple[int, int]] = set()
        self._percent_styles = percent_styles
        self._row, self._column, self._cell = -1, -1, dict[str, str]()

    def enter(self, tag: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 2)) - 1, -1
        elif name == "c":
            self._cell = attributes
            self._move(attributes.get("r", ""))
        elif name in ("v", "is"):
            self._count()

    def _move(self, address: str) -> None:
        letters = address.rstrip("0123456789")
        self._column = _column_index(letters) if letters else self._column + 1
        if letters:
            self._row = int(address[len(letters) :]) - 1

    def _count(self) -> None:
        self.rows, self.columns = max(self.rows, self._row + 1), max(self.columns, self._column + 1)
        if self._cell.get("t") == "e":
            self.errors.add((self._row, self._column))
        if self._cell.get("s") in self._percent_styles:
            self.percents.add((self._row, self._column))


@cache
def _column_index(letters: str) -> int:
    return int(xl_cell_to_rowcol(f"{letters.upper()}1")[1])


def read_workbook(content: bytes) -> Iterator[tuple[str, list[list[Cell]]]]:
    """Name and cells of each visible worksheet, in order; raises RefusedError when it is not to be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size(archive)
            book = load_workbook(io.BytesIO(content))
            parts, percents = _sheet_parts(archive), _percent_styles(archive)
            for name in _visible_sheets(book):
                scan = _look_through(archive, parts[name], percents)
                yield name, _rows(book, name, scan)
    except UNREADABLE as error:
        raise RefusedError(say("file", "damaged")) from error


def _check_size(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that unpacks to too much; reading it through shows that its sizes are true."""
    if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
        raise RefusedError(say("file", "unpacked", limit=MAX_UNPACKED // MEGABYTE))
    if archive.testzip():
        raise RefusedError(say("file", "damaged"))


def _visible_sheets(book: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the archive that holds each worksheet."""
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): posixpath.join("/xl", link.get("Target", "")) for link in links}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
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
    styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    own = {
        entry.get("numFmtId") for entry in styles.iterfind("{*}numFmts/{*}numFmt") if "%" in entry.get("formatCode", "")
    }
    formats = [style.get("numFmtId") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return {str(number) for number, used in enumerate(formats) if used in own | PERCENT_FORMATS}


def _look_through(archive: zipfile.ZipFile, part: str, percents: set[str]) -> Scan:
    """Refuse a worksheet with a stray cell far out; find the cells that calamine does not tell about."""
    scan, parser = Scan(percents), expat.ParserCreate()
    parser.StartElementHandler = scan.enter
    with archive.open(part) as stream:
        parser.ParseFile(stream)
    if scan.rows * scan.columns > MAX_CELLS:
        raise RefusedError(say("file", "sparse", rows=scan.rows, columns=scan.columns))
    return scan


def _rows(book: CalamineWorkbook, name: str, scan: Scan) -> list[list[Cell]]:
    values = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    rows = [[_as_seen(value) for value in row] for row in values]
    for row, column in scan.errors:
        rows[row][column] = FORMULA_ERROR
    for row, column in scan.percents:
        value = values[row][column] if row < len(values) and column < len(values[row]) else ""
        if isinstance(value, int | float):
            rows[row][column] = f"{value * 100:.12g}%"
    return rows


def _as_seen(value: object) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < EXACT else repr(value)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return value
    return str(value)
