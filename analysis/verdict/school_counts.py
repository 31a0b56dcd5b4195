"""School counts: what every school must have or keep to (rooms, size, classes), counted over the schools."""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import NamedTuple

from analysis.indicators.reported import Section
from analysis.indicators.sections import STAGE_NAMES
from analysis.sentences import say
from analysis.standard import Indicator, Requirement
from analysis.standard.limits import Limit, worst
from analysis.verdict.county_rows import CountyRow, answered
from analysis.verdict.judgement import PartFinding
from analysis.verdict.school_findings import Counted, CountShort, StageTally
from questionnaires.vocabulary import Verdict

VERDICTS = {True: Verdict.MET, False: Verdict.NOT_MET, None: Verdict.UNDETERMINED}
ROOM_KINDS = ("music_rooms", "art_rooms")


class Check(NamedTuple):
    """One section against one requirement: whether it passes (None: not known), and what was compared."""

    section: Section
    passes: bool | None
    value: float | None
    threshold: float | None


class CountedSchools(NamedTuple):
    """One indicator over all schools: a part for each requirement, and how many schools meet them all."""

    parts: tuple[PartFinding, ...]
    counted: Counted


def judge_schools(
    key: str, indicator: Indicator, sections: Sequence[Section], rows: Sequence[CountyRow]
) -> CountedSchools:
    """One indicator over all counted sections.

    A section is met when every requirement that means it is. Where the schools' figures leave it open, the
    county's own yes or no under the same id is taken.

    >>> from analysis.indicators.reported import SchoolCounts
    >>> from analysis.standard import load_standard
    >>> rooms = SchoolCounts(classes=25, music_rooms=3, art_rooms=2)
    >>> school = Section(school="P01", kind="primary", stage="primary", counts=rooms)
    >>> found = judge_schools("G3", load_standard("national-2017").indicators["G3"], [school], [])
    >>> [(part.id, part.verdict.value) for part in found.parts], found.counted.met, found.counted.total
    ([('G3a', 'met'), ('G3b', 'not_met')], 0, 1)
    """
    checks = {
        name: [check_section(section, requirement) for section in sections if applies_to(requirement, section)]
        for name, requirement in indicator.requires.items()
    }
    parts = [
        _judge_part(key, indicator.requires[name], found, rows)
        for name, found in checks.items()
        if found or not sections
    ]
    return CountedSchools(tuple(parts), _count([check for found in checks.values() for check in found]))


def check_section(section: Section, requirement: Requirement) -> Check:
    """One section against its rooms (one for so many classes, rounded up), its size or its classes.

    >>> from analysis.indicators.reported import SchoolCounts
    >>> from analysis.standard import load_standard
    >>> music = load_standard("national-2017").indicators["G3"].requires["music"]
    >>> rooms = SchoolCounts(music_rooms=2, classes=25)
    >>> school = Section(school="P01", kind="primary", stage="primary", counts=rooms)
    >>> check = check_section(school, music)    # 25/12, rounded up
    >>> check.passes, check.value, check.threshold
    (False, 2, 3)
    """
    limit = requirement.limit
    assert limit is not None
    if requirement.reads in ROOM_KINDS:
        return _check_rooms(section, requirement.reads, limit)
    if requirement.reads == "size":
        size = section.counts.size
        return Check(section, None if size is None else limit.holds(size), size, limit.value)
    return _check_classes(section, limit)


def _check_rooms(section: Section, kind: str, limit: Limit) -> Check:
    rooms = section.counts.rooms(kind)
    classes = section.counts.classes
    if rooms is None or classes is None:
        return Check(section, None, rooms, None)
    needed = ceil(classes / limit.value)
    return Check(section, rooms >= needed, rooms, needed)


def _check_classes(section: Section, limit: Limit) -> Check:
    over = section.counts.classes_over
    largest = section.counts.largest_class
    if over is None and largest is None:
        return Check(section, None, None, limit.value)
    return Check(section, not over and (largest is None or limit.holds(largest)), largest, limit.value)


def applies_to(requirement: Requirement, section: Section) -> bool:
    """Whether the requirement is about sections of this stage and kind of school.

    >>> from analysis.standard import load_standard
    >>> classes = load_standard("national-2017").indicators["G5"].requires["primary"]
    >>> [applies_to(classes, Section(school="N1", kind="nine_year", stage=stage)) for stage in ("primary", "junior")]
    [True, False]
    """
    right_stage = requirement.stage in {"", section.stage}
    return right_stage and (not requirement.kinds or section.kind in requirement.kinds)


def _judge_part(key: str, requirement: Requirement, checks: Sequence[Check], rows: Sequence[CountyRow]) -> PartFinding:
    ids = requirement.ids or (key,)
    verdict = worst(VERDICTS[check.passes] for check in checks)
    counted = _count(checks)
    reason = _reason(counted)
    if verdict == Verdict.UNDETERMINED and (answer := answered(rows, ids)) != Verdict.UNDETERMINED:
        verdict = answer
        reason = say("counts.answered", reason=reason, answer=answer.zh)
    return PartFinding(
        id=ids[0],
        title=requirement.title,
        stage=requirement.stage,
        verdict=verdict,
        value=None,
        threshold=requirement.value,
        operator=requirement.operator,
        unit=requirement.unit,
        clause=requirement.clause,
        reason=reason,
        met=counted.met,
        missing=counted.missing,
        total=counted.total,
        stages=counted.stages,
        short=tuple(_shortfall(check) for check in checks if check.passes is False),
    )


def _count(checks: Iterable[Check]) -> Counted:
    """Sections met, not known and in all: together and by stage."""
    passes: dict[str, dict[str, list[Verdict]]] = {}
    for check in checks:
        schools = passes.setdefault(check.section.stage, {})
        schools.setdefault(check.section.school, []).append(VERDICTS[check.passes])
    stages = {stage: _tally([worst(found) for found in schools.values()]) for stage, schools in passes.items()}
    return Counted(
        met=sum(tally.met for tally in stages.values()),
        missing=sum(tally.missing for tally in stages.values()),
        total=sum(tally.total for tally in stages.values()),
        stages=stages,
    )


def _tally(verdicts: Sequence[Verdict]) -> StageTally:
    return StageTally(
        met=verdicts.count(Verdict.MET),
        missing=verdicts.count(Verdict.UNDETERMINED),
        total=len(verdicts),
    )


def _shortfall(check: Check) -> CountShort:
    gap = None if check.value is None or check.threshold is None else check.threshold - check.value
    return CountShort(
        school=check.section.school,
        name=check.section.name,
        stage=check.section.stage,
        value=check.value,
        threshold=check.threshold,
        lacks=gap if gap and gap > 0 else None,
        exceeds=-gap if gap and gap < 0 else None,
    )


def _reason(counted: Counted) -> str:
    parts = [
        say("counts.stage", stage=STAGE_NAMES[stage], total=tally.total, met=tally.met)
        + (say("counts.missing", missing=tally.missing) if tally.missing else "")
        for stage, tally in counted.stages.items()
    ]
    return "，".join(parts) or say("counts.none")
