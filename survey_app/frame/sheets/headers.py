"""Which column of a file is which: headers in English, in Chinese or both, with a unit in brackets."""

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from xlsxwriter.utility import xl_col_to_name

from survey_app.frame.sheets.columns import Column
from survey_app.frame.sheets.sheet_files import Grid
from survey_app.frame.sheets.sheet_problems import SENTENCES, Problem, say
from survey_app.frame.sheets.workbook_reading import Cell

SEARCHED = 5  # a title or a line on how to fill in may stand above the header
BRACKET = re.compile(r"(.*?)\(([^()]*)\)")


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


class Header(NamedTuple):
    """The header of a worksheet: its row from 0, the columns found and what is wrong with it."""

    row: int
    matches: list[Match]
    problems: list[Problem]


def find_header(grid: Grid, columns: Sequence[Column]) -> int | None:
    """The first row, from 0, that names at least two of the columns."""
    known = _names(columns)
    for row, cells in enumerate(grid.rows[:SEARCHED]):
        if len({found.name for cell in cells if (found := _find(known, cell)[0])}) >= 2:
            return row
    return None


def match_header(grid: Grid, row: int, columns: Sequence[Column]) -> Header:
    """The columns of the worksheet, and what is wrong with its header row."""
    known, number = _names(columns), row + 1
    matches: dict[str, Match] = {}
    absent = {column.name: column for column in columns if column.needed != "no"}
    problems = []
    for index, cell in enumerate(grid.rows[row]):
        column, unit = _find(known, cell)
        if column is None:
            continue
        absent.pop(column.name, None)
        match = Match(column, index, _written(cell), _units(column).get(unit, Fraction(1)))
        sentence = _objection(match, unit, matches.get(column.name))
        if sentence:
            problems.append(Problem(grid.name, number, match.place, sentence))
        else:
            matches[column.name] = match
    for column in absent.values():
        place = str(SENTENCES["column_missing"]).format(header=name_header(column))
        problems.append(Problem(grid.name, number, place, say("header", "missing", header=column.label)))
    return Header(row, list(matches.values()), problems)


def _objection(match: Match, unit: str, twin: Match | None) -> str:
    """What is wrong with one header, or nothing: its column was there already, or its unit is unknown."""
    column = match.column
    if twin:
        return say("header", "twice", other=twin.place)
    if unit and not column.is_text and unit not in _units(column):
        return say("header", "unit", unit=unit, allowed="、".join(column.units))
    return ""


def place_column(index: int, written: str) -> str:
    """A column as a person finds it: its letter and its header."""
    return str(SENTENCES["column"]).format(letter=xl_col_to_name(index), header=written)


def name_header(column: Column) -> str:
    """The header of a template: the English name, the Chinese one and the unit."""
    unit = f"（{next(iter(column.units))}）" if column.units and column.type != "measure" else ""
    return f"{column.name} {column.zh}{unit}".strip()


def _names(columns: Sequence[Column]) -> dict[str, Column]:
    """Every accepted spelling of every column."""
    return {
        _plain(spelling): column
        for column in columns
        for spelling in (
            column.name,
            *filter(None, (column.zh, *column.names)),
            column.name + column.zh,
            column.zh + column.name,
        )
    }


def _find(known: dict[str, Column], cell: Cell) -> tuple[Column | None, str]:
    """The column a header names, and the unit in its brackets."""
    text = _plain(_written(cell))
    if text in known:
        return known[text], ""
    bracket = BRACKET.fullmatch(text)
    return (known.get(bracket[1]), bracket[2]) if bracket else (None, "")


def _units(column: Column) -> dict[str, Fraction]:
    return {_plain(unit): factor for unit, factor in column.units.items()}


def _written(cell: Cell) -> str:
    return " ".join(str(cell).split())


def _plain(text: str) -> str:
    """The text without what does not tell headers apart: width, case, spaces, underscores, a star."""
    return re.sub(r"[\s_*]", "", unicodedata.normalize("NFKC", text)).casefold()
