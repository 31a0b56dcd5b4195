"""What an office may change in a proposed sample: numbers that are there, each with a reason."""

import pytest
from msgspec.structs import replace

from analysis.sample.sample_plan import SamplePlan, SampleStratum, apply_changes, list_changes
from questionnaires.vocabulary import DrawMethod, DrawnUnit

CLASSES = SampleStratum(
    group="parent", stratum="1-3/town", stage=DrawnUnit.CLASS, method=DrawMethod.SRS,
    people=800, schools=4, classes=20, target=40, slips=70, draw_classes=2, draw_people=35,
)  # fmt: skip
SCHOOLS = replace(CLASSES, stratum="4-6/town", stage=DrawnUnit.SCHOOL, draw_schools=2, draw_classes=1)
PERSONS = SampleStratum(
    group="public", stratum="county", stage=DrawnUnit.PERSON, method=DrawMethod.SYSTEMATIC,
    people=900, schools=9, classes=0, target=60, slips=100, draw_people=100,
)  # fmt: skip
WHOLE = replace(PERSONS, group="deputy", method=DrawMethod.ALL, people=80, draw_people=80)
PLAN = SamplePlan(rule="quality-2024", population=1, return_rate=0.6, strata=(CLASSES, SCHOOLS, PERSONS, WHOLE))


def changed(line, **numbers):
    return apply_changes(PLAN, [replace(line, **{"reason": "会议决定"} | numbers)])


@pytest.mark.parametrize(
    ("line", "numbers", "fault"),
    [
        (CLASSES, {"draw_classes": 3, "reason": " "}, "reason"),
        (CLASSES, {"draw_classes": 21}, "classes"),
        (PERSONS, {"method": DrawMethod.PPS}, "by_size"),
        (WHOLE, {"draw_people": 3}, "whole"),
        (CLASSES, {"draw_classes": 0}, "classes"),
        (CLASSES, {"draw_classes": -1}, "classes"),
        (SCHOOLS, {"draw_schools": 5}, "schools"),
        (PERSONS, {"draw_people": 901}, "people"),
        (PERSONS, {"draw_people": 0}, "people"),
        (CLASSES, {"method": DrawMethod.OPEN}, "method"),
        (CLASSES, {"stratum": "无此层"}, "unknown"),
        (CLASSES, {"draw_classes": 1}, "lonely"),
        (SCHOOLS, {"draw_schools": 1}, "lonely"),
    ],
)
def test_a_change_that_cannot_be_drawn_is_named(line, numbers, fault):
    _, faults = changed(line, **numbers)
    assert [found.kind for found in faults] == [fault]


def test_the_only_class_of_a_stratum_may_be_drawn():
    alone = replace(CLASSES, classes=1, draw_classes=1, draw_people=20)
    plan = replace(PLAN, strata=(alone,))
    assert apply_changes(plan, [replace(alone, draw_people=10, reason="会议决定")])[1] == []


def test_a_table_given_back_as_it_was_changes_nothing():
    plan, faults = apply_changes(PLAN, PLAN.strata)
    assert (plan, faults) == (PLAN, [])
    assert list_changes(PLAN, plan) == []


def test_a_change_stands_beside_what_was_proposed_with_its_reason():
    plan, faults = changed(CLASSES, draw_classes=5)
    assert faults == []
    ((before, after),) = list_changes(PLAN, plan)
    assert (before.draw_classes, after.draw_classes, after.reason) == (2, 5, "会议决定")


def test_to_invite_a_whole_group_is_a_change_of_all_its_strata():
    of_parents = [line for line in PLAN.strata if line.group == "parent"]
    plan, faults = apply_changes(PLAN, [replace(line, method=DrawMethod.ALL, reason="全部邀请") for line in of_parents])
    assert faults == []
    assert [line.method for line in plan.strata][:3] == [DrawMethod.ALL, DrawMethod.ALL, DrawMethod.SYSTEMATIC]
    assert [line.draw_classes for line in plan.strata][:3] == [20, 20, 0]


def test_where_all_are_invited_no_number_need_be_given_back():
    assert changed(WHOLE, draw_people=0) == (PLAN, [])


def test_a_change_of_what_is_counted_and_not_drawn_is_passed_over():
    plan, faults = changed(CLASSES, people=7, target=1)
    assert (plan, faults) == (PLAN, [])


def test_a_stratum_of_which_every_class_but_not_everyone_is_invited_stays_as_proposed():
    part = replace(CLASSES, method=DrawMethod.ALL, draw_classes=20, draw_people=5)
    plan = replace(PLAN, strata=(part,))
    assert apply_changes(plan, [part]) == (plan, [])
    (line,) = apply_changes(plan, [replace(part, draw_people=0, reason="全部邀请")])[0].strata
    assert (line.method, line.draw_classes, line.draw_people) == (DrawMethod.ALL, 20, 0)
