import doctest
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, t

from analysis import intervals
from analysis.intervals import Shares, effective_size, exact_bounds, probability_above, share_bounds

NEAR_ONE = json.loads((Path(__file__).parent / "data" / "near1_ref.json").read_text())


def shares(p, variance, *, df=9.0, n=100.0, forms=None, cap=None):
    values = (p, variance, df, n, forms or n, cap or n)
    return Shares(*(np.array([value], dtype=float) for value in values))


def near_one(method):
    """R's rows of a method that have an interval, each with the SE that its Wald interval betrays."""
    wald = {(r["n"], r["k0"]): r for r in NEAR_ONE if r["method"] == "mean"}
    rows = [r for r in NEAR_ONE if r["method"] == method and r["lower"] is not None]
    widths = [wald[r["n"], r["k0"]]["upper"] - wald[r["n"], r["k0"]]["lower"] for r in rows]
    return [(r, width / 2 / t.ppf(0.975, r["degf"])) for r, width in zip(rows, widths, strict=True)]


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(intervals).failed == 0


@pytest.mark.parametrize(("r", "se"), near_one("beta"))
def test_beta_near_one_is_what_r_says(r, se):
    lower, upper = share_bounds(shares(r["est"], se**2, df=r["degf"], n=r["n"]), 0.025, "beta")
    assert (lower[0], upper[0]) == pytest.approx((r["lower"], r["upper"]), rel=1e-9)


@pytest.mark.parametrize(("r", "se"), near_one("xlogit"))
def test_xlogit_near_one_is_what_r_says(r, se):
    lower, upper = share_bounds(shares(r["est"], se**2, df=r["degf"], n=r["n"]), 0.025, "xlogit")
    assert (lower[0], upper[0]) == pytest.approx((r["lower"], r["upper"]), rel=1e-9)


def test_a_simple_random_sample_of_0_and_1_gives_clopper_and_pearson():
    lower, upper = share_bounds(shares(0.9, 0.09 / 100, df=99), 0.025)
    assert (lower[0], upper[0]) == pytest.approx((beta.ppf(0.025, 90, 11), beta.ppf(0.975, 91, 10)), rel=1e-12)


def test_few_psus_shorten_the_effective_size_by_the_ratio_of_t():
    ratio = (t.ppf(0.05, 99) / t.ppf(0.05, 4)) ** 2
    assert effective_size(shares(0.5, 0.25 / 80, df=4), 0.05)[0] == pytest.approx(80 * ratio)


def test_the_effective_size_never_exceeds_the_cap():
    assert effective_size(shares(0.5, 1e-9, cap=100), 0.05).tolist() == [100]


def test_a_sample_without_variance_keeps_a_width():
    lower, upper = share_bounds(shares(0.8, 0.0, df=99, cap=50), 0.025)
    assert lower[0] < 0.8 < upper[0]


@pytest.mark.parametrize("method", ["kg", "beta", "xlogit"])
def test_all_satisfied_leaves_room_below_and_none_above(method):
    lower, upper = share_bounds(shares(1.0, 0.0, df=18, n=19), 0.05, method)
    assert lower[0] == pytest.approx(0.05 ** (1 / 19))
    assert upper[0] == 1


@pytest.mark.parametrize("method", ["kg", "beta", "xlogit"])
def test_none_satisfied_leaves_room_above_and_none_below(method):
    lower, upper = share_bounds(shares(0.0, 0.0, df=18, n=19), 0.05, method)
    assert lower[0] == 0
    assert upper[0] == pytest.approx(1 - 0.05 ** (1 / 19))


def test_nineteen_satisfied_prove_85_percent_and_eighteen_do_not():
    all_satisfied = exact_bounds(np.ones(2), np.array([18.0, 19.0]), 0.05)[0]
    assert (all_satisfied > 0.85).tolist() == [False, True]


@pytest.mark.parametrize("method", ["kg", "beta", "xlogit"])
def test_a_census_has_no_interval(method):
    bounds = share_bounds(shares(0.7, 0.0, cap=np.inf), 0.025, method)
    assert [bound[0] for bound in bounds] == [0.7, 0.7]


def test_a_census_is_above_the_threshold_or_it_is_not():
    endless = np.full(3, np.inf)
    assert probability_above(np.array([0.84, 0.85, 0.86]), endless, 0.85).tolist() == [0, 0, 1]


def test_the_probability_above_is_the_tail_of_the_beta():
    found = probability_above(np.array([0.9]), np.array([50.0]), 0.85)[0]
    assert found == pytest.approx(beta.sf(0.85, 46, 6), rel=1e-12)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="'wald' is none of kg, beta, xlogit"):
        share_bounds(shares(0.5, 0.1), 0.05, "wald")


@given(
    p=st.sampled_from([0.0, 1.0]) | st.floats(1e-6, 1 - 1e-6),
    size=st.floats(0.3, 1e6),
    tail=st.sampled_from([0.005, 0.025, 0.05, 0.1]),
)
def test_bounds_hold_the_share_between_0_and_1(p, size, tail):
    lower, upper = exact_bounds(np.array(p), np.array(size), tail)
    assert 0 <= lower <= p <= upper <= 1
