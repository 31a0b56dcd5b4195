"""Rounding once: true within its step, and never across the line."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure.rounding import printed_band, round_down, round_share, round_up
from reports.annex.rate_tables import share
from reports.annex.tables import Cell
from reports.checking.published_round import agrees
from reports.setting.figures import percent, short_percent

shares = st.floats(0, 1)
places = st.sampled_from([0, 1, 2])
LINE = 0.85


def side(share: float) -> int:
    return 0 if abs(share - LINE) <= 1e-12 else (1 if share > LINE else -1)


@given(shares, places)
def test_what_is_printed_lies_on_the_side_of_the_line_where_the_figure_is(share: float, digits: int) -> None:
    exact = float(f"{share:.12g}")
    for way in (round_share, round_down, round_up):
        printed = way(share, digits, LINE)
        assert side(exact) == 0 or side(printed) == side(exact)


@given(shares, places)
def test_down_is_not_above_and_up_is_not_below(share: float, digits: int) -> None:
    assert round_down(share, digits) <= share + 1e-12
    assert round_up(share, digits) >= share - 1e-12


@given(shares, places)
def test_a_share_lies_in_the_band_of_what_is_printed(share: float, digits: int) -> None:
    low, high = printed_band(round_share(share, digits), digits)
    assert low - 1e-9 <= share <= high + 1e-9


def test_a_rate_that_misses_the_line_by_a_hair_does_not_print_it() -> None:
    assert round_share(0.84996, 2, LINE) == 0.8499
    assert round_share(0.8499999999, 0, LINE) == 0.84
    assert round_share(LINE, 0, LINE) == LINE


def test_the_same_share_reads_the_same_wherever_it_is_printed() -> None:
    part = 8_720 / 15_945
    assert percent(part) == short_percent(round_share(part, 2)) == "54.69%"
    assert share(part) == Cell(54.6879899655, 2)
    assert agrees("54.69%", part)
    assert not agrees("54.6%", part)
