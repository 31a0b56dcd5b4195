"""Two forms of a unit against two of another whose headlines add up to the same: no headline sum moves, a count may."""

from functools import cache

import numpy as np

from analysis.arrays import Floats, Whole

SAME = 1e-9


def swap_until(known: Floats, headlines: Floats, marks: Floats, inside: Floats, wanted: float) -> int:
    """How many marks some units have after swaps that raise them, ended where `wanted` is reached.

    `known`: forms of each (unit, cell); `headlines` and `marks` of the cells. Every swap takes one or two forms out of
    a unit and puts as many of one other unit in their place, their headlines the same in sum.

    >>> known = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    >>> headlines = np.array([0.9, 0.8, 1.0, 0.7])
    >>> swap_until(known, headlines, np.array([0.0, 0.0, 0.0, 1.0]), np.array([1.0, 0.0]), 1)
    1
    """
    state = known.copy()
    marked = float(inside @ state @ marks)
    for unit in np.flatnonzero(inside):
        for other in np.flatnonzero(inside == 0):
            while marked < wanted:
                gain = _swap(state, headlines, marks, int(unit), int(other))
                if gain <= 0:
                    break
                marked += gain
    return round(marked)


def _swap(state: Floats, headlines: Floats, marks: Floats, unit: int, other: int) -> float:
    """Make the swap between two units that raises the marks of the first the most; how much, 0 where none does."""
    out = _pairs(state[unit])
    back = _pairs(state[other])
    apart = _differ(headlines, back, out)
    gain = np.where(np.abs(apart) < SAME, _differ(marks, back, out), 0.0)
    best = int(gain.argmax())
    gained = float(gain.flat[best])
    if gained > 0:
        leave, come = divmod(best, len(back))
        for cells, sign in ((out[leave], -1.0), (back[come], 1.0)):
            np.add.at(state[unit], cells, sign)
            np.add.at(state[other], cells, -sign)
    return gained


def _differ(values: Floats, back: Whole, out: Whole) -> Floats:
    """What the pairs that come have more than those that leave: a row a pair of `out`, a column one of `back`."""
    come: Floats = values[back].sum(axis=1)
    leave: Floats = values[out].sum(axis=1)
    return come[None, :] - leave[:, None]


def _pairs(forms: Floats) -> Whole:
    """The pairs of cells of which a unit has a form each, two of the same where it has two."""
    there = np.flatnonzero(forms > 0)
    first, second = _places(len(there))
    twice = np.flatnonzero(forms > 1)
    return np.vstack([np.column_stack([there[first], there[second]]), np.column_stack([twice, twice])])


@cache
def _places(count: int) -> tuple[Whole, Whole]:
    """The first and the second of every pair of so many places; asked for tens of thousands of times at a close."""
    return np.triu_indices(count, 1)
