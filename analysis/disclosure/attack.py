"""The attacker of the audit: what all that is published tells of a unit's count on an item, by integer programs.

The attacker knows the frame, weights, forms of every unit, every printed figure, and the forms of the group without
their places (by counting the exported file). A form matters by its headline and its answer to the item: how many of
each kind are in which unit is unknown. Where an item is a statement its answers are unknown too, all else of the forms
known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from analysis.disclosure.row_program import OPEN, Band

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
TOLERANCE = 1e-7
SECONDS = 10.0
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


def count_range(pool: Pool, inside: Floats) -> tuple[int, int]:
    """The least and the greatest number of discontented forms in some units by all that is published.

    Each end is a count that fits everything published; the true range is as wide or wider (ENOUGH).

    >>> kinds = (Kind(forms=37, content=1.0, discontented=0.5, answer=0),
    ...     Kind(forms=3, content=1.0, discontented=0.5, answer=1))
    >>> pool = Pool(n=np.array([20, 20]), weight=np.ones(2), rows=((np.ones(2), (0.96, 0.965)),), kinds=kinds)
    >>> count_range(pool, np.array([1.0, 0.0]))
    (0, 3)
    """
    program = _Program(pool)
    return program.end(inside, least=True), program.end(inside, least=False)


class _Program:
    """Variables: forms of each (unit, kind, answer); kinds whose answer is unknown have two."""

    def __init__(self, pool: Pool) -> None:
        owned = [(at, answer) for at, kind in enumerate(pool.kinds) for answer in kind.answers]
        cells = [(pool.kinds[at], answer) for at, answer in owned]
        owners = np.array([at for at, _ in owned])
        units = len(pool.n)
        self._discontented = np.array([float(answer) for _, answer in cells])
        y = np.array([kind.discontented if answer else kind.content for kind, answer in cells])
        eye = np.eye(units)
        of_units = np.kron(eye, np.ones(len(cells)))
        of_kinds = np.kron(np.ones(units), np.equal.outer(np.arange(len(pool.kinds)), owners).astype(float))
        forms = np.array([float(kind.forms) for kind in pool.kinds])
        told = [(inside, band) for inside, band in pool.rows if band != OPEN]
        size = np.array([float((inside * pool.weight) @ pool.n) for inside, _ in told])
        sums = np.array([np.kron(inside * pool.weight, y) for inside, _ in told]).reshape(len(told), units * len(cells))
        low = np.array([band[0] for _, band in told]) * size - TOLERANCE
        high = np.array([band[1] for _, band in told]) * size + TOLERANCE
        few = np.kron(np.ones(units), self._discontented)[None, :]
        most = np.inf if pool.fewer_than is None else float(pool.fewer_than - 1)
        matrix = np.vstack([of_units, of_kinds, sums, few])
        lower = np.concatenate([pool.n, forms, low, [0.0]])
        upper = np.concatenate([pool.n, forms, high, [most]])
        self._limits = LinearConstraint(csr_matrix(matrix), lower, upper)
        self._n = pool.n

    def end(self, inside: Floats, *, least: bool) -> int:
        """One end of the range."""
        goal = np.kron(inside, self._discontented) * (1.0 if least else -1.0)
        found = milp(
            goal,
            integrality=np.ones(len(goal)),
            bounds=Bounds(0, np.inf),
            constraints=self._limits,
            options={"time_limit": SECONDS, "mip_rel_gap": ENOUGH},
        )
        if found.x is None:
            return 0 if least else int(inside @ self._n)
        return round(float(goal @ found.x) * (1 if least else -1))
