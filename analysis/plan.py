"""The sample a rule asks for: forms per group, and per unit by population."""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pandas as pd

from questionnaires.paper import GROUPS
from questionnaires.rule import Rule, Sample


def sample_plan(rule: Rule, frame: pd.DataFrame, population: int) -> pd.DataFrame:
    """Targets: one row per group (`unit` "") and per (group, unit); columns group, unit, population, quota,
    target, shortfall.

    `quota` is what the rule demands of a group of the resident `population`; `target` = min(quota, people
    of the group in the frame): where fewer are there than asked for, all are taken, the `shortfall` is
    said, and nobody else fills it. Units share the target by their people (`largest_remainder`); a unit's
    quota is its target and its shortfall 0.
    """
    quotas = group_quotas(rule, population)
    rows: list[dict[str, Any]] = []
    for group, quota in quotas.items():
        people = frame[frame["group"] == group].groupby("unit")["population"].sum()
        units = {str(unit): int(count) for unit, count in people.items()}
        there = sum(units.values())
        target = min(quota, there)
        rows.append(_row(group, "", there, quota, target))
        shares = largest_remainder(target, units)
        rows += [_row(group, unit, units[unit], shares[unit], shares[unit]) for unit in sorted(units)]
    return pd.DataFrame(rows)


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
    others = [group for group in GROUPS if group in rule.groups and group != "parent"]
    each, left = divmod(size - parents, len(others))
    quotas = {group: each + (place < left) for place, group in enumerate(others)}
    return {group: {"parent": parents, **quotas}[group] for group in GROUPS if group in rule.groups}


def largest_remainder(total: int, people: Mapping[str, int]) -> dict[str, int]:
    """`total` shared out in proportion to `people`: whole parts, then one each by the largest remainder.

    Equal remainders go by name. Hare's method; Balinski & Young (1982), Fair Representation, chapter 3.

    >>> largest_remainder(10, {"A": 47, "B": 16, "C": 37})
    {'A': 5, 'B': 1, 'C': 4}
    """
    everyone = sum(people.values())
    exact = {unit: Fraction(total * count, everyone) for unit, count in people.items() if count}
    shares = {unit: floor(exact.get(unit, Fraction(0))) for unit in people}
    by_remainder = sorted(exact, key=lambda unit: (shares[unit] - exact[unit], unit))
    for unit in by_remainder[: total - sum(shares.values())]:
        shares[unit] += 1
    return shares


def _sample_size(sample: Sample, population: int) -> int:
    size = ceil(Fraction(str(sample.permille.value)) * population / 1000)
    if sample.floor and sample.floor_below and population < sample.floor_below.value:
        return max(size, sample.floor.value)
    return size


def _row(group: str, unit: str, people: int, quota: int, target: int) -> dict[str, Any]:
    return {
        "group": group,
        "unit": unit,
        "population": people,
        "quota": quota,
        "target": target,
        "shortfall": quota - target,
    }
