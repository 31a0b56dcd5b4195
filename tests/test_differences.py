"""Differences: what `survey standards` says of each plan, with both clauses."""

from typing import Any

import pytest

from analysis.results import as_json
from analysis.standard import list_standards, load_standard
from analysis.verdict.differences import StandardDescription, describe_standard
from survey_app.cli.standard_lines import describe_lines


def description(name: str) -> StandardDescription:
    standard = load_standard(name)
    return describe_standard(standard, load_standard(standard.extends) if standard.extends else None)


def described(name: str) -> dict[str, Any]:
    return as_json(description(name))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("national-2017", []),
        ("qianjiang-2020", ["G9.hours", "G14.quota", "R2", "through_school_primary"]),
        ("fengjie-2021", ["G14.quota"]),
        ("dadukou-2021", []),
        ("xiushan-2020", ["S1.rate", "L1.primary", "L1.junior"]),
        ("qianjiang-2023", ["L2.retention", "L3.training"]),
    ],
)
def test_a_plan_differs_from_the_nations_where_its_document_does(name: str, places: list[str]) -> None:
    assert [each["place"] for each in described(name)["differences"]] == places


def test_a_difference_has_both_values_and_both_clauses() -> None:
    quota = described("fengjie-2021")["differences"][0]
    own, parent = quota["own"], quota["parent"]
    assert (own["words"], own["scope"], own["year"]) == ("不低于60%", "county", 2021)
    assert own["clause"] == "奉节府办发〔2021〕100号 正文二（二）：不低于60%"
    assert (parent["words"], parent["scope"], parent["year"]) == ("不低于50%", "nation", 2017)
    assert parent["clause"] == "教督〔2017〕6号 政府保障14"


def test_a_goal_that_a_plan_adds_has_no_counterpart() -> None:
    assert [each["parent"] for each in described("qianjiang-2023")["differences"]] == [None, None]


@pytest.mark.parametrize("name", list_standards())
def test_every_difference_and_every_contradiction_is_printed_with_its_clauses(name: str) -> None:
    row = described(name)
    text = "\n".join(describe_lines(description(name)))
    for difference in row["differences"]:
        assert difference["own"]["clause"] in text
        assert difference["parent"] is None or difference["parent"]["clause"] in text
    for contradiction in row["contradictions"]:
        assert contradiction["title"] in text
        assert contradiction["reason"] in text
        assert all(reading["clause"] in text for reading in contradiction["values"])


def test_what_is_inherited_is_listed_once_where_it_comes_from() -> None:
    assert [each["indicator"] for each in described("national-2017")["policy_notes"]] == ["G7", "Q2", "G3", "G4"]
    assert [each["indicator"] for each in described("qianjiang-2020")["policy_notes"]] == ["G5"]


def test_plans_that_leave_much_to_their_last_year_are_pointed_out() -> None:
    late = [line for line in describe_lines(description("qianjiang-2020")) if "进度靠后" in line]
    assert late[0] == "　进度靠后：R4小学，余下16所中有9所安排在最后一年（2024年；附件·资源配置4·达标规划）"
    assert [line.split("，")[0] for line in late] == ["　进度靠后：R4小学", "　进度靠后：R4初中", "　进度靠后：R5小学"]


def test_a_work_plan_is_listed_as_such() -> None:
    assert "只作目标对照" in next(describe_lines(description("qianjiang-2023")))
