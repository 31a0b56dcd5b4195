"""The resources dimension: every school by its rule, every indicator by its coefficient of variation."""

from collections.abc import Sequence
from math import isnan

from analysis.indicators import coefficient_of_variation
from analysis.indicators.reported import Section
from analysis.indicators.sections import STAGE_NAMES
from analysis.sentences import say
from analysis.standard import Standard
from analysis.standard.limits import Limit, worst
from analysis.verdict.citations import cite
from analysis.verdict.goals import composite_variation
from analysis.verdict.records import Record
from analysis.verdict.school_findings import JudgedSchool, Resources, StageFinding
from analysis.verdict.schools_rule import borderline_schools, judge_school, school_limits
from questionnaires.vocabulary import Stage, Verdict


class Spread(Record, frozen=True, kw_only=True):
    """The pupil-weighted mean and CV of one stage against its limit; None without schools or where all have 0."""

    mean: float | None
    cv: float | None
    verdict: Verdict
    reason: str
    borderline: bool


def judge_resources(sections: Sequence[Section], standard: Standard) -> Resources:
    """The resources dimension: every school by its rule, every indicator's CV by its limit.

    An indicator is met in a stage when its CV is within the limit and no school fails the school rule with
    this indicator short; a mean is shown and decides nothing.
    """
    limits = {stage.value: school_limits(standard, stage) for stage in Stage}
    schools = [judge_school(section, standard, limits[section.stage]) for section in sections]
    indicators = {
        key: {stage.value: _judge_indicator(key, stage, schools, standard) for stage in Stage}
        for key in standard.of("resources")
    }
    by_stage = [found for stages in indicators.values() for found in stages.values()]
    return Resources(
        verdict=worst([*(school.verdict for school in schools), *(found.verdict for found in by_stage)]),
        indicators=indicators,
        schools=tuple(schools),
        borderline=borderline_schools(sections, schools, standard),
        composite=composite_variation(
            {key: {stage: found.cv for stage, found in stages.items()} for key, stages in indicators.items()}
        ),
    )


def _judge_indicator(key: str, stage: str, schools: Sequence[JudgedSchool], standard: Standard) -> StageFinding:
    here = [school for school in schools if school.stage == stage]
    limit = standard.threshold(key, stage)
    own = standard.variation.of(stage)
    missing = [school.school for school in here if key in school.missing]
    short = [school for school in here if any(lack.indicator == key for lack in school.short)]
    failing = [school.school for school in short if school.verdict == Verdict.NOT_MET]
    spread = _judge_spread([] if missing else here, key, own)
    reasons = [say("resources.failing", count=len(failing))] if failing else []
    if not here:
        reasons.append(say("resources.no_schools", stage=STAGE_NAMES[stage]))
    elif missing:
        reasons.append(say("resources.values_missing", count=len(missing)))
    else:
        reasons.append(spread.reason)
    cited = cite(standard, key)
    return StageFinding(
        title=standard.indicators[key].title,
        threshold=limit.value,
        operator=limit.operator,
        unit=limit.unit,
        clause=limit.clause,
        met=len(here) - len(short) - len(missing),
        schools=len(here),
        missing=tuple(missing),
        failing=tuple(failing),
        mean=spread.mean,
        cv=spread.cv,
        cv_limit=own.value,
        cv_operator=own.operator,
        cv_clause=own.clause,
        cv_verdict=spread.verdict,
        cv_reason=spread.reason,
        cv_borderline=spread.borderline,
        verdict=worst([spread.verdict, Verdict.NOT_MET if failing else Verdict.MET]),
        reason="；".join(reasons),
        restated=cited.restated,
        units=cited.units,
        contradictions=cited.contradictions,
    )


def _judge_spread(schools: Sequence[JudgedSchool], key: str, limit: Limit) -> Spread:
    mean: float | None = None
    cv: float | None = None
    if schools:
        values = [school.values[key] for school in schools]
        pupils = [school.pupils for school in schools]
        found = coefficient_of_variation(
            [value for value in values if value is not None], [count for count in pupils if count is not None]
        )
        mean = found.mean
        cv = None if isnan(found.cv) else found.cv
    return Spread(
        mean=mean,
        cv=cv,
        verdict=limit.verdict(cv),
        reason=say("resources.no_cv") if cv is None else say("resources.cv", found=limit.explain(cv, 3)),
        borderline=cv is not None and limit.holds(round(cv, 3)) != limit.holds(cv),
    )
