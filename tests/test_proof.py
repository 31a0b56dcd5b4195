from math import sqrt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from analysis.estimate import combine_groups
from analysis.plan.proof import Proof, effective_forms, find_proof, forms_needed

LINE = 0.85


def sample(**forms):
    """Groups of that many forms with a design effect of 1; a pair is (forms, design effect)."""
    rows = [(group, *(n if isinstance(n, tuple) else (n, 1.0))) for group, n in forms.items()]
    table = pd.DataFrame(rows, columns=["domain", "n", "deff"])
    return table.assign(df=(table["n"] - 1).clip(lower=1))


@pytest.mark.parametrize(("forms", "provable"), [(1, False), (18, False), (19, True), (500, True)])
def test_all_satisfied_prove_more_than_85_percent_only_from_19_forms_on(forms, provable):
    assert (find_proof(sample(parent=forms), {"parent": 1.0}, LINE) is not None) == provable


@given(st.integers(19, 3000), st.floats(1, 4), st.floats(0.5, 0.95))
def test_just_the_smallest_rate_puts_the_lower_bound_on_the_line(forms, deff, line):
    table, weights = sample(parent=(forms, deff)), {"parent": 1.0}
    proof = find_proof(table, weights, line)
    for step, evidence in ((1e-6, "above_among_answered"), (-1e-6, "not_distinguishable")):
        rate = min(proof.smallest_rate + step, 1.0) if proof else 1.0 - 1e-9
        seen = table.assign(measure="m", estimate=rate, se=sqrt(rate * (1 - rate) * deff / forms), n_cap=forms / deff)
        found = combine_groups(seen, weights, threshold=line)
        assert found.evidence == (evidence if proof else "not_distinguishable")


def test_more_forms_need_a_lower_rate_and_a_larger_design_effect_a_higher_one():
    rates = [
        find_proof(sample(parent=forms), {"parent": 1.0}, LINE).smallest_rate
        for forms in ((334, 2.0), (334, 1.0), (668, 1.0))
    ]
    assert rates == sorted(rates, reverse=True)
    assert len(set(rates)) == 3


def test_the_county_needs_less_than_any_of_its_groups():
    groups, weights = sample(parent=(334, 2.0), teacher=56, public=55), {"parent": 0.5, "teacher": 0.25, "public": 0.25}
    county = find_proof(groups, weights, LINE).smallest_rate
    alone = [find_proof(groups[groups["domain"] == group], weights, LINE).smallest_rate for group in weights]
    assert county < min(alone)


@pytest.mark.parametrize("rate", [0.85, 0.88, 0.95])
def test_the_chance_of_proof_is_the_binomial_tail(rate):
    assert Proof(90 / 100, 100.0).chance(rate) == pytest.approx(binom.sf(89, 100, rate))


def test_with_the_forms_needed_the_chance_of_proof_is_the_power_asked_for():
    for rate in (0.88, 0.90, 0.95):
        forms = forms_needed(LINE, rate, power=0.8)
        proof = find_proof(sample(parent=forms), {"parent": 1.0}, LINE)
        assert proof.chance(rate) == pytest.approx(0.8, abs=0.06)


def test_the_forms_needed_are_those_of_the_normal_approximation():
    assert [forms_needed(LINE, rate, power=0.8, deff=2) for rate in (0.88, 0.90, 0.95)] == [1647, 565, 119]
    n = forms_needed(0.5, 0.6, power=0.9)
    reached = (0.1 * sqrt(n) - norm.ppf(0.95) * 0.5) / sqrt(0.24)
    assert norm.cdf(reached) == pytest.approx(0.9, abs=0.002)


def test_a_small_population_needs_fewer_forms_and_never_more_than_all():
    few = [forms_needed(LINE, 0.95, power=0.8, people=people) for people in (0, 12, 200, 10**6)]
    assert few == [0, 10, 46, 60]


@pytest.mark.parametrize("rate", [0.5, 0.85, 1.0])
def test_forms_for_a_rate_that_is_not_between_line_and_one_are_refused(rate):
    with pytest.raises(ValueError, match="between the threshold and 1"):
        forms_needed(LINE, rate, power=0.8)


def test_weights_are_shared_out_among_the_groups_of_the_sample():
    one = sample(parent=(100, 2.0), public=50)
    assert effective_forms(one, {"parent": 0.25, "public": 0.25, "student": 0.5}) == pytest.approx(100.0)
