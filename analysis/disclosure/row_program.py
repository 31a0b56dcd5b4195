"""What the printed rows of a group's units tell of those that are hidden, by linear programs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from analysis.arrays import Floats

WITHHELD_WIDTH = 0.10
STATEMENT_WIDTH = 0.025
TOLERANCE = 1e-9
SLACK = 1e-7
"""What the solver may miss a bound by."""

Band = tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaceSums:
    """The places of a group: forms with a headline, the weight of each, and the sum of their headlines, unweighted."""

    n: Floats
    weight: Floats
    total: Floats

    @property
    def answered(self) -> Floats:
        """The weighted forms."""
        return self.weight * self.n

    @property
    def rate(self) -> float:
        """The group's weighted rate."""
        return float(self.weight @ self.total / self.answered.sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class PrintedRow:
    """A row of a group: which places it sums up (0 and 1), what its rate can be by what is printed of it.

    `hidden`: how far a hidden rate has to stay open; 0 for a row that is printed as a number, or not at all.
    """

    inside: Floats
    band: Band
    hidden: float = 0.0

    @property
    def size(self) -> float:
        """How many places it holds."""
        return float(self.inside.sum())

    @property
    def is_number(self) -> bool:
        """Whether it is printed as a rate."""
        return not self.hidden and self.band != OPEN


OPEN: Band = (0.0, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Printed:
    """All that is printed of a group's headline: its rate by `band`, and its rows."""

    places: PlaceSums
    band: Band
    rows: tuple[PrintedRow, ...]

    @cached_property
    def program(self) -> "_Program":
        """The linear program of all this."""
        return _Program(self)


def rate_range(printed: Printed, inside: Floats) -> Band:
    """The least and the greatest that the weighted rate of some places can be by all that is printed.

    An attacker knows n and the weights, and by counting the forms' file the unweighted sum of the whole group.

    >>> two = PlaceSums(n=np.array([20.0, 20.0]), weight=np.ones(2), total=np.array([19.5, 12.0]))
    >>> rows = (PrintedRow(inside=np.array([0.0, 1.0]), band=(0.595, 0.605)),)
    >>> told = Printed(places=two, band=(0.0, 1.0), rows=rows)
    >>> [round(edge, 3) for edge in rate_range(told, np.array([1.0, 0.0]))]
    [0.97, 0.98]
    """
    return printed.program.range_of(inside)


class _Program:
    """The linear program of a group: h_u between 0 and n_u, everything printed as bounds."""

    def __init__(self, printed: Printed) -> None:
        self._answered = printed.places.answered
        self._weight = printed.places.weight
        bands = [(np.ones(len(self._answered)), printed.band), *((row.inside, row.band) for row in printed.rows)]
        told = [(inside, band) for inside, band in bands if band != OPEN]
        sums = np.array([inside * self._weight for inside, _ in told]).reshape(len(told), len(self._answered))
        size = np.array([float(inside @ self._answered) for inside, _ in told])
        low = np.array([band[0] for _, band in told]) * size
        high = np.array([band[1] for _, band in told]) * size
        self._sides = csr_matrix(np.vstack([sums, -sums]))
        self._limits = np.concatenate([high, -low]) + TOLERANCE
        self._whole = float(printed.places.total.sum())
        self._most = printed.places.n

    def range_of(self, inside: Floats) -> Band:
        """The range of the weighted rate of some places."""
        goal = inside * self._weight / float(inside @ self._answered)
        return self._end(goal), -self._end(-goal)

    def _end(self, goal: Floats) -> float:
        from scipy.optimize import linprog  # 20 MB: read where something is solved

        found = linprog(
            goal,
            A_ub=self._sides,
            b_ub=self._limits,
            A_eq=np.ones((1, len(goal))),
            b_eq=[self._whole],
            bounds=np.column_stack([np.zeros(len(goal)), self._most]),
            method="highs",
        )
        return float(found.fun) if found.status == 0 else float("nan")


def is_open(printed: Printed, row: PrintedRow) -> bool:
    """Whether a hidden row is open far enough."""
    low, high = rate_range(printed, row.inside)
    return high - low >= row.hidden - SLACK


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """What may be printed: the rows in their order, those no longer printed as numbers, and whether all holds."""

    printed: Printed
    coarsened: frozenset[int]
    holds: bool


def open_rows(printed: Printed, taken_back: frozenset[int] = frozenset()) -> Opened:
    """Take numbers back until every hidden row is open far enough; some are `taken_back` from the start.

    First the smallest printed row that contains a row that is too narrow, else the largest printed one. What was open
    stays so when less is told, so that every hidden row is looked at once and then as often as a number is taken back
    for it.
    """
    first = (replace(row, band=OPEN, hidden=0.0) if at in taken_back else row for at, row in enumerate(printed.rows))
    printed = replace(printed, rows=tuple(first))
    coarsened = set(taken_back)
    for hidden in [row for row in printed.rows if row.hidden]:
        while not is_open(printed, hidden):
            taken = row_to_take_back(printed.rows, hidden.inside)
            if taken is None:
                return Opened(printed=printed, coarsened=frozenset(coarsened), holds=False)
            coarsened.add(taken)
            rows = (replace(row, band=OPEN) if at == taken else row for at, row in enumerate(printed.rows))
            printed = replace(printed, rows=tuple(rows))
    return Opened(printed=printed, coarsened=frozenset(coarsened), holds=True)


def row_to_take_back(rows: Sequence[PrintedRow], narrow: Floats) -> int | None:
    """The place of the row to take back for some places of which too much follows; None when no number is left."""
    numbers = [at for at, row in enumerate(rows) if row.is_number]
    above = [at for at in numbers if np.all(rows[at].inside >= narrow)]
    if above:
        return min(above, key=lambda at: (rows[at].size, at))
    return max(numbers, key=lambda at: (rows[at].size, -at), default=None)
