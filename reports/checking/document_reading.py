"""Reading back: the sentences and tables of a written document, whatever its format."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import docx
from docx.table import Table as Grid
from docx.text.paragraph import Paragraph as Line

from reports.checking.pdf_reading import join_paragraphs, read_lines
from reports.checking.tightening import tighten

SKIPPED = ("style", "script", "title", "svg", "details")
BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "li", "caption", "figcaption", "dt", "dd")
CONTENTS = "toc "
VOID = ("br", "meta", "link", "img", "input", "hr")


class Written(NamedTuple):
    """What stands in a document: paragraphs without spaces, and tables as rows of cells.

    A PDF has no tables: its small type in a row is `cells`.
    """

    paragraphs: list[str]
    tables: list[list[list[str]]]
    cells: str = ""


def read_written(path: Path) -> Written:
    """The text of a .docx, .html or .pdf; raises ValueError for anything else."""
    match path.suffix:
        case ".docx":
            return _read_word(path)
        case ".html":
            return _read_page(path.read_text(encoding="utf-8"))
        case ".pdf":
            lines = read_lines(path.read_bytes())
            return Written(join_paragraphs(lines), [], "".join(tighten(line.text) for line in lines if line.small))
    raise ValueError(path.suffix)


def _read_word(path: Path) -> Written:
    word = docx.Document(str(path))
    paragraphs: list[str] = []
    tables: list[list[list[str]]] = []
    for block in word.iter_inner_content():
        if isinstance(block, Line) and _is_listed(block):
            continue
        if isinstance(block, Line):
            paragraphs.append(tighten(block.text))
        elif isinstance(block, Grid):
            tables.append([[tighten(cell.text) for cell in row.cells] for row in block.rows])
    return Written([text for text in paragraphs if text], tables)


def _is_listed(line: Line) -> bool:
    """Whether a paragraph is a line of the contents: a heading again, with its page."""
    return line.style is not None and str(line.style.name).startswith(CONTENTS)


def _read_page(text: str) -> Written:
    reader = _PageReader()
    reader.feed(text)
    return Written([line for line in map(tighten, reader.paragraphs) if line], reader.tables)


class _PageReader(HTMLParser):
    """Collects the blocks of text and the cells of tables."""

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.skipping = 0
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a paragraph, a cell a cell."""
        if tag in SKIPPED:
            self.skipping += 1
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables:
            self.tables[-1][-1].append("")
            self.in_cell = True
        elif tag in BLOCKS:
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        """What was begun ends."""
        if tag in SKIPPED:
            self.skipping -= 1
        elif tag in ("td", "th"):
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        """Text goes where the last tag said."""
        if self.skipping:
            return
        if self.in_cell:
            self.tables[-1][-1][-1] += tighten(data)
        elif self.paragraphs:
            self.paragraphs[-1] += data


def split_sentences(paragraphs: list[str]) -> Iterator[str]:
    """The sentences of paragraphs, without their full stops.

    >>> list(split_sentences(["甲。乙；丙。"]))
    ['甲', '乙；丙']
    """
    for paragraph in paragraphs:
        yield from (sentence for sentence in paragraph.split("。") if sentence)
