import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure.rounding import round_share
from analysis.recognition.sensitivity import tipping_point
from analysis.release.county_figures import tell_tipping_point
from analysis.results import GroupRate
from reports.setting.figures import coefficient, count, number, percent, short_percent, whole_percent

shares = st.floats(0, 1, allow_nan=False)


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.84996, "84.996%"), (0.849999999, "84.9999999%"), (0.85, "85%"), (0.85004, "85.004%"), (0.9012, "90.12%")],
)
def test_a_rate_is_never_rounded_onto_the_threshold(share, shown):
    assert percent(share, 0.85) == shown


@given(shares)
def test_a_rate_is_printed_on_its_own_side_of_the_threshold(share):
    shown = float(percent(share, 0.85, sign=""))
    if abs(share - 0.85) > 1e-9:
        assert (shown > 85) == (share > 0.85)
        assert (shown < 85) == (share < 0.85)


@given(shares)
def test_a_rate_has_two_decimals_at_most_where_no_threshold_is_near(share):
    shown = percent(share, sign="")
    assert abs(float(shown) - 100 * share) <= 0.005 + 1e-9
    assert len(shown.partition(".")[2]) <= 2


@given(shares, st.integers(0, 2))
def test_a_rate_that_was_published_coarsely_shows_no_decimal_that_it_has_not(share, places):
    released = round_share(share, places, 0.85)
    shown = percent(released, 0.85, sign="")
    assert len(shown.partition(".")[2]) <= places
    assert abs(float(shown) - 100 * released) < 1e-9


def test_halves_are_rounded_up_as_by_hand():
    assert percent(0.90125) == "90.13%"


def test_a_coefficient_has_three_decimals_and_is_never_rounded_onto_its_limit():
    assert [coefficient(cv, 0.5) for cv in (0.31271, 0.49996, 0.5, 0.5000004)] == [
        "0.313",
        "0.49996",
        "0.500",
        "0.5000004",
    ]


def test_values_per_pupil_have_two_decimals_and_yuan_none():
    assert (number(5.949, 2, 4.5), number(1863.6, 0, 2500)) == ("5.95", "1,864")
    assert number(1999.6, 0, 2000) == "1,999.6"


def test_counts_are_grouped_and_what_is_missing_is_a_dash():
    assert count(445012) == "445,012"
    assert {percent(None), coefficient(None), number(None, 2), count(None)} == {"—"}


def test_lines_are_spoken_of_without_needless_decimals():
    assert [whole_percent(share) for share in (0.85, 0.975, 1)] == ["85%", "97.5%", "100%"]


def test_no_zero_has_a_sign():
    assert percent(round_share(-0.003, 0)) == percent(-0.00001) == "0%"
    assert short_percent(-0.0) == "0%"
    assert number(-0.003, 2) == "0.00"
    assert percent(-0.05) == "-5%"


def test_a_tipping_point_just_below_zero_is_told_without_a_sign():
    rated = GroupRate(
        rate=0.85, lower=0.8, upper=0.9, received=100, valid=100, target=100, response_rate=0.999, unknown=None
    )
    told = tell_tipping_point({"parent": rated}, {"parent": 1.0}, 0.849149)
    assert tipping_point({"parent": 0.85}, {"parent": 1.0}, {"parent": 0.999}, 0.849149) < 0
    assert str(told) == "0.0"
