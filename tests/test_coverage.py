import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import f_oneway

from analysis.estimate import combine_groups, weighted_share
from analysis.recognition.coverage import Case, case_of, is_promised
from tests.bench.coverage_table import COUNTY, WEIGHTS, Group, county, draw_cells


def cells(*rows, group="parent", stratum="a", M=np.nan):
    """Rows are (psu, satisfied of 4 forms, weight)."""
    table = pd.DataFrame(rows, columns=["psu", "total", "weight"])
    return table.assign(
        measure="headline", group=group, stratum=stratum, stratum_psus=M, n_forms=4, n=4, total_sq=table["total"]
    )


ALIKE = cells(("c1", 4, 1.0), ("c2", 0, 1.0))
MIXED = cells(("c1", 2, 1.0), ("c2", 2, 1.0))


def test_classes_that_answer_with_one_voice_are_wholly_alike():
    assert case_of(ALIKE) == Case(1.0, 4.0, 0.0, False)


def test_classes_no_more_alike_than_chance_count_as_not_alike():
    assert case_of(MIXED) == Case(0.0, 4.0, 0.0, True)


def test_rho_is_that_of_a_one_way_analysis_of_variance():
    totals = [1, 3, 4, 2]
    forms = [[1] * yes + [0] * (4 - yes) for yes in totals]
    F = f_oneway(*forms).statistic
    found = case_of(cells(*((f"c{i}", yes, 1.0) for i, yes in enumerate(totals))))
    assert found.rho == pytest.approx((F - 1) / (F + 3))


def test_differences_between_strata_are_no_likeness_of_classes():
    happy = cells(("c1", 4, 1.0), ("c2", 4, 1.0), stratum="b")
    assert case_of(pd.concat([MIXED, happy])).rho == 0


def test_where_all_classes_were_taken_their_likeness_does_not_matter():
    assert case_of(ALIKE.assign(stratum_psus=2.0)).rho == 0


def test_persons_invited_one_by_one_have_no_classes_to_be_alike_in():
    assert case_of(cells(("", 4, 1.0), ("", 0, 1.0))) == Case(0.0, 1.0, 0.0, True)


def test_likeness_that_cannot_be_seen_promises_nothing():
    assert case_of(cells(("c1", 4, 1.0))) == Case(None, 4.0, 0.0, False)


def test_the_weights_are_those_of_the_group_in_which_they_differ_most():
    other = cells(("", 2, 100.0), group="public", stratum="b")
    unequal = cells(("c1", 2, 1.0), ("c2", 2, 3.0))
    assert case_of(pd.concat([unequal, other])) == Case(0.0, 4.0, 0.5, False)


def test_large_classes_need_to_be_less_alike():
    found = [is_promised(rho, forms, 0.3) for rho, forms in ((0.05, 30), (0.05, 40), (0.03, 40), (0.06, 2))]
    assert found == [True, False, True, False]


def test_other_measures_have_cases_of_their_own():
    both = pd.concat([MIXED, ALIKE.assign(measure="quality_1")])
    assert case_of(both).rho == 0
    assert case_of(both, "quality_1").rho == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0.1, 9)), min_size=2, max_size=8), st.floats(0.01, 100))
def test_neither_the_scale_of_the_weights_nor_the_order_or_splitting_of_rows_matters(rows, scale):
    table = cells(*((f"c{i}", yes, weight) for i, (yes, weight) in enumerate(rows)))
    case = case_of(table)
    halves = table.assign(n_forms=2, n=2, total=table["total"] / 2, total_sq=table["total_sq"] / 2)
    for same in (table.assign(weight=table["weight"] * scale), table[::-1], pd.concat([halves, halves])):
        assert case_of(same)[:3] == pytest.approx(case[:3], abs=1e-9)


def test_a_simulated_likeness_is_found_again():
    table = draw_cells(Group(400, 30, 1), 0.9, 0.1, 0.3, 1, np.random.default_rng(5))
    case = case_of(table, "000000")
    assert case.rho == pytest.approx(0.1, abs=0.02)
    assert case.cv_weights == pytest.approx(0.3)


def test_simulated_counties_are_combined_as_the_county_is():
    rng = np.random.default_rng(7)
    tables = [weighted_share(draw_cells(group, 0.95, 0.05, 0.3, 20, rng)) for group in COUNTY]
    rows = [table[table["domain"] != "all"] for table in tables]
    found = county(rows)
    for sample, measure in enumerate(rows[0]["measure"]):
        one = pd.concat([table[table["measure"] == measure] for table in rows])
        expected = combine_groups(one, WEIGHTS, threshold=0.85)
        bounds = (*found.kg, *found.one_sided)
        wanted = (expected.lower, expected.upper, expected.lower95, expected.upper95)
        assert [bound[sample] for bound in bounds] == pytest.approx(wanted, rel=1e-12)
