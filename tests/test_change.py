"""A change between rounds is as sure as the two intervals are, at the edge too."""

import numpy as np
import pytest

from analysis.change import change
from analysis.intervals import exact_bounds
from analysis.results import ItemRate


def rated(rate, n):
    lower, upper = exact_bounds(np.array([rate]), np.array([float(n)]), 0.025)
    return ItemRate(rate=rate, lower=float(lower[0]), upper=float(upper[0]), n=n)


def test_a_rate_of_one_without_any_standard_error_is_no_certainty():
    found = change(rated(0.985, 900), rated(1.0, 200))
    assert found.difference == pytest.approx(-0.015)
    assert found.lower < 0 <= found.upper
    assert not found.clear  # a plain z with SE 0 and .004 calls this clear


def test_a_large_change_is_clear():
    assert change(rated(0.95, 900), rated(0.85, 900)).clear


def test_a_change_turned_round_is_its_mirror():
    there = change(rated(0.95, 300), rated(0.9, 200))
    back = change(rated(0.9, 200), rated(0.95, 300))
    assert (there.lower, there.upper) == pytest.approx((-back.upper, -back.lower))


def test_without_a_rate_or_an_interval_there_is_no_change():
    assert change(ItemRate(rate=None, n=0), rated(0.9, 100)) is None
    assert change(ItemRate(rate=0.9, n=100), rated(0.9, 100)) is None


def test_the_interval_holds_the_true_change_at_the_edge():
    rng = np.random.default_rng(7)
    held = []
    for _ in range(400):
        now = rng.binomial(300, 0.985) / 300
        before = rng.binomial(300, 0.995) / 300
        found = change(rated(now, 300), rated(before, 300))
        held.append(found.lower <= -0.01 <= found.upper)
    assert np.mean(held) >= 0.94
