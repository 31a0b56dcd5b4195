import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import f as f_distribution
from scipy.stats import f_oneway

from analysis.estimate import combine_groups, weighted_share
from analysis.recognition.coverage import LARGEST_RHO, PLANNED_RHO, case_of, is_promised
from tests.simulations.coverage_table import COUNTY, WEIGHTS, Group, county, draw_cells


def cells(*rows, group="parent", stratum="a", M=np.nan):
    """Rows are (psu, satisfied of 4 forms, weight)."""
    table = pd.DataFrame(rows, columns=["psu", "total", "weight"])
    return table.assign(
        measure="headline", group=group, stratum=stratum, stratum_psus=M, n_forms=4, n=4, total_sq=table["total"]
    )


ALIKE = cells(("c1", 4, 1.0), ("c2", 0, 1.0))
MIXED = cells(("c1", 2, 1.0), ("c2", 2, 1.0))


def many(satisfied, classes=40):
    """So many classes of four with as many satisfied in each."""
    return cells(*((f"c{number}", satisfied, 1.0) for number in range(classes)))


def test_classes_that_answer_with_one_voice_are_wholly_alike():
    assert case_of(ALIKE)[:4] == (1.0, 4.0, 0.0, False)


def test_classes_no_more_alike_than_chance_count_as_not_alike():
    assert case_of(MIXED)[:3] == (0.0, 4.0, 0.0)
    assert case_of(many(3))[:4] == (0.0, 4.0, 0.0, True)


def test_the_bound_of_likeness_is_the_planned_one_at_least_and_the_upper_one_of_what_was_seen():
    totals = [1, 3, 4, 2] * 5
    found = case_of(cells(*((f"c{number}", yes, 1.0) for number, yes in enumerate(totals))))
    F = f_oneway(*([1] * yes + [0] * (4 - yes) for yes in totals)).statistic / f_distribution.ppf(0.1, 19, 60)
    assert found.rho_bound == pytest.approx((F - 1) / (F + 3))
    assert found.rho_bound > found.rho
    assert case_of(many(3)).rho_bound == PLANNED_RHO


def test_what_is_promised_rests_on_the_larger_of_that_bound_and_the_tables_largest_likeness():
    calm = case_of(many(3))
    assert calm.rarer_forms == pytest.approx(0.25 * 160 / (1 + 3 * LARGEST_RHO))
    split = case_of(cells(*((f"c{number}", 4 * (number % 4 > 0), 1.0) for number in range(40))))
    assert split.rho_bound == pytest.approx(1)
    assert split.rarer_forms == pytest.approx(0.25 * 160 / 4)


def test_a_group_counts_by_the_square_of_its_weight():
    both = pd.concat([many(3), many(3, 10).assign(group="public", stratum="b")])
    even = case_of(both, weights={"parent": 0.5, "public": 0.5}).rarer_forms
    assert even == pytest.approx(0.25 / (0.25 / 160 + 0.25 / 40) / (1 + 3 * LARGEST_RHO))
    assert case_of(both, weights={"parent": 1.0}).rarer_forms == pytest.approx(case_of(many(3)).rarer_forms)


def test_rho_is_that_of_a_one_way_analysis_of_variance():
    totals = [1, 3, 4, 2]
    forms = [[1] * yes + [0] * (4 - yes) for yes in totals]
    F = f_oneway(*forms).statistic
    found = case_of(cells(*((f"c{i}", yes, 1.0) for i, yes in enumerate(totals))))
    assert found.rho == pytest.approx((F - 1) / (F + 3))


def test_differences_between_strata_are_no_likeness_of_classes():
    happy = cells(("c1", 4, 1.0), ("c2", 4, 1.0), stratum="b")
    assert case_of(pd.concat([MIXED, happy])).rho == 0


def test_what_groups_asked_in_the_same_classes_say_apart_is_no_likeness():
    pupils = MIXED.assign(group="student", total=4, total_sq=4)
    assert case_of(pd.concat([MIXED, pupils])).rho == 0


def test_where_all_classes_were_taken_their_likeness_does_not_matter():
    assert case_of(ALIKE.assign(stratum_psus=2.0)).rho == 0


def test_persons_invited_one_by_one_have_no_classes_to_be_alike_in():
    asked = cells(*([("", 4, 1.0), ("", 0, 1.0)] * 5))
    assert case_of(asked)[:4] == (0.0, 1.0, 0.0, True)
    assert case_of(asked).rarer_forms == 20


def test_likeness_that_cannot_be_seen_promises_nothing():
    assert case_of(cells(("c1", 4, 1.0)))[:4] == (None, 4.0, 0.0, False)
    assert case_of(cells(("c1", 200, 1.0)).assign(n=400, n_forms=400))[0:4:3] == (None, False)


def test_the_weights_are_those_of_the_group_in_which_they_differ_most():
    other = cells(("", 2, 100.0), group="public", stratum="b")
    unequal = cells(("c1", 2, 1.0), ("c2", 2, 3.0))
    assert case_of(pd.concat([unequal, other]))[:4] == (0.0, 4.0, 0.5, False)
    uneven = many(3).assign(weight=np.tile([1.0, 3.0], 20))
    assert case_of(uneven).rarer_forms >= 6
    assert not case_of(uneven).promised


def test_few_forms_on_the_other_side_promise_nothing_however_little_alike_they_look():
    assert [is_promised(forms, 0.3) for forms in (6.0, 5.9)] == [True, False]
    nearly_all = many(4).assign(total=np.repeat([4, 3], [30, 10]), total_sq=np.repeat([4, 3], [30, 10]))
    assert case_of(nearly_all).rho == 0
    assert not case_of(nearly_all).promised


def judged(rho, p, samples, seed=11):
    """20 classes of 15, alike by `rho`: whether the interval held, its case, whether it was promised before 0.2."""
    table = draw_cells(Group(20, 15, 1), p, rho, 0.0, samples, np.random.default_rng(seed))
    rows = weighted_share(table)
    rows = rows[rows.domain != "all"].sort_values("measure")
    held = ((rows.lower <= p) & (p <= rows.upper)).to_numpy()
    cases = [case_of(own, str(measure)) for measure, own in table.groupby("measure", observed=True)]
    promised = np.array([case.promised for case in cases])
    before = np.array([(case.rho or 0) <= 0.05 for case in cases])
    return held, promised, before


def test_where_the_likeness_seen_is_too_small_by_chance_nothing_is_promised_any_more():
    held, promised, before = judged(0.15, 0.97, 80)
    assert held[before].mean() < 0.85
    assert promised.mean() < 0.05


@pytest.mark.soak
@pytest.mark.parametrize("rho", [0.0, 0.05, 0.10, 0.15, 0.25])
@pytest.mark.parametrize("p", [0.80, 0.85, 0.90, 0.97])
def test_wherever_it_is_promised_the_truth_is_held(rho, p):
    held, promised, _ = judged(rho, p, 800)
    assert promised.mean() < 0.05 if p == 0.97 else held[promised].mean() >= 0.93


def test_other_measures_have_cases_of_their_own():
    both = pd.concat([MIXED, ALIKE.assign(measure="quality_1")])
    assert case_of(both).rho == 0
    assert case_of(both, "quality_1").rho == 1


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0.1, 9)), min_size=2, max_size=8), st.floats(0.01, 100))
def test_neither_the_scale_of_the_weights_nor_the_order_or_splitting_of_rows_matters(rows, scale):
    table = cells(*((f"c{i}", yes, weight) for i, (yes, weight) in enumerate(rows)))
    case = case_of(table)
    halves = table.assign(n_forms=2, n=2, total=table["total"] / 2, total_sq=table["total_sq"] / 2)
    for same in (table.assign(weight=table["weight"] * scale), table[::-1], pd.concat([halves, halves])):
        assert case_of(same)[:3] == pytest.approx(case[:3], abs=1e-9)
        assert case_of(same)[4:] == pytest.approx(case[4:], abs=1e-9)


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
