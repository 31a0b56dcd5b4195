"""Targets: what the plan promised for a year, beside what the judgement found (规划对照)."""

from collections.abc import Iterator, Sequence

from analysis.indicators.reported import ResourceRow, Section
from analysis.standard import Requirement, Standard
from analysis.standard.limits import holds, worst
from analysis.standard.roadmap import Milestone, Target
from analysis.verdict.judgement import Dimensions
from analysis.verdict.plan_findings import Actual, MilestoneFinding, Planned, TargetFinding
from analysis.verdict.school_counts import VERDICTS, applies_to, check_section
from questionnaires.vocabulary import TargetStatus, Verdict

FROM_SCHOOLS = {"music_rooms", "art_rooms", "size", "largest_class"}
PERCENT = "%"
STATUS = {
    Verdict.MET: TargetStatus.ON_TRACK,
    Verdict.NOT_MET: TargetStatus.BEHIND,
    Verdict.UNDETERMINED: TargetStatus.MISSING,
}


def compare_targets(
    standard: Standard, year: int, sections: Sequence[Section], dimensions: Dimensions
) -> tuple[TargetFinding, ...]:
    """One finding per target: what was due by the year (its last target until then), what was found, and status.

    Shares are compared, not counts, because schools merge and open. A target in words, or one whose percentage
    is not what the county reports, is on track when the judgement found it met, and behind when it found it is not.
    """
    compared = []
    for target in standard.targets:
        if due := [planned for planned in sorted({*target.years, *target.text}) if planned <= year]:
            actual = find_actual(target, standard, sections, dimensions)
            compared.append(_compare(target, due[-1], actual, standard))
    return tuple(compared)


def _compare(target: Target, due: int, actual: Actual, standard: Standard) -> TargetFinding:
    planned = target.planned(due)
    status = STATUS[actual.verdict]
    if planned is not None and actual.share is not None:
        status = TargetStatus.ON_TRACK if holds(actual.share, ">=", planned) else TargetStatus.BEHIND
    return TargetFinding(
        indicator=target.indicator,
        stage=target.stage,
        base=target.base,
        year=due,
        planned=Planned(
            met=target.met.get(due),
            total=target.total,
            share=planned,
            text=target.text.get(due),
        ),
        actual=actual,
        status=status,
        units=tuple(standard.units(target.indicator)),
        clause=target.clause,
    )


def find_actual(target: Target, standard: Standard, sections: Sequence[Section], dimensions: Dimensions) -> Actual:
    """What was found of the schools, or of the county, that the target means."""
    if counts_schools(standard, target.indicator):
        return _count(target, standard, sections)
    if target.indicator in standard.of("recognition"):
        return Actual(verdict=dimensions.recognition.verdict)
    judged = {**dimensions.guarantee.indicators, **dimensions.quality.indicators}
    whole = judged[standard.whole(target.indicator)]
    parts = [part for part in whole.parts if target.indicator in {part.id, standard.whole(part.id)}]
    parts = [part for part in parts if part.stage in {"", target.stage} or not target.stage]
    values = [part.value for part in parts if part.unit == PERCENT and part.value is not None]
    return Actual(share=min(values, default=None), verdict=worst(part.verdict for part in parts))


def counts_schools(standard: Standard, name: str) -> bool:
    """Whether the indicator (or sub-id) is met or not by each school."""
    return name in standard.of("resources") or any(_room_size_class(standard, name))


def _room_size_class(standard: Standard, name: str) -> Iterator[Requirement]:
    for key, indicator in standard.indicators.items():
        for requirement in indicator.requires.values():
            if requirement.reads in FROM_SCHOOLS and name in {key, *requirement.ids}:
                yield requirement


def _count(target: Target, standard: Standard, sections: Sequence[Section]) -> Actual:
    meant = [section for section in sections if target.stage in {"", section.stage}]
    if target.kinds:
        meant = [section for section in meant if section.kind in target.kinds]
    if target.locales and not all(section.locale for section in meant):
        return Actual()
    if target.locales:
        meant = [section for section in meant if section.locale in target.locales]
    found = [verdict for section in meant if (verdict := _judge_section(section, target.indicator, standard))]
    met = found.count(Verdict.MET)
    missing = found.count(Verdict.UNDETERMINED)
    share = 100 * met / len(found) if found and not missing else None
    return Actual(met=met, total=len(found), missing=missing, share=share)


def _judge_section(section: Section, name: str, standard: Standard) -> Verdict | None:
    """One section against one indicator; None where the indicator is not about such a school."""
    if name in standard.of("resources"):
        return standard.threshold(name, section.stage).verdict(section.values[name])
    requires = [requirement for requirement in _room_size_class(standard, name) if applies_to(requirement, section)]
    if not requires:
        return None
    return worst(VERDICTS[check_section(section, requirement).passes] for requirement in requires)


def compare_milestones(standard: Standard, year: int, resources: Sequence[ResourceRow]) -> tuple[MilestoneFinding, ...]:
    """The plan's other goals that are due by the year; `status` is None where a person has to tell."""
    due = [milestone for milestone in standard.milestones if milestone.year <= year]
    return tuple(_compare_milestone(milestone, standard, resources) for milestone in due)


def _compare_milestone(milestone: Milestone, standard: Standard, resources: Sequence[ResourceRow]) -> MilestoneFinding:
    actual = _find_classes(milestone, resources)
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
        status=_status(milestone, actual),
        units=tuple(standard.units(milestone.indicator)),
    )


def _status(milestone: Milestone, actual: float | None) -> TargetStatus | None:
    if not milestone.reads:
        return None
    if actual is None or milestone.operator is None or milestone.value is None:
        return TargetStatus.MISSING
    reached = holds(actual, milestone.operator, milestone.value)
    return TargetStatus.ON_TRACK if reached else TargetStatus.BEHIND


def _find_classes(milestone: Milestone, resources: Sequence[ResourceRow]) -> float | None:
    """The crowded classes of all schools, counted or as a percentage."""
    if not milestone.reads:
        return None
    crowded = _sum_schools(resources, milestone.reads)
    if milestone.unit != PERCENT or crowded is None:
        return crowded
    classes = _sum_schools(resources, "classes")
    return 100 * crowded / classes if classes else None


def _sum_schools(resources: Sequence[ResourceRow], column: str) -> float | None:
    """A column over all schools, a whole row before its parts; None where a school leaves it blank."""
    schools: dict[str, dict[str, float | None]] = {}
    for row in resources:
        schools.setdefault(row.school, {})[row.stage] = row.amounts.get(column)
    total = 0.0
    for cells in schools.values():
        whole = cells.pop("whole", None)
        parts = [whole] if whole is not None else list(cells.values())
        known = [part for part in parts if part is not None]
        if not parts or len(known) < len(parts):
            return None
        total += sum(known)
    return total if schools else None
