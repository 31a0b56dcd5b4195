"""Ledgers: what every school has reached, what it lacks, and the least that makes it pass (达标与未达标台账)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations
from math import ceil
from typing import Literal, NamedTuple

from msgspec.structs import replace

from analysis.indicators.sections import ROOMS, THROUGH
from analysis.sentences import say
from analysis.standard import Standard
from analysis.verdict.judgement import IndicatorFinding, Judgement, PartFinding
from analysis.verdict.records import Record
from analysis.verdict.school_findings import CountShort, JudgedSchool, Short
from questionnaires.vocabulary import Verdict

COUNTED = ("名", "间")
SHOWN = 9


class MetRow(Record, frozen=True, kw_only=True):
    """A school section and resource indicator at or above its threshold."""

    school: str
    name: str
    stage: str
    indicator: str
    title: str
    value: float | None
    threshold: float


class UnmetRow(Record, frozen=True, kw_only=True):
    """A school section and indicator below its line; `lacks` in `unit`s, and the same in words.

    `part` is the requirement of the indicator that is failed, where an indicator has several.
    `repair` tells whether the least set of repairs lifts it, to "threshold" or "remainder" ("" if not: then
    the school passes without), and `repair_text` by how much, `repair_amount` the
    same in `unit`s (0 where it is no amount to add); `units` are those that answer for it.
    """

    school: str
    name: str
    stage: str
    indicator: str
    title: str
    value: float | None
    threshold: float | None
    ratio: float | None
    lacks: float | None
    unit: str
    text: str
    verdict: Verdict
    repair: Literal["threshold", "remainder", ""]
    repair_text: str
    units: tuple[str, ...]
    part: str = ""
    repair_amount: float = 0.0


class Repair(NamedTuple):
    """One indicator to lift: to its threshold, or to what the rule asks of the remainder (85 %).

    `amount` is what that takes in natural units, `lift` the same as a share of the threshold.
    """

    indicator: str
    target: Literal["threshold", "remainder"]
    amount: float
    lift: float
    unit: str


def cheapest_repairs(school: JudgedSchool, standard: Standard) -> tuple[Repair, ...]:
    """The least that makes a school of the judgement pass its rule; empty where it passes or may yet pass.

    What a teacher or a square metre costs is not known and not invented: of all sets of indicators to lift,
    each to 100 % or to the remainder's 85 %, that let the school pass, the one with the fewest indicators
    is taken, among those the one with the smallest sum of lifts (shares of the thresholds), among those the
    first in the standard's order. What is not reported is taken to pass: `school.missing` says so.

    Of two indicators short, 6 of 7 leaves one at 85 %: the one at 90 % stays, the one at 50 % is lifted.

    >>> from analysis.indicators.reported import Section
    >>> from analysis.standard import load_standard
    >>> from analysis.verdict.schools_rule import judge_school, school_limits
    >>> standard = load_standard("national-2017")
    >>> limits = school_limits(standard, "primary")
    >>> values = {key: limit.value for key, limit in limits.items()} | {"R1": 0.9 * 4.2, "R5": 0.5 * 7.5}
    >>> section = Section(school="P01", kind="primary", stage="primary", pupils=200, values=values)
    >>> cheapest_repairs(judge_school(section, standard, limits), standard)
    (Repair(indicator='R5', target='threshold', amount=750.0, lift=0.5, unit='平方米体育运动场馆'),)
    """
    if school.verdict != Verdict.NOT_MET:
        return ()
    sets = (
        tuple(_repairs(school.short, left, standard))
        for size in range(len(school.short) + 1)
        for left in combinations(range(len(school.short)), size)
        if standard.school_rule.required.holds(len(school.values) - size)
    )
    return min(sets, key=_cost, default=())


def _repairs(short: Sequence[Short], left: Collection[int], standard: Standard) -> Iterator[Repair]:
    """What is lifted when the indicators in `left` may stay below their thresholds."""
    remainder = standard.school_rule.remainder
    for place, lack in enumerate(short):
        if place not in left:
            yield Repair(
                indicator=lack.indicator,
                target="threshold",
                amount=lack.lacks,
                lift=1 - lack.ratio,
                unit=lack.unit,
            )
        elif not remainder.holds(lack.ratio):
            lift = remainder.value - lack.ratio
            amount = lack.lacks * lift / (1 - lack.ratio)
            yield Repair(indicator=lack.indicator, target="remainder", amount=amount, lift=lift, unit=lack.unit)


def _cost(repairs: Iterable[Repair]) -> tuple[int, float]:
    lifts = [repair.lift for repair in repairs]
    return len(lifts), round(sum(lifts), SHOWN)


def say_lack(amount: float, unit: str) -> str:
    """What is lacking in natural units, never rounded to less than it is.

    >>> say_lack(2.4, "名骨干教师"), say_lack(317.2, "平方米体育运动场馆"), say_lack(1, "间音乐专用教室")
    ('2.4名骨干教师（至少3名）', '318平方米体育运动场馆', '1间音乐专用教室')
    """
    whole = ceil(round(amount, SHOWN))
    tenths = ceil(round(10 * amount, SHOWN))
    if not unit.startswith(COUNTED) or tenths == 10 * whole:
        return f"{whole:,}{unit}"
    return say("ledgers.at_least", amount=f"{tenths / 10:,.1f}", unit=unit, whole=f"{whole:,}", measure=unit[0])


def met_ledger(judgement: Judgement, standard: Standard) -> list[MetRow]:
    """已达标台账: a row for each school section and resource indicator at or above its threshold."""
    rows = []
    for school in judgement.dimensions.resources.schools:
        below = {lack.indicator for lack in school.short}.union(school.missing)
        rows += [
            MetRow(
                school=school.school,
                name=school.name,
                stage=school.stage,
                indicator=key,
                title=standard.indicators[key].title,
                value=value,
                threshold=standard.threshold(key, school.stage).value,
            )
            for key, value in school.values.items()
            if key not in below
        ]
    return rows


def unmet_ledger(judgement: Judgement, standard: Standard) -> list[UnmetRow]:
    """未达标台账: a row for each school section and indicator below its line, rooms, size and classes included.

    What a through-school shares is split first.
    """
    return [*_resources_short(judgement, standard), *_counts_short(judgement, standard)]


def _resources_short(judgement: Judgement, standard: Standard) -> Iterator[UnmetRow]:
    for school in judgement.dimensions.resources.schools:
        repairs = {repair.indicator: repair for repair in cheapest_repairs(school, standard)}
        for lack in school.short:
            repair = repairs.get(lack.indicator)
            yield UnmetRow(
                school=school.school,
                name=school.name,
                stage=school.stage,
                indicator=lack.indicator,
                title=standard.indicators[lack.indicator].title,
                value=lack.value,
                threshold=lack.threshold,
                ratio=lack.ratio,
                lacks=lack.lacks,
                unit=lack.unit,
                text=say("ledgers.lacks", amount=say_lack(lack.lacks, lack.unit)),
                verdict=school.verdict,
                repair=repair.target if repair else "",
                repair_text=say_lack(repair.amount, repair.unit) if repair else "",
                repair_amount=repair.amount if repair else 0.0,
                units=tuple(standard.units(lack.indicator)),
            )


def _counts_short(judgement: Judgement, standard: Standard) -> Iterator[UnmetRow]:
    """Rooms, sizes and classes (G3, G4, G5): each must be mended; what a through-school shares stands once."""
    schools = {(school.school, school.stage): school for school in judgement.dimensions.resources.schools}
    seen = set()
    for key, indicator in judgement.dimensions.guarantee.indicators.items():
        reads = {requirement.reads for requirement in standard.indicators[key].requires.values()}
        for part in indicator.parts:
            for short in part.short:
                stage = _stage_of(reads, schools[short.school, short.stage])
                place = (part.id, short.school, stage)
                if place not in seen:
                    seen.add(place)
                    row = _count_row(indicator, part, replace(short, stage=stage))
                    yield replace(row, indicator=key, part=part.id, units=tuple(standard.units(key)))


def _stage_of(reads: Collection[str], school: JudgedSchool) -> str:
    """ "whole" for what the stages of a school have together: its size, and rooms reported for all of it."""
    if "size" in reads and school.kind in THROUGH:
        return "whole"
    shared = any(room in reads for room in ROOMS) and school.counts.rooms_of == "whole"
    return "whole" if shared else school.stage


def _count_row(indicator: IndicatorFinding, part: PartFinding, short: CountShort) -> UnmetRow:
    text = say("ledgers.crowded")
    if short.lacks:
        text = say("ledgers.rooms", amount=f"{short.lacks:g}", title=part.title)
    elif short.exceeds:
        text = say("ledgers.exceeds", amount=f"{short.exceeds:g}")
    return UnmetRow(
        school=short.school,
        name=short.name,
        stage=short.stage,
        indicator=part.id,
        title=part.title or indicator.title,
        value=short.value,
        threshold=short.threshold,
        ratio=None,
        lacks=short.lacks or short.exceeds,
        unit=say("ledgers.room" if short.lacks else "ledgers.person"),
        text=text,
        verdict=Verdict.NOT_MET,
        repair="threshold",
        repair_text=text,
        repair_amount=short.lacks or 0.0,
        units=(),
    )
