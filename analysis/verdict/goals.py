"""Goals: what one county's plan asks beyond the indicators, such as a composite of the variations (附加目标)."""

from statistics import fmean

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard import Requirement, Standard
from analysis.standard.limits import worst
from analysis.verdict.county_rows import judge_requirement


def composite_variation(resources: Row) -> dict[str, float | None]:
    """The mean of a stage's coefficients of variation, by stage; None while one of them is not known.

    Shown for every standard; it decides only where a goal says so, and never instead of each indicator's.
    `resources`: the dimension as judged, with `indicators` (key -> stage -> `cv`).

    >>> cv = {"R1": (0.25, 0.25), "R2": (0.5, None)}
    >>> composite_variation({"indicators": {key: {"primary": {"cv": p}, "junior": {"cv": j}}
    ...     for key, (p, j) in cv.items()}})
    {'primary': 0.375, 'junior': None}
    """
    composite: dict[str, float | None] = {}
    for stage in ("primary", "junior"):
        found = [each[stage]["cv"] for each in resources["indicators"].values()]
        composite[stage] = None if None in found else fmean(found)
    return composite


def judge_goals(standard: Standard, rows: list[Row], composite: dict[str, float | None]) -> list[Row]:
    """Every goal of the plan against the composite or the county's rows; met when all its requirements are.

    Where the plan is only a list of targets, `decides` is false.

    >>> from analysis.standard import load_standard
    >>> [goal] = judge_goals(load_standard("xiushan-2020"), [], {"primary": 0.5, "junior": 0.4})
    >>> goal["verdict"], goal["reason"]
    ('not_met', '小学为0.500，不符合“低于0.5”的要求')
    """
    judged = []
    for key, goal in standard.goals.items():
        parts = [
            _judge_composite(key, each, composite)
            if each.reads == "composite"
            else judge_requirement(key, each, rows, standard)
            for each in goal.requires.values()
        ]
        verdict = worst(part["verdict"] for part in parts)
        shown = next(part for part in parts if part["verdict"] == verdict)
        judged.append(
            {"id": key, "title": goal.title, "year": goal.year, "decides": standard.kind == "standard"}
            | {name: shown[name] for name in ("verdict", "value", "threshold", "operator", "unit", "clause")}
            | {"reason": "；".join(dict.fromkeys(part["reason"] for part in parts if part["verdict"] == verdict))}
            | {"parts": parts}
        )
    return judged


def _judge_composite(key: str, requirement: Requirement, composite: dict[str, float | None]) -> Row:
    limit, value = requirement.limit, composite[requirement.stage]
    assert limit is not None
    stage = STAGE_NAMES[requirement.stage]
    reason = "缺少校际差异系数，暂不能计算" if value is None else limit.explain(value, 3)
    return {
        "id": key,
        "title": requirement.title,
        "stage": requirement.stage,
        "verdict": limit.verdict(value),
        "value": value,
        "threshold": limit.value,
        "operator": limit.operator,
        "unit": limit.unit,
        "clause": limit.clause,
        "reason": stage + reason,
    }
