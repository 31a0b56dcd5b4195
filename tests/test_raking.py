import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cells.cell_check import CellError
from analysis.weights import raking
from analysis.weights.raking import RakingError, rake

MARGINS = {"locale": {"city": 60, "village": 40}, "stage": {"primary": 70, "junior": 30}}


def cells(*rows, measure="overall"):
    """Rows are (locale, stage, forms, weight), persons of one stratum."""
    table = pd.DataFrame(rows, columns=["locale", "stage", "n_forms", "weight"])
    sums = dict.fromkeys(("n", "total", "total_sq"), table["n_forms"])
    return table.assign(
        measure=measure, group="public", stratum="public/county", psu="", stratum_psus=100.0, psu_size=np.nan, **sums
    )


def county():
    return cells(
        ("city", "primary", 9, 1.0),
        ("city", "junior", 4, 2.0),
        ("village", "primary", 5, 1.0),
        ("village", "junior", 2, 3.0),
    )


def sums_by(table, column):
    return (table["weight"] * table["n_forms"]).groupby(table[column]).sum().to_dict()


def refusals(table, margins, **options):
    with pytest.raises(RakingError) as caught:
        rake(table, margins, **options)
    return caught.value.problems


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(raking).failed == 0


def test_every_margin_is_met():
    raked = rake(county(), MARGINS).cells
    for column, margin in MARGINS.items():
        assert sums_by(raked, column) == pytest.approx(margin, rel=1e-10)


@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0.1, 50)), min_size=4, max_size=4))
def test_margins_are_met_from_any_start(starts):
    places = [(locale, stage) for locale in MARGINS["locale"] for stage in MARGINS["stage"]]
    table = cells(*(place + start for place, start in zip(places, starts, strict=True)))
    raked = rake(table, MARGINS).cells
    for column, margin in MARGINS.items():
        assert sums_by(raked, column) == pytest.approx(margin, rel=1e-10)


def test_raking_keeps_the_odds_ratio_of_the_weights():
    start, raked = county()["weight"], rake(county(), MARGINS).cells["weight"]
    factor = (raked / start).to_numpy()
    assert factor[0] * factor[3] == pytest.approx(factor[1] * factor[2])


def test_weights_that_meet_the_margins_stay():
    once = rake(county(), MARGINS).cells
    again = rake(once, MARGINS)
    assert again.iterations == 0
    assert again.max_factor == 1
    assert again.cells["weight"].equals(once["weight"])


def test_one_margin_is_post_stratification():
    raked = rake(cells(("city", "primary", 10, 1.0), ("village", "primary", 20, 1.0)), {"locale": MARGINS["locale"]})
    assert raked.cells["weight"].tolist() == [6, 2]
    assert raked.max_factor == 6
    assert raked.cv_weights == pytest.approx(np.std([6] * 10 + [2] * 20) / np.mean([6] * 10 + [2] * 20))


def test_the_order_of_rows_changes_no_weight():
    table = pd.concat([county(), county().assign(weight=0.3)], ignore_index=True)
    forwards, backwards = rake(table, MARGINS), rake(table[::-1], MARGINS)
    assert backwards.cells[::-1]["weight"].equals(forwards.cells["weight"])
    assert backwards[1:] == forwards[1:]


def test_every_measure_gets_the_weights_of_its_forms():
    pupils_only = county().query("locale == 'city'").assign(measure="for_pupils")
    raked = rake(pd.concat([pupils_only, county()], ignore_index=True), MARGINS).cells
    assert raked["weight"][:2].tolist() == raked["weight"][2:4].tolist()


def test_the_cells_given_are_left_as_they_were():
    table = county()
    rake(table, MARGINS)
    pd.testing.assert_frame_equal(table, county())


def test_an_empty_category_is_named():
    margins = {"locale": {"city": 50, "town": 10, "village": 40}}
    assert refusals(county(), margins) == ("locale town has no forms",)


def test_every_problem_of_the_margins_is_told_at_once():
    margins = {"locale": {"city": 60}, "stage": {"primary": 70, "junior": 0}, "shoe": {"left": 60}}
    assert refusals(county(), margins) == (
        "margins have different sums: locale 60, stage 70, shoe 60",
        "locale village has no total",
        "stage junior has total 0",
        "cells have no column shoe",
    )


def test_no_margins_are_refused():
    assert refusals(county(), {}) == ("no margins given",)


def test_margins_no_weights_can_meet_are_refused():
    apart = cells(("city", "primary", 9, 1.0), ("village", "junior", 4, 2.0))
    assert refusals(apart, MARGINS, limit=20) == ("margins not met within 1e-10 after 20 sweeps",)


def test_a_malformed_table_is_refused():
    with pytest.raises(CellError, match="n exceeds n_forms: row 0"):
        rake(county().assign(n=[10, 4, 5, 2]), MARGINS)
