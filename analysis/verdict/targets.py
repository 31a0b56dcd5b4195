"""Targets: what the plan promised for a year, beside what the judgement found (规划对照)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analysis.indicators.reported import Section
from analysis.standard import Requirement, Standard
from analysis.standard.limits import holds, worst
from analysis.standard.roadmap import Target
from analysis.verdict.county_rows import CountyRow, judge_requirement
from analysis.verdict.judgement import Dimensions, PartFinding
from analysis.verdict.plan_findings import Actual, Planned, ShareRange, TargetFinding
from analysis.verdict.school_counts import VERDICTS, applies_to, check_section
from questionnaires.vocabulary import TargetStatus, Verdict

FROM_SCHOOLS = {"music_rooms", "art_rooms", "size", "largest_class"}
PERCENT = "%"
WHOLE = 100.0
STATUS = {
    Verdict.MET: TargetStatus.ON_TRACK,
    Verdict.NOT_MET: TargetStatus.BEHIND,
    Verdict.UNDETERMINED: TargetStatus.MISSING,
}


class CountyFound(NamedTuple):
    """What targets are held against: the schools' sections, the county's rows, and what was judged of both."""

    sections: Sequence[Section]
    rows: Sequence[CountyRow]
    dimensions: Dimensions


def compare_targets(standard: Standard, year: int, county: CountyFound) -> tuple[TargetFinding, ...]:
    """One finding per target: what was due by the year (its last target until then), what was found, and status.

    Shares are compared, not counts, because schools merge and open. A target of one stage is held against what
    that stage reports alone. A target in words, or one whose percentage is not what the county reports, is on
    track when the judgement found it met, and behind when it found it is not. A percentage of nobody knows what
    is on track, or behind, where it is so by everything it may be of; otherwise a person has to tell.
    """
    compared = []
    for target in standard.targets:
        if due := [planned for planned in sorted({*target.years, *target.text}) if planned <= year]:
            actual = find_actual(target, standard, county)
            compared.append(_compare(target, due[-1], actual, standard))
    return tuple(compared)


def _compare(target: Target, due: int, actual: Actual, standard: Standard) -> TargetFinding:
    planned = target.planned(due)
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
        status=_compare_shares(target, planned, actual),
        units=tuple(standard.units(target.indicator)),
        clause=target.clause,
    )


def _compare_shares(target: Target, planned: float | None, actual: Actual) -> TargetStatus:
    if planned is None or actual.share is None:
        return STATUS[actual.verdict]
    if actual.bases:
        return _compare_bases(planned, actual)
    reached = holds(actual.share, ">=", planned)
    if not target.base_is_known and not holds(planned, ">=", WHOLE) and not holds(actual.share, ">=", WHOLE):
        return TargetStatus.BY_HAND
    return TargetStatus.ON_TRACK if reached else TargetStatus.BEHIND


def _compare_bases(planned: float, actual: Actual) -> TargetStatus:
    """Everything the percentage may be of reaches what is planned, or nothing does; otherwise a person has to tell."""
    if all(holds(found.lower, ">=", planned) for found in actual.bases.values()):
        return TargetStatus.ON_TRACK
    if not any(holds(found.upper, ">=", planned) for found in actual.bases.values()):
        return TargetStatus.BEHIND
    return TargetStatus.BY_HAND


def find_actual(target: Target, standard: Standard, county: CountyFound) -> Actual:
    """What was found of the schools, or of the county, that the target means."""
    if counts_schools(standard, target.indicator):
        return _count(target, standard, county.sections)
    if target.indicator in standard.of("recognition"):
        return Actual(verdict=county.dimensions.recognition.verdict)
    parts = _parts_of(target, standard, county)
    values = [part.value for part in parts if part.unit == PERCENT and part.value is not None]
    return Actual(share=min(values, default=None), verdict=worst(part.verdict for part in parts))


def _parts_of(target: Target, standard: Standard, county: CountyFound) -> list[PartFinding]:
    """The requirements that the target means, judged for its stage by what is reported of that stage alone."""
    key = standard.whole(target.indicator)
    requires = [
        requirement
        for requirement in standard.indicators[key].requires.values()
        if target.indicator in {key, (requirement.ids or (key,))[0]}
        and (not target.stage or requirement.stage in {"", target.stage})
    ]
    if target.stage:
        requires = [requirement.model_copy(update={"stage": target.stage}) for requirement in requires]
    return [judge_requirement(key, requirement, county.rows, standard) for requirement in requires]


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
    share = WHOLE * met / len(found) if found and not missing else None
    bases = {} if target.base_is_known or share is None else find_bases(target.indicator, standard, meant)
    return Actual(met=met, total=len(found), missing=missing, share=share, bases=bases)


def _judge_section(section: Section, name: str, standard: Standard) -> Verdict | None:
    """One section against one indicator; None where the indicator is not about such a school."""
    if name in standard.of("resources"):
        return standard.threshold(name, section.stage).verdict(section.values[name])
    requires = [requirement for requirement in _room_size_class(standard, name) if applies_to(requirement, section)]
    if not requires:
        return None
    return worst(VERDICTS[check_section(section, requirement).passes] for requirement in requires)


def find_bases(name: str, standard: Standard, sections: Sequence[Section]) -> dict[str, ShareRange]:
    """The percentage by what a plan may have counted: schools, and the classes or pupils in them.

    Of classes the reported number over the line is taken out; a school that is over the line and does not report
    it has one such class at least, and all at most. What is not reported at all is between none and all.

    >>> from analysis.indicators.reported import SchoolCounts
    >>> from analysis.standard import load_standard
    >>> schools = [Section(school=code, kind="primary", stage="primary", counts=SchoolCounts(classes=10,
    ...     largest_class=largest)) for code, largest in (("P1", 45), ("P2", 50))]
    >>> found = find_bases("G5", load_standard("qianjiang-2020"), schools)
    >>> [(base, share.lower, share.upper) for base, share in found.items()]
    [('schools', 50.0, 50.0), ('classes', 50.0, 95.0)]
    """
    verdicts = [(section, _judge_section(section, name, standard)) for section in sections]
    counted = [(section, verdict == Verdict.MET) for section, verdict in verdicts if verdict is not None]
    reads = {requirement.reads for requirement in _room_size_class(standard, name)}
    bases = {"schools": _sum_shares([_Part(1.0, float(met), float(met)) for _, met in counted])}
    if "largest_class" in reads:
        bases["classes"] = _sum_shares([_classes_within(section, met) for section, met in counted])
    if "size" in reads:
        bases["pupils"] = _sum_shares([_pupils_within(section, met) for section, met in counted])
    return bases


class _Part(NamedTuple):
    """What one school has, and how much of it is within the line, at least and at most; None: not known."""

    whole: float | None
    lower: float
    upper: float


def _classes_within(section: Section, met: bool) -> _Part:
    classes = section.counts.classes
    over = section.counts.classes_over
    if classes is None or met:
        return _Part(classes, classes or 0.0, classes or 0.0)
    if over:
        return _Part(classes, classes - over, classes - over)
    return _Part(classes, 0.0, classes - 1)


def _pupils_within(section: Section, met: bool) -> _Part:
    within = section.pupils if met and section.pupils else 0.0
    return _Part(section.pupils, within, within)


def _sum_shares(parts: Sequence[_Part]) -> ShareRange:
    total = sum(part.whole or 0.0 for part in parts)
    if not total or any(part.whole is None for part in parts):
        return ShareRange(lower=0.0, upper=WHOLE)
    return ShareRange(
        lower=WHOLE * sum(part.lower for part in parts) / total,
        upper=WHOLE * sum(part.upper for part in parts) / total,
    )
