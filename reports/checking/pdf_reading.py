"""Reading a PDF back: its lines by the size of their type, and the paragraphs that begin indented."""

import re
from collections.abc import Iterable, Iterator
from ctypes import c_double
from itertools import groupby

import pypdfium2
import pypdfium2.raw as pdfium
from msgspec import Struct

from reports.checking.tightening import tighten

BODY = 15.0  # points, and more: text
CAPTION = 11.5  # and more: captions
CELL = 9.0  # and more: cells and notes; less stands in charts
FOOT = 14.0  # the number of a page
INDENTED = 95.0  # from the left edge of the page
LEADERS = "......"
LABEL = re.compile(r"[表图]\d")
BREAKS = "\r\n"
AT_LINE_END = "\x02"  # how pdfium names a hyphen that a line ends with


class TypeLine(Struct, frozen=True, kw_only=True):
    """A piece of a line in one size of type, and where it begins."""

    text: str
    size: float
    left: float

    @property
    def small(self) -> bool:
        """Whether it stands in a table or is a note below one."""
        return CELL <= self.size < CAPTION


def read_lines(content: bytes) -> list[TypeLine]:
    """Every line of a PDF, in the order of reading."""
    with pypdfium2.PdfDocument(content) as document:
        return [line for page in document for line in _lines_of(page.get_textpage())]


def _lines_of(page: pypdfium2.PdfTextPage) -> Iterator[TypeLine]:
    line: list[tuple[float, int]] = []
    for place in range(page.count_chars()):
        if chr(pdfium.FPDFText_GetUnicode(page, place)) in BREAKS:
            yield from _split_sizes(page, line)
            line = []
        else:
            line.append((round(pdfium.FPDFText_GetFontSize(page, place), 1), place))
    yield from _split_sizes(page, line)


def _split_sizes(page: pypdfium2.PdfTextPage, line: list[tuple[float, int]]) -> Iterator[TypeLine]:
    """A line in pieces of one size; a space that nobody set (size 1) belongs to the piece before."""
    printed = [(size, place) for size, place in line if size > 1]
    for size, pieces in groupby(printed, key=lambda piece: piece[0]):
        places = [place for _, place in pieces]
        text = "".join(chr(pdfium.FPDFText_GetUnicode(page, place)) for place in places).replace(AT_LINE_END, "-")
        yield TypeLine(text=text, size=size, left=_left_of(page, places[0]))


def _left_of(page: pypdfium2.PdfTextPage, place: int) -> float:
    left = c_double()
    pdfium.FPDFText_GetCharBox(page, place, left, c_double(), c_double(), c_double())
    return left.value


def join_paragraphs(lines: Iterable[TypeLine]) -> list[str]:
    """Paragraphs and captions without spaces: a line that begins indented begins one; contents are left out.

    >>> join_paragraphs([TypeLine(text=text, size=12, left=90) for text in ("图1　甲的", "认可度", "表1　乙")])
    ['图1甲的认可度', '表1乙']
    """
    paragraphs: list[str] = []
    in_caption = False
    for line in lines:
        small = line.size < BODY
        goes_on = in_caption and small and not LABEL.match(line.text)
        in_caption = CAPTION <= line.size < BODY and line.size != FOOT and (goes_on or bool(LABEL.match(line.text)))
        if line.size < CAPTION or line.size == FOOT or LEADERS in line.text or (small and not in_caption):
            continue
        if not goes_on and (small or line.left > INDENTED or not paragraphs):
            paragraphs.append("")
        paragraphs[-1] += tighten(line.text)
    return [text for text in paragraphs if text]
