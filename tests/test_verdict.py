"""The verdict: a county that meets everything is met; each test takes one thing away."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.indicators.sections import TableError
from analysis.plain import plain
from analysis.standard import Standard, load_standard
from analysis.standard.limits import Limit, holds
from analysis.verdict.county_rows import CountyRow, judge_requirement
from tests.judged_json import judge

NATIONAL = load_standard("national-2017")
QIANJIANG = load_standard("qianjiang-2020")
PRIMARY = {
    "school": "P01", "stage": "primary", "pupils": 1000, "qualified_teachers": 42, "backbone_teachers": 10,
    "pe_art_teachers": 9, "teaching_area": 4500, "sports_area": 7500, "equipment_value": 2_000_000,
    "multimedia_rooms": 23, "classes": 24, "music_rooms": 2, "art_rooms": 2, "largest_class": 45,
}  # fmt: skip
JUNIOR = {
    "school": "J01", "stage": "junior", "pupils": 1000, "qualified_teachers": 53, "backbone_teachers": 10,
    "pe_art_teachers": 9, "teaching_area": 5800, "sports_area": 10_200, "equipment_value": 2_500_000,
    "multimedia_rooms": 24, "classes": 20, "music_rooms": 2, "art_rooms": 2, "classes_over": 0,
}  # fmt: skip
YES = ("G1", "G2", "G8b", "G10", "G14b", "G15a", "Q5", "Q6", "Q7", "Q8", "P1", "P2")
VETOES = ("V1", "V2", "V3", "V4", "V5", "V6")
VALUES = {
    "G6": 100, "G7": 6000, "G8a": 1, "G11a": 10, "G11b": 20, "G12": 100, "G14a": 60, "G15b": 85,
    "Q1": 95, "Q2": 95, "Q3": 100, "Q4": 5, "Q9a": 3, "Q9b": 0.1499,
}  # fmt: skip
RECOGNITION = {"rule": "quality-2024", "recognition": {"rate": 0.85, "evidence": "not_distinguishable"}}
ABOVE_ALL: dict[str, Any] = {"recognition": {"recognition": {"rate": 0.86}}}
Rows = list[dict[str, Any]]


def county_rows(**changes: Any) -> Rows:
    """Rows that meet every indicator; `G14a=55` changes one, `G14a=None` takes it out."""
    rows: dict[str, Rows] = {key: [{"indicator": key, "met": "yes"}] for key in (*YES, *VETOES)}
    rows |= {key: [{"indicator": key, "value": value}] for key, value in VALUES.items()}
    rows["G9"] = [{"indicator": "G9", "value": 100, "hours": 450}]
    rows["G13"] = [
        {"indicator": "G13", "stage": "primary", "value": 100},
        {"indicator": "G13", "stage": "junior", "value": 95},
    ]
    for key, change in changes.items():
        parts = change if isinstance(change, list) else [change if isinstance(change, dict) else {"value": change}]
        rows[key] = [] if change is None else [{"indicator": key} | part for part in parts]
    return [row for each in rows.values() for row in each]


def verdict_on(
    standard: Standard = NATIONAL,
    schools: Rows | None = None,
    kinds: dict[str, str] | None = None,
    recognition: dict[str, Any] | None = RECOGNITION,
    **changes: Any,
) -> dict[str, Any]:
    """The judgement on a county whose two schools and rows meet everything but for the changes."""
    rows = [PRIMARY, JUNIOR] if schools is None else schools
    codes = dict.fromkeys(row["school"] for row in rows)
    names = {code: ("primary" if code.startswith("P") else "junior") for code in codes} | (kinds or {})
    listed = pd.DataFrame([{"code": code, "name": f"{code}学校", "kind": kind} for code, kind in names.items()])
    return judge(standard, listed, pd.DataFrame(rows), pd.DataFrame(county_rows(**changes)), recognition)


def indicator(judgement: dict[str, Any], key: str) -> dict[str, Any]:
    dimension = "guarantee" if key.startswith("G") else "quality"
    found: dict[str, Any] = judgement["dimensions"][dimension]["indicators"][key]
    return found


def school(judgement: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in judgement["dimensions"]["resources"]["schools"] if each["school"] == code
    )
    return found


@pytest.mark.parametrize("standard", [NATIONAL, QIANJIANG], ids=["national", "qianjiang"])
def test_a_county_that_reaches_every_line_exactly_is_met(standard: Standard) -> None:
    judgement = verdict_on(standard)
    assert judgement["verdict"] == "met"
    assert judgement["missing"] == []
    assert [each["verdict"] for each in judgement["dimensions"].values()] == ["met"] * 4


# The school rule


def test_a_school_with_five_of_seven_fails_though_both_others_reach_ninety_nine_percent() -> None:
    judgement = verdict_on(schools=[PRIMARY | {"sports_area": 7425, "multimedia_rooms": 22.77}, JUNIOR])
    found = school(judgement, "P01")
    assert (found["met"], found["verdict"]) == (5, "not_met")
    assert [each["ratio"] for each in found["short"]] == pytest.approx([0.99, 0.99])
    assert judgement["dimensions"]["resources"]["verdict"] == "not_met"


@pytest.mark.parametrize(("equipment", "verdict"), [(1_698_000, "not_met"), (1_699_999, "not_met"), (1_700_000, "met")])
def test_the_seventh_indicator_must_reach_eighty_five_percent(equipment: float, verdict: str) -> None:
    found = school(verdict_on(schools=[PRIMARY | {"equipment_value": equipment}, JUNIOR]), "P01")
    assert (found["met"], found["verdict"]) == (6, verdict)


@given(st.floats(0.5, 0.9999))
def test_six_of_seven_pass_exactly_from_eighty_five_percent_on(ratio: float) -> None:
    found = school(verdict_on(schools=[PRIMARY | {"equipment_value": 2_000_000 * ratio}, JUNIOR]), "P01")
    assert found["verdict"] == ("met" if holds(ratio, ">=", 0.85) else "not_met")


def test_a_school_at_eighty_five_percent_passes_whatever_the_last_digit_of_the_float_says() -> None:
    found = school(verdict_on(schools=[PRIMARY | {"pe_art_teachers": 7.65}, JUNIOR]), "P01")
    assert found["short"][0]["ratio"] == pytest.approx(0.85)
    assert found["verdict"] == "met"


def test_what_a_school_lacks_is_given_in_natural_units() -> None:
    short = school(verdict_on(schools=[PRIMARY | {"backbone_teachers": 7.6, "pupils": 999}, JUNIOR]), "P01")["short"]
    assert [(each["indicator"], each["unit"]) for each in short] == [("R2", "名骨干教师")]
    assert short[0]["lacks"] == pytest.approx(9.99 - 7.6)


def test_a_missing_value_leaves_a_school_open_and_a_second_shortfall_closes_it() -> None:
    rows = {key: value for key, value in PRIMARY.items() if key != "sports_area"}
    open_still = verdict_on(schools=[rows, JUNIOR])
    assert school(open_still, "P01")["verdict"] == "undetermined"
    assert open_still["verdict"] == "undetermined"
    assert [(each["indicator"], each["stage"], each["schools"]) for each in open_still["missing"]] == [
        ("R5", "primary", ["P01"])
    ]
    closed = verdict_on(schools=[rows | {"teaching_area": 4499, "multimedia_rooms": 22.9}, JUNIOR])
    assert school(closed, "P01")["verdict"] == "not_met"


def test_a_mean_above_the_line_never_stands_in_for_a_school_below_it() -> None:
    poor = PRIMARY | {"school": "P02", "pupils": 100, "qualified_teachers": 3}
    judgement = verdict_on(schools=[PRIMARY | {"qualified_teachers": 80}, poor | {"sports_area": 700}, JUNIOR])
    found = judgement["dimensions"]["resources"]["indicators"]["R1"]["primary"]
    assert found["mean"] > found["threshold"]
    assert (found["met"], found["schools"], found["failing"]) == (1, 2, ["P02"])
    assert found["verdict"] == judgement["verdict"] == "not_met"


def test_a_school_short_of_one_indicator_that_passes_its_rule_does_not_fail_the_indicator() -> None:
    judgement = verdict_on(schools=[PRIMARY | {"sports_area": 7000}, JUNIOR])
    found = judgement["dimensions"]["resources"]["indicators"]["R5"]["primary"]
    assert (found["met"], found["schools"], found["verdict"]) == (0, 1, "met")


def test_a_stage_without_schools_is_undetermined() -> None:
    judgement = verdict_on(schools=[PRIMARY])
    assert judgement["dimensions"]["resources"]["indicators"]["R1"]["junior"]["verdict"] == "undetermined"
    assert judgement["verdict"] == "undetermined"


def test_one_variation_above_its_limit_fails_though_every_school_passes() -> None:
    rich = PRIMARY | {"school": "P02", "multimedia_rooms": 92.1}
    judgement = verdict_on(schools=[PRIMARY, rich, JUNIOR])
    found = judgement["dimensions"]["resources"]["indicators"]
    assert [each["verdict"] for each in judgement["dimensions"]["resources"]["schools"]] == ["met"] * 3
    assert found["R7"]["primary"]["cv"] == pytest.approx((92.1 - 23) / (92.1 + 23))
    assert found["R7"]["primary"]["verdict"] == judgement["verdict"] == "not_met"
    assert {found[key]["primary"]["verdict"] for key in found if key != "R7"} == {"met"}


def test_a_variation_of_exactly_the_limit_is_met_and_shown_above_it_never_rounds_down() -> None:
    exact = verdict_on(schools=[PRIMARY, PRIMARY | {"school": "P02", "multimedia_rooms": 69}, JUNIOR])
    above = verdict_on(schools=[PRIMARY, PRIMARY | {"school": "P02", "multimedia_rooms": 69.02}, JUNIOR])
    found, turned = (each["dimensions"]["resources"]["indicators"]["R7"]["primary"] for each in (exact, above))
    assert (found["cv"], found["cv_verdict"], found["cv_borderline"]) == (pytest.approx(0.5), "met", False)
    assert (turned["cv_verdict"], turned["cv_borderline"]) == ("not_met", True)
    assert "0.5001" in turned["reason"]


def test_schools_whose_result_rounding_would_turn_are_listed() -> None:
    row = PRIMARY | {"teaching_area": 4499, "sports_area": 7499}
    borderline = verdict_on(schools=[row, JUNIOR])["dimensions"]["resources"]["borderline"]
    assert borderline == [
        {
            "school": "P01",
            "name": "P01学校",
            "stage": "primary",
            "verdict": "not_met",
            "rounded_verdict": "met",
            "indicators": ["R4", "R5"],
        }
    ]


# Guarantee from school rows


@pytest.mark.parametrize(("classes", "rooms", "verdict"), [(12, 1, "met"), (13, 1, "not_met"), (13, 2, "met")])
def test_every_twelve_classes_begun_need_a_room(classes: int, rooms: int, verdict: str) -> None:
    judgement = verdict_on(schools=[PRIMARY | {"classes": classes, "music_rooms": rooms}, JUNIOR])
    music = indicator(judgement, "G3")["parts"][0]
    assert (music["id"], music["verdict"]) == ("G3a", verdict)


def test_a_school_short_of_a_room_is_named_with_what_it_lacks() -> None:
    part = indicator(verdict_on(schools=[PRIMARY | {"classes": 25, "art_rooms": 1}, JUNIOR]), "G3")["parts"][1]
    assert part["stages"] == {
        "primary": {"met": 0, "missing": 0, "total": 1},
        "junior": {"met": 1, "missing": 0, "total": 1},
    }
    assert [(each["school"], each["value"], each["threshold"], each["lacks"]) for each in part["short"]] == [
        ("P01", 1, 3, 2)
    ]


@pytest.mark.parametrize(
    ("kind", "pupils", "verdict"),
    [("junior", 2000, "met"), ("junior", 2001, "not_met"), ("nine_year", 2500, "met"), ("nine_year", 2501, "not_met")],
)
def test_a_school_has_two_thousand_pupils_and_a_through_school_five_hundred_more(
    kind: str, pupils: int, verdict: str
) -> None:
    rows = [PRIMARY, JUNIOR | {"pupils": pupils}]
    if kind == "nine_year":
        rows = [PRIMARY, JUNIOR | {"pupils": pupils - 1000}, PRIMARY | {"school": "J01"}]
    judgement = verdict_on(schools=rows, kinds={"J01": kind})
    assert indicator(judgement, "G4")["verdict"] == verdict


@pytest.mark.parametrize(
    ("row", "met"),
    [({"largest_class": 45}, 1), ({"largest_class": 46}, 0), ({"largest_class": None, "classes_over": 0}, 1),
     ({"largest_class": None, "classes_over": 1}, 0), ({"largest_class": 44, "classes_over": 1}, 0)],
)  # fmt: skip
def test_a_school_meets_the_class_size_when_no_class_is_over_it(row: dict[str, Any], met: int) -> None:
    found = indicator(verdict_on(schools=[PRIMARY | row, JUNIOR]), "G5")
    assert found["stages"]["primary"] == {"met": met, "missing": 0, "total": 1}
    assert found["verdict"] == ("met" if met else "not_met")


def test_class_sizes_that_no_school_reports_are_undetermined_unless_the_county_says_so() -> None:
    rows = [PRIMARY | {"largest_class": None}, JUNIOR]
    assert indicator(verdict_on(schools=rows), "G5")["verdict"] == "undetermined"
    assert indicator(verdict_on(schools=rows, G5={"met": "yes"}), "G5")["verdict"] == "met"


# Guarantee and quality from county rows


@pytest.mark.parametrize(("standard", "verdict"), [(NATIONAL, "met"), (QIANJIANG, "not_met")], ids=["50", "60"])
def test_a_quota_of_fifty_five_percent_meets_the_nation_and_not_qianjiang(standard: Standard, verdict: str) -> None:
    found = indicator(verdict_on(standard, G14a=55), "G14")
    assert (found["verdict"], found["value"]) == (verdict, 55)


def test_the_quota_is_judged_by_the_text_and_names_the_annex_beside_it() -> None:
    found = indicator(verdict_on(QIANJIANG, G14a=55), "G14")
    assert (found["threshold"], found["clause"]) == (60, "黔江府办发〔2020〕77号 正文四（一）3：不低于60%")
    assert [(each["used"], [one["value"] for one in each["values"]]) for each in found["contradictions"]] == [
        (60, [60, 50]),
        (None, [7, 1]),
    ]


@pytest.mark.parametrize(("standard", "verdict"), [(NATIONAL, "met"), (QIANJIANG, "not_met")], ids=["360", "450"])
def test_four_hundred_hours_meet_the_nation_and_not_qianjiang(standard: Standard, verdict: str) -> None:
    found = indicator(verdict_on(standard, G9={"value": 100, "hours": 400}), "G9")
    assert found["verdict"] == verdict


def test_a_completion_rate_without_its_hours_is_undetermined() -> None:
    found = indicator(verdict_on(G9=100), "G9")
    assert (found["verdict"], found["reason"]) == ("undetermined", "五年培训学时：没有填学时")


@pytest.mark.parametrize(
    ("key", "row", "whole"),
    [("G14", 60, "G14"), ("G15", 85, "G15"), ("G8", 1.07, "G8"), ("G11", 12, "G11"), ("Q9", 0.1, "Q9")],
)
def test_the_bare_id_gives_the_measured_part(key: str, row: float, whole: str) -> None:
    part = {"G14": "G14a", "G15": "G15b", "G8": "G8a", "G11": "G11a", "Q9": "Q9b"}[key]
    assert indicator(verdict_on(**{part: None, key: row}), whole)["verdict"] == "met"


@pytest.mark.parametrize("part", ["G8b", "G11b", "G14b", "G15a", "Q9a", "Q9b"])
def test_an_indicator_is_undetermined_while_one_of_its_parts_is(part: str) -> None:
    judgement = verdict_on(**{part: None})
    assert indicator(judgement, part[:-1])["verdict"] == judgement["verdict"] == "undetermined"
    assert [each["indicator"] for each in judgement["missing"]] == [part]


def test_one_part_that_fails_decides_over_one_that_is_missing() -> None:
    assert indicator(verdict_on(G8a=0.99, G8b=None), "G8")["verdict"] == "not_met"


@pytest.mark.parametrize("key", sorted({*VALUES, "G9", "G13", *YES, *VETOES}))
def test_nothing_is_assumed_where_the_county_says_nothing(key: str) -> None:
    judgement = verdict_on(**{key: None})
    assert judgement["verdict"] == "undetermined"
    assert {each["indicator"] for each in judgement["missing"]} == {key}


@pytest.mark.parametrize("key", sorted({*YES, *VETOES}))
def test_a_plain_no_fails(key: str) -> None:
    assert verdict_on(**{key: {"met": "no"}})["verdict"] == "not_met"


def test_a_no_is_heard_beside_a_number_that_passes_and_a_yes_not_beside_one_that_fails() -> None:
    assert indicator(verdict_on(G12={"value": 100, "met": "no"}), "G12")["verdict"] == "not_met"
    assert indicator(verdict_on(G12={"value": 99.9, "met": "yes"}), "G12")["verdict"] == "not_met"
    assert indicator(verdict_on(G12={"met": "yes"}), "G12")["verdict"] == "met"


def test_both_stages_must_be_reported_once_one_is() -> None:
    found = indicator(verdict_on(G12={"stage": "primary", "value": 100}), "G12")
    assert (found["verdict"], found["reason"]) == ("undetermined", "没有填报初中")


def test_each_stage_has_its_own_line() -> None:
    rows = [{"stage": "primary", "value": 95}, {"stage": "junior", "value": 95}]
    parts = indicator(verdict_on(G13=rows), "G13")["parts"]
    assert [(each["stage"], each["verdict"]) for each in parts] == [("primary", "not_met"), ("junior", "met")]


def test_every_subject_must_stay_below_the_difference_rate() -> None:
    rows = [{"subject": "数学", "grade": 8, "value": 0.149}, {"subject": "语文", "grade": 8, "value": 0.15}]
    found = indicator(verdict_on(Q9b=rows), "Q9")
    assert (found["verdict"], found["value"]) == ("not_met", 0.15)
    assert found["reason"] == "校际差异率：8年级语文为0.15，不符合“低于0.15”的要求"


def test_two_scopes_of_one_subject_that_disagree_leave_it_open() -> None:
    rows = [
        {"subject": "阅读", "grade": 9, "scope": "县域内校际差异率", "value": 0.2092},
        {"subject": "阅读", "grade": 9, "scope": "样本校间差异率", "value": 0.1493},
    ]
    found = indicator(verdict_on(Q9b=rows), "Q9")
    assert found["verdict"] == "undetermined"
    assert "县域内校际差异率0.2092" in found["reason"]
    assert "样本校间差异率0.1493" in found["reason"]


@pytest.mark.parametrize(("key", "value"), [("G14a", 0.6), ("Q4", 100), ("G8a", 79440), ("Q9b", 14.9), ("G7", 0.6)])
def test_a_number_in_another_unit_is_questioned_and_not_judged(key: str, value: float) -> None:
    judgement = verdict_on(**{key: value})
    assert judgement["verdict"] == "undetermined"
    assert "请核实" in judgement["missing"][0]["why"]


def test_rows_that_no_standard_knows_are_refused_together_with_bad_schools() -> None:
    listed = pd.DataFrame([{"code": "P01", "name": "城关小学", "kind": "primary"}])
    rows = pd.DataFrame([{"indicator": "G14c", "value": 60}, {"indicator": "G1", "met": "是"}])
    with pytest.raises(TableError) as refused:
        judge(NATIONAL, listed, pd.DataFrame([PRIMARY | {"pupils": 0}]), rows)
    assert refused.value.problems == [
        "P01 城关小学（小学）：在校学生数为0，无法计算生均值。",
        "县级指标第1行（G14c）：标准中没有这项指标，请核对编号。",
        "县级指标第2行（G1）：“是否达到”只能填 yes、no 或留空，现为“是”。",
    ]


# One county under six standards

SIX = ("national-2017", "qianjiang-2020", "fengjie-2021", "dadukou-2021", "xiushan-2020", "qianjiang-2023")
SPREAD = {key: 3 * PRIMARY[key] for key in (
    "qualified_teachers", "backbone_teachers", "pe_art_teachers", "teaching_area", "sports_area",
    "equipment_value", "multimedia_rooms",
)}  # fmt: skip


def under_six(**changes: Any) -> dict[str, dict[str, Any]]:
    return {name: verdict_on(load_standard(name), **changes) for name in SIX}


def only_not_met(judgements: dict[str, dict[str, Any]]) -> set[str]:
    assert {each["verdict"] for each in judgements.values()} <= {"met", "not_met"}
    return {name for name, each in judgements.items() if each["verdict"] == "not_met"}


def test_four_hundred_hours_fail_in_qianjiang_alone_and_each_verdict_names_its_clause() -> None:
    judgements = under_six(G9={"value": 100, "hours": 400}, **ABOVE_ALL)
    assert only_not_met(judgements) == {"qianjiang-2020"}
    hours = {name: indicator(each, "G9")["parts"][1] for name, each in judgements.items()}
    assert hours["qianjiang-2020"]["clause"] == "黔江府办发〔2020〕77号 正文四（三）3、附件·政府保障9：5年450学时"
    assert hours["fengjie-2021"]["clause"] == "奉节府办发〔2021〕100号 正文二（二）：5年360学时"
    assert hours["dadukou-2021"]["clause"] == "教督〔2017〕6号 政府保障9：5年360学时"
    assert indicator(judgements["fengjie-2021"], "G9")["clause"].startswith("奉节府办发〔2021〕100号")
    assert indicator(judgements["qianjiang-2020"], "G9")["clause"] == hours["qianjiang-2020"]["clause"]
    assert [hours[name]["threshold"] for name in SIX] == [360, 450, 360, 360, 360, 360]


def test_a_quota_of_fifty_five_percent_fails_in_qianjiang_and_fengjie_and_each_names_its_clause() -> None:
    judgements = under_six(G14a=55, **ABOVE_ALL)
    assert only_not_met(judgements) == {"qianjiang-2020", "fengjie-2021"}
    quota = {name: indicator(each, "G14") for name, each in judgements.items()}
    assert quota["fengjie-2021"]["clause"] == "奉节府办发〔2021〕100号 正文二（二）：不低于60%"
    assert quota["national-2017"]["clause"] == "教督〔2017〕6号 政府保障14"
    assert [each["used"] for each in quota["fengjie-2021"]["contradictions"]] == [60]


def test_a_composite_of_exactly_one_half_fails_in_xiushan_alone() -> None:
    schools = [PRIMARY, PRIMARY | {"school": "P02"} | SPREAD, JUNIOR]
    judgements = under_six(schools=schools, **ABOVE_ALL)
    assert only_not_met(judgements) == {"xiushan-2020"}
    xiushan = judgements["xiushan-2020"]
    assert xiushan["dimensions"]["resources"]["verdict"] == "met"
    assert xiushan["dimensions"]["resources"]["composite"]["primary"] == pytest.approx(0.5)
    goal = xiushan["goals"][0]
    assert (goal["verdict"], goal["operator"], goal["threshold"]) == ("not_met", "<", 0.5)
    assert goal["clause"] == "秀山县2020年实施方案 二：小学县域综合差异系数"
    assert goal["reason"] == "小学为0.500，不符合“低于0.5”的要求"


def test_a_composite_below_its_line_never_stands_in_for_one_variation_above_its_own() -> None:
    rich = PRIMARY | {"school": "P02", "multimedia_rooms": 92.1}
    judgement = verdict_on(load_standard("xiushan-2020"), schools=[PRIMARY, rich, JUNIOR], **ABOVE_ALL)
    assert judgement["goals"][0]["verdict"] == "met"
    assert judgement["dimensions"]["resources"]["verdict"] == judgement["verdict"] == "not_met"


def test_recognition_of_exactly_eighty_five_percent_fails_in_xiushan_alone() -> None:
    judgements = under_six()
    assert only_not_met(judgements) == {"xiushan-2020"}
    found = judgements["xiushan-2020"]["dimensions"]["recognition"]
    assert found["reason"] == "社会认可度为85%，不符合“高于85%”的要求"
    assert found["clause"] == "秀山县2020年实施方案 二：高于85%"
    assert [[one["operator"] for one in each["values"]] for each in found["contradictions"]] == [[">", ">="]]


def test_the_goals_of_a_work_plan_are_shown_and_decide_nothing() -> None:
    judgement = verdict_on(load_standard("qianjiang-2023"), L2=94.9, L3=1.5)
    assert {each["id"]: each["verdict"] for each in judgement["goals"]} == {"L2": "not_met", "L3": "met"}
    assert judgement["verdict"] == "met"
    assert judgement["missing"] == []


def test_a_goal_of_another_plan_is_left_out_and_named() -> None:
    judgement = verdict_on(L3=1.5)
    assert judgement["verdict"] == "met"
    assert judgement["provenance"]["notes"] == ["县级指标中的L3没有采用：本标准没有这些附加目标。"]


def test_a_composite_that_lacks_a_variation_is_undetermined_and_listed() -> None:
    rows = [{key: value for key, value in PRIMARY.items() if key != "sports_area"}, JUNIOR]
    judgement = verdict_on(load_standard("xiushan-2020"), schools=rows, **ABOVE_ALL)
    assert judgement["goals"][0]["verdict"] == "undetermined"
    assert [each["indicator"] for each in judgement["missing"]] == ["R5", "L1"]


@pytest.mark.parametrize("name", SIX)
def test_every_contradiction_of_a_standard_is_in_its_judgement_with_all_its_clauses(name: str) -> None:
    standard = load_standard(name)
    listed = verdict_on(standard)["contradictions"]
    assert len(listed) == len(standard.contradictions)
    assert all(len(each["values"]) > 1 and all(one["clause"] for one in each["values"]) for each in listed)


def test_an_indicator_names_the_units_that_answer_for_it_and_where_the_plan_repeats_it() -> None:
    judgement = verdict_on(QIANJIANG)
    assert indicator(judgement, "G10")["units"] == ["区教委", "区人力社保局"]
    assert indicator(judgement, "G10")["restated"] == "附件·政府保障10"
    found = judgement["dimensions"]["resources"]["indicators"]["R6"]["junior"]
    assert found["units"] == ["区教委", "区财政局", "区经济信息委"]


# Vetoes, recognition, the whole


@pytest.mark.parametrize("key", VETOES)
def test_a_veto_is_undetermined_until_someone_has_checked(key: str) -> None:
    found = {each["id"]: each for each in verdict_on(**{key: None})["vetoes"]}
    assert found[key]["verdict"] == "undetermined"
    assert {each["verdict"] for name, each in found.items() if name != key} == {"met"}


def test_a_veto_that_was_found_fails_the_county_and_says_who_found_it() -> None:
    judgement = verdict_on(V3={"met": "no", "source": "区政府教育督导室"})
    found = next(each for each in judgement["vetoes"] if each["id"] == "V3")
    assert judgement["verdict"] == "not_met"
    assert (found["reason"], found["source"]) == ("重点学校或重点班：经核查，发现存在", "区政府教育督导室")


def recognised(rate: float, **more: Any) -> dict[str, Any]:
    judgement = verdict_on(recognition={"recognition": {"rate": rate} | more})
    found: dict[str, Any] = judgement["dimensions"]["recognition"]
    return found


def test_recognition_is_held_against_the_line_of_the_standard_unrounded() -> None:
    assert recognised(0.85)["verdict"] == "met"
    below = recognised(0.84996)
    assert below["verdict"] == "not_met"
    assert below["reason"] == "社会认可度为84.996%，不符合“不低于85%”的要求"


def test_recognition_is_undetermined_without_a_survey_or_with_a_group_that_is_silent() -> None:
    judgement = verdict_on(recognition=None)
    assert judgement["verdict"] == "undetermined"
    assert [each["indicator"] for each in judgement["missing"]] == ["S1"]
    assert recognised(0.9, incomplete=["cppcc"])["verdict"] == "undetermined"
    assert recognised(0.8, incomplete=["cppcc"])["verdict"] == "not_met"


def test_something_known_to_fail_decides_over_everything_that_is_missing() -> None:
    judgement = verdict_on(recognition=None, V1=None, G1=None, Q2=94)
    assert judgement["verdict"] == "not_met"
    assert {each["indicator"] for each in judgement["missing"]} == {"S1", "V1", "G1"}


def test_the_order_of_the_rows_changes_no_result() -> None:
    rows = [PRIMARY, PRIMARY | {"school": "P02", "pupils": 700}, JUNIOR]
    forwards, backwards = (verdict_on(schools=each)["dimensions"]["resources"] for each in (rows, rows[::-1]))
    assert sorted(forwards.pop("schools"), key=str) == sorted(backwards.pop("schools"), key=str)
    assert plain(forwards) == plain(backwards)


def test_every_result_has_a_reason_and_a_clause() -> None:
    judgement = verdict_on(G1=None, V1=None)
    stages = [stage for each in judgement["dimensions"]["resources"]["indicators"].values() for stage in each.values()]
    results = [
        *stages,
        *judgement["dimensions"]["guarantee"]["indicators"].values(),
        *judgement["dimensions"]["quality"]["indicators"].values(),
        judgement["dimensions"]["recognition"],
        *judgement["preconditions"],
        *judgement["vetoes"],
    ]
    assert all(each["reason"] and each["clause"] for each in results)


def test_without_a_table_of_schools_the_judgement_says_that_kinds_were_inferred() -> None:
    tables = (pd.DataFrame(), pd.DataFrame([PRIMARY, JUNIOR]), pd.DataFrame(county_rows()))
    judgement = judge(NATIONAL, *tables, RECOGNITION)
    assert judgement["verdict"] == "met"
    assert judgement["provenance"]["notes"]


def test_values_that_are_computed_are_not_read_from_the_county_table() -> None:
    judgement = verdict_on(R1=0.1, S1=20)
    assert judgement["verdict"] == "met"
    assert judgement["provenance"]["notes"] == ["县级指标中的R1、S1没有采用：这些指标由学校数据和调查结果计算。"]


def test_empty_tables_leave_everything_undetermined() -> None:
    judgement = judge(NATIONAL, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    assert {each["verdict"] for each in judgement["dimensions"].values()} == {"undetermined"}


@given(st.floats(0, 1), st.sampled_from([">=", ">", "<=", "<"]))
def test_a_shown_figure_is_never_rounded_across_its_limit(value: float, operator: Any) -> None:
    limit = Limit(operator=operator, value=0.85, clause="自拟")
    assert limit.holds(float(limit.show(value, 2))) == limit.holds(value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("G7", 6000, True),
        ("G7", 6999, True),
        ("G7", 7000, False),
        ("G7", 5999, False),
        ("Q2", 96, True),
        ("Q2", 97, False),
    ],
)
def test_what_later_documents_want_is_said_beside_a_figure_that_is_met_and_changes_no_verdict(
    key: str, value: float, said: bool
) -> None:
    rows = [CountyRow(indicator=key, value=float(value))]
    standard = load_standard("national-2017")
    [requirement] = standard.indicators[key].requires.values()
    found = judge_requirement(key, requirement, rows, standard)
    assert ("请留意" in found.reason) == said
    assert found.verdict == ("not_met" if value == 5999 else "met")
