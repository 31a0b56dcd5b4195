"""Reading an edited Word file as its reader sees it: tracked changes taken as made, wherever text was put."""

import re
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile, is_zipfile

from questionnaires.bad_input import BadInputError
from reports.checking.tightening import tighten
from reports.edited.edited_words import load_edited_words

MEGABYTE = 1024 * 1024
LARGEST = 20 * MEGABYTE
LARGEST_UNPACKED = 200 * MEGABYTE
BODY = "word/document.xml"
BESIDE = ("word/footnotes.xml", "word/endnotes.xml")
STYLES = "word/styles.xml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
USUAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LINE = f"{W}p"
TABLE = f"{W}tbl"
ROW = f"{W}tr"
CELL = f"{W}tc"
BOX = f"{W}txbxContent"
TEXT = f"{W}t"
HYPHEN = f"{W}noBreakHyphen"
GONE = {
    f"{W}del",
    f"{W}moveFrom",
    f"{W}pPr",
    f"{W}rPr",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
CONTENTS = "toc"
WIDE_DIGITS = range(0xFF10, 0xFF1A)
AS_ASCII = dict(zip(WIDE_DIGITS, "0123456789", strict=True)) | {0xFF05: "%", 0xFF0E: "."}
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
BROKEN = (BadZipFile, zlib.error, ElementTree.ParseError, EOFError, NotImplementedError, RuntimeError, OSError)
Grid = list[list[str]]


class PlacedTable(NamedTuple):
    """A table as rows of cells; `after`: how many paragraphs stand before it, the last of them its caption."""

    grid: Grid
    after: int


@dataclass(kw_only=True, slots=True)
class EditedFile:
    """What stands in a Word file: paragraphs outside of tables without spaces, and tables."""

    paragraphs: list[str] = field(default_factory=list)
    tables: list[PlacedTable] = field(default_factory=list)


class _Place(NamedTuple):
    """Where the walk is: what the runs of a paragraph are put into, and the row and table around it."""

    runs: list[str] | None = None
    row: list[str] | None = None
    grid: Grid | None = None


def read_edited(content: bytes) -> EditedFile:
    """The text of a .docx; contents lists, comments and what tracked changes took out are left aside.

    Raises BadInputError with one sentence for what is no Word file, broken or too large.
    """
    refusals = load_edited_words().refusals
    if len(content) > LARGEST:
        raise BadInputError(refusals.large)
    if not is_zipfile(BytesIO(content)):
        raise BadInputError(refusals.other)
    try:
        with ZipFile(BytesIO(content)) as archive:
            return _read_parts(archive)
    except BROKEN:
        raise BadInputError(refusals.broken) from None


def _read_parts(archive: ZipFile) -> EditedFile:
    names = set(archive.namelist())
    refusals = load_edited_words().refusals
    if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
        raise BadInputError(refusals.large)
    if BODY not in names:
        raise BadInputError(refusals.other)
    reader = _Reader(listed=_find_contents_styles(archive) if STYLES in names else frozenset())
    for name in (BODY, *(name for name in BESIDE if name in names)):
        reader.walk(_parse(archive.read(name)), _Place())
    return reader.found


def _parse(content: bytes) -> Element:
    if b"<!DOCTYPE" in content[:1024]:
        raise BadZipFile
    return ElementTree.fromstring(content.replace(STRICT, USUAL))


def _find_contents_styles(archive: ZipFile) -> frozenset[str]:
    """Styles of a list of contents: their names stay whatever a program makes of their ids."""
    return frozenset(
        style.get(f"{W}styleId", "")
        for style in _parse(archive.read(STYLES)).iter(f"{W}style")
        if (name := style.find(f"{W}name")) is not None and name.get(f"{W}val", "").lower().startswith(CONTENTS)
    )


@dataclass(kw_only=True, slots=True)
class _Reader:
    """Walks the elements; `listed` are the styles of contents, `joined` is a paragraph whose end was taken out."""

    listed: frozenset[str]
    found: EditedFile = field(default_factory=EditedFile)
    joined: str = ""

    def walk(self, parent: Element, place: _Place) -> None:
        """Everything inside an element, in its order."""
        for child in parent:
            if child.tag not in GONE:
                self._take(child, place)

    def _take(self, element: Element, place: _Place) -> None:
        match element.tag:
            case str() as tag if tag == LINE:
                self._take_line(element, place)
            case str() as tag if tag == TABLE:
                self._take_table(element)
            case str() as tag if tag == ROW and place.grid is not None:
                self._take_row(element, place.grid)
            case str() as tag if tag == CELL and place.row is not None:
                place.row.append("")
                self.walk(element, place)
            case str() as tag if tag == BOX:
                self.walk(element, _Place())
            case str() as tag if tag in (TEXT, HYPHEN) and place.runs is not None:
                place.runs.append("-" if tag == HYPHEN else element.text or "")
            case _:
                self.walk(element, place)

    def _take_table(self, element: Element) -> None:
        grid: Grid = []
        self.found.tables.append(PlacedTable(grid, len(self.found.paragraphs)))
        self.walk(element, _Place(grid=grid))

    def _take_row(self, element: Element, grid: Grid) -> None:
        if element.find(f"{W}trPr/{W}del") is None:
            grid.append([])
            self.walk(element, _Place(row=grid[-1], grid=grid))

    def _take_line(self, element: Element, place: _Place) -> None:
        runs: list[str] = []
        self.walk(element, place._replace(runs=runs))
        text = self.joined + "".join(runs)
        self.joined = text if element.find(f"{W}pPr/{W}rPr/{W}del") is not None else ""
        if self.joined or self._is_listed(element):
            return
        text = tighten(INVISIBLE.sub("", text.translate(AS_ASCII)))
        if place.row:
            place.row[-1] += text
        elif text:
            self.found.paragraphs.append(text)

    def _is_listed(self, line: Element) -> bool:
        style = line.find(f"{W}pPr/{W}pStyle")
        return style is not None and style.get(f"{W}val", "") in self.listed
