"""Milestones: the goals of a plan that are no share of schools, counted where rows say it (规划任务)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from analysis.indicators.reported import ListedSchool, ResourceRow
from analysis.indicators.sections import sum_known
from analysis.standard import Standard
from analysis.standard.limits import holds
from analysis.standard.roadmap import Milestone
from analysis.verdict.county_rows import CountyRow, answered
from analysis.verdict.plan_findings import MilestoneFinding
from analysis.verdict.targets import PERCENT, STATUS
from questionnaires.vocabulary import ReportedStage, Stage, TargetStatus, Verdict

WHOLE_SCHOOL = ReportedStage.WHOLE.value


class Schools(NamedTuple):
    """What schools are and have, as it was reported."""

    listed: Sequence[ListedSchool]
    resources: Sequence[ResourceRow]


def compare_milestones(
    standard: Standard, year: int, reported: Schools, rows: Sequence[CountyRow]
) -> tuple[MilestoneFinding, ...]:
    """The plan's other goals that are due by the year, the earliest first.

    What is not counted, or lacks something to be counted by, is as the county answers it under the milestone's id; None
    where a person has yet to tell.
    """
    due = {name: milestone for name, milestone in standard.milestones_by_id.items() if milestone.year <= year}
    found = {name: _compare_milestone(milestone, standard, reported, rows) for name, milestone in due.items()}
    told = [
        replace(milestone, id=name, status=_answer(name, rows, milestone.status)) for name, milestone in found.items()
    ]
    return tuple(sorted(told, key=lambda milestone: milestone.year))


def _answer(name: str, rows: Sequence[CountyRow], counted: TargetStatus | None) -> TargetStatus | None:
    answer = answered(rows, (name,))
    if counted not in {None, TargetStatus.MISSING} or answer == Verdict.UNDETERMINED:
        return counted
    return STATUS[answer]


def _compare_milestone(
    milestone: Milestone, standard: Standard, reported: Schools, rows: Sequence[CountyRow]
) -> MilestoneFinding:
    computed = [row for row in rows if milestone.figure and row.indicator == milestone.figure]
    actual = computed[0].value if computed else _count(milestone, reported)
    status = _status(milestone, actual)
    if status == TargetStatus.ON_TRACK and any(row.lacking for row in computed):
        status = TargetStatus.MISSING
    return MilestoneFinding(
        indicator=milestone.indicator,
        year=milestone.year,
        goal=milestone.goal,
        reads=milestone.reads,
        operator=milestone.operator,
        value=milestone.value,
        unit=milestone.unit,
        base=milestone.base,
        clause=milestone.clause,
        actual=actual,
        status=status,
        units=tuple(standard.units(milestone.indicator)),
        formula="；".join(text for row in computed for text in (row.formula, row.lacking) if text),
    )


def _status(milestone: Milestone, actual: float | None) -> TargetStatus | None:
    if not milestone.reads:
        return None
    if actual is None or milestone.operator is None or milestone.value is None:
        return TargetStatus.MISSING
    reached = holds(actual, milestone.operator, milestone.value)
    return TargetStatus.ON_TRACK if reached else TargetStatus.BEHIND


def _count(milestone: Milestone, reported: Schools) -> float | None:
    """What a milestone reads; None where it reads nothing, or what it reads is not reported."""
    match milestone.reads:
        case "" | "figure":
            return None
        case "largest_school":
            return _find_largest(reported.resources)
        case "built_primary" | "built_junior":
            return _count_built(milestone, reported.listed)
        case _:
            return _find_classes(milestone, reported.resources)


def _find_largest(resources: Sequence[ResourceRow]) -> float | None:
    """The pupils of the largest school in the stages of compulsory schooling; None where a school has none reported."""
    schools = [_count_pupils(cells) for cells in _by_school(resources).values()]
    known = [pupils for pupils in schools if pupils is not None]
    return max(known) if known and len(known) == len(schools) else None


def _count_pupils(cells: Mapping[str, Mapping[str, float | None]]) -> float | None:
    """A school's pupils: those of its stages, else those that its whole row gives for the stages."""
    whole = cells.get(WHOLE_SCHOOL, {})
    stages = [row.get("pupils") for stage, row in cells.items() if stage != WHOLE_SCHOOL]
    stages = stages or [found for stage in Stage if (found := whole.get(f"pupils_{stage}")) is not None]
    return sum_known(stages or [whole.get("pupils")])


def _count_built(milestone: Milestone, listed: Sequence[ListedSchool]) -> float | None:
    """The schools of a stage, of the place that is meant, that were built in the year.

    None where they are too few and a school that may be one of them does not say when it was built, or where it lies.
    """
    stage = milestone.reads.removeprefix("built_")
    may_be = [
        (school.built_year, school.locale)
        for school in listed
        if school.kind == stage
        and school.built_year in {None, milestone.year}
        and (not milestone.locale or school.locale in {"", milestone.locale})
    ]
    known = sum(year is not None and (not milestone.locale or bool(locale)) for year, locale in may_be)
    enough = milestone.value is not None and known >= milestone.value
    return known if enough or (listed and known == len(may_be)) else None


def _by_school(resources: Sequence[ResourceRow]) -> dict[str, dict[str, Mapping[str, float | None]]]:
    schools: dict[str, dict[str, Mapping[str, float | None]]] = {}
    for row in resources:
        schools.setdefault(row.school, {})[row.stage] = row.amounts
    return schools


def _find_classes(milestone: Milestone, resources: Sequence[ResourceRow]) -> float | None:
    """The crowded classes of all schools, counted or as a percentage."""
    crowded = _sum_schools(resources, milestone.reads)
    if milestone.unit != PERCENT or crowded is None:
        return crowded
    classes = _sum_schools(resources, "classes")
    return 100 * crowded / classes if classes else None


def _sum_schools(resources: Sequence[ResourceRow], column: str) -> float | None:
    """A column over all schools, a whole row before its parts; None where a school leaves it blank."""
    schools = _by_school(resources)
    total = 0.0
    for rows in schools.values():
        cells = {stage: amounts.get(column) for stage, amounts in rows.items()}
        whole = cells.pop(WHOLE_SCHOOL, None)
        parts = [whole] if whole is not None else list(cells.values())
        known = [part for part in parts if part is not None]
        if not parts or len(known) < len(parts):
            return None
        total += sum(known)
    return total if schools else None
