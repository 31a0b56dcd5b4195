"""The sample a rule asks for: forms and slips per group, grade band, locale and unit."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import NamedTuple

import pandas as pd

from analysis.column_values import texts, whole_numbers
from analysis.plan.apportion import equal_shares, largest_remainder
from questionnaires.rule import Rule, Sample
from questionnaires.vocabulary import Group

Spot = tuple[str, str, str]
"""(grade band, locale, unit), each "" where it does not apply."""


class PlanLine(NamedTuple):
    """Targets of a group, or of one of its units; `population` counts people."""

    group: str
    unit: str
    population: int
    quota: int
    target: int
    shortfall: int
    slips: int


def sample_plan(rule: Rule, frame: pd.DataFrame, population: int, *, return_rate: float | None = None) -> pd.DataFrame:
    """Targets: one row per group (`unit` "") and per (group, unit); columns group, unit, population, quota,
    target, shortfall, slips.

    `quota` is what the rule demands of a group of the resident `population`; `target` = min(quota, people
    of the group in the frame): where fewer are there than asked for, all are taken, the `shortfall` is
    said, and nobody else fills it. A unit's quota is its target and its shortfall 0. `slips` and how the
    units share: `sample_strata`.
    """
    strata = sample_strata(rule, frame, population, return_rate=return_rate)
    rows: list[PlanLine] = []
    for group, quota in group_quotas(rule, population).items():
        own = strata[strata.group == group]
        units = own.groupby("unit")[["population", "target", "slips"]].sum().reset_index()
        there, target, slips = (int(units[name].sum()) for name in ("population", "target", "slips"))
        whole = PlanLine(
            group=group,
            unit="",
            population=there,
            quota=quota,
            target=target,
            shortfall=quota - target,
            slips=slips,
        )
        rows += [whole, *_by_unit(group, units)]
    return pd.DataFrame(rows, columns=PlanLine._fields)


def _by_unit(group: str, units: pd.DataFrame) -> Iterator[PlanLine]:
    columns = (whole_numbers(units.population), whole_numbers(units.target), whole_numbers(units.slips))
    for unit, people, target, slips in zip(texts(units.unit), *columns, strict=True):
        yield PlanLine(group=group, unit=unit, population=people, quota=target, target=target, shortfall=0, slips=slips)


def sample_strata(
    rule: Rule, frame: pd.DataFrame | None, population: int, *, return_rate: float | None = None
) -> pd.DataFrame:
    """The sample in its finest parts: columns group, band, locale, unit, population, target, slips.

    Grade bands share a group's target alike, as far as they have people (the rule's `by_grade` groups);
    inside a band locales share it by their people, inside those units. Rows of the frame without a grade
    get their part by people first. `slips` is how many to print: target/return rate (the rule's unless
    told), at most everyone; the ones beyond the target are spread the same way over those left. Without a
    frame there are groups and bands alone, and population is NaN.
    """
    rate = Fraction(str(return_rate or rule.planning.return_rate.value))
    rows = []
    for group, quota in group_quotas(rule, population).items():
        enough = ceil(quota / rate)
        people = _bands_alone(rule, group, enough) if frame is None else _people(rule, group, frame)
        there = sum(people.values())
        targets = spread(min(quota, there), people)
        more = spread(min(enough, there) - min(quota, there), {spot: people[spot] - targets[spot] for spot in people})
        rows += [(group, *spot, people[spot], targets[spot], targets[spot] + more[spot]) for spot in sorted(people)]
    table = pd.DataFrame(rows, columns=["group", "band", "locale", "unit", "population", "target", "slips"])
    return table if frame is not None else table.assign(population=float("nan"))


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


def band_of(rule: Rule, group: str, grade: float) -> str:
    """The grade band of a row of the frame; "" for groups that are not spread over grades, and without a grade.

    >>> from questionnaires.rule import load_rule
    >>> band_of(load_rule("quality-2024"), "parent", 5.0), band_of(load_rule("quality-2024"), "teacher", 5.0)
    ('4-6', '')
    """
    if group not in rule.sample.by_grade.value:
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


def _people(rule: Rule, group: str, frame: pd.DataFrame) -> dict[Spot, int]:
    rows = frame[frame.group == group]
    people: dict[Spot, int] = defaultdict(int)
    for grade, locale, unit, count in rows[["grade", "locale", "unit", "population"]].itertuples(
        index=False, name=None
    ):
        people[band_of(rule, group, grade), str(locale), str(unit)] += int(count)
    return people


def _bands_alone(rule: Rule, group: str, enough: int) -> dict[Spot, int]:
    bands = [f"{first}-{last}" for first, last in rule.sample.grade_bands.value]
    return {(band, "", ""): enough for band in (bands if group in rule.sample.by_grade.value else [""])}


def _sample_size(sample: Sample, population: int) -> int:
    size = ceil(Fraction(str(sample.permille.value)) * population / 1000)
    if sample.floor and sample.floor_below and population < sample.floor_below.value:
        return max(size, sample.floor.value)
    return size
