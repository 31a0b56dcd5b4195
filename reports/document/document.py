"""Documents: a text with light marks, read into headings, paragraphs, tables and charts.

Blocks stand between blank lines. `# ` begins a line of the title (it comes first, if there is one; where `／／` stands
it may be broken), `## ` to `##### ` a heading of level 1 to 4, `> ` the lead, `< ` a line of the signature. A table is
`表@name：caption（单位：unit）`, then rows `| cell | cell |`, the head first (`>` before a head right-aligns its
column; wide spaces keep a cell to be filled by hand as wide), then notes `注：`. A chart is `图@name：caption`.
Anything else is a paragraph; its lines are joined. `表@name` anywhere becomes the number of that table, 表3-2 in the
third part of a document with contents, else 表2; a table that begins with `表：` has none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from typing import Literal
from unicodedata import east_asian_width

from reports.charts.charts import Drawing

ROOM = 42.0  # a table, in widths of a character in it
PADDING = 1.0  # the edges of a cell, in the same
LATIN = 0.6  # the widest digit of the typefaces that stand in for the standard's
DIGIT = 0.5  # a digit of a title in the same
TITLE_LINE = 20.0  # characters of a title in a line
LONGEST_HELD = 12  # characters of a name that is not broken
PHRASE = "／／"
KEPT_TOGETHER = 14  # lines of a table that is not broken across pages
LABEL = re.compile("([表图])@([a-z]+)")
CAPTION = re.compile("([表图])@([a-z]+)：")
UNNUMBERED = "表："
UNIT = re.compile("(.*)（(单位：.*)）$")
Level = Literal[1, 2, 3, 4]
HEADINGS: dict[str, Level] = {"##": 1, "###": 2, "####": 3, "#####": 4}


@dataclass(frozen=True)
class Heading:
    """A heading: level 1 is 一、, level 2 is （一）, level 3 is 1., level 4 is （1）."""

    text: str
    level: Level


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the body, the lead below the title, or the signature's lines."""

    lines: tuple[str, ...]
    role: Literal["body", "lead", "signature"] = "body"


@dataclass(frozen=True)
class Table:
    """A numbered table; `numeric` tells which columns are right-aligned."""

    caption: str
    unit: str
    head: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    @property
    def widths(self) -> tuple[float, ...]:
        """The columns' shares of the table: each the room it needs, the longest give way and break their lines."""
        needs = [PADDING + max(map(measure, cells)) for cells in zip(self.head, *self.rows, strict=True)]
        given = dict.fromkeys(range(len(needs)), 0.0)
        room = ROOM
        for place, column in enumerate(sorted(given, key=needs.__getitem__)):
            given[column] = min(needs[column], room / (len(needs) - place))
            room -= given[column]
        return tuple(given[column] / (ROOM - room) for column in given)

    @property
    def together(self) -> bool:
        """Whether the table is short enough to stand on one page."""
        rooms = [ROOM * share - PADDING + 0.01 for share in self.widths]
        lines = (max(ceil(measure(cell) / room) for cell, room in zip(row, rooms, strict=True)) for row in self.rows)
        return sum(max(1, count) for count in lines) <= KEPT_TOGETHER


Block = Heading | Paragraph | Table | Drawing


@dataclass(frozen=True)
class Document:
    """A document ready to be laid out; `mark` stands on every page when it is not empty; no line breaks in `names`.

    `contents` asks for a list of the headings after the lead; without a title the document is a part of another;
    `compact` sets it small and with narrow margins, so that it stands on one page.
    """

    title: tuple[str, ...]
    author: str
    day: date
    mark: str
    blocks: tuple[Block, ...]
    contents: bool = False
    names: tuple[str, ...] = ()
    compact: bool = False

    def made_compact(self) -> "Document":
        """The same document, set small."""
        return replace(self, compact=True)

    @property
    def name(self) -> str:
        """The title in one line, or the first heading."""
        heads = (block.text for block in self.blocks if isinstance(block, Heading))
        return "".join(self.title) or next(heads, "")


def read_document(
    text: str, charts: Mapping[str, Drawing], *, author: str, day: date, mark: str, contents: bool = False
) -> Document:
    """Read a marked text; raises KeyError where it names a table or chart that is not there.

    >>> text = "# 报告\\n\\n见表@a。\\n\\n表@a：份数（单位：份）\\n| 对象 | >收回 |\\n| 家长 | 210 |"
    >>> read = read_document(text, {}, author="督导室", day=date(2025, 6, 1), mark="")
    >>> read.blocks[0].lines, read.blocks[1].caption, read.blocks[1].numeric
    (('见表1。',), '表1　份数', (False, True))
    """
    chunks = [chunk.strip() for chunk in re.split(r"\n\s*\n", text) if chunk.strip()]
    title = chunks.pop(0).splitlines() if chunks and chunks[0].startswith("# ") else []
    phrases = [line.removeprefix("# ").split(PHRASE) for line in title]
    numbers = _number(chunks, in_parts=contents)
    return Document(
        title=tuple(line for parts in phrases for line in _fill_lines(parts)),
        author=author,
        day=day,
        mark=mark,
        blocks=tuple(_read_block(chunk, numbers, charts) for chunk in chunks),
        contents=contents,
    )


def _fill_lines(phrases: list[str]) -> Iterator[str]:
    """As many phrases in a line of the title as fit it; none is broken."""
    line = phrases[0]
    for phrase in phrases[1:]:
        if measure(line + phrase, DIGIT) > TITLE_LINE:
            yield line
            line = ""
        line += phrase
    yield line


def hold_names(document: Document, names: Iterable[str]) -> Document:
    """The document with those of the `names` held together that its paragraphs say; a long one may be broken."""
    said = "".join(line for block in document.blocks if isinstance(block, Paragraph) for line in block.lines)
    held = {name for name in names if LONGEST_HELD >= len(name) > 1 and name in said}
    return replace(document, names=tuple(sorted(held, key=lambda name: (-len(name), name))))


def _number(chunks: list[str], *, in_parts: bool) -> dict[tuple[str, str], str]:
    """The number of each table and chart: counted through, or anew in each part."""
    numbers: dict[tuple[str, str], str] = {}
    part = 0
    count = {"表": 0, "图": 0}
    for chunk in chunks:
        if in_parts and chunk.startswith("## "):
            part += 1
            count = {"表": 0, "图": 0}
        if caption := CAPTION.match(chunk):
            count[caption[1]] += 1
            numbers[caption[1], caption[2]] = f"{part}-{count[caption[1]]}" if part else str(count[caption[1]])
    return numbers


def _read_block(chunk: str, numbers: Mapping[tuple[str, str], str], charts: Mapping[str, Drawing]) -> Block:
    caption = CAPTION.match(chunk)
    chunk = LABEL.sub(lambda label: f"{label[1]}{numbers[label[1], label[2]]}", chunk)
    lines = [line.strip() for line in chunk.splitlines()]
    if caption and caption[1] == "图":
        return replace(charts[caption[2]], caption=lines[0].replace("：", "　", 1))
    if caption or lines[0].startswith(UNNUMBERED):
        return _read_table(lines)
    mark, _, rest = lines[0].partition(" ")
    if mark in HEADINGS:
        return Heading(rest, HEADINGS[mark])
    if mark == "<":
        return Paragraph(tuple(line.removeprefix("< ") for line in lines), "signature")
    if mark == ">":
        return Paragraph(("".join([rest, *lines[1:]]),), "lead")
    return Paragraph(("".join(lines),))


def _read_table(lines: list[str]) -> Table:
    with_unit = UNIT.match(lines[0])
    titled, unit = with_unit.groups() if with_unit else (lines[0], "")
    numbered = not titled.startswith(UNNUMBERED)
    head, *rows = [
        tuple(cell.strip(" ") for cell in line.strip("|").split("|")) for line in lines if line.startswith("|")
    ]
    return Table(
        caption=titled.replace("：", "　", 1) if numbered else titled.removeprefix(UNNUMBERED),
        unit=unit,
        head=tuple(cell.removeprefix(">") for cell in head),
        numeric=tuple(cell.startswith(">") for cell in head),
        rows=tuple(rows),
        notes=tuple(line for line in lines if line.startswith("注：")),
    )


def measure(text: str, latin: float = LATIN) -> float:
    """In widths of a Chinese character, a Latin one being `latin`; ≥ and — are as wide among Chinese."""
    return sum(1 if east_asian_width(sign) in "WFA" else latin for sign in text)
