"""Raw figures: indicators are computed of counts and amounts, the formula is shown; what was typed gives way."""

from typing import Any

import pandas as pd
import pytest

from analysis.indicators.computed_figures import compute_county
from analysis.indicators.raw_figures import load_raw_figures
from analysis.results import as_json
from analysis.standard import list_standards, load_standard
from analysis.verdict import CountyTables, Judgement
from analysis.verdict import judge as judge_county
from analysis.verdict.judgement import IndicatorFinding
from questionnaires.vocabulary import Verdict
from tests.test_verdict import JUNIOR, PRIMARY, county_rows

NATIONAL = load_standard("national-2017")
SMALL = PRIMARY | {"school": "P02", "pupils": 40}
SCHOOLS = pd.DataFrame(
    [
        {"code": "P01", "name": "一小", "kind": "primary"},
        {"code": "P02", "name": "二小", "kind": "primary"},
        {"code": "J01", "name": "一中", "kind": "junior"},
    ]
)
RESOURCES = pd.DataFrame([PRIMARY, SMALL, JUNIOR])
Given = list[tuple[Any, ...]]


def judged(given: Given, until: int | None = 2025, **typed: Any) -> Judgement:
    figures = pd.DataFrame([(*row, "", "")[:4] for row in given], columns=["figure", "value", "school", "stage"])
    tables = CountyTables(SCHOOLS, RESOURCES, pd.DataFrame(county_rows(**typed)), figures)
    return judge_county(NATIONAL, tables, None, as_of=until)


def found(key: str, given: Given, **typed: Any) -> IndicatorFinding:
    judgement = judged(given, **typed)
    return judgement.dimensions.indicators("guarantee" if key[0] == "G" else "quality")[key]


CASES: list[tuple[str, Given, float, Verdict]] = [
    ("G7", [("special_funds", 600_000), ("special_pupils", 100)], 6000, Verdict.MET),
    ("G7", [("special_funds", 599_900), ("special_pupils", 100)], 5999, Verdict.NOT_MET),
    ("G8", [("teacher_pay", 900), ("teachers_paid", 9), ("servant_pay", 400), ("servants_paid", 5)], 1.25, Verdict.MET),
    ("G9", [("teachers_trained", 99), ("teachers_due", 100), ("hours_demanded", 360)], 99, Verdict.NOT_MET),
    ("G11", [("rotated_teachers", 9), ("eligible_teachers", 100), ("rotated_backbone", 9)], 9, Verdict.NOT_MET),
    ("G12", [("teachers", 50, "", "primary"), ("licensed_teachers", 49, "", "primary"),
             ("teachers", 50, "", "junior"), ("licensed_teachers", 50, "", "junior")], 98, Verdict.NOT_MET),
    ("G13", [("admitted", 50, "", "junior"), ("admitted_nearby", 47, "", "junior")], 94, Verdict.NOT_MET),
    ("G14", [("quota_total", 100), ("quota_allotted", 49)], 49, Verdict.NOT_MET),
    ("G15", [("migrant_children", 200), ("migrants_in_public", 169)], 84.5, Verdict.NOT_MET),
    ("Q2", [("disabled_children", 40), ("disabled_enrolled", 37)], 92.5, Verdict.NOT_MET),
]  # fmt: skip


@pytest.mark.parametrize(("key", "given", "value", "verdict"), CASES)
def test_an_indicator_is_computed_of_its_counts_whatever_was_typed(
    key: str, given: Given, value: float, verdict: Verdict
) -> None:
    told = found(key, given)
    assert (told.value, told.verdict) == (value, verdict)
    assert "÷" in told.reason
    assert "填报数" not in told.reason


def test_a_typed_figure_is_judged_and_marked_as_typed() -> None:
    assert found("Q2", [], Q2=94).reason == "为94%，不符合“不低于95%”的要求（填报数）"
    assert "填报数" not in found("Q8", []).reason


def test_a_typed_no_is_heard_beside_what_is_computed() -> None:
    given: Given = [("disabled_children", 40), ("disabled_enrolled", 40)]
    assert found("Q2", given).verdict == Verdict.MET
    assert found("Q2", given, Q2={"value": 100, "met": "no"}).verdict == Verdict.NOT_MET


def test_figures_that_are_not_whole_leave_the_indicator_open_and_say_what_is_lacking() -> None:
    told = found("G11", [("rotated_teachers", 20)])
    assert told.verdict == Verdict.UNDETERMINED
    assert "没有符合交流条件的教师数" in told.reason
    assert "为0" in found("Q2", [("disabled_children", 0), ("disabled_enrolled", 0)]).reason


def test_schools_that_are_left_out_of_a_sum_are_named_and_two_sums_that_differ_are_not_judged() -> None:
    some: Given = [("teachers", 50, "P01", "primary"), ("licensed_teachers", 50, "P01", "primary"),
                   ("teachers", 50, "J01", "junior"), ("licensed_teachers", 50, "J01", "junior")]  # fmt: skip
    told = found("G12", some)
    assert told.verdict == Verdict.UNDETERMINED
    assert "缺1所学校（P02）" in told.reason
    both: Given = [*some, ("teachers", 9, "P02", "primary"), ("licensed_teachers", 9, "P02", "primary")]
    assert found("G12", both).verdict == Verdict.MET
    assert "不一致" in found("G12", [*both, ("teachers", 60, "", "primary")]).reason


def test_a_figure_of_one_stage_alone_does_not_speak_for_the_county() -> None:
    primary: Given = [("rotated_teachers", 20, "", "primary"), ("eligible_teachers", 100, "", "primary")]
    told = found("G11", primary)
    assert told.verdict == Verdict.UNDETERMINED
    assert "没有填初中" in told.reason
    junior: Given = [("rotated_teachers", 0, "", "junior"), ("eligible_teachers", 300, "", "junior")]
    assert found("G11", [*primary, *junior]).value == 5


def budgets(**training: float) -> Given:
    return [
        row
        for school, amount in training.items()
        for row in (("training_funds", amount, school), ("running_budget", 1000, school))
    ]


def test_what_a_plan_asks_of_all_schools_is_checked_of_every_school() -> None:
    assert found("Q4", budgets(P01=500, P02=50, J01=500)).verdict == Verdict.MET
    told = found("Q4", budgets(P01=500, P02=49, J01=500))
    assert (told.verdict, told.value) == (Verdict.NOT_MET, 4.9)
    assert "3所学校中最低的是P02" in told.reason
    assert found("Q4", budgets(P01=500, J01=500)).verdict == Verdict.UNDETERMINED
    assert found("Q4", budgets(P01=49, J01=500)).verdict == Verdict.NOT_MET
    share: Given = [("charter_and_digital", 1, "P01"), ("charter_and_digital", 1, "P02")]
    assert found("Q3", [*share, ("charter_and_digital", 1, "J01")]).verdict == Verdict.MET
    assert found("Q3", [*share, ("charter_and_digital", 0, "J01")]).verdict == Verdict.NOT_MET
    assert found("Q3", share).verdict == Verdict.UNDETERMINED
    assert found("Q3", [("charter_and_digital", 0, "J01")]).verdict == Verdict.NOT_MET


def test_the_floor_of_small_schools_is_checked_of_each_of_them_and_of_no_other() -> None:
    assert found("G6", [("funded_pupils", 100, "P02", "primary")]).verdict == Verdict.MET
    assert found("G6", [("funded_pupils", 40, "P02", "primary")]).verdict == Verdict.NOT_MET
    assert found("G6", [("funded_pupils", 1000, "P01", "primary")]).verdict == Verdict.UNDETERMINED


def test_both_ways_of_counting_retention_are_named_and_where_they_disagree_a_person_chooses() -> None:
    def moved(graduates: float) -> Given:
        return [("grade7_then", 1000), ("moved_in", 20), ("moved_out", 50), ("died", 1), ("graduates", graduates)]

    told = found("Q1", moved(950))
    assert told.verdict == Verdict.MET
    assert round(told.value or 0, 2) == 98.04
    assert "算法甲" in told.reason
    assert "98.1" in told.reason
    assert "算法乙" in told.reason
    split = found("Q1", moved(920.2))
    assert split.verdict == Verdict.UNDETERMINED
    assert "不同口径结果不一致" in split.reason


@pytest.mark.parametrize(
    ("month", "until", "verdict"),
    [(202209, 2025, Verdict.MET), (202210, 2025, Verdict.NOT_MET), (202210, 2026, Verdict.MET)],
)
def test_three_years_of_basic_balance_are_counted_in_months(month: int, until: int, verdict: Verdict) -> None:
    judgement = judged([("basic_balance_month", month)], until)
    balance = judgement.preconditions[0]
    assert (balance.id, balance.verdict) == ("P1", verdict)
    assert f"至{until}年9月满" in balance.reason


def test_nothing_changes_without_raw_figures() -> None:
    county = pd.DataFrame(county_rows())
    assert compute_county(CountyTables(SCHOOLS, RESOURCES, county), until=2025) is county


def test_every_formula_is_of_an_id_of_the_national_standard_or_read_by_a_plan() -> None:
    ids = set(NATIONAL.entries)
    for entry in NATIONAL.entries.values():
        for requirement in entry.requires.values():
            ids.update(requirement.ids)
    plans = [load_standard(name) for name in list_standards()]
    ids |= {milestone.figure for plan in plans for milestone in plan.milestones}
    ids |= {
        name for plan in plans for goal in plan.goals.values() for part in goal.requires.values() for name in part.ids
    }
    assert {formula.indicator for formula in load_raw_figures().formulas} <= ids


def test_what_is_computed_is_json_like_any_judgement() -> None:
    assert as_json(judged([("quota_total", 100), ("quota_allotted", 60)]))


@pytest.mark.parametrize("months", [(202213,), (2022,), (202209.5,), (203001,), (202209, 201909)])
def test_a_month_that_is_none_and_two_months_leave_the_precondition_open(months: tuple[float, ...]) -> None:
    given: Given = [("basic_balance_month", month, school) for month, school in zip(months, ("", "P01"), strict=False)]
    balance = judged(given, P1={"met": "yes"}).preconditions[0]
    assert balance.verdict == Verdict.UNDETERMINED
    assert "202209" in balance.reason


def test_a_typed_no_is_heard_beside_two_ways_of_counting_that_pass() -> None:
    given: Given = [("grade7_then", 1000), ("moved_in", 0), ("moved_out", 0), ("died", 0), ("graduates", 990)]
    assert found("Q1", given).verdict == Verdict.MET
    assert found("Q1", given, Q1={"value": 99, "met": "no"}).verdict == Verdict.NOT_MET


def test_a_primary_school_without_pupils_reported_may_be_a_small_one() -> None:
    schools = pd.concat([SCHOOLS, pd.DataFrame([{"code": "P03", "name": "三小", "kind": "primary"}])])
    tables = CountyTables(
        schools,
        RESOURCES,
        pd.DataFrame(county_rows()),
        pd.DataFrame([("funded_pupils", 100, "P02", "primary")], columns=["figure", "value", "school", "stage"]),
    )
    told = judge_county(NATIONAL, tables, None).dimensions.indicators("guarantee")["G6"]
    assert told.verdict == Verdict.UNDETERMINED
    assert "P03）没有学生数" in told.reason


def test_a_listed_school_without_resources_has_to_report_too() -> None:
    schools = pd.concat([SCHOOLS, pd.DataFrame([{"code": "P03", "name": "三小", "kind": "primary"}])])
    figures = pd.DataFrame(budgets(P01=500, P02=500, J01=500), columns=["figure", "value", "school"])
    tables = CountyTables(schools, RESOURCES, pd.DataFrame(county_rows()), figures)
    told = judge_county(NATIONAL, tables, None).dimensions.indicators("quality")["Q4"]
    assert told.verdict == Verdict.UNDETERMINED
    assert "P03" in told.reason


def test_hours_that_schools_demand_are_not_summed_and_a_figure_told_twice_has_to_agree() -> None:
    own: Given = [
        (figure, value, school)
        for school in ("P01", "P02", "J01")
        for figure, value in (("teachers_due", 10), ("teachers_trained", 10), ("hours_demanded", 120))
    ]
    told = found("G9", own)
    assert told.verdict == Verdict.NOT_MET
    assert "120学时" in told.reason
    assert found("G9", [*own, ("teachers_due", 31)]).verdict == Verdict.UNDETERMINED
