"""Q9 of a table of scores: level by subject, between-school share by two formulas, and whether the year is whole."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.indicators import between_school_share
from analysis.verdict import CountyTables
from analysis.verdict import judge as judge_county
from analysis.verdict.judgement import IndicatorFinding
from questionnaires.vocabulary import Verdict
from tests.test_between import drawn, sums
from tests.test_raw_figures import NATIONAL, RESOURCES, SCHOOLS
from tests.test_verdict import county_rows

Rows = list[dict[str, Any]]
AREAS = ("德育", "科学", "劳动")
GRADES = (4, 8)


def county_levels(level: str = "3", year: int = 2023, areas: tuple[str, ...] = AREAS) -> Rows:
    return [{"monitored": year, "grade": grade, "subject": area, "level": level} for grade in GRADES for area in areas]


def school_rows(spread: float, grade: int, subject: str, year: int = 2023) -> Rows:
    """Five schools of 40 pupils whose means lie apart by so many standard deviations of pupils."""
    return [
        {
            "monitored": year, "grade": grade, "subject": subject, "school": f"S{place}",
            "tested": 40, "mean": 500 + 100 * spread * (place - 2), "deviation": 100,
        }
        for place in range(5)
    ]  # fmt: skip


def whole_year(spread: float = 0.1, year: int = 2023, areas: tuple[str, ...] = AREAS) -> Rows:
    return [
        *county_levels(year=year, areas=areas),
        *(row for grade in GRADES for area in areas for row in school_rows(spread, grade, area, year)),
    ]


def q9(rows: Rows, **typed: Any) -> IndicatorFinding:
    columns = ["monitored", "grade", "subject", "school", "tested", "mean", "deviation", "level"]
    scores = pd.DataFrame(rows, columns=columns)
    tables = CountyTables(SCHOOLS, RESOURCES, pd.DataFrame(county_rows(**typed)), scores=scores)
    return judge_county(NATIONAL, tables, None, as_of=2024).dimensions.indicators("quality")["Q9"]


def test_a_whole_year_at_level_with_schools_close_together_is_met_whatever_was_typed() -> None:
    assert q9(whole_year()).verdict == Verdict.MET
    assert q9(whole_year(), Q9a=4, Q9b=0.01).verdict == Verdict.MET
    assert q9(whole_year(), Q9a=None, Q9b=None).verdict == Verdict.MET


def test_schools_far_apart_fail_and_a_typed_rate_does_not_save_them() -> None:
    found = q9(whole_year(0.5), Q9b=0.01)
    assert found.verdict == Verdict.NOT_MET
    assert "95%区间" in found.reason
    assert "组内相关：2023年监测5所学校200人的成绩" in found.reason


def test_the_share_is_that_of_the_pupils_whose_sums_these_are() -> None:
    schools = drawn(np.random.default_rng(8), [30, 25, 41, 18], 0.2, mean=500.0)
    rows = [
        {"monitored": 2023, "grade": 4, "subject": "科学", "school": f"S{place}", "tested": len(own),
         "mean": float(np.mean(own)), "deviation": float(np.std(own, ddof=1))}
        for place, own in enumerate(schools)
    ]  # fmt: skip
    share = between_school_share(sums(*schools))
    assert share.icc is not None
    told = q9(
        [*[row for row in whole_year() if (row["grade"], row["subject"]) != (4, "科学") or "level" in row], *rows]
    )
    assert f"校际差异占{share.icc.estimate:.4f}（95%区间{share.icc.lower:.4f}至{share.icc.upper:.4f}）" in told.reason


@pytest.mark.parametrize("missing", AREAS)
def test_a_subject_of_the_year_that_is_not_there_leaves_it_open(missing: str) -> None:
    found = q9([row for row in whole_year() if row["subject"] != missing])
    assert found.verdict == Verdict.UNDETERMINED
    assert f"表中没有{missing}" in found.reason


def test_a_subject_without_a_level_or_without_schools_leaves_it_open() -> None:
    without = [row | {"level": ""} if "level" in row and row["subject"] == "科学" else row for row in whole_year()]
    assert "没有2023年监测的等级" in q9(without).reason
    levels = county_levels()
    assert q9(levels, Q9b=None).verdict == Verdict.UNDETERMINED
    reported = [{"subject": area, "grade": grade, "value": 0.1} for area in AREAS for grade in GRADES]
    assert q9(levels, Q9b=reported).verdict == Verdict.MET
    assert q9(levels, Q9b=reported[1:]).verdict == Verdict.UNDETERMINED


def test_one_subject_at_level_two_fails_and_one_without_levels_in_its_report_does_not() -> None:
    def with_level(level: str) -> Rows:
        return [row | {"level": level} if "level" in row and row["subject"] == "劳动" else row for row in whole_year()]

    assert q9(with_level("2")).verdict == Verdict.NOT_MET
    assert q9(with_level("none")).verdict == Verdict.MET


def test_a_reported_rate_that_is_worse_than_what_is_computed_is_heard() -> None:
    worse = [{"subject": "科学", "grade": 4, "stage": "primary", "scope": "县域内校际差异率", "value": 0.2}]
    found = q9(whole_year(), Q9b=worse)
    assert found.verdict == Verdict.UNDETERMINED
    assert "县域内校际差异率" in found.reason
    assert q9(whole_year(), Q9a=[{"met": "no"}]).verdict == Verdict.NOT_MET


def test_two_formulas_on_both_sides_of_the_line_are_left_to_a_person() -> None:
    found = q9(whole_year(0.287))
    assert found.verdict == Verdict.UNDETERMINED
    assert "组内相关" in found.reason
    assert "平方和之比" in found.reason


def test_scores_that_are_not_whole_or_of_one_school_are_not_computed() -> None:
    rows = whole_year()
    broken = [row | {"deviation": None} if row.get("school") == "S3" else row for row in rows]
    assert "1所学校没有人数、平均分或标准差" in q9(broken).reason
    single = [row for row in rows if row.get("school") in {None, "S1"}]
    assert "不足以比较" in q9(single).reason


def test_the_latest_year_is_judged_by_its_own_subjects_and_a_year_before_the_cycle_is_open() -> None:
    assert q9([*whole_year(0.5), *whole_year(0.1, 2024, ("数学", "体育与健康", "心理健康"))]).verdict == Verdict.MET
    assert q9(whole_year(0.1, 2024)).verdict == Verdict.UNDETERMINED
    assert "没有收录" in q9(whole_year(0.1, 2019)).reason


def test_the_order_of_rows_changes_nothing() -> None:
    rows = whole_year(0.287)
    assert q9(rows[::-1]).verdict == q9(rows).verdict
