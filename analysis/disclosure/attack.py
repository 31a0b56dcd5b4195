"""The attacker of the audit: what all that is published tells of a unit's count on an item, by integer programs.

The attacker knows the frame, weights, forms of every unit, every printed figure, and the forms of the group without
their places (by counting the exported file). A form matters by its headline and its answer to the item: how many of
each kind are in which unit is unknown. Where an item is a statement its answers are unknown too, all else of the forms
known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from analysis.arrays import Floats, Whole
from analysis.disclosure.row_program import OPEN, Band

Limits = tuple[csr_matrix, Floats, Floats]
"""Rows, and the least and the most that each sums to."""
TOLERANCE = 1e-7
SECONDS = 10.0
EDGE = 1e-6
"""By how much a found solution may miss what is printed: less than a form, an answer or a digit."""
ENOUGH = 0.3
"""A count within three tenths of the farthest proves that it is open; the range is rather too narrow."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Forms alike: how many, their headline if content and if discontented with the item, how they answered it.

    `answer`: 1 discontented, 0 content or without an answer, None where the file does not say.
    """

    forms: int
    content: float
    discontented: float
    answer: int | None

    @property
    def answers(self) -> tuple[int, ...]:
        """The answers that it may have given."""
        return (0, 1) if self.answer is None else (self.answer,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """A group's units and what is printed: forms (`n`) and `weight` of each unit, rows (places, band), kinds of forms.

    `fewer_than`: of a statement item, the number below which the discontented (or content) are.
    """

    n: Whole
    weight: Floats
    rows: Sequence[tuple[Floats, Band]]
    kinds: Sequence[Kind]
    fewer_than: int | None = None

    @cached_property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """(number of a kind, answer) that a form may be: a kind whose answer is unknown has two."""
        return tuple((at, answer) for at, kind in enumerate(self.kinds) for answer in kind.answers)

    @cached_property
    def discontented(self) -> Floats:
        """Whether the forms of each cell are discontented, as 0 and 1."""
        return np.array([float(answer) for _, answer in self.cells])

    @cached_property
    def headlines(self) -> Floats:
        """The headline of the forms of each cell."""
        kinds = ((self.kinds[at], answer) for at, answer in self.cells)
        return np.array([kind.discontented if answer else kind.content for kind, answer in kinds])


def count_range(pool: Pool, inside: Floats, gap: float = ENOUGH) -> tuple[int, int]:
    """The least and the greatest number of discontented forms in some units by all that is published.

    Each end is a count that fits everything published; the true range is as wide or wider (`gap`). Raises
    ArithmeticError where nothing fits, or nothing was found in time: that proves nothing.

    >>> kinds = (Kind(forms=37, content=1.0, discontented=0.5, answer=0),
    ...     Kind(forms=3, content=1.0, discontented=0.5, answer=1))
    >>> pool = Pool(n=np.array([20, 20]), weight=np.ones(2), rows=((np.ones(2), (0.96, 0.965)),), kinds=kinds)
    >>> count_range(pool, np.array([1.0, 0.0]))
    (0, 3)
    """
    program = Program(pool, np.arange(len(pool.n)), np.zeros((len(pool.n), len(pool.cells))))
    least = program.end(inside, least=True, gap=gap)
    most = program.end(inside, least=False, gap=gap)
    if least is None or most is None:
        raise ArithmeticError("no way to share out the forms fits what is printed, or none was found in time")
    return least, most


class Program:
    """How many forms of each cell are in each unit that is `free`; all other units are as they are `known` to be.

    `known`: forms of each (unit, cell).
    """

    def __init__(self, pool: Pool, free: Whole, known: Floats) -> None:
        fixed = known.copy()
        fixed[free] = 0
        count = len(pool.cells)
        told = [(inside, band) for inside, band in pool.rows if band != OPEN]
        per_unit = np.array([inside * pool.weight for inside, _ in told]).reshape(len(told), len(pool.n))
        size = per_unit @ pool.n
        apart = per_unit @ (fixed @ pool.headlines)
        owners = np.array([at for at, _ in pool.cells])
        of_kinds = np.equal.outer(np.arange(len(pool.kinds)), owners).astype(float)
        matrix = [
            np.kron(np.eye(len(free)), np.ones(count)),
            np.kron(np.ones(len(free)), of_kinds),
            np.kron(per_unit[:, free], pool.headlines),
            np.kron(np.ones(len(free)), pool.discontented)[None, :],
        ]
        forms = np.array([float(kind.forms) for kind in pool.kinds]) - of_kinds @ fixed.sum(axis=0)
        low = np.array([band[0] for _, band in told]) * size - apart - TOLERANCE
        high = np.array([_highest(band) for _, band in told]) * size - apart
        most = np.inf if pool.fewer_than is None else pool.fewer_than - 1 - float(fixed.sum(axis=0) @ pool.discontented)
        self._rows = np.vstack(matrix)
        self._lower = np.concatenate([pool.n[free], forms, low, [0.0]])
        self._upper = np.concatenate([pool.n[free], forms, high, [most]])
        self._free = free
        self._fixed = fixed @ pool.discontented
        self._discontented = pool.discontented

    def end(self, inside: Floats, *, least: bool, gap: float = ENOUGH) -> int | None:
        """One end of the range: a count that fits, found in whole numbers; None where none was found."""
        goal = self._count(inside)
        return self._solve(inside, goal if least else -goal, self._limits(goal, 0.0, np.inf), gap)

    def reach(self, inside: Floats, low: float, high: float) -> int | None:
        """Any count from `low` to `high` that fits; None where none was found."""
        own = self._count(inside)
        apart = float(inside @ self._fixed)
        return self._solve(inside, np.zeros(len(own)), self._limits(own, low - apart, high - apart), ENOUGH)

    def _count(self, inside: Floats) -> Floats:
        return np.asarray(np.kron(inside[self._free], self._discontented), np.float64)

    def _limits(self, own: Floats, low: float, high: float) -> Limits:
        """Everything printed, and the count between two bounds."""
        rows = csr_matrix(np.vstack([self._rows, own]))
        return rows, np.append(self._lower, low), np.append(self._upper, high)

    def _solve(self, inside: Floats, goal: Floats, limits: Limits, gap: float) -> int | None:
        from scipy.optimize import milp  # 20 MB: read where something is solved

        found = milp(
            np.array(goal, np.float64),
            integrality=np.ones(len(goal)),
            constraints=limits,
            options={"time_limit": SECONDS, "mip_rel_gap": gap},
        )
        if found.x is None or not self._fits(np.round(found.x)):
            return None
        return round(float(self._count(inside) @ np.round(found.x) + inside @ self._fixed))

    def _fits(self, forms: Floats) -> bool:
        """Whether whole numbers of forms fit what is printed, whatever the solver takes for whole."""
        sums = self._rows @ forms
        return bool(np.all(sums >= self._lower - EDGE) and np.all(sums <= self._upper + EDGE))


def _highest(band: Band) -> float:
    """A rate at the upper edge of its band would be printed as the next one, unless it is all, or told exactly."""
    low, high = band
    return high - TOLERANCE if high < 1 and high - low > EDGE else high + TOLERANCE
