"""The resources dimension: every school by its rule, every indicator by its coefficient of variation."""

from math import isnan

import pandas as pd

from analysis.indicators import coefficient_of_variation
from analysis.indicators.sections import STAGE_NAMES, Row, table_rows
from analysis.standard import Standard
from analysis.standard.limits import Limit, worst
from analysis.verdict.schools_rule import borderline_schools, judge_school, school_limits

STAGES = ("primary", "junior")


def judge_resources(values: pd.DataFrame, standard: Standard) -> Row:
    """The resources dimension: every school by its rule, every indicator's CV by its limit.

    An indicator is met in a stage when its CV is within the limit and no school fails the school rule with
    this indicator short; a mean is shown and decides nothing.
    """
    sections = table_rows(values)
    limits = {stage: school_limits(standard, stage) for stage in STAGES}
    schools = [judge_school(section, standard, limits[section["stage"]]) for section in sections]
    here = {stage: [school for school in schools if school["stage"] == stage] for stage in STAGES}
    indicators = {
        key: {stage: _judge_indicator(key, stage, here[stage], limits[stage][key], standard) for stage in STAGES}
        for key in standard.of("resources")
    }
    by_stage = [each[stage] for each in indicators.values() for stage in STAGES]
    return {
        "verdict": worst(each["verdict"] for each in [*schools, *by_stage]),
        "indicators": indicators,
        "schools": schools,
        "borderline": borderline_schools(sections, schools, standard),
    }


def _judge_indicator(key: str, stage: str, here: list[Row], limit: Limit, standard: Standard) -> Row:
    missing = [school["school"] for school in here if key in school["missing"]]
    short = [school for school in here if any(each["indicator"] == key for each in school["short"])]
    failing = [school["school"] for school in short if school["verdict"] == "not_met"]
    variation = _judge_variation([] if missing else here, key, getattr(standard.variation, stage))
    reasons = [f"{len(failing)}所学校因本项未达到学校要求"] if failing else []
    if not here:
        reasons.append(f"没有{STAGE_NAMES[stage]}的学校数据，暂不能判定")
    elif missing:
        reasons.append(f"{len(missing)}所学校缺数据，校际差异系数暂不能计算")
    else:
        reasons.append(variation["cv_reason"])
    return {
        "title": standard.indicators[key].title,
        "threshold": limit.value,
        "operator": limit.operator,
        "unit": limit.unit,
        "clause": limit.clause,
        "met": len(here) - len(short) - len(missing),
        "schools": len(here),
        "missing": missing,
        "failing": failing,
        **variation,
        "verdict": worst([variation["cv_verdict"], "not_met" if failing else "met"]),
        "reason": "；".join(reasons),
    }


def _judge_variation(schools: list[Row], key: str, limit: Limit) -> Row:
    """The pupil-weighted mean and CV of one stage; None without schools or where every school has 0."""
    mean = cv = None
    reason = "校际差异系数无法计算"
    if schools:
        values, pupils = [each["values"][key] for each in schools], [each["pupils"] for each in schools]
        mean, _, cv = coefficient_of_variation(values, pupils)
        cv = None if isnan(cv) else cv
    if cv is not None:
        reason = f"校际差异系数{limit.explain(cv, 3)}"
    return {
        "mean": mean,
        "cv": cv,
        "cv_limit": limit.value,
        "cv_operator": limit.operator,
        "cv_clause": limit.clause,
        "cv_verdict": limit.verdict(cv),
        "cv_reason": reason,
        "cv_borderline": cv is not None and limit.holds(round(cv, 3)) != limit.holds(cv),
    }
