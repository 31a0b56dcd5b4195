import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.mixed_linear_model import MixedLM

from analysis.indicators import between_school_share


def sums(*schools):
    """One row per school from its pupils' values."""
    rows = [(len(one), np.sum(one, dtype=float), np.sum(np.square(one), dtype=float)) for one in schools]
    return pd.DataFrame(rows, columns=["n", "total", "total_sq"])


def drawn(rng, sizes, icc, mean=0.0):
    """Values of total variance 1, of which `icc` lies between schools."""
    return [
        mean + np.sqrt(icc) * rng.standard_normal() + np.sqrt(1 - icc) * rng.standard_normal(size) for size in sizes
    ]


def test_by_hand_with_schools_of_two_sizes():
    share = between_school_share(sums([1, 3], [4, 6, 8]))
    n0 = 5 - 13 / 5
    assert share.eta2.estimate == pytest.approx(19.2 / (19.2 + 10))
    assert share.icc.estimate == pytest.approx((19.2 - 10 / 3) / (19.2 + (n0 - 1) * 10 / 3))
    assert (share.schools, share.pupils) == (2, 5)


def test_in_schools_of_one_size_icc_is_that_of_a_mixed_model():
    schools = drawn(np.random.default_rng(4), [15] * 30, 0.2)
    groups = np.repeat(np.arange(30), 15)
    fitted = MixedLM(np.concatenate(schools), np.ones(450), groups).fit(reml=True)
    between = float(np.asarray(fitted.cov_re)[0, 0])
    share = between_school_share(sums(*schools))
    assert share.icc.estimate == pytest.approx(between / (between + fitted.scale), abs=1e-4)


def test_eta2_is_too_high_by_what_chance_adds_and_icc_is_not():
    rng = np.random.default_rng(5)
    shares = [between_school_share(sums(*drawn(rng, [20] * 40, 0.1))) for _ in range(300)]
    assert np.mean([one.icc.estimate for one in shares]) == pytest.approx(0.1, abs=0.01)
    assert np.mean([one.eta2.estimate for one in shares]) == pytest.approx(0.1 + 0.9 / 20, abs=0.01)


@pytest.mark.parametrize("icc", [0.0, 0.15])
def test_the_intervals_cover_95_times_in_100(icc):
    rng = np.random.default_rng(6)
    shares = [between_school_share(sums(*drawn(rng, [12] * 25, icc))) for _ in range(600)]
    between, within = 24 * (1 - icc + 12 * icc), 275 * (1 - icc)
    for name, truth in (("icc", icc), ("eta2", between / (between + within))):
        covered = [getattr(one, name).lower <= truth <= getattr(one, name).upper for one in shares]
        assert np.mean(covered) == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize(
    "schools",
    [
        pytest.param([], id="no school"),
        pytest.param([[1, 2, 3]], id="one school"),
        pytest.param([[1, 2, 3], []], id="one school that answered"),
        pytest.param([[1], [2], [4]], id="one pupil a school"),
        pytest.param([[2, 2], [2, 2]], id="the same answer everywhere"),
        pytest.param([[0.1] * 7, [0.1] * 3], id="the same fraction everywhere"),
    ],
)
def test_where_there_is_nothing_to_compare_there_is_no_share(schools):
    share = between_school_share(sums(*schools))
    assert (share.eta2, share.icc) == (None, None)


def test_when_pupils_of_a_school_agree_all_differences_lie_between_schools():
    share = between_school_share(sums([1, 1, 1], [0, 0]))
    assert tuple(share.eta2) == tuple(share.icc) == (1.0, 1.0, 1.0)


def test_schools_that_differ_less_than_chance_have_an_icc_below_nothing():
    share = between_school_share(sums([0, 4], [1, 3], [2, 2]))
    assert share.eta2.estimate == 0
    assert share.icc.estimate == pytest.approx(-1.0)


SCHOOLS = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=8), min_size=2, max_size=8)


@given(SCHOOLS)
def test_an_interval_holds_its_estimate_and_eta2_stays_a_share(schools):
    share = between_school_share(sums(*schools))
    if share.eta2 and share.icc:
        for figure in (share.eta2, share.icc):
            assert figure.lower - 1e-12 <= figure.estimate <= figure.upper + 1e-12
        assert 0 <= share.eta2.lower <= share.eta2.upper <= 1


@given(SCHOOLS, st.randoms())
def test_neither_the_order_of_schools_nor_another_scale_changes_the_share(schools, random):
    turned = [[10 * value for value in one] for one in random.sample(schools, len(schools))]
    first, second = between_school_share(sums(*schools)), between_school_share(sums(*turned))
    assert (first.icc is None) == (second.icc is None)
    if first.icc and second.icc:
        assert second.icc == pytest.approx(first.icc, abs=1e-9)
        assert second.eta2 == pytest.approx(first.eta2, abs=1e-9)


def test_sums_no_answers_can_give_are_refused_by_row():
    table = sums([1, 3], [4, 6]).set_axis(["P01", "P02"])
    with pytest.raises(ValueError, match=r"row P02$"):
        between_school_share(table.assign(total_sq=[10.0, 40.0]))
    with pytest.raises(ValueError, match=r"row P01$"):
        between_school_share(table.assign(n=[-2, 2]))
