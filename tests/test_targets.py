"""Targets by year: what a plan promised beside what was found, and how much it leaves to its last year."""

from typing import Any

import pandas as pd
import pytest

from analysis.indicators.reported import ListedSchool, read_resources
from analysis.plain import plain
from analysis.standard import Standard, list_standards, load_standard
from analysis.standard.roadmap import Baseline, Target
from analysis.verdict.milestones import Schools, compare_milestones
from analysis.verdict.pace import find_pace, judge_pace
from questionnaires.vocabulary import TargetStatus
from tests.judged_json import judge
from tests.test_verdict import JUNIOR, PRIMARY, RECOGNITION, Rows, county_rows

QIANJIANG = load_standard("qianjiang-2020")
XIUSHAN = load_standard("xiushan-2020")
LATER = load_standard("qianjiang-2023")


def judged(
    standard: Standard, year: int, rows: Rows | None = None, locales: dict[str, str] | None = None, **changes: Any
) -> dict[str, Any]:
    """The judgement of a year on two schools that meet everything but for the changes."""
    rows = [PRIMARY, JUNIOR] if rows is None else rows
    listed = pd.DataFrame()
    if locales:
        kinds = {"P": "primary", "J": "junior", "T": "point"}
        schools = [{"code": code, "name": code, "kind": kinds[code[0]], "locale": locales[code]} for code in locales]
        listed = pd.DataFrame(schools)
    return judge(
        standard, listed, pd.DataFrame(rows), pd.DataFrame(county_rows(**changes)), RECOGNITION, as_of=year
    )  # fmt: skip


def targets(judgement: dict[str, Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(each["indicator"], each["stage"], each["base"]): each for each in judgement["targets"]}


def test_targets_of_a_year_stand_beside_what_was_found() -> None:
    rows = [PRIMARY, JUNIOR | {"backbone_teachers": 9}]
    found = {
        key[:2]: (target["planned"]["share"], target["actual"]["share"], target["status"])
        for key, target in targets(judged(QIANJIANG, 2022, rows, Q2=95.5)).items()
    }
    assert found["R2", "primary"] == (pytest.approx(100 * 43 / 71), 100, "on_track")
    assert found["R2", "junior"] == (pytest.approx(100 * 13 / 23), 0, "behind")
    assert found["G3b", "primary"] == (pytest.approx(100 * 46 / 71), 100, "on_track")
    assert found["G4", "junior"] == (87, 100, "on_track")
    assert found["Q2", ""] == (95.7, 95.5, "behind")
    assert found["G13", "junior"] == (95, 95, "on_track")


@pytest.mark.parametrize("year", [2020, 2021, 2022, 2023, 2024])
def test_every_target_of_every_year_has_a_status_units_and_a_clause(year: int) -> None:
    found = judged(QIANJIANG, year)["targets"]
    assert len(found) == len(QIANJIANG.targets)
    assert {each["year"] for each in found} == {year}
    assert {each["status"] for each in found} <= {"on_track", "behind"}
    assert all(each["units"] and each["clause"] for each in found)


@pytest.mark.parametrize(
    ("change", "missing"),
    [({"Q1": None}, {"Q1"}), ({"G7": None}, {"G7"}), ({"G11a": None}, {"G11a"}), ({"Q9a": None}, {"Q9"})],
)
def test_a_target_without_a_figure_is_missing(change: dict[str, None], missing: set[str]) -> None:
    found = judged(QIANJIANG, 2024, **change)["targets"]
    assert {each["indicator"] for each in found if each["status"] == "missing"} == missing


def test_no_year_asks_for_no_plan() -> None:
    tables = (pd.DataFrame(), pd.DataFrame([PRIMARY, JUNIOR]), pd.DataFrame(county_rows()))
    judgement = judge(QIANJIANG, *tables, RECOGNITION)
    assert (judgement["targets"], judgement["roadmap"]) == ([], None)


def test_a_target_in_words_follows_what_was_judged() -> None:
    found = targets(judged(QIANJIANG, 2022, G2={"met": "no"}))
    assert found["G2", "", ""]["planned"]["text"] == "达标"
    assert found["G2", "", ""]["status"] == "behind"
    assert found["S1", "", ""]["status"] == "on_track"


def test_a_share_of_schools_is_not_held_against_a_share_of_money() -> None:
    found = targets(judged(QIANJIANG, 2022, Q4=5))["Q4", "primary", "口径未注明"]
    assert (found["planned"]["share"], found["actual"]["share"], found["status"]) == (100, None, "on_track")
    assert targets(judged(QIANJIANG, 2022, Q4=4.9))["Q4", "primary", "口径未注明"]["status"] == "behind"


def test_a_school_that_does_not_report_leaves_its_target_missing() -> None:
    found = targets(judged(QIANJIANG, 2022, [PRIMARY | {"sports_area": None}, JUNIOR]))["R5", "primary", ""]
    assert (found["status"], found["actual"]["missing"]) == ("missing", 1)


LOCALES = {"P01": "city", "P02": "town", "J01": "village", "T01": "village"}
FOUR = [
    PRIMARY,
    PRIMARY | {"school": "P02", "sports_area": 7000},
    JUNIOR,
    PRIMARY | {"school": "T01", "pupils": 60, "sports_area": 100},
]


def test_a_target_counts_the_schools_it_names() -> None:
    found = targets(judged(XIUSHAN, 2027, FOUR, LOCALES))
    townships, city, points = (
        found["R5", "", base]["actual"] for base in ("乡镇义务教育法人学校", "城区中小学", "全县50人以上教学点")
    )
    assert (townships["met"], townships["total"], townships["share"]) == (1, 2, 50)
    assert (city["met"], city["total"]) == (1, 1)
    assert (points["met"], points["total"]) == (0, 1)
    whole = found["R3", "", "全县"]["actual"]
    assert (whole["met"], whole["total"]) == (4, 4)


def test_a_target_of_some_locales_is_missing_where_locales_are_not_reported() -> None:
    found = targets(judged(XIUSHAN, 2027, FOUR, LOCALES | {"P02": ""}))
    assert found["R5", "", "城区中小学"]["status"] == "missing"
    assert found["R3", "", "全县"]["status"] == "on_track"


def test_what_was_due_in_an_earlier_year_is_still_due() -> None:
    found = targets(judged(XIUSHAN, 2028, FOUR, LOCALES))
    assert (found["R3", "", "全县"]["year"], found["R3", "", "全县"]["planned"]["share"]) == (2026, 100)


def test_nothing_is_due_before_its_first_year() -> None:
    assert {each["indicator"] for each in judged(XIUSHAN, 2023)["targets"]} == {"R3"}
    assert judged(LATER, 2024)["targets"] == []


def test_the_later_plan_holds_ninety_percent_where_the_earlier_wanted_all() -> None:
    ten = [PRIMARY | {"school": f"P{place:02}"} for place in range(1, 11)]
    rows = [*ten[:9], ten[9] | {"largest_class": 46}, JUNIOR]
    assert targets(judged(LATER, 2025, rows))["G5", "", "口径未注明"]["status"] == "on_track"
    assert targets(judged(QIANJIANG, 2024, rows))["G5", "primary", "口径未注明"]["status"] == "behind"


# The calendar


def test_the_calendar_names_the_phases_of_the_year() -> None:
    names = {year: [each["name"] for each in judged(QIANJIANG, year)["roadmap"]["phases"]] for year in (2021, 2023)}
    assert names == {2021: ["动员创建", "创建实施"], 2023: ["创建实施", "评估验收"]}


def milestones(standard: Standard, year: int, rows: Rows) -> list[tuple[int, float | None, str | None]]:
    found = judged(standard, year, rows)["roadmap"]["milestones"]
    return [(each["year"], each["actual"], each["status"]) for each in found]


def test_crowded_classes_are_counted_over_all_schools_and_what_was_not_given_is_missing_or_left_to_a_person() -> None:
    rows = [PRIMARY | {"classes_56": 1, "classes_66": 0}, JUNIOR | {"classes_56": 0, "classes_66": 0}]
    assert milestones(QIANJIANG, 2022, rows) == [
        (2020, 0, "on_track"),
        (2020, pytest.approx(100 / 44), "behind"),
        *[(2020, None, "missing")] * 5,  # two budgets that only rise, three yearly figures: nothing was given
        (2021, None, None),
        (2022, 1, "behind"),
    ]
    blank = milestones(QIANJIANG, 2020, [PRIMARY, JUNIOR | {"classes_56": 0, "classes_66": 0}])
    assert blank == [(2020, None, "missing")] * 7


def test_the_order_of_the_rows_changes_no_target() -> None:
    forwards, backwards = (judged(XIUSHAN, 2027, rows, LOCALES) for rows in (FOUR, FOUR[::-1]))
    assert plain(forwards["targets"]) == plain(backwards["targets"])


# Pace


def test_qianjiang_leaves_a_third_or_more_of_two_indicators_to_its_last_year() -> None:
    found = {(each.indicator, each.stage): (each.due, each.remaining) for each in judge_pace(QIANJIANG)}
    late = {
        (each.indicator, each.stage) for each in judge_pace(QIANJIANG) if each.back_loaded
    }  # fmt: skip
    assert late == {("R4", "primary"), ("R4", "junior"), ("R5", "primary")}
    assert found["R4", "primary"] == (71 - 62, 71 - 55)
    assert found["R5", "primary"] == (71 - 52, 71 - 42)
    assert found["R2", "primary"] == (71 - 57, 71 - 5)
    assert found["R6", "primary"] == (71 - 62, 71 - 20)
    assert ("R1", "primary") not in found


@pytest.mark.parametrize(("before", "late"), [(6, True), (7, False)])
def test_exactly_a_third_is_back_loaded_and_less_is_not(before: int, late: bool) -> None:
    plan = QIANJIANG.model_copy(
        update={
            "baseline": (Baseline(indicator="R4", stage="junior", met=0, total=9, clause="自拟"),),
            "targets": (Target(indicator="R4", stage="junior", met={2023: before, 2024: 9}, total=9, clause="自拟"),),
        }
    )
    assert [each.back_loaded for each in judge_pace(plan)] == [late]


def test_all_that_remains_is_late_when_nothing_is_promised_before_the_last_year() -> None:
    found = [each for each in judge_pace(XIUSHAN) if each.back_loaded]
    assert [(each.indicator, each.due, each.remaining) for each in found] == [("R2", 118, 118)]


def test_no_pace_is_told_where_the_present_is_not_printed_or_counts_other_schools() -> None:
    assert {each.indicator for each in judge_pace(XIUSHAN)} == {"R2"}
    assert judge_pace(LATER) == ()
    retention = next(each for each in QIANJIANG.targets if each.indicator == "Q1")
    assert find_pace(retention, QIANJIANG) is None


# A stage by its own figures, a percentage by what it may be of


def by_stage(key: str, primary: float | str, junior: float | str, column: str = "value") -> dict[str, Any]:
    return {key: [{"stage": "primary", column: primary}, {"stage": "junior", column: junior}]}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (by_stage("G12", 100, 99), "G12"),
        (by_stage("Q3", 100, 90), "Q3"),
        (by_stage("Q5", "yes", "no", "met"), "Q5"),
        (by_stage("Q6", "yes", "no", "met"), "Q6"),
        (by_stage("Q7", "yes", "no", "met"), "Q7"),
        (by_stage("Q8", "yes", "no", "met"), "Q8"),
        (by_stage("Q9a", 3, 2), "Q9"),
        (by_stage("Q9b", 0.1, 0.2), "Q9"),
        (
            {
                "G9": [
                    {"stage": "primary", "value": 100, "hours": 450},
                    {"stage": "junior", "value": 100, "hours": 360},
                ]
            },
            "G9",
        ),
    ],
)
def test_a_target_of_one_stage_is_held_against_that_stage_alone(change: dict[str, Any], key: str) -> None:
    found = {
        target["stage"]: target["status"]
        for target in judged(QIANJIANG, 2024, **change)["targets"]
        if target["indicator"] == key
    }
    assert found == {"primary": "on_track", "junior": "behind"}


def test_a_stage_that_reports_nothing_is_missing_and_the_other_is_not() -> None:
    change = {"G12": [{"stage": "primary", "value": 100}]}
    found = {
        target["stage"]: target["status"]
        for target in judged(QIANJIANG, 2024, **change)["targets"]
        if target["indicator"] == "G12"
    }
    assert found == {"primary": "on_track", "junior": "missing"}


def class_sizes(over: int | None) -> Rows:
    """Ten primary schools of ten classes; two of them have classes over the line."""
    crowded = {"largest_class": 50, "classes_over": over}
    rows = [PRIMARY | {"school": f"P{place:02}", "classes": 10} for place in range(10)]
    return [*rows[:8], *(row | crowded for row in rows[8:]), JUNIOR]


def test_a_percentage_of_unknown_base_is_told_only_where_every_base_agrees() -> None:
    one_class = targets(judged(QIANJIANG, 2022, class_sizes(1)))["G5", "primary", "口径未注明"]
    bases = one_class["actual"]["bases"]
    assert (bases["schools"]["upper"], bases["classes"]["lower"], one_class["planned"]["share"]) == (80, 98, 90)
    assert one_class["status"] == "by_hand"
    most_classes = targets(judged(QIANJIANG, 2022, class_sizes(8)))["G5", "primary", "口径未注明"]
    assert (most_classes["actual"]["bases"]["classes"]["upper"], most_classes["status"]) == (84, "behind")
    early = targets(judged(QIANJIANG, 2020, class_sizes(1)))["G5", "primary", "口径未注明"]
    assert (early["planned"]["share"], early["status"]) == (80, "on_track")


def test_classes_over_the_line_that_nobody_counted_leave_it_to_a_person() -> None:
    found = targets(judged(QIANJIANG, 2020, class_sizes(None)))["G5", "primary", "口径未注明"]
    assert found["actual"]["bases"]["classes"] == {"lower": 80, "upper": 98}
    assert found["status"] == "on_track"
    later = targets(judged(QIANJIANG, 2021, class_sizes(None)))["G5", "primary", "口径未注明"]
    assert (later["planned"]["share"], later["status"]) == (85, "by_hand")


def test_a_percentage_of_schools_of_a_known_base_is_one_figure() -> None:
    found = targets(judged(XIUSHAN, 2027, FOUR, LOCALES))["R3", "", "全县"]["actual"]
    assert found["bases"] == {}


def test_a_milestone_that_is_not_counted_is_answered_under_its_id() -> None:
    rows = [PRIMARY | {"classes_56": 0, "classes_66": 0}, JUNIOR | {"classes_56": 0, "classes_66": 0}]
    for met, status in (("yes", "on_track"), ("no", "behind")):
        found = judged(QIANJIANG, 2022, rows, **{"M2021-1": {"met": met}})["roadmap"]["milestones"]
        assert {each["id"]: each["status"] for each in found}["M2021-1"] == status
    counted = judged(QIANJIANG, 2022, rows, **{"M2022-1": {"met": "no"}})["roadmap"]["milestones"]
    assert {each["id"]: each["status"] for each in counted}["M2022-1"] == "on_track"


def find_status(standard: Standard, year: int, name: str, rows: Rows, **changes: Any) -> str | None:
    found = judged(standard, year, rows, **changes)["roadmap"]["milestones"]
    return {each["id"]: each["status"] for each in found}[name]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("over", "status"), [(0, "on_track"), (1, "behind")])
def test_standard_class_sizes_are_counted_by_classes_over_the_line(over: int, status: str) -> None:
    rows = [PRIMARY | {"classes_over": over}, JUNIOR | {"classes_over": 0}]
    assert find_status(QIANJIANG, 2024, "M2024-1", rows) == status


@pytest.mark.parametrize(("pupils", "status"), [(2000, "on_track"), (2001, "behind")])
def test_large_schools_are_gone_when_the_largest_is_not_over_the_line(pupils: int, status: str) -> None:
    assert find_status(XIUSHAN, 2028, "M2028-1", [PRIMARY | {"pupils": pupils}, JUNIOR]) == status
    whole = {"school": "N01", "stage": "whole", "pupils": 9000, "pupils_primary": pupils - 500, "pupils_junior": 500}
    reported = Schools([], read_resources(pd.DataFrame([whole])))
    found = compare_milestones(XIUSHAN, 2028, reported, [])
    assert next(each.actual for each in found if each.id == "M2028-1") == pupils


def test_a_school_that_was_built_in_the_year_is_counted_by_the_list_of_schools() -> None:
    def built(*years: int | None) -> TargetStatus | None:
        listed = [ListedSchool(code=f"P{n}", kind="primary", built_year=year) for n, year in enumerate(years)]
        found = compare_milestones(XIUSHAN, 2021, Schools(listed, []), [])
        return next(each.status for each in found if each.id == "M2021-1")

    assert built(1990, 2021) == TargetStatus.ON_TRACK
    assert built(1990, 2020) == TargetStatus.BEHIND
    assert built(None) == built(1990, None) == TargetStatus.MISSING
    assert built(2021, None) == TargetStatus.ON_TRACK


@pytest.mark.parametrize(
    ("schools", "status"),
    [
        ([(2024, "city")], TargetStatus.ON_TRACK),
        ([(2024, "town"), (2023, "city")], TargetStatus.BEHIND),
        ([(2024, "")], TargetStatus.MISSING),
        ([(None, "city")], TargetStatus.MISSING),
        ([(None, "village")], TargetStatus.BEHIND),
        ([], TargetStatus.MISSING),
    ],
)
def test_a_school_that_a_plan_wants_in_the_city_is_counted_there(
    schools: list[tuple[int | None, str]], status: TargetStatus
) -> None:
    listed = [
        ListedSchool(code=f"P{number}", kind="primary", built_year=year, locale=locale)
        for number, (year, locale) in enumerate(schools)
    ]
    found = compare_milestones(XIUSHAN, 2024, Schools(listed, []), [])
    assert next(line.status for line in found if line.id == "M2024-1") == status


def test_what_lacks_something_to_be_counted_by_is_answered_by_hand() -> None:
    assert find_status(XIUSHAN, 2021, "M2021-1", [PRIMARY, JUNIOR]) == "missing"
    assert find_status(XIUSHAN, 2021, "M2021-1", [PRIMARY, JUNIOR], **{"M2021-1": {"met": "yes"}}) == "on_track"


@pytest.mark.parametrize("name", list_standards())
def test_every_milestone_has_an_id_of_its_own(name: str) -> None:
    standard = load_standard(name)
    assert list(standard.milestones_by_id.values()) == list(standard.milestones)


def test_a_milestone_of_another_plan_is_no_problem() -> None:
    assert judged(XIUSHAN, 2025, **{"M2021-1": {"met": "yes"}})["standard"] == "xiushan-2020"
