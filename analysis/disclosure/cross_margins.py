"""Rates by stage and by locale, across the tree of units."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from analysis.column_values import texts
from analysis.disclosure.units import SHOWN, bounded_state
from questionnaires.rule import Rule

KINDS = ("stage", "locale")


@dataclass(frozen=True, eq=False)
class Margin:
    """All places of a group that lie in one stage, or in one locale; `place` is e.g. "stage/primary"."""

    place: str
    scope: str
    homes: frozenset[str]
    n: int
    rate: float
    state: str = SHOWN


def list_margins(group: str, homes: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> list[Margin]:
    """The stages and locales of a group: each sums up the homes (`units.merge_places`) that lie in it alone.

    A home with people of several stages counts in none of them: `scope` is then "some". One that holds the whole
    group says no more than the group's own rate and is left out. `state` is "above" or "below" the rule's bounds
    for units, else "shown".

    >>> from questionnaires.rule import load_rule
    >>> spots = {"group": "teacher", "place": ["unit/A", "unit/B"]}
    >>> homes = pd.DataFrame({**spots, "home": spots["place"], "n": [20, 30], "answered": [20, 30],
    ...     "satisfied": [15, 27]})
    >>> places = pd.DataFrame({**spots, "unit": ["A", "B"], "class": "", "township": "T", "locale": "town",
    ...     "stage": ["primary", "junior"], "invited": 40})
    >>> [(one.place, one.n, one.rate) for one in list_margins("teacher", homes, places, load_rule("quality-2024"))]
    [('stage/junior', 30, 0.9), ('stage/primary', 20, 0.75)]
    """
    own = homes[homes.group == group]
    found = _sum_margins(own, places[places.group == group])
    judged = (replace(margin, state=bounded_state(margin.rate, rule)) for margin in found)
    return sorted(judged, key=lambda margin: margin.place)


def _sum_margins(own: pd.DataFrame, places: pd.DataFrame) -> Iterator[Margin]:
    sums = own.groupby("home")[["n", "answered", "satisfied"]].sum()
    for kind in KINDS:
        inside = _homes_by(kind, own, places)
        for name in sorted({name for names in inside.values() for name in names} - {""}):
            alone = [home for home, names in inside.items() if names == {name}]
            mixed = any(name in names for names in inside.values() if len(names) > 1)
            if not alone or len(alone) == len(sums):
                continue
            total = sums.loc[alone].sum()
            yield Margin(
                f"{kind}/{name}",
                "some" if mixed else "whole",
                frozenset(alone),
                int(total.n),
                float(total.satisfied / total.answered),
            )


def _homes_by(kind: str, own: pd.DataFrame, places: pd.DataFrame) -> dict[str, set[str]]:
    """Home -> the stages (or locales) of the people who are counted in it."""
    home_of = dict(zip(texts(own.place), texts(own.home), strict=True))
    inside: dict[str, set[str]] = defaultdict(set)
    selected = places[(places.invited > 0) & places.place.isin(list(home_of))]
    for place, name in zip(texts(selected.place), texts(selected[kind].fillna("")), strict=True):
        inside[home_of[place]].add(name)
    return dict(sorted(inside.items()))
