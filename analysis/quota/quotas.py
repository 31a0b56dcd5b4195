"""The sample a rule asks for: forms and slips per group, grade band, locale and unit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from analysis.quota.apportion import equal_shares, largest_remainder
from questionnaires.rule import Rule, Sample
from questionnaires.vocabulary import Group

Spot = tuple[str, str, str]
"""(grade band, locale, unit), each "" where it does not apply."""


class ListedPeople(NamedTuple):
    """People of a row of the frame; `grade` is None or NaN where it is not known."""

    group: str
    grade: float | None
    locale: str
    unit: str
    population: int


class StratumQuota(NamedTuple):
    """The sample in its finest parts: what a group owes in a grade band, a locale and a unit."""

    group: str
    band: str
    locale: str
    unit: str
    population: int
    target: int
    slips: int


class PlanLine(NamedTuple):
    """Targets of a group, or of one of its units; `population` counts people."""

    group: str
    unit: str
    population: int
    quota: int
    target: int
    shortfall: int
    slips: int


def list_targets(rule: Rule, strata: Iterable[StratumQuota], population: int) -> list[PlanLine]:
    """One line per group (`unit` "") and after it one per unit, as `sample_plan` describes them."""
    units: dict[str, dict[str, list[StratumQuota]]] = defaultdict(lambda: defaultdict(list))
    for stratum in strata:
        units[stratum.group][stratum.unit].append(stratum)
    lines: list[PlanLine] = []
    for group, quota in group_quotas(rule, population).items():
        own = [_add_unit(group, unit, parts) for unit, parts in sorted(units[group].items())]
        target = sum(line.target for line in own)
        whole = PlanLine(
            group=group,
            unit="",
            population=sum(line.population for line in own),
            quota=quota,
            target=target,
            shortfall=quota - target,
            slips=sum(line.slips for line in own),
        )
        lines += [whole, *own]
    return lines


def _add_unit(group: str, unit: str, parts: Sequence[StratumQuota]) -> PlanLine:
    target = sum(part.target for part in parts)
    return PlanLine(
        group=group,
        unit=unit,
        population=sum(part.population for part in parts),
        quota=target,
        target=target,
        shortfall=0,
        slips=sum(part.slips for part in parts),
    )


def share_quotas(
    rule: Rule, rows: Sequence[ListedPeople] | None, population: int, *, return_rate: float | None = None
) -> list[StratumQuota]:
    """The sample in its finest parts, as `sample_strata` describes them; with `rows` None by group and band alone."""
    rate = Fraction(str(return_rate or rule.planning.return_rate.value))
    return [
        stratum
        for group, quota in group_quotas(rule, population).items()
        for stratum in _share_group(rule, group, quota, rows, rate)
    ]


def _share_group(
    rule: Rule, group: str, quota: int, rows: Sequence[ListedPeople] | None, rate: Fraction
) -> Iterator[StratumQuota]:
    enough = ceil(quota / rate)
    people = _bands_alone(rule, group, enough) if rows is None else _add_people(rule, group, rows)
    there = sum(people.values())
    targets = spread(min(quota, there), people)
    more = spread(min(enough, there) - min(quota, there), {spot: people[spot] - targets[spot] for spot in people})
    for spot in sorted(people):
        yield StratumQuota(group, *spot, people[spot], targets[spot], targets[spot] + more[spot])


def group_quotas(rule: Rule, population: int) -> dict[str, int]:
    """Forms per group: the sample's size, at least half of it parents, the others equal.

    What cannot be shared equally goes one each to the first groups of the glossary.

    >>> from questionnaires.rule import load_rule
    >>> quotas = group_quotas(load_rule("quality-2024"), 487_281)
    >>> sum(quotas.values()), quotas["parent"], quotas["student"], quotas["public"]
    (731, 366, 61, 60)
    """
    size = _sample_size(rule.sample, population)
    parents = ceil(rule.sample.parents_min_share.value * size)
    others = [group for group in map(str, Group) if group in rule.groups and group != "parent"]
    each, left = divmod(size - parents, len(others))
    quotas = {group: each + (place < left) for place, group in enumerate(others)}
    return {group: {"parent": parents, **quotas}[group] for group in map(str, Group) if group in rule.groups}


def spread(total: int, people: Mapping[Spot, int]) -> dict[Spot, int]:
    """`total` over the grade bands alike, inside a band over locales and inside those over units by people.

    >>> people = {("1-3", "city", "A"): 30, ("1-3", "village", "B"): 10, ("4-6", "city", "A"): 90}
    >>> spread(8, people)
    {('1-3', 'city', 'A'): 3, ('1-3', 'village', 'B'): 1, ('4-6', 'city', 'A'): 4}
    """
    shares: dict[Spot, int] = {}
    for band, in_band in _band_shares(total, _add_up(people, 0)).items():
        inside = {spot: count for spot, count in people.items() if spot[0] == band}
        for locale, in_locale in largest_remainder(in_band, _add_up(inside, 1)).items():
            shares |= largest_remainder(in_locale, {spot: n for spot, n in inside.items() if spot[1] == locale})
    return shares


def band_of(rule: Rule, group: str, grade: float | None) -> str:
    """The grade band of a row of the frame; "" for groups that are not spread over grades, and without a grade.

    >>> from questionnaires.rule import load_rule
    >>> band_of(load_rule("quality-2024"), "parent", 5.0), band_of(load_rule("quality-2024"), "teacher", 5.0)
    ('4-6', '')
    """
    if grade is None or group not in rule.sample.by_grade.value:
        return ""
    return next((f"{first}-{last}" for first, last in rule.sample.grade_bands.value if first <= grade <= last), "")


def _band_shares(total: int, people: Mapping[str, int]) -> dict[str, int]:
    """Alike for all bands; those whose grade is not known ("") stand aside with their part by people."""
    banded = {band: count for band, count in people.items() if band}
    parts = largest_remainder(total, {"": people.get("", 0), "banded": sum(banded.values())})
    return equal_shares(parts["banded"], banded) | {"": parts[""]}


def _add_up(people: Mapping[Spot, int], part: int) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for spot, count in people.items():
        sums[spot[part]] += count
    return sums


def _add_people(rule: Rule, group: str, rows: Iterable[ListedPeople]) -> dict[Spot, int]:
    people: dict[Spot, int] = defaultdict(int)
    for row in rows:
        if row.group == group:
            people[band_of(rule, group, row.grade), row.locale, row.unit] += row.population
    return people


def _bands_alone(rule: Rule, group: str, enough: int) -> dict[Spot, int]:
    bands = [f"{first}-{last}" for first, last in rule.sample.grade_bands.value]
    return {(band, "", ""): enough for band in (bands if group in rule.sample.by_grade.value else [""])}


def _sample_size(sample: Sample, population: int) -> int:
    size = ceil(Fraction(str(sample.permille.value)) * population / 1000)
    if sample.floor and sample.floor_below and population < sample.floor_below.value:
        return max(size, sample.floor.value)
    return size
