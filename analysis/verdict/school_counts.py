"""School counts: what every school must have or keep to (rooms, size, classes), counted over the schools."""

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard import Indicator, Requirement
from analysis.standard.limits import Verdict, worst
from analysis.verdict.county_rows import answered

VERDICTS: dict[bool | None, Verdict] = {True: "met", False: "not_met", None: "undetermined"}


class Check(NamedTuple):
    """One section against one requirement: whether it passes (None: not known), and what was compared."""

    section: Row
    passes: bool | None
    value: float | None
    threshold: float | None


def judge_schools(key: str, indicator: Indicator, sections: list[Row], rows: list[Row]) -> Row:
    """One indicator over all counted sections (rows of `resource_values`, blanks None).

    A section is met when every requirement that means it is. Where the schools' figures leave it open, the
    county's own yes or no under the same id is taken. Returns `parts` (one a requirement) and how many
    schools are met, missing and in all, together and by stage.

    >>> from analysis.standard import load_standard
    >>> rooms = {"school": "P01", "name": "", "kind": "primary", "stage": "primary", "classes": 25}
    >>> found = judge_schools("G3", load_standard("national-2017").indicators["G3"],
    ...     [rooms | {"music_rooms": 3, "art_rooms": 2}], [])
    >>> [(part["id"], part["verdict"]) for part in found["parts"]], found["met"], found["total"]
    ([('G3a', 'met'), ('G3b', 'not_met')], 0, 1)
    """
    checks = {
        name: [check_section(each, requirement) for each in sections if applies_to(requirement, each)]
        for name, requirement in indicator.requires.items()
    }
    parts = [
        _judge_part(key, indicator.requires[name], found, rows)
        for name, found in checks.items()
        if found or not sections
    ]
    return {"parts": parts, **_count(check for found in checks.values() for check in found)}


def check_section(section: Row, requirement: Requirement) -> Check:
    """One section against its rooms (one for so many classes, rounded up), its size or its classes.

    >>> from analysis.standard import load_standard
    >>> music = load_standard("national-2017").indicators["G3"].requires["music"]
    >>> check = check_section({"music_rooms": 2, "classes": 25}, music)    # 25/12, rounded up
    >>> check.passes, check.value, check.threshold
    (False, 2, 3)
    """
    limit = requirement.limit
    assert limit is not None
    if requirement.reads in {"music_rooms", "art_rooms"}:
        rooms, classes = section[requirement.reads], section["classes"]
        if rooms is None or classes is None:
            return Check(section, None, rooms, None)
        needed = ceil(classes / limit.value)
        return Check(section, rooms >= needed, rooms, needed)
    if requirement.reads == "size":
        size = section["size"]
        return Check(section, None if size is None else limit.holds(size), size, limit.value)
    over, largest = section["classes_over"], section["largest_class"]
    if over is None and largest is None:
        return Check(section, None, None, limit.value)
    return Check(section, not over and (largest is None or limit.holds(largest)), largest, limit.value)


def applies_to(requirement: Requirement, section: Row) -> bool:
    """Whether the requirement is about sections of this stage and kind of school.

    >>> from analysis.standard import load_standard
    >>> classes = load_standard("national-2017").indicators["G5"].requires["primary"]
    >>> [applies_to(classes, {"stage": stage, "kind": "nine_year"}) for stage in ("primary", "junior")]
    [True, False]
    """
    right_stage = requirement.stage in {"", section["stage"]}
    return right_stage and (not requirement.kinds or section["kind"] in requirement.kinds)


def _judge_part(key: str, requirement: Requirement, checks: list[Check], rows: list[Row]) -> Row:
    ids = requirement.ids or (key,)
    verdict = worst(VERDICTS[check.passes] for check in checks)
    counts = _count(checks)
    reason = _reason(counts)
    if verdict == "undetermined" and (answer := answered(rows, ids)) != "undetermined":
        verdict, reason = answer, f"{reason}；县级填报为{'达到' if answer == 'met' else '未达到'}"
    return {
        "id": ids[0],
        "title": requirement.title,
        "stage": requirement.stage,
        "verdict": verdict,
        "value": None,
        "threshold": requirement.value,
        "operator": requirement.operator,
        "unit": requirement.unit,
        "clause": requirement.clause,
        "reason": reason,
        **counts,
        "short": [_shortfall(check) for check in checks if check.passes is False],
    }


def _count(checks: Iterable[Check]) -> Row:
    """Sections met, not known and in all: together and by stage."""
    passes: dict[str, dict[str, list[Verdict]]] = {}
    for check in checks:
        schools = passes.setdefault(check.section["stage"], {})
        schools.setdefault(check.section["school"], []).append(VERDICTS[check.passes])
    stages = {}
    for stage, schools in passes.items():
        verdicts = [worst(each) for each in schools.values()]
        stages[stage] = {
            "met": verdicts.count("met"),
            "missing": verdicts.count("undetermined"),
            "total": len(verdicts),
        }
    sums = {key: sum(each[key] for each in stages.values()) for key in ("met", "missing", "total")}
    return {**sums, "stages": stages}


def _shortfall(check: Check) -> Row:
    gap = None if check.value is None or check.threshold is None else check.threshold - check.value
    return {
        "school": check.section["school"],
        "name": check.section["name"],
        "stage": check.section["stage"],
        "value": check.value,
        "threshold": check.threshold,
        "lacks": gap if gap and gap > 0 else None,
        "exceeds": -gap if gap and gap < 0 else None,
    }


def _reason(counts: Row) -> str:
    parts = [
        f"{STAGE_NAMES[stage]}{each['total']}所中{each['met']}所达标"
        + (f"、{each['missing']}所缺数据" if each["missing"] else "")
        for stage, each in counts["stages"].items()
    ]
    return "，".join(parts) or "没有学校数据"
