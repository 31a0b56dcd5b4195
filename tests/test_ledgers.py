"""Ledgers: what is lacking in natural units, and the least that makes a school pass its rule."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.standard import Standard, load_standard
from analysis.verdict.ledgers import Repair, cheapest_repairs
from analysis.verdict.school_findings import JudgedSchool
from analysis.verdict.schools_rule import school_limits
from tests.judged_json import met_ledger, school_of, unmet_ledger
from tests.test_verdict import JUNIOR, PRIMARY, verdict_on

NATIONAL = load_standard("national-2017")
KEYS = [f"R{number}" for number in range(1, 8)]
LIMITS = school_limits(NATIONAL, "primary")


def school_with(*ratios: float | None, pupils: float = 1000) -> JudgedSchool:
    """A primary school whose seven values are these shares of their thresholds (the rest 1)."""
    shares = [*ratios, *[1.0] * (7 - len(ratios))]
    values = {
        key: None if share is None else share * LIMITS[key].value for key, share in zip(KEYS, shares, strict=True)
    }
    return school_of(values, NATIONAL, LIMITS, pupils=pupils)


def plan(*ratios: float | None) -> list[tuple[str, str]]:
    return [(each.indicator, each.target) for each in cheapest_repairs(school_with(*ratios), NATIONAL)]


def test_a_seventh_indicator_under_eighty_five_percent_is_lifted_to_that_and_no_further() -> None:
    (repair,) = cheapest_repairs(school_with(0.8), NATIONAL)
    assert repair == Repair("R1", "remainder", pytest.approx(42 * 0.05), pytest.approx(0.05), "名教师")


def test_fewest_indicators_come_before_the_smallest_lift() -> None:
    assert plan(0.99, 0.80) == [("R2", "threshold")]


def test_of_equally_many_indicators_those_with_the_smallest_lift_are_taken() -> None:
    assert plan(0.90, 0.95) == [("R2", "threshold")]
    assert plan(0.5, 0.6) == [("R1", "remainder"), ("R2", "threshold")]
    assert plan(0.80, 0.80, 0.9) == [("R1", "threshold"), ("R2", "threshold")]


def test_a_school_that_passes_or_may_yet_pass_needs_no_repair() -> None:
    assert plan() == plan(0.85) == plan(None) == []


def test_a_value_that_is_missing_is_taken_to_pass() -> None:
    school = school_with(None, 0.9, 0.8)
    assert [each.indicator for each in cheapest_repairs(school, NATIONAL)] == ["R3"]
    assert list(school.missing) == ["R1"]


ratios = st.lists(st.floats(0.0, 1.5), min_size=7, max_size=7)


def repaired(school: JudgedSchool, lifted: dict[str, float]) -> str:
    values = {
        key: max(value or 0, lifted[key] * LIMITS[key].value) if key in lifted else value
        for key, value in school.values.items()
    }
    return school_of(values, NATIONAL, LIMITS, pupils=school.pupils or 0).verdict


@given(ratios)
def test_a_repaired_school_passes(shares: list[float]) -> None:
    school = school_with(*shares)
    lifted = {each.indicator: {"threshold": 1.0, "remainder": 0.85}[each.target] for each in
              cheapest_repairs(school, NATIONAL)}  # fmt: skip
    assert repaired(school, lifted) == "met"


@given(ratios)
def test_no_smaller_set_of_repairs_would_do(shares: list[float]) -> None:
    school = school_with(*shares)
    found = cheapest_repairs(school, NATIONAL)
    short = [each.indicator for each in school.short]
    for choice in product((None, 1.0, 0.85), repeat=min(len(short), 4)):
        lifted = {key: target for key, target in zip(short, choice, strict=False) if target is not None}
        lift = sum(max(0.0, target - (school.values[key] or 0) / LIMITS[key].value) for key, target in lifted.items())
        if repaired(school, lifted) == "met":
            assert (len(found), sum(each.lift for each in found) - 1e-9) <= (len(lifted), lift)


def ledger(standard: Standard = NATIONAL, *rows: dict[str, Any], **kinds: str) -> list[dict[str, Any]]:
    return unmet_ledger(verdict_on(standard, schools=[*rows, JUNIOR], kinds=kinds or None), standard)


def test_what_is_lacking_is_said_in_natural_units() -> None:
    poor = PRIMARY | {"backbone_teachers": 7.6, "teaching_area": 4182.5, "classes": 25, "art_rooms": 2}
    assert [(each["school"], each["indicator"], each["text"]) for each in ledger(NATIONAL, poor)] == [
        ("P01", "R2", "差2.4名骨干教师（至少3名）"),
        ("P01", "R4", "差318平方米教学及辅助用房"),
        ("P01", "G3", "差1间音乐专用教室"),
        ("P01", "G3", "差1间美术专用教室"),
    ]


def test_only_what_must_be_lifted_is_to_be_repaired() -> None:
    rows = ledger(NATIONAL, PRIMARY | {"teaching_area": 4000, "sports_area": 7400})
    assert [(each["indicator"], each["repair"], each["repair_text"]) for each in rows] == [
        ("R4", "", ""),
        ("R5", "threshold", "100平方米体育运动场馆"),
    ]


def test_a_school_that_passes_with_a_shortfall_is_listed_and_needs_no_repair() -> None:
    (row,) = ledger(NATIONAL, PRIMARY | {"teaching_area": 4000})
    assert (row["verdict"], row["repair"], row["ratio"]) == ("met", "", pytest.approx(8 / 9))


def test_rooms_and_size_that_a_through_school_shares_stand_once() -> None:
    rows = [
        PRIMARY | {"school": "N1", "pupils": 1500, "music_rooms": None, "art_rooms": None},
        JUNIOR | {"school": "N1", "pupils": 1500, "music_rooms": None, "art_rooms": None},
        {"school": "N1", "stage": "whole", "music_rooms": 1, "art_rooms": 4},
    ]
    found = [each for each in ledger(NATIONAL, PRIMARY, *rows, N1="nine_year") if each["indicator"][0] == "G"]
    assert [(each["indicator"], each["stage"], each["text"]) for each in found] == [
        ("G3", "whole", "差3间音乐专用教室"),
        ("G4", "whole", "超出500人"),
    ]


def test_a_class_too_large_is_listed_with_how_many_are_too_many() -> None:
    (row,) = ledger(NATIONAL, PRIMARY | {"largest_class": 48})
    assert (row["indicator"], row["text"]) == ("G5", "超出3人")


def test_each_row_names_the_units_that_answer_for_it() -> None:
    standard = load_standard("qianjiang-2020")
    (row,) = ledger(standard, PRIMARY | {"equipment_value": 1_900_000})
    assert row["units"] == ["区教委", "区财政局", "区经济信息委"]


@given(ratios)
def test_every_indicator_of_a_school_is_met_short_or_missing_and_in_one_ledger(shares: list[float]) -> None:
    columns = ("qualified_teachers", "backbone_teachers", "pe_art_teachers", "teaching_area", "sports_area",
               "equipment_value", "multimedia_rooms")  # fmt: skip
    row = PRIMARY | {column: PRIMARY[column] * share for column, share in zip(columns, shares, strict=True)}
    judgement = verdict_on(schools=[row, JUNIOR])
    met = [each["indicator"] for each in met_ledger(judgement, NATIONAL) if each["school"] == "P01"]
    short = [each["indicator"] for each in unmet_ledger(judgement, NATIONAL) if each["school"] == "P01"]
    assert sorted([*met, *short]) == KEYS
