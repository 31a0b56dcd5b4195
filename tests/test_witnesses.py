"""Whether a count is open: what swaps and ever larger programs find is what the whole program finds."""

from math import ceil

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure.attack import Kind, Pool, Program, count_range
from analysis.disclosure.rounding import printed_band, round_share
from analysis.disclosure.witnesses import exchange_range, find_range

HEADLINES = (1.0, 0.75, 0.5)
CELLS = tuple((headline, answer) for headline in HEADLINES for answer in (0, 1))


@st.composite
def pools(draw: st.DrawFn) -> tuple[Pool, np.ndarray]:
    """Three to six units with their forms by headline and answer, the group's rate and some units' printed."""
    units = draw(st.integers(3, 6))
    cell = st.integers(0, 4)
    known = np.array([[draw(cell) for _ in CELLS] for _ in range(units)], float)
    known[:, 0] += 3
    y = np.array([headline for headline, _ in CELLS])
    weight = np.array([draw(st.sampled_from((1.0, 1.37, 2.2))) for _ in range(units)])
    inside = [np.ones(units), *(np.eye(units)[at] for at in range(units) if draw(st.booleans()))]
    rows = [(row, _printed(row * weight, known, y)) for row in inside]
    sizes = known.sum(axis=0)
    kinds = [
        Kind(forms=int(size), content=headline, discontented=headline, answer=answer)
        for (headline, answer), size in zip(CELLS, sizes, strict=True)
    ]
    return Pool(n=known.sum(axis=1).astype(np.int64), weight=weight, rows=rows, kinds=tuple(kinds)), known


def _printed(weighed: np.ndarray, known: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    rate = float(weighed @ known @ y / (weighed @ known.sum(axis=1)))
    return printed_band(round_share(rate, 0), 0)


def swapped(pool: Pool, known: np.ndarray) -> tuple[int, int]:
    """What swaps of the same headline come to in the first unit."""
    by_headline = known[:, 0::2] + known[:, 1::2]
    least, most = exchange_range(by_headline.astype(np.int64), known[:, 1::2].sum(axis=0).astype(np.int64))
    return int(least[0]), int(most[0])


@settings(max_examples=12, deadline=None)
@given(pools(), st.sampled_from((0.1, 0.2, 0.4)))
def test_step_by_step_a_count_is_found_open_or_narrow_as_by_the_whole_program(
    told: tuple[Pool, np.ndarray], width: float
) -> None:
    pool, known = told
    inside = np.eye(len(pool.n))[0]
    enough = width * float(pool.n[0])
    start = swapped(pool, known)
    least, most = find_range(pool, inside, known, start, enough)
    exact = count_range(pool, inside, 0.0)
    assert exact[0] <= least <= start[0] <= start[1] <= most <= exact[1]
    assert (most - least >= ceil(enough)) == (exact[1] - exact[0] >= ceil(enough))


@settings(max_examples=25, deadline=None)
@given(pools())
def test_swaps_of_the_same_headline_reach_their_ends_and_move_no_headline(told: tuple[Pool, np.ndarray]) -> None:
    """Their ends are those of the whole program in which every unit keeps its headlines."""
    pool, known = told
    units = len(pool.n)
    exact = [
        (np.eye(units)[at], (rate, rate))
        for at, rate in enumerate((known @ pool.headlines / known.sum(axis=1)).tolist())
    ]
    least, most = swapped(pool, known)
    found = Program(
        Pool(n=pool.n, weight=pool.weight, rows=exact, kinds=pool.kinds), np.arange(units), np.zeros_like(known)
    )
    inside = np.eye(units)[0]
    assert found.reach(inside, least, least) == least
    assert found.reach(inside, most, most) == most
