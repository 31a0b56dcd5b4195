"""That recognition rises every year is told of published rounds that can be compared, and left open otherwise."""

from typing import Any

import pandas as pd
import pytest

from analysis.standard import load_standard
from analysis.verdict import CountyTables, SurveyedRate, judge
from analysis.verdict.plan_findings import MilestoneFinding
from analysis.verdict.surveyed import YearRate
from analysis.verdict.yearly_rise import rise_row
from questionnaires.vocabulary import TargetStatus
from tests.test_verdict import JUNIOR, PRIMARY, county_rows

LATER = load_standard("qianjiang-2023")
ID = "M2025-8"
TABLES = CountyTables(pd.DataFrame(), pd.DataFrame([PRIMARY, JUNIOR]), pd.DataFrame(county_rows()))


def year(of: int, rate: float | None, **changes: Any) -> YearRate:
    bounds = {"lower": None, "upper": None} if rate is None else {"lower": rate - 0.01, "upper": rate + 0.01}
    usual: dict[str, Any] = {"year": of, "rate": rate, "rule": "quality-2024", "papers": ("social",)}
    return YearRate(**usual | bounds | changes)


RISING = (year(2023, 0.82), year(2024, 0.86), year(2025, 0.89))


def milestone(*rounds: YearRate) -> MilestoneFinding:
    found = judge(LATER, TABLES, SurveyedRate(rate=0.89, rounds=rounds), as_of=2025)
    assert found.roadmap is not None
    return next(line for line in found.roadmap.milestones if line.id == ID)


def test_every_year_clearly_above_the_one_before_is_on_track_and_the_smallest_step_is_told() -> None:
    found = milestone(*RISING)
    assert (found.status, found.actual) == (TargetStatus.ON_TRACK, 3.0)
    assert found.formula == "2023年82%、2024年86%、2025年89%"


def test_one_clear_fall_is_behind_whatever_else_is_not_known() -> None:
    assert milestone(year(2024, 0.9), year(2025, 0.85)).status == TargetStatus.BEHIND
    assert milestone(*RISING[:2], year(2025, 0.8)).status == TargetStatus.BEHIND
    assert milestone(year(2023, 0.9), year(2024, 0.85), year(2025, None)).status == TargetStatus.BEHIND


@pytest.mark.parametrize(
    ("rounds", "why"),
    [
        ((), "没有各年已公布的调查"),
        ((year(2022, 0.8),), "没有各年已公布的调查"),
        ((year(2025, 0.89),), "只有2025年的调查"),
        (RISING[:2], "2025年没有已公布的调查"),
        ((RISING[0], RISING[2]), "2024年没有已公布的调查"),
        (RISING[1:], "2023年没有已公布的调查"),
        ((*RISING[:2], year(2025, 0.87)), "2024年到2025年的变化在抽样误差以内"),
        ((*RISING[:2], year(2025, 0.85)), "2024年到2025年的变化在抽样误差以内"),
        ((*RISING[:2], year(2025, 0.9, rule="quality-2017")), "2024年和2025年的调查不可比"),
        ((*RISING[:2], year(2025, 0.9, papers=("staff",))), "2024年和2025年的调查不可比"),
        ((*RISING[:2], year(2025, 0.9, incomplete=("deputy",))), "2024年和2025年的调查不可比"),
        ((*RISING[:2], year(2025, None)), "2024年和2025年的调查不可比"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_or_told_is_left_open_and_says_why(rounds: tuple[YearRate, ...], why: str) -> None:
    found = milestone(*rounds)
    assert found.status == TargetStatus.MISSING
    assert why in found.formula


def test_rounds_of_before_the_plan_and_after_the_year_asked_for_decide_nothing() -> None:
    row = rise_row((year(2022, 0.95), *RISING, year(2026, 0.5)), 2023, 2025)
    assert (row.value, row.lacking) == (3.0, "")
