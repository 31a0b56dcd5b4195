"""From what calamine reads of a worksheet, and what it does not tell, to the cells that a person sees."""

import datetime
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from survey_app.frame.sheets.grids import Cell, Grid, MergedRange, Place, spread_merged
from survey_app.frame.sheets.sheet_problems import say

MAX_COLUMNS = 16_384
MOST_DIFFERENT = 200_000
EXACT = 10**15  # a spreadsheet keeps fifteen digits
FORMULA_ERROR = "#ERROR!"
UNCOMPUTED = "#UNCOMPUTED!"
ELSEWHERE = "#ELSEWHERE!"
OTHERWISE = "#OTHERWISE!"
SCALED = re.compile("[0#?],+(?![0#?,])")
PADDED = re.compile(r'(?:"[A-Za-z0-9-]+"|\\[A-Za-z0-9-])+0+|0{2,}')
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^]]*\]')  # what a number format shows or skips as it stands


@dataclass(kw_only=True)
class Hints:
    """What calamine does not tell of a worksheet; cells are (row, column) from 0.

    `said` is what stands in the place of a value that nobody can stand for: of a formula that failed, was never
    computed, or looks it up in another workbook. `percents` are numbers shown as percentages. Hidden rows are numbers
    from 1, hidden columns indices from 0. `merged` are those of XLSB and ODS: of the others calamine tells them.
    """

    said: dict[Place, str] = field(default_factory=dict)
    percents: set[Place] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[MergedRange] = field(default_factory=list)


def shows_percent(number_format: str) -> bool:
    """Whether a number format turns a share into a percentage; a literal sign beside the number does not."""
    return "%" in LITERAL.sub("", number_format)


def shows_otherwise(number_format: str) -> bool:
    """Whether a number format shows another number or code: thousands cut off, zeros or letters put before.

    >>> [shows_otherwise(written) for written in ("#,##0,", '0.0,"x"', "000", '"P"000')]
    [True, True, True, True]
    >>> [shows_otherwise(written) for written in ("#,##0", "0.00", '0"x"', "#,##0_);(#,##0)")]
    [False, False, False, False]
    """
    return bool(SCALED.search(LITERAL.sub("", number_format)) or PADDED.fullmatch(number_format))


def say_hidden_sheets(names: Sequence[str]) -> tuple[str, ...]:
    """The note that names the worksheets nobody sees, which are not read."""
    return (say("note", "hidden_sheets", sheets="、".join(names)),) if names else ()


def make_grid(name: str, rows: list[list[Cell]], merged: Iterable[MergedRange], hints: Hints) -> Grid:
    """The worksheet whose cells calamine read, with what it does not tell."""
    for (row, column), said in hints.said.items():  # some beyond the last value, where calamine stops
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = said
    spread = spread_merged(rows, merged)
    return Grid(
        name=name,
        rows=rows,
        copied=spread.copied,
        meeting=spread.meeting,
        hidden_rows=frozenset(hints.hidden_rows),
        hidden_columns=frozenset(hints.hidden_columns),
    )


def see_rows(values: Iterable[Sequence[object]], percents: Set[Place] = frozenset(), left: int = 0) -> list[list[Cell]]:
    """The rows as a person sees them, from the first row and column on; `percents` are shown as percentages.

    `left`: how many columns before the first value. Rows come one by one, and equal cells are one object: 200,000
    forms hold few different answers.
    """
    seen: dict[tuple[type, object], Cell] = {}
    shown: dict[int, list[int]] = {}
    for row, column in percents:
        shown.setdefault(row, []).append(column)
    rows: list[list[Cell]] = []
    for number, row_values in enumerate(values):
        cells: list[Cell] = [""] * left
        for value in row_values:
            key = (value.__class__, value)
            cell = seen.get(key)
            if cell is None:
                cell = as_seen(value)
                if len(seen) < MOST_DIFFERENT:
                    seen[key] = cell
            cells.append(cell)
        for column in shown.get(number, ()):
            share = row_values[column - left] if left <= column < len(cells) else ""
            if isinstance(share, int | float):
                cells[column] = f"{share * 100:.12g}%"
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
