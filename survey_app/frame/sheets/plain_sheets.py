"""A workbook of plain values read cell by cell: nothing is allotted for cells that are not there, nor for blanks.

Plain is what programs and platforms write: values with addresses, no formula, error, date, percentage, hidden row or
column. Whatever else stands in a part is left to a parser, and the whole workbook with it.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from xlsxwriter.utility import xl_cell_to_rowcol

from survey_app.frame.sheets.archive import MEGABYTE, PARSED, RefusedError, check_sizes, parse
from survey_app.frame.sheets.grid_making import LITERAL, MAX_COLUMNS, as_seen, note_hidden
from survey_app.frame.sheets.grids import Cell, Grid, MergedRange, spread_merged
from survey_app.frame.sheets.sheet_problems import say

MOST_CELLS = 8_000_000
MOST_ROWS = 1 << 20
MOST_DIFFERENT = 200_000
LONGEST_ROW = 64 * MEGABYTE
LOOKED_AT = 4 * MEGABYTE
DECLARED = rb"<\?xml [^>]*encoding=[\"']utf-8[\"'][^>]*\?>"
START = re.compile(rb"(?:\xef\xbb\xbf)?(?:" + DECLARED + rb")?\s*<worksheet[ >]", re.IGNORECASE)
SHOWN = re.compile(rb' hidden="(?:false|0)"')
BEGIN = b"<sheetData>"
END = b"</sheetData>"
SPECIAL = (b"<f", b"hidden", b"<!", b"_x", b"\r\n", b":row", b":c ")
ROW = re.compile(rb'<row r="([0-9]{1,7})"[^>]*?(?:/>|>(.*?)</row>)', re.DOTALL)
CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"((?: [a-z]="[A-Za-z0-9]*")*)'
    rb'(?:/>|>(?:<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
ATTRIBUTE = re.compile(rb' ([a-z])="([A-Za-z0-9]*)"')
MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"')
REFERENCE = re.compile("&(?:([a-z]+);|#([0-9]{1,7});|#x([0-9A-Fa-f]{1,6});|)")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
PLAIN_FORMATS = {"0", "1", "2", "3", "4", "49"}
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"


class _OtherwiseError(Exception):
    """Something that only a parser can tell."""


@dataclass(frozen=True, kw_only=True)
class _Book:
    """What all worksheets share: texts by number, and the styles under which a number is shown as that number.

    `seen`: by attributes and value of a cell what a person sees. Equal cells are one object.
    """

    texts: list[str]
    plain_styles: set[bytes]
    seen: dict[tuple[bytes, bytes], str] = field(default_factory=dict)

    def read(self, attributes: bytes, value: bytes) -> str:
        """What a person sees of a value, blanks being nothing; raises _OtherwiseError where a parser must tell."""
        named = dict(ATTRIBUTE.findall(attributes))
        if not value:
            return ""
        text = self._read(named.get(b"t", b"n"), named.get(b"s", b"0"), value)
        shown = text if text.strip() else ""
        if len(self.seen) < MOST_DIFFERENT:
            self.seen[attributes, value] = shown
        return shown

    def _read(self, kind: bytes, style: bytes, value: bytes) -> str:
        match kind:
            case b"s":
                return self.texts[int(value)]
            case b"n" if style in self.plain_styles:
                return str(as_seen(float(value)))
            case b"b":
                return "yes" if value == b"1" else "no"
            case b"inlineStr" | b"str":
                return REFERENCE.sub(_resolve, value.decode())
        raise _OtherwiseError


def read_plain_workbook(content: bytes) -> list[Grid] | None:
    """Each visible worksheet; None where one of them is not plain. Raises RefusedError for what is too large."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_sizes(archive.infolist(), len(content))
        try:
            return _read_sheets(archive)
        except (_OtherwiseError, LookupError, ValueError, ElementTree.ParseError, expat.ExpatError):
            return None


def _read_sheets(archive: zipfile.ZipFile) -> list[Grid]:
    targets = {
        link.get("Id", ""): posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).lstrip("/")
        for link in parse(archive.read("xl/_rels/workbook.xml.rels"))
        if link.get("Type", "").endswith("/worksheet")
    }
    sheets = list(parse(archive.read("xl/workbook.xml")).iterfind("{*}sheets/{*}sheet"))
    hidden = [sheet.get("name", "") for sheet in sheets if sheet.get("state", "visible") != "visible"]
    book = _Book(texts=_read_texts(archive), plain_styles=_find_plain_styles(archive))
    grids: list[Grid] = []
    read = {STRINGS, STYLES}
    for sheet in sheets:
        link = next((value for name, value in sheet.items() if name.endswith("}id")), "")
        if link in targets and sheet.get("state", "visible") == "visible":
            read.add(targets[link])
            grids.append(replace(_read_sheet(archive, targets[link], book), name=sheet.get("name", "")))
    _check_others(archive, read)
    return [replace(grid, notes=note_hidden(hidden)) for grid in grids]


def _check_others(archive: zipfile.ZipFile, read: set[str]) -> None:
    """Read through the parts that nothing was taken from; raises BadZipFile for one that is not what it says."""
    for name in archive.namelist():
        if name.endswith(PARSED) and name not in read:
            with archive.open(name) as stream:
                while stream.read(MEGABYTE):
                    pass


def _find_plain_styles(archive: zipfile.ZipFile) -> set[bytes]:
    """The numbers of the cell styles that show a number as it is."""
    if STYLES not in archive.namelist():
        return {b"0"}
    styles = parse(archive.read(STYLES))
    own = {
        entry.get("numFmtId", "")
        for entry in styles.iterfind("{*}numFmts/{*}numFmt")
        if _is_plain_format(entry.get("formatCode", ""))
    }
    formats = [style.get("numFmtId", "0") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return {str(number).encode() for number, used in enumerate(formats) if used in PLAIN_FORMATS | own}


def _is_plain_format(number_format: str) -> bool:
    """Whether it shows a number, not a percentage or a date."""
    return not re.search("[%ymdhs]", LITERAL.sub("", number_format), re.IGNORECASE)


def _resolve(found: re.Match[str]) -> str:
    """The character that a reference in a text stands for; raises _OtherwiseError for one that is unknown."""
    name, decimal, digits = found.groups()
    if decimal or digits:
        return chr(int(decimal) if decimal else int(digits, 16))
    if name not in NAMED:
        raise _OtherwiseError
    return NAMED[name]


def _read_texts(archive: zipfile.ZipFile) -> list[str]:
    """The texts that cells name by number; those above a word that tell how it is read aloud are no part of it."""
    if STRINGS not in archive.namelist():
        return []
    with archive.open(STRINGS) as stream:
        return _Texts().read(stream)


class _Texts:
    """One pass over the shared texts."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._parts: list[str] = []
        self._aloud = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._enter
        self._parser.EndElementHandler = self._leave
        self._parser.StartDoctypeDeclHandler = self._refuse

    def read(self, stream: IO[bytes]) -> list[str]:
        """All texts in order; raises _OtherwiseError where one holds a character that is written by its number."""
        self._parser.ParseFile(stream)
        if any("_x" in text for text in self._texts):
            raise _OtherwiseError
        return self._texts

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type")

    def _enter(self, tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            self._parts = []
        elif tag == "rPh":
            self._aloud += 1
        elif tag == "t" and not self._aloud:
            self._parser.CharacterDataHandler = self._parts.append
        elif ":" in tag:
            raise _OtherwiseError

    def _leave(self, tag: str) -> None:
        self._parser.CharacterDataHandler = None
        if tag == "si":
            self._texts.append("".join(self._parts))
        elif tag == "rPh":
            self._aloud -= 1


def _read_sheet(archive: zipfile.ZipFile, part: str, book: _Book) -> Grid:
    """The rows of a plain worksheet, all of one width, up to the last row and column that hold more than blanks."""
    rows: list[list[Cell]] = []
    with archive.open(part) as stream:
        for piece in (pieces := _Pieces(stream)):
            found = ROW.findall(piece)
            cells = sum(_read_row(rows, number, body, book) for number, body in found)
            _check_whole(piece, rows=len(found), cells=cells)
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
            raise _OtherwiseError
        _check_plain(head)
        while content := self._stream.read(LOOKED_AT):
            cut = rest.rfind(b"</row>") + len(b"</row>") if b"</row>" in rest else 0
            yield rest[:cut]
            rest = rest[cut:] + content
            if len(rest) > LONGEST_ROW:
                raise _OtherwiseError
        rows, end, self._tail = rest.partition(END)
        if not end:
            raise _OtherwiseError
        yield rows
        _check_plain(self._tail)

    def list_merged(self) -> Iterator[MergedRange]:
        """The merged ranges, told once all rows were read."""
        found = MERGED.findall(self._tail)
        if len(found) != self._tail.count(b"<mergeCell "):
            raise _OtherwiseError
        for first, last in found:
            yield xl_cell_to_rowcol(first.decode()), xl_cell_to_rowcol(last.decode())


def _check_plain(text: bytes) -> None:
    if any(sign in (SHOWN.sub(b"", text) if sign == b"hidden" and sign in text else text) for sign in SPECIAL):
        raise _OtherwiseError


def _check_whole(piece: bytes, *, rows: int, cells: int) -> None:
    """Raise _OtherwiseError unless these rows and cells with their values are all the elements that there are."""
    _check_plain(piece)
    values = 2 * piece.count(b"<v>") + 4 * piece.count(b"<is>")
    known = rows + piece.count(b"</row>") + cells + values + piece.count(b"</c>")
    if piece.count(b"<") != known:
        raise _OtherwiseError


def _read_row(rows: list[list[Cell]], number: bytes, body: bytes, book: _Book) -> int:
    """Take in one row; returns how many cells were found in it, blank ones too."""
    found = CELL.findall(body)
    cells: list[Cell] = []
    seen = book.seen
    for letters, own, attributes, value, written in found:
        shown = seen.get((attributes, value or written))
        if shown is None:
            shown = book.read(attributes, value or written)
        if not shown:
            continue
        column = _index_column(letters)
        if column != len(cells):
            _fill(cells, column)
        if own != number:
            raise _OtherwiseError
        cells.append(shown)
    if cells:
        _append(rows, int(number), cells)
    return len(found)


def _fill(cells: list[Cell], column: int) -> None:
    """Blanks up to the column."""
    if column < len(cells) or column >= MAX_COLUMNS:
        raise _OtherwiseError
    cells.extend([""] * (column - len(cells)))


def _append(rows: list[list[Cell]], number: int, cells: list[Cell]) -> None:
    """The row of that number, and the blank ones before it."""
    if number <= len(rows) or number > MOST_ROWS:
        raise _OtherwiseError
    rows.extend([] for _ in range(number - 1 - len(rows)))
    rows.append(cells)


@cache
def _index_column(letters: bytes) -> int:
    return int(xl_cell_to_rowcol(f"{letters.decode()}1")[1])
