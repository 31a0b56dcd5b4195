"""The linear program of rows: what is printed leaves every hidden row open, or is taken back."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure.row_program import OPEN, STATEMENT_WIDTH, PlaceSums, Printed, PrintedRow, open_rows, rate_range


def group(totals: list[float], weights: list[float]) -> PlaceSums:
    return PlaceSums(n=np.full(len(totals), 20.0), weight=np.array(weights), total=np.array(totals))


def number(places: PlaceSums, inside: list[float], half: float = 0.005) -> PrintedRow:
    weighed = np.array(inside) * places.weight
    rate = float(weighed @ places.total / (weighed @ places.n))
    return PrintedRow(inside=np.array(inside), band=(round(rate, 2) - half, round(rate, 2) + half))


def above(inside: list[float]) -> PrintedRow:
    return PrintedRow(inside=np.array(inside), band=(0.95, 1.0), hidden=STATEMENT_WIDTH)


def test_a_school_beside_one_of_its_two_classes_is_taken_back_when_it_tells_the_other() -> None:
    places = group([20.0, 12.0, 14.0], [1.0, 1.0, 1.0])
    exact = (above([1, 0, 0]), number(places, [0, 1, 0], 1e-9), number(places, [1, 1, 0], 1e-9))
    opened = open_rows(Printed(places=places, band=OPEN, rows=exact))
    assert opened.holds
    assert opened.coarsened == {2}


def test_rows_that_tell_nothing_hidden_stay() -> None:
    places = group([16.0, 12.0, 14.0], [1.0, 2.0, 1.0])
    rows = (number(places, [0, 1, 0]), number(places, [1, 1, 0]))
    opened = open_rows(Printed(places=places, band=OPEN, rows=rows))
    assert opened.holds
    assert not opened.coarsened


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=3, max_size=6), st.integers(0, 2**31))
def test_after_rows_were_taken_back_every_hidden_row_is_open(totals: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = group([float(total) for total in totals], rng.uniform(1, 4, len(totals)).tolist())
    eye = np.eye(len(totals)).tolist()
    rows = [above(row) if total >= 19.5 else number(places, row) for row, total in zip(eye, totals, strict=True)]
    rows.append(number(places, [1.0, 1.0, *[0.0] * (len(totals) - 2)]))
    printed = Printed(places=places, band=(places.rate - 0.005, places.rate + 0.005), rows=tuple(rows))
    opened = open_rows(printed)
    for row in opened.printed.rows:
        low, high = rate_range(opened.printed, row.inside)
        weighed = row.inside * places.weight
        assert low - 1e-6 <= float(weighed @ places.total / (weighed @ places.n)) <= high + 1e-6
        assert not opened.holds or high - low >= row.hidden - 1e-6
