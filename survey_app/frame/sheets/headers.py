"""Which column of a file is which: headers in English, in Chinese or both, with a unit in brackets."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from xlsxwriter.utility import xl_col_to_name

from questionnaires.text import clean_text
from survey_app.frame.sheets.columns import Column
from survey_app.frame.sheets.grids import Cell, Grid
from survey_app.frame.sheets.sheet_problems import SENTENCES, Problem, say

SEARCHED = 20  # a title or lines on how to fill in may stand above the header
BRACKET = re.compile(r"(.*?)\(([^()]*)\)")
UNITS_ABOVE = re.compile(r"单位[:：]\s*([^\s()（）]+)")
SEVERAL = re.compile("[、,，;；/]")
QUESTION_NUMBER = re.compile(r"(?:q|第)?[0-9]{1,3}题?[、.．:：)]")
FEWEST = 2  # columns that a row must name to be the header


class Match(NamedTuple):
    """A column of the file: where it is, how it is written there, and what one of its unit is worth."""

    column: Column
    at: int
    written: str
    factor: Fraction

    @property
    def place(self) -> str:
        """The column as a person finds it."""
        return place_column(self.at, self.written)


class Place(NamedTuple):
    """Where a head stands, from 0, and how it is written."""

    at: int
    written: str


class Header(NamedTuple):
    """The header of a worksheet: its rows from 0, the columns found, what is wrong, and the heads as written."""

    row: int
    matches: list[Match]
    problems: list[Problem]
    heads: list[str]


class HeaderRows(NamedTuple):
    """Where a header stands: its first and its last row from 0."""

    first: int
    last: int


def find_header(grid: Grid, columns: Sequence[Column]) -> HeaderRows | None:
    """The rows that name most of the columns, at least two: one row, or two where the second refines the first."""
    known = _names(columns)
    best: HeaderRows | None = None
    most = FEWEST - 1
    for row in range(min(SEARCHED, len(grid.rows))):
        single = HeaderRows(row, row)
        found = _count_found(known, grid, single)
        if found > most:
            best = single
            most = found
        pair = HeaderRows(row, row + 1)
        together = _count_found(known, grid, pair) if found > 0 and pair.last < len(grid.rows) else 0
        if together > max(most, found + 1):
            best = pair
            most = together
    return best


def _count_found(known: dict[str, Column], grid: Grid, rows: HeaderRows) -> int:
    heads = {head for head in written_heads(grid, rows) if head != ("",)}
    return len({column.name for head in heads if (column := _find_any(known, head)[0])})


def written_heads(grid: Grid, rows: HeaderRows) -> list[tuple[str, ...]]:
    """What may name each column: the head itself; of two rows the lower, the upper, and one after the other."""
    upper = [_written(cell) for cell in grid.rows[rows.first]]
    if rows.first == rows.last:
        return [(head,) for head in upper]
    lower = [_written(cell) for cell in grid.rows[rows.last]]
    width = max(len(upper), len(lower))
    pairs = zip(upper + [""] * (width - len(upper)), lower + [""] * (width - len(lower)), strict=True)
    return [_combined(above, below) for above, below in pairs]


def _combined(above: str, below: str) -> tuple[str, ...]:
    if not above or not below or above == below:
        return (above or below,)
    return (below + above, above + below, below, above)


def match_header(grid: Grid, rows: HeaderRows, columns: Sequence[Column]) -> Header:
    """The columns of the worksheet, and what is wrong with its header rows."""
    known = _names(columns)
    number = rows.last + 1
    matches: dict[str, Match] = {}
    absent = {column.name: column for column in columns if column.needed != "no"}
    problems = []
    heads = written_heads(grid, rows)
    above = _units_above(grid, rows)
    for index, head in enumerate(heads):
        column, unit = _find_any(known, head) if head != ("",) else (None, "")
        if column is None:
            continue
        absent.pop(column.name, None)
        match = Match(column, index, head[-1], _units(column).get(unit, Fraction(1)))
        sentence = _objection(match, unit, matches.get(column.name)) or _doubt(match, unit, above)
        if sentence:
            problems.append(Problem(grid.name, number, match.place, sentence))
        else:
            matches[column.name] = match
    for match in _instead(list(absent.values()), heads):
        del absent[match.column.name]
        matches[match.column.name] = match
    for column in absent.values():
        place = str(SENTENCES["column_missing"]).format(header=name_header(column))
        problems.append(Problem(grid.name, number, place, say("header", "missing", header=column.label)))
    return Header(rows.last, list(matches.values()), problems, [head[-1] for head in heads])


def _instead(absent: Sequence[Column], heads: Sequence[tuple[str, ...]]) -> list[Match]:
    """The absent columns for which another head stands, such as the 标识码 of a school for its code."""
    written = {plain_head(head[-1]): Place(index, head[-1]) for index, head in enumerate(heads) if head[-1]}
    found = [(column, _first_written(column, written)) for column in absent]
    return [Match(column, place.at, place.written, Fraction(1)) for column, place in found if place]


def _first_written(column: Column, written: Mapping[str, Place]) -> Place | None:
    return next((written[head] for head in map(plain_head, column.instead) if head in written), None)


def _objection(match: Match, unit: str, twin: Match | None) -> str:
    """What is wrong with one header, or nothing: its column was there already, or its unit is unknown."""
    column = match.column
    if twin:
        return say("header", "twice", other=twin.place)
    if unit and not column.is_text and unit not in _units(column):
        return say("header", "unit", unit=unit, allowed="、".join(column.units))
    return ""


def _units_above(grid: Grid, rows: HeaderRows) -> dict[str, str]:
    """The units that stand above a table (单位：万元、平方米), by how heads would spell them."""
    texts = (_written(cell) for row in grid.rows[: rows.first] for cell in row)
    found = (unit for text in texts for said in UNITS_ABOVE.findall(text) for unit in SEVERAL.split(said))
    return {plain_head(unit): unit for unit in found if unit}


def _doubt(match: Match, unit: str, above: Mapping[str, str]) -> str:
    """Whether a unit above the table is this column's, which its head does not say; or nothing."""
    if unit or match.column.is_text:
        return ""
    other = next((above[name] for name, factor in _units(match.column).items() if name in above and factor != 1), "")
    if not other:
        return ""
    head = match.column.label
    return say("header", "unit_above", unit=other, head=head, usual=next(iter(match.column.units)))


def place_column(index: int, written: str) -> str:
    """A column as a person finds it: its letter and its header."""
    return str(SENTENCES["column"]).format(letter=xl_col_to_name(index), header=written)


def name_header(column: Column) -> str:
    """The header of a template: the English name, the Chinese one and the unit."""
    unit = f"（{next(iter(column.units))}）" if column.units and column.type != "measure" else ""
    return f"{column.name} {column.zh}{unit}".strip()


def _names(columns: Sequence[Column]) -> dict[str, Column]:
    """Every accepted spelling of every column; what a person assigned comes before all others."""
    usual = {
        plain_head(spelling): column
        for column in columns
        for spelling in (
            column.name,
            *filter(None, (column.zh, *column.names)),
            column.name + column.zh,
            column.zh + column.name,
        )
    }
    return usual | {plain_head(head): column for column in columns for head in column.assigned}


def _find_any(known: dict[str, Column], heads: Sequence[str]) -> tuple[Column | None, str]:
    """The column that the first fitting spelling names, and its unit."""
    found = (_find(known, head) for head in heads)
    return next((match for match in found if match[0]), (None, ""))


def _find(known: dict[str, Column], head: str) -> tuple[Column | None, str]:
    """The column a header names, and the unit in its brackets; the number of a question does not count."""
    text = plain_head(head)
    if text not in known:
        text = QUESTION_NUMBER.sub("", text, count=1) if QUESTION_NUMBER.match(text) else text
    if text in known:
        return known[text], ""
    bracket = BRACKET.fullmatch(text)
    return (known.get(bracket[1]), bracket[2]) if bracket else (None, "")


def _units(column: Column) -> dict[str, Fraction]:
    return {plain_head(unit): factor for unit, factor in column.units.items()}


def _written(cell: Cell) -> str:
    return clean_text(str(cell)) if cell != "" else ""


def plain_head(text: str) -> str:
    """The text without what does not tell headers apart: width, case, spaces, underscores, a star."""
    return re.sub(r"[\s_*]", "", unicodedata.normalize("NFKC", text)).casefold()
