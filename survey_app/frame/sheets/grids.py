"""The cells of one worksheet as a person sees them, with what else the sheet says of them."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Cell = str | datetime.date | datetime.time | datetime.timedelta
Place = tuple[int, int]  # row and column from 0
MergedRange = tuple[Place, Place]  # the first and the last cell of it


@dataclass(frozen=True)
class Grid:
    """The cells of one worksheet, from its first row and column on.

    `copied` are the cells that hold the value of the merged range they lie in, `meeting` those of such ranges that
    hold another value of their own; `hidden_rows` are numbers from 1, `hidden_columns` indices from 0. `notes`
    are sentences on how the file was read.
    """

    name: str
    rows: list[list[Cell]]
    copied: frozenset[Place] = frozenset()
    meeting: frozenset[Place] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    notes: tuple[str, ...] = field(default=())

    def cell(self, number: int, index: int) -> Cell:
        """The cell in the row of that number (from 1) and the column of that index (from 0)."""
        row = self.rows[number - 1]
        return row[index] if index < len(row) else ""

    def column(self, numbers: Sequence[int], index: int) -> list[Cell]:
        """The cells of one column, in the rows of these numbers."""
        rows = self.rows
        try:
            return [rows[number - 1][index] for number in numbers]
        except IndexError:
            return [self.cell(number, index) for number in numbers]


@dataclass(frozen=True)
class Spread:
    """What spreading merged ranges did: the cells that got a value, and those that had another one already."""

    copied: frozenset[Place]
    meeting: frozenset[Place]


def spread_merged(rows: list[list[Cell]], ranges: Iterable[MergedRange]) -> Spread:
    """Give every cell of a merged range the value of its first one; ranges below the last row stay as they are.

    >>> rows = [["a", ""], ["", "b"]]
    >>> spread_merged(rows, [((0, 0), (1, 0))]).copied, rows
    (frozenset({(1, 0)}), [['a', ''], ['a', 'b']])
    """
    copied = set[Place]()
    meeting = set[Place]()
    for (top, left), (bottom, right) in ranges:
        if top >= len(rows) or left >= len(rows[top]) or rows[top][left] == "":
            continue
        value = rows[top][left]
        for row in range(top, min(bottom + 1, len(rows))):
            for column in range(left, min(right + 1, len(rows[row]))):
                if (row, column) == (top, left):
                    continue
                if rows[row][column] not in ("", value):
                    meeting.add((row, column))
                    continue
                rows[row][column] = value
                copied.add((row, column))
    return Spread(copied=frozenset(copied), meeting=frozenset(meeting))
