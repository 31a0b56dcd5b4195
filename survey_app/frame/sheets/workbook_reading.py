"""From the bytes of an XLSX to rows of cells as the person sees them, without trusting the file.

calamine allots a full rectangle up to the last cell and hands back neither formula errors nor percent
formats, so the parts are looked through once before it reads them.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Set
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, load_workbook
from xlsxwriter.utility import xl_cell_to_rowcol

from survey_app.frame.sheets.archive import RefusedError, pack_anew, parse
from survey_app.frame.sheets.far_blanks import drop_blanks
from survey_app.frame.sheets.grid_making import (
    ELSEWHERE,
    FORMULA_ERROR,
    MAX_COLUMNS,
    OTHERWISE,
    UNCOMPUTED,
    Hints,
    make_grid,
    say_hidden_sheets,
    see_rows,
    shows_otherwise,
    shows_percent,
)
from survey_app.frame.sheets.grids import Grid
from survey_app.frame.sheets.plain_sheets import read_plain_workbook
from survey_app.frame.sheets.sheet_problems import say
from survey_app.frame.sheets.worksheet_extent import find_extent

MAX_CELLS = 8_000_000  # 100,000 forms of 20 columns are 2 million; each allotted cell costs 32 bytes
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
LETTERS = re.compile(r"[A-Za-z]{0,3}")
OTHER_BOOK = re.compile(r"\[[0-9]+\]")
BUILT_IN_PERCENTS = frozenset({"9", "10"})
YES = ("1", "true")


class Scan(Hints):
    """What an XML parser meets in a worksheet: its extent, formulas without a value, numbers shown as percentages.

    Cells are (row, column) from 0. A cell without an address follows the one before it. `said` is what stands in
    the place of a value that nobody can stand for: of a formula that failed, was never computed, or looks it up
    in another workbook.
    """

    def __init__(self, percent_styles: set[str], other_styles: Set[str] = frozenset()):
        super().__init__()
        self.rows = self.columns = 0
        self._percent_styles = percent_styles
        self._other_styles = other_styles
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
        if self._cell.get("s") in self._other_styles and self._cell.get("t", "n") == "n":
            self.said[self._row, self._column] = OTHERWISE
        if self._cell.get("s") in self._percent_styles:
            self.percents.add((self._row, self._column))


@cache
def _column_index(letters: str) -> int:
    return int(xl_cell_to_rowcol(f"{letters.upper()}1")[1])


def read_workbook(content: bytes) -> Iterator[Grid]:
    """Each visible worksheet, in order; raises RefusedError when it is not to be read."""
    try:
        plain = read_plain_workbook(content)
        if plain is not None:
            yield from plain
            return
        yield from _read_parsed(pack_anew(content), far_blanks=True)
    except UNREADABLE as error:
        raise RefusedError(say("file", "damaged")) from error


def _read_parsed(packed: bytes, *, far_blanks: bool) -> Iterator[Grid]:
    """The worksheets as a parser reads them; those that reach too far once more, without what may be `far_blanks`."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        book = load_workbook(io.BytesIO(packed))
        parts = _sheet_parts(archive)
        percents = _find_styles(archive, shows_percent, BUILT_IN_PERCENTS)
        others = _find_styles(archive, shows_otherwise, frozenset())
        scans = {name: _look_through(archive, parts[name], percents, others) for name in _visible_sheets(book)}
        far = {name: scan for name, scan in scans.items() if scan.rows * scan.columns > MAX_CELLS}
        if far and far_blanks:
            yield from _read_parsed(drop_blanks(archive, {parts[name] for name in far}), far_blanks=False)
            return
    for scan in far.values():
        raise RefusedError(say("file", "sparse", rows=scan.rows, columns=scan.columns))
    hidden = [sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible]
    notes = say_hidden_sheets(hidden)
    for name, scan in scans.items():
        sheet = book.get_sheet_by_name(name)
        left = sheet.start[1] if sheet.start else 0
        rows = see_rows(sheet.iter_rows() if sheet.start else (), scan.percents, left)
        yield replace(make_grid(name, rows, sheet.merged_cell_ranges or (), scan), notes=notes)


def _visible_sheets(book: CalamineWorkbook) -> list[str]:
    """The names of the worksheets that a person sees, in order."""
    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


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


def _find_styles(archive: zipfile.ZipFile, shows: Callable[[str], bool], built_in: Set[str]) -> set[str]:
    """The numbers of the cell styles whose number format shows so, or is one of those built in."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    styles = parse(archive.read("xl/styles.xml"))
    own = {
        entry.get("numFmtId") for entry in styles.iterfind("{*}numFmts/{*}numFmt") if shows(entry.get("formatCode", ""))
    }
    formats = [style.get("numFmtId") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return {str(number) for number, used in enumerate(formats) if used in own | built_in}


def _look_through(archive: zipfile.ZipFile, part: str, percents: set[str], others: set[str]) -> Scan:
    """How far a worksheet reaches, and the cells that calamine does not tell about."""
    scan = Scan(percents, others)
    extent = None if percents or others else find_extent(archive, part)
    if extent:
        scan.rows = extent.rows
        scan.columns = extent.columns
        return scan
    with archive.open(part) as stream:
        scan.parser.ParseFile(stream)
    return scan
