"""How far a hidden count stays open, shown by other ways of sharing out the forms that print the same figures.

What the auditor knows and the attacker does not, where every form came from, is one such way. Two others with counts
far enough apart prove that the count is open, whatever else is possible, so that no end has to be the farthest:
`exchange_range` swaps forms of the same headline between units, which moves no headline of any unit, row or group at
all; `find_range` swaps two forms of a unit against two of another, then lets more and more units change, by integer
programs, in the end all of them. The last is the attacker's own program: only what it leaves narrow is narrow.
"""

from collections.abc import Iterator
from math import ceil

import numpy as np

from analysis.arrays import Floats, Whole
from analysis.disclosure.attack import Pool, Program
from analysis.disclosure.double_swaps import swap_until
from analysis.disclosure.row_program import OPEN

FIRST = 3
TIMES = 4


def exchange_range(forms: Whole, marked: Whole) -> tuple[Whole, Whole]:
    """The least and the greatest number of marked forms in each unit, by swaps of forms with the same headline.

    `forms`: units x headlines; `marked`: of each headline how many are marked in the whole group. A unit holds of each
    headline at most the marked ones there are, and at least what the unmarked ones cannot fill.

    >>> least, most = exchange_range(np.array([[10, 5], [20, 5]]), np.array([0, 7]))
    >>> least.tolist(), most.tolist()
    ([2, 2], [5, 5])
    """
    unmarked = forms.sum(axis=0) - marked
    return np.maximum(forms - unmarked, 0).sum(axis=1), np.minimum(forms, marked).sum(axis=1)


def find_range(pool: Pool, inside: Floats, known: Floats, start: tuple[int, int], enough: float) -> tuple[int, int]:
    """The least and the greatest count found in some units, from where the forms are `known` to have come from.

    `start`: two counts that fit already. It ends as soon as two are `enough` forms apart; if they never are, the last
    units let free are all of them, and the ends are the farthest.

    >>> from analysis.disclosure.attack import Kind
    >>> kinds = (Kind(forms=37, content=1.0, discontented=1.0, answer=0),
    ...     Kind(forms=3, content=0.5, discontented=0.5, answer=1))
    >>> pool = Pool(n=np.array([20, 20]), weight=np.ones(2), rows=((np.ones(2), (0.96, 0.965)),), kinds=kinds)
    >>> find_range(pool, np.array([1.0, 0.0]), np.array([[18.0, 2.0], [19.0, 1.0]]), (2, 2), 3)
    (0, 3)
    """
    least, most = _swap_ends(pool, inside, known, start, enough)
    if most - least >= enough:
        return least, most
    for free in _widening(pool, inside):
        program = Program(pool, free, known)
        for low, high in ((least + ceil(enough), np.inf), (0, most - ceil(enough))):
            count = program.reach(inside, low, high) if low <= high else None
            if count is not None:
                return min(least, count), max(most, count)
    return _step_to_ends(program, inside, least, most)


def _step_to_ends(program: Program, inside: Floats, least: int, most: int) -> tuple[int, int]:
    """The farthest counts, step by step: what is less than a tenth of a unit apart takes few, each of them quick."""
    while (further := program.reach(inside, most + 1, np.inf)) is not None:
        most = further
    while least > 0 and (further := program.reach(inside, 0, least - 1)) is not None:
        least = further
    return least, most


def _swap_ends(pool: Pool, inside: Floats, known: Floats, start: tuple[int, int], enough: float) -> tuple[int, int]:
    """What double swaps add to a start, first above it."""
    least, most = start
    most = max(most, swap_until(known, pool.headlines, pool.discontented, inside, least + enough))
    if most - least < enough:
        fewer = swap_until(known, pool.headlines, -pool.discontented, inside, enough - most)
        least = min(least, -fewer)
    return least, most


def _widening(pool: Pool, inside: Floats) -> Iterator[Whole]:
    """The units themselves with more and more others; first those that the fewest printed rows tell apart from them."""
    own = np.flatnonzero(inside)
    rows = [row for row, band in pool.rows if band != OPEN]
    apart = sum((np.abs(row - row[own[0]]) for row in rows), np.zeros(len(inside)))
    others = [at for at in np.lexsort((-pool.n, apart)) if not inside[at]]
    taken = FIRST
    while taken < len(others):
        yield np.sort(np.concatenate([own, others[:taken]]).astype(np.int64))
        taken *= TIMES
    yield np.arange(len(inside))
