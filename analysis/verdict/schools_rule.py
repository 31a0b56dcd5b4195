"""The school rule: enough indicators met, and the rest near their thresholds (6 of 7, the seventh 85 %)."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from analysis.indicators.reported import Section
from analysis.sentences import say
from analysis.standard import Standard
from analysis.standard.limits import Limit
from analysis.verdict.records import Record
from analysis.verdict.school_findings import Borderline, JudgedSchool, Short
from questionnaires.vocabulary import Verdict

Limits = Mapping[str, Limit]


class RuleFinding(Record, frozen=True, kw_only=True):
    """What the school rule makes of a school, and why."""

    verdict: Verdict
    reason: str


def school_limits(standard: Standard, stage: str) -> dict[str, Limit]:
    """What each resource indicator demands of a school of one stage.

    >>> from analysis.standard import load_standard
    >>> school_limits(load_standard("national-2017"), "primary")["R1"].value
    4.2
    """
    return {key: standard.threshold(key, stage) for key in standard.of("resources")}


def judge_school(section: Section, standard: Standard, limits: Limits) -> JudgedSchool:
    """One section against the school rule, unrounded.

    `limits` are those of the section's stage. A value that is not known neither passes nor fails. `short`
    names each indicator below its threshold, its share of the threshold, and what it lacks in natural
    units; `counts` repeats what was reported of size, classes and rooms.
    """
    verdicts = {key: limit.verdict(section.values[key]) for key, limit in limits.items()}
    short = [
        _shortfall(key, section, limits[key], standard)
        for key, verdict in verdicts.items()
        if verdict == Verdict.NOT_MET
    ]
    missing = [key for key, verdict in verdicts.items() if verdict == Verdict.UNDETERMINED]
    met = len(limits) - len(short) - len(missing)
    found = _apply_rule(standard, met, short, len(missing))
    return JudgedSchool(
        school=section.school,
        name=section.name,
        kind=section.kind,
        stage=section.stage,
        pupils=section.pupils,
        met=met,
        verdict=found.verdict,
        values={key: section.values[key] for key in limits},
        short=tuple(short),
        missing=tuple(missing),
        counts=section.counts,
        reason=found.reason,
    )


def _shortfall(key: str, section: Section, limit: Limit, standard: Standard) -> Short:
    measure = standard.indicators[key].measure
    value = section.values[key]
    assert measure is not None
    assert value is not None
    return Short(
        indicator=key,
        value=value,
        threshold=limit.value,
        ratio=value / limit.value,
        lacks=(limit.value - value) * (section.pupils or 0) / measure.per,
        unit=measure.lacks,
    )


def _apply_rule(standard: Standard, met: int, short: Sequence[Short], missing: int) -> RuleFinding:
    required = standard.school_rule.required
    remainder = standard.school_rule.remainder
    count = say("rule.count", total=met + len(short) + missing, met=met)
    line = f"{remainder.value:.0%}"
    low = [lack for lack in short if not remainder.holds(lack.ratio)]
    if low:
        lowest = min(low, key=lambda lack: lack.ratio)
        title = standard.indicators[lowest.indicator].title
        shown = f"{float(remainder.show(lowest.ratio, 3)) * 100:.10g}"
        reason = say("rule.too_low", count=count, title=title, shown=shown, line=line)
        return RuleFinding(verdict=Verdict.NOT_MET, reason=reason)
    if not required.holds(met + missing):
        reason = say("rule.too_few", count=count, required=f"{required.value:g}")
        return RuleFinding(verdict=Verdict.NOT_MET, reason=reason)
    if missing:
        return RuleFinding(verdict=Verdict.UNDETERMINED, reason=say("rule.open", count=count, missing=missing))
    return RuleFinding(verdict=Verdict.MET, reason=say("rule.rest", count=count, line=line) if short else count)


def borderline_schools(
    sections: Sequence[Section], schools: Sequence[JudgedSchool], standard: Standard
) -> tuple[Borderline, ...]:
    """Schools whose count or verdict would turn if their values were rounded as they are shown.

    `schools` are the sections judged, in the same order. Each names the indicators that rounding carries across.
    """
    limits = {stage: school_limits(standard, stage) for stage in {section.stage for section in sections}}
    turned = []
    for section, school in zip(sections, schools, strict=True):
        own = limits[section.stage]
        rounded = _round_across(section, own, standard)
        if not rounded:
            continue
        again = judge_school(replace(section, values=section.values | rounded), standard, own)
        changed = _short_of(school) ^ _short_of(again)
        if changed or school.verdict != again.verdict:
            turned.append(
                Borderline(
                    school=school.school,
                    name=school.name,
                    stage=school.stage,
                    verdict=school.verdict,
                    rounded_verdict=again.verdict,
                    indicators=tuple(sorted(changed)),
                )
            )
    return tuple(turned)


def _short_of(school: JudgedSchool) -> set[str]:
    return {lack.indicator for lack in school.short}


def _round_across(section: Section, limits: Limits, standard: Standard) -> dict[str, float | None]:
    """The rounded values of those indicators that rounding carries across a line."""
    remainder = standard.school_rule.remainder
    rounded: dict[str, float | None] = {}
    for key, limit in limits.items():
        value = section.values[key]
        measure = standard.indicators[key].measure
        if value is None or measure is None:
            continue
        shown = round(value, measure.decimals)
        crosses = limit.holds(shown) != limit.holds(value)
        if crosses or remainder.holds(shown / limit.value) != remainder.holds(value / limit.value):
            rounded[key] = shown
    return rounded
