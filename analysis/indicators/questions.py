"""Questions about a table of resources: figures that look as if they were in another unit."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pandas as pd

from analysis.indicators.reported import read_resources, read_schools
from analysis.indicators.resource_problems import RowProblem, name_column
from analysis.indicators.sections import PARTS, School, gather_schools
from analysis.sentences import say
from analysis.standard import Measure, Standard
from questionnaires.pack import Cited, Pack, read_pack

CHECKS = Path(__file__).parents[1] / "checks" / "resources.toml"


class Checks(Pack):
    """When a figure is questioned: so many `times` above or below the county's median per pupil."""

    times: Cited[float]


class _Reported(NamedTuple):
    school: School
    stage: str
    value: float


@cache
def load_checks() -> Checks:
    """The limits of the questions."""
    return read_pack(CHECKS, Checks)


def resource_questions(resources: pd.DataFrame, schools: pd.DataFrame, standard: Standard) -> list[RowProblem]:
    """Figures so far off that a unit was probably mistaken (万元 for 元, 亩 for 平方米), one sentence each.

    Every amount per pupil is held against the median of the county's rows, and that median against the
    standard's threshold, lest a whole column be in the wrong unit. Zeros and rows without pupils are no
    question here. The caller refuses the table until a person says that the figures were checked.

    >>> from analysis.standard import load_standard
    >>> rows = [{"school": f"P0{k}", "stage": "primary", "pupils": 100, "sports_area": area}
    ...     for k, area in enumerate((800, 800, 0.08))]
    >>> resource_questions(pd.DataFrame(rows), pd.DataFrame(), load_standard("national-2017"))
    ['P02（小学）：体育运动场馆面积按每名学生计为0.0008，约是各校中位数8的1/10,000，请核对数值和单位（例如把万元当作元）。']
    """
    gathered = gather_schools(read_resources(resources), read_schools(schools))
    questions: list[RowProblem] = []
    for key, indicator in standard.of("resources").items():
        if indicator.measure:
            reported = list(_reported(gathered, indicator.measure))
            typical = median([figure.value for figure in reported]) if reported else 0
            questions += _far_rows(reported, typical, indicator.measure)
            questions += _far_column(typical, indicator.measure, standard.threshold(key, "primary").value)
    return questions


def _reported(schools: list[School], measure: Measure) -> Iterator[_Reported]:
    for school in schools:
        for stage, amounts in school.rows.items():
            amount = amounts.get(measure.column)
            pupils = _pupils(school, stage)
            if amount and pupils:
                yield _Reported(school, stage, measure.per * amount / pupils)


def _pupils(school: School, stage: str) -> float | None:
    if stage != "whole":
        return school.pupils(stage) or school.own(stage, "pupils")
    parts = [school.pupils(part) or 0 for part in (*PARTS.get(school.kind, ()), "senior")]
    return sum(parts) or school.own("whole", "pupils")


def _far_rows(reported: list[_Reported], typical: float, measure: Measure) -> Iterator[RowProblem]:
    for found in reported:
        if times := _far(found.value, typical):
            sentence = say(
                "questions.far_row",
                place=found.school.label(found.stage),
                name=_name(measure),
                value=f"{found.value:.4g}",
                typical=f"{typical:.4g}",
                times=times,
            )
            yield RowProblem(found.school.code, found.stage, sentence)


def _far_column(typical: float, measure: Measure, threshold: float) -> Iterator[RowProblem]:
    if times := _far(typical, threshold):
        facts = {"name": _name(measure), "typical": f"{typical:.4g}", "threshold": f"{threshold:.4g}"}
        yield RowProblem("", "", say("questions.far_column", **facts, times=times))


def _name(measure: Measure) -> str:
    base = "per_hundred" if measure.per > 1 else "per_pupil"
    return say(f"questions.{base}", name=name_column(measure.column))


def _far(value: float, typical: float) -> str:
    """How often the typical value goes into one that is too far from it; nothing when it is near."""
    if not value or not typical:
        return ""
    limit = load_checks().times.value
    if value / typical >= limit:
        return say("questions.times", times=f"{value / typical:,.0f}")
    return say("questions.a_part", times=f"{typical / value:,.0f}") if typical / value >= limit else ""
