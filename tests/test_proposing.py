"""What is proposed to be drawn: strata, classes, people in each, and what is taken whole."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.plan import group_quotas
from analysis.plan.proposing import join_small, people_each, propose_sample
from questionnaires.rule import load_rule
from questionnaires.vocabulary import DrawMethod, DrawnUnit

RULE = load_rule("quality-2024")


def frame_of(classes=40, size=40, heads=5, locales=("city", "village")):
    rows = [("parent", f"P{k % 20}", f"{k}班", k % 9 + 1, size, locales[k % len(locales)]) for k in range(classes * 9)]
    rows += [("principal", f"P{k}", "", np.nan, 1, "city") for k in range(heads)]
    return pd.DataFrame(rows, columns=["group", "unit", "class", "grade", "population", "locale"])


def lines(plan, group):
    return [line for line in plan.strata if line.group == group]


def test_families_are_drawn_by_classes_of_each_grade_band_and_locale():
    plan = propose_sample(RULE, frame_of(), 445_012)
    assert [line.stratum for line in lines(plan, "parent")] == [
        f"{band}/{locale}" for band in ("1-3", "4-6", "7-9") for locale in ("city", "village")
    ]
    assert all((line.stage, line.method) == (DrawnUnit.CLASS, DrawMethod.SRS) for line in lines(plan, "parent"))
    assert sum(line.target for line in lines(plan, "parent")) == group_quotas(RULE, 445_012)["parent"]


def test_so_many_classes_are_drawn_that_the_rules_design_effect_holds_and_never_one_alone():
    for line in lines(propose_sample(RULE, frame_of(), 445_012), "parent"):
        assert line.draw_classes >= max(2, line.target / 21)
        assert line.target / line.draw_classes <= 21
        assert line.draw_classes * line.draw_people >= line.slips


def test_a_group_of_which_all_are_needed_is_taken_whole():
    (heads,) = lines(propose_sample(RULE, frame_of(heads=5), 445_012), "principal")
    assert (heads.method, heads.draw_people) == (DrawMethod.ALL, 5)


def test_schools_come_first_where_they_are_asked_for_and_all_grades_of_a_stage_lie_together():
    plan = propose_sample(RULE, frame_of(), 445_012, stage=DrawnUnit.SCHOOL)
    assert {line.stratum for line in lines(plan, "parent")} == {
        "primary/city", "primary/village", "junior/city", "junior/village",
    }  # fmt: skip
    assert all(line.stage == DrawnUnit.SCHOOL and line.draw_schools >= 2 for line in lines(plan, "parent"))


def test_persons_are_drawn_one_by_one_where_that_is_asked_for():
    plan = propose_sample(RULE, frame_of(), 445_012, stage=DrawnUnit.PERSON)
    assert {line.stage for line in plan.strata} == {DrawnUnit.PERSON}
    assert all(line.draw_people == line.slips for line in plan.strata)


def test_a_small_county_has_no_stratum_for_which_fewer_than_ten_slips_are_due():
    plan = propose_sample(RULE, frame_of(), 20_000)
    assert all(line.slips >= 10 for line in lines(plan, "parent"))
    assert len(lines(plan, "parent")) < 6


def test_rows_of_a_group_the_rule_does_not_ask_lie_in_no_stratum():
    basic = load_rule("basic-2012")
    frame = frame_of().assign(group="student", grade=5.0)
    plan = propose_sample(basic, frame, 445_012)
    assert plan.strata == ()
    assert set(plan.rows) == {""}


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 2_000))
def test_the_fewest_in_each_class_that_bring_the_slips(people, slips):
    each = people_each(people, slips)
    brought = sum(min(size, each or size) for size in people)
    assert brought >= min(slips, sum(people))
    if each > 1:
        assert sum(min(size, each - 1) for size in people) < slips


@given(st.dictionaries(st.sampled_from(["city", "town", "village", ""]), st.integers(1, 50), min_size=1))
def test_joined_parts_are_large_enough_or_everything(counts):
    names = join_small(counts, 10)
    sums = pd.Series(counts).groupby(names).sum()
    assert (sums >= 10).all() or len(sums) == 1


@given(st.integers(3_000, 2_000_000), st.sampled_from(list(DrawnUnit)), st.floats(0.2, 1.0))
@settings(max_examples=30, deadline=None)
def test_no_proposal_draws_more_than_there_is_or_fewer_than_is_due(population, stage, rate):
    for line in propose_sample(RULE, frame_of(), population, stage=stage, return_rate=rate).strata:
        assert line.draw_schools <= line.schools
        assert line.draw_classes <= line.classes
        assert line.slips <= line.people
        if line.stage == DrawnUnit.CLASS:
            assert line.draw_classes * (line.draw_people or 40) >= line.slips


def test_the_expected_return_sets_the_slips():
    few = propose_sample(RULE, frame_of(), 445_012, return_rate=0.9)
    many = propose_sample(RULE, frame_of(), 445_012, return_rate=0.45)
    slips = [sum(line.slips for line in lines(plan, "parent")) for plan in (few, many)]
    assert slips[1] == pytest.approx(2 * slips[0], rel=0.01)
