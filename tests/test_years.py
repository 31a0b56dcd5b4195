"""Years: two judgements side by side; schools that vanished, appeared or merged are said."""

from typing import Any

import pytest

from analysis.standard import load_standard
from tests.judged_json import compare_years
from tests.test_verdict import JUNIOR, PRIMARY, verdict_on


def county(*rows: dict[str, Any], **kinds: str) -> dict[str, Any]:
    return verdict_on(schools=[*rows, JUNIOR], kinds=kinds or None)


def found(comparison: dict[str, Any], code: str, stage: str = "primary") -> dict[str, Any]:
    row: dict[str, Any] = next(
        each for each in comparison["schools"] if (each["school"], each["stage"]) == (code, stage)
    )
    return row


def test_a_school_of_both_years_shows_what_changed() -> None:
    row = found(compare_years(county(PRIMARY | {"sports_area": 7000}), county(PRIMARY)), "P01")
    assert (row["status"], row["met"]) == ("continued", {"before": 6, "after": 7})
    assert row["indicators"]["R5"] == {"before": 7.0, "after": 7.5, "change": 0.5}
    assert row["indicators"]["R4"]["change"] == 0


def test_a_school_that_vanished_is_kept_and_said() -> None:
    comparison = compare_years(county(PRIMARY, PRIMARY | {"school": "P02"}), county(PRIMARY))
    row = found(comparison, "P02")
    assert (row["status"], row["pupils"]) == ("gone", {"before": 1000, "after": None})
    assert row["indicators"]["R1"] == {"before": pytest.approx(4.2), "after": None, "change": None}
    assert comparison["notes"] == ["P02 P02学校（小学）：后一年没有这所学校或学段，请核对是撤并、改类型还是漏报。"]


def test_a_new_school_is_listed_as_new() -> None:
    comparison = compare_years(county(PRIMARY), county(PRIMARY, PRIMARY | {"school": "P02"}))
    assert found(comparison, "P02")["status"] == "new"
    assert comparison["notes"] == ["P02 P02学校（小学）：前一年没有这所学校或学段，列为新增。"]


def test_schools_that_merged_are_compared_as_if_they_had_been_one() -> None:
    small = PRIMARY | {"school": "P02", "pupils": 500, "sports_area": 7500}
    comparison = compare_years(county(PRIMARY, small), county(PRIMARY | {"pupils": 1500}), merged={"P02": "P01"})
    row = found(comparison, "P01")
    assert (row["status"], row["from"]) == ("merged", ["P01", "P02"])
    assert row["pupils"] == {"before": 1500, "after": 1500}
    assert row["indicators"]["R5"]["before"] == pytest.approx((7500 + 7500) / 1500)
    assert row["indicators"]["R5"]["change"] == pytest.approx(7500 / 1500 - 15000 / 1500)
    assert [each["school"] for each in comparison["schools"]] == ["P01", "J01"]
    assert comparison["notes"] == ["P01 P01学校（小学）：由P01、P02合并而成，前一年按学生数合计对照。"]


def test_a_school_that_grew_a_junior_part_has_a_new_section() -> None:
    junior = JUNIOR | {"school": "P01"}
    comparison = compare_years(county(PRIMARY), county(PRIMARY, junior, P01="nine_year"))
    assert found(comparison, "P01")["status"] == "continued"
    assert found(comparison, "P01", "junior")["status"] == "new"


def test_a_code_that_changed_is_suspected_by_the_name_and_not_assumed() -> None:
    before, after = county(PRIMARY), county(PRIMARY | {"school": "P09"})
    for judgement in (before, after):
        judgement["dimensions"]["resources"]["schools"][0]["name"] = "城关小学"
    comparison = compare_years(before, after)
    assert [each["status"] for each in comparison["schools"]] == ["new", "continued", "gone"]
    assert comparison["notes"][-1] == (
        "P01 城关小学（小学）：后一年没有这所学校或学段，后一年的P09与它同名，如为更改代码请按合并列出。"
    )
    assert found(compare_years(before, after, merged={"P01": "P09"}), "P09")["status"] == "merged"


def test_indicators_are_compared_by_stage() -> None:
    comparison = compare_years(county(PRIMARY | {"sports_area": 7000}), county(PRIMARY))
    assert comparison["indicators"]["R5"]["primary"]["met"] == {"before": 0, "after": 1, "change": 1}
    assert comparison["indicators"]["R5"]["primary"]["mean"]["change"] == 0.5


def test_a_value_missing_in_one_year_has_no_change() -> None:
    unknown = {key: value for key, value in PRIMARY.items() if key != "sports_area"}
    row = found(compare_years(county(unknown), county(PRIMARY)), "P01")
    assert row["indicators"]["R5"] == {"before": None, "after": 7.5, "change": None}


def test_two_standards_and_mergers_of_unknown_schools_are_refused() -> None:
    with pytest.raises(ValueError, match="标准不同"):
        compare_years(verdict_on(load_standard("fengjie-2021")), verdict_on(load_standard("qianjiang-2020")))
    with pytest.raises(ValueError, match="P77") as refused:
        compare_years(county(PRIMARY), county(PRIMARY), merged={"P77": "P78"})
    assert "P78" in str(refused.value)
