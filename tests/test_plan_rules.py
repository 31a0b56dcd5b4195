"""Rules of plans about money, places and ways to school, computed of raw figures; none is an indicator."""

from typing import Any

import pandas as pd
import pytest

from analysis.standard import Standard
from analysis.verdict import CountyTables
from analysis.verdict import judge as judge_county
from analysis.verdict.judgement import GoalFinding, Judgement
from analysis.verdict.plan_findings import MilestoneFinding
from questionnaires.vocabulary import TargetStatus, Verdict
from tests.test_standard_counties import FENGJIE, LATER, QIANJIANG, XIUSHAN
from tests.test_verdict import JUNIOR, PRIMARY, county_rows

Given = list[tuple[Any, ...]]
SCHOOLS = [
    {"code": "P01", "name": "一小", "kind": "primary", "locale": "city"},
    {"code": "P02", "name": "二小", "kind": "primary", "locale": "town"},
    {"code": "P03", "name": "村小", "kind": "primary", "locale": "village"},
    {"code": "J01", "name": "一中", "kind": "junior", "locale": "town"},
]
RESOURCES = [PRIMARY, PRIMARY | {"school": "P02"}, PRIMARY | {"school": "P03"}, JUNIOR]
RISING: Given = [
    ("education_spending", 1_020_000),
    ("education_spending_before", 1_000_000),
    ("budget_pupils", 100),
    ("budget_pupils_before", 100),
]


def judged(
    standard: Standard, given: Given, schools: list[dict[str, Any]] = SCHOOLS, year: int = 2025, **typed: Any
) -> Judgement:
    figures = pd.DataFrame([(*row, "")[:3] for row in given], columns=["figure", "value", "school"])
    tables = CountyTables(pd.DataFrame(schools), pd.DataFrame(RESOURCES), pd.DataFrame(county_rows(**typed)), figures)
    return judge_county(standard, tables, None, as_of=year)


def milestones(judgement: Judgement) -> dict[str, MilestoneFinding]:
    assert judgement.roadmap
    return {found.id: found for found in judgement.roadmap.milestones}


def changed(given: Given, **values: float) -> Given:
    return [(figure, values.get(figure, value)) for figure, value in given]


@pytest.mark.parametrize(
    ("standard", "ids"),
    [
        (QIANJIANG, ("M2020-3", "M2020-4")),
        (LATER, ("M2023-2", "M2023-3")),
        (FENGJIE, ("M2022-1", "M2022-2")),
    ],
    ids=["qianjiang-2020", "qianjiang-2023", "fengjie-2021"],
)
def test_budgets_that_only_rise_are_computed_in_every_plan_that_says_so(
    standard: Standard, ids: tuple[str, str]
) -> None:
    def statuses(given: Given) -> list[TargetStatus | None]:
        found = milestones(judged(standard, given))
        return [found[name].status for name in ids]

    assert statuses(RISING) == [TargetStatus.ON_TRACK] * 2
    assert statuses(changed(RISING, education_spending=999_999)) == [TargetStatus.BEHIND] * 2
    assert statuses(changed(RISING, budget_pupils=103)) == [TargetStatus.ON_TRACK, TargetStatus.BEHIND]
    assert statuses(changed(RISING, education_spending=1_000_000)) == [TargetStatus.ON_TRACK] * 2
    assert statuses(RISING[:2]) == [TargetStatus.ON_TRACK, TargetStatus.MISSING]


def test_the_formula_with_its_figures_is_told_and_what_it_lacks() -> None:
    found = milestones(judged(QIANJIANG, RISING))["M2020-4"]
    assert found.formula == (
        "（一般公共预算教育支出1020000÷一般公共预算教育支出对应的在校学生数100）"
        "÷（上年一般公共预算教育支出1000000÷上年一般公共预算教育支出对应的在校学生数100）×100"
    )
    assert found.actual == pytest.approx(102)
    assert "原始数据不全" in milestones(judged(QIANJIANG, RISING[:2]))["M2020-4"].formula


def test_what_is_computed_counts_over_the_countys_answer_and_the_answer_where_nothing_is() -> None:
    fallen = changed(RISING, education_spending=900_000)
    said = {"M2020-3": [{"met": "yes"}]}
    assert milestones(judged(QIANJIANG, fallen, **said))["M2020-3"].status == TargetStatus.BEHIND
    assert milestones(judged(QIANJIANG, [], **said))["M2020-3"].status == TargetStatus.ON_TRACK


@pytest.mark.parametrize(("kept", "status"), [(10, TargetStatus.ON_TRACK), (9.99, TargetStatus.BEHIND)])
def test_ten_percent_of_land_income_go_to_schools_in_fengjie(kept: float, status: TargetStatus) -> None:
    given: Given = [("land_income", 100), ("land_income_for_schools", kept)]
    assert milestones(judged(FENGJIE, given))["M2022-3"].status == status


def training(funds: float) -> Given:
    return [
        ("training_funds", funds), ("running_budget", 1000), ("teacher_pay", 4000), ("teachers_paid", 1),
        ("servant_pay", 1), ("servants_paid", 1),
    ]  # fmt: skip


def test_training_is_held_against_the_running_budget_and_against_pay_in_the_later_plan_alone() -> None:
    def goal(judgement: Judgement) -> GoalFinding:
        return next(found for found in judgement.goals if found.id == "L3")

    found = goal(judged(LATER, training(59)))
    assert (found.verdict, found.value) == (Verdict.NOT_MET, pytest.approx(1.475))
    assert "教师培训经费59÷义务教育教师工资收入总额4000×100" in found.reason
    assert goal(judged(LATER, training(60))).verdict == Verdict.MET
    assert goal(judged(LATER, training(59), L3=1.5)).verdict == Verdict.NOT_MET
    assert goal(judged(LATER, training(60), L3=1.4)).verdict == Verdict.NOT_MET
    assert "填报数" in goal(judged(LATER, [], L3=1.5)).reason


def test_seats_are_counted_by_people_and_the_way_to_school_of_every_school_in_a_town() -> None:
    seats: Given = [("town_people", 50_000), ("primary_seats", 4200), ("junior_seats", 2099)]
    ways: Given = [("primary_radius", 900, "P01"), ("primary_radius", 1000, "P02"), ("junior_radius", 1501, "J01")]
    found = milestones(judged(XIUSHAN, [*seats, *ways]))
    statuses = [found[f"M2025-{place}"].status for place in range(2, 6)]
    assert statuses == [TargetStatus.ON_TRACK, TargetStatus.BEHIND, TargetStatus.ON_TRACK, TargetStatus.BEHIND]
    assert found["M2025-4"].formula == "2所学校中最高的是P02：小学服务半径1000"
    assert found["M2025-3"].actual == pytest.approx(41.98)


def test_a_school_without_a_radius_or_a_locale_leaves_the_way_open_unless_another_is_too_far() -> None:
    one: Given = [("primary_radius", 900, "P01")]
    found = milestones(judged(XIUSHAN, one))["M2025-4"]
    assert found.status == TargetStatus.MISSING
    assert "P02" in found.formula
    assert milestones(judged(XIUSHAN, [("primary_radius", 1001, "P01")]))["M2025-4"].status == TargetStatus.BEHIND
    nowhere = [SCHOOLS[0], SCHOOLS[1] | {"locale": ""}, *SCHOOLS[2:]]
    told = milestones(judged(XIUSHAN, one, nowhere))["M2025-4"]
    assert told.status == TargetStatus.MISSING
    assert "没有填城乡" in told.formula


def test_rules_of_plans_change_no_verdict_of_the_evaluation() -> None:
    fallen = changed(RISING, education_spending=1)
    assert judged(QIANJIANG, fallen).verdict == judged(QIANJIANG, RISING).verdict
    assert judged(QIANJIANG, fallen).dimensions == judged(QIANJIANG, RISING).dimensions


def test_what_a_plan_sets_for_every_year_is_held_against_what_the_county_reports_for_the_year() -> None:
    given: Given = [("new_backbone_primary", 40), ("new_backbone_junior", 29), ("trainings", 2499)]
    found = milestones(judged(QIANJIANG, given, year=2023))
    statuses = {found[f"M2020-{place}"].actual: found[f"M2020-{place}"].status for place in (5, 6, 7)}
    assert statuses == {40: TargetStatus.ON_TRACK, 29: TargetStatus.BEHIND, 2499: TargetStatus.BEHIND}
    assert "M2024-2" not in found


def test_what_a_plan_adds_by_its_end_is_summed_school_by_school_and_open_while_one_is_away() -> None:
    areas: Given = [("added_primary_teaching", 8000, code) for code in ("P01", "P02")]
    away = milestones(judged(QIANJIANG, areas))["M2024-2"]
    assert (away.status, "P03" in away.formula) == (TargetStatus.MISSING, True)
    whole = milestones(judged(QIANJIANG, [*areas, ("added_primary_teaching", 7000, "P03")]))["M2024-2"]
    assert (whole.actual, whole.status) == (23_000, TargetStatus.ON_TRACK)
    assert milestones(judged(QIANJIANG, [("added_junior_sports", 78_999)]))["M2024-5"].status == TargetStatus.BEHIND


def test_the_later_plan_counts_buildings_places_committees_and_backbone_teachers() -> None:
    given: Given = [("added_buildings", 160_000), ("added_seats", 7999), ("backbone_teachers_named", 800)]
    given += [("parent_committee", 1, school["code"]) for school in SCHOOLS]
    found = milestones(judged(LATER, given))
    statuses = [found[f"M2025-{place}"].status for place in (4, 5, 6, 7)]
    on, behind = TargetStatus.ON_TRACK, TargetStatus.BEHIND
    assert statuses == [on, behind, on, on]


@pytest.mark.parametrize(("now", "status"), [(3, TargetStatus.ON_TRACK), (4, TargetStatus.BEHIND)])
def test_crowded_classes_do_not_grow_in_xiushan(now: int, status: TargetStatus) -> None:
    found = milestones(judged(XIUSHAN, [("crowded_classes", now), ("crowded_classes_before", 3)]))["M2021-3"]
    assert (found.status, found.unit) == (status, "个班")
