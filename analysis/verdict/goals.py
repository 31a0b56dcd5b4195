"""Goals: what one county's plan asks beyond the indicators, such as a composite of the variations (附加目标)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from analysis.indicators.sections import STAGE_NAMES
from analysis.sentences import say
from analysis.standard import Requirement, Standard
from analysis.standard.limits import worst
from analysis.verdict.county_rows import CountyRow, judge_requirement
from analysis.verdict.judgement import GoalFinding, PartFinding
from questionnaires.vocabulary import Stage

Composite = dict[str, float | None]


def composite_variation(cv: Mapping[str, Mapping[str, float | None]]) -> Composite:
    """The mean of a stage's coefficients of variation, by stage; None while one of them is not known.

    Shown for every standard; it decides only where a goal says so, and never instead of each indicator's.
    `cv`: by indicator, then by stage.

    >>> composite_variation({"R1": {"primary": 0.25, "junior": 0.25}, "R2": {"primary": 0.5, "junior": None}})
    {'primary': 0.375, 'junior': None}
    """
    composite: Composite = {}
    for stage in Stage:
        found = [stages[stage] for stages in cv.values()]
        known = [value for value in found if value is not None]
        composite[stage.value] = fmean(known) if known and len(known) == len(found) else None
    return composite


def judge_goals(
    standard: Standard, rows: Sequence[CountyRow], composite: Mapping[str, float | None]
) -> tuple[GoalFinding, ...]:
    """Every goal of the plan against the composite or the county's rows; met when all its requirements are.

    Where the plan is only a list of targets, `decides` is false.

    >>> from analysis.standard import load_standard
    >>> [goal] = judge_goals(load_standard("xiushan-2020"), [], {"primary": 0.5, "junior": 0.4})
    >>> goal.verdict.value, goal.reason
    ('not_met', '小学为0.500，不符合“低于0.5”的要求')
    """
    judged = []
    for key, goal in standard.goals.items():
        parts = [
            _judge_composite(key, requirement, composite)
            if requirement.reads == "composite"
            else judge_requirement(key, requirement, rows, standard)
            for requirement in goal.requires.values()
        ]
        verdict = worst(part.verdict for part in parts)
        deciding = [part for part in parts if part.verdict == verdict]
        shown = deciding[0]
        judged.append(
            GoalFinding(
                id=key,
                title=goal.title,
                year=goal.year,
                decides=standard.kind == "standard",
                verdict=verdict,
                value=shown.value,
                threshold=shown.threshold,
                operator=shown.operator,
                unit=shown.unit,
                clause=shown.clause,
                reason="；".join(dict.fromkeys(part.reason for part in deciding)),
                parts=tuple(parts),
            )
        )
    return tuple(judged)


def _judge_composite(key: str, requirement: Requirement, composite: Mapping[str, float | None]) -> PartFinding:
    limit = requirement.limit
    assert limit is not None
    value = composite[requirement.stage]
    reason = say("goals.no_cv") if value is None else limit.explain(value, 3)
    return PartFinding(
        id=key,
        title=requirement.title,
        stage=requirement.stage,
        verdict=limit.verdict(value),
        value=value,
        threshold=limit.value,
        operator=limit.operator,
        unit=limit.unit,
        clause=limit.clause,
        reason=STAGE_NAMES[requirement.stage] + reason,
    )
