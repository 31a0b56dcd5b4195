"""Rates by stage and by locale, across the tree of units, shown only where they give away nothing hidden there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.column_values import texts
from analysis.disclosure.units import ABOVE, BELOW, SHOWN, WITHHELD, Node, unit_nodes
from questionnaires.rule import Rule

Floats = npt.NDArray[np.float64]
KINDS = ("stage", "locale")
NOTHING = 1e-9  # a residual of a vector of zeros and ones


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
    for units; "withheld" if, together with the units shown, the margins shown before it and the group's own
    rate, some figure that is not shown could be computed by adding and subtracting; else "shown". One outside
    the bounds that the units shown give already is left out: there is nothing left to hide.

    Rows of a group are sums over homes, so a figure can be computed from others exactly if its vector of homes
    lies in their span. Cox (1980), JASA 75, 377-385.

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
    nodes = [(node, state) for node, state, _ in unit_nodes(group, homes, places, rule)]
    low, high = rule.disclosure.unit_bounds.value
    found = list(_sum_margins(own, places[places.group == group]))
    states = {margin: ABOVE if margin.rate > high else BELOW if margin.rate < low else SHOWN for margin in found}
    return sorted(_protect(states, nodes, sorted(set(texts(own.home)))), key=lambda margin: margin.place)


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


def _protect(states: Mapping[Margin, str], nodes: Sequence[tuple[Node, str]], homes: Sequence[str]) -> Iterator[Margin]:
    """Every margin with its state: the largest are shown first, as long as nothing hidden comes to light."""
    told = _Told(homes, [node.homes for node, state in nodes if state == SHOWN])
    hidden = [node.homes for node, state in nodes if state != SHOWN]
    for margin, state in states.items():
        if state != SHOWN and not told.gives(margin.homes):
            hidden.append(margin.homes)
            yield _with(margin, state)
    for margin in sorted(states, key=lambda margin: (-margin.n, margin.place)):
        if states[margin] != SHOWN:
            continue
        more = told.also(margin.homes)
        if any(more.gives(homes) for homes in hidden):
            hidden.append(margin.homes)
            yield _with(margin, WITHHELD)
        else:
            told = more
            yield margin


def _with(one: Margin, state: str) -> Margin:
    return Margin(one.place, one.scope, one.homes, one.n, one.rate, state)


class _Told:
    """All that can be computed from the rows shown and the group's own rate.

    A home that is shown itself is known and needs no place in the vectors; what is left is few.
    """

    def __init__(self, homes: Iterable[str], shown: Sequence[frozenset[str]]):
        known = frozenset[str]().union(*(row for row in shown if len(row) == 1))
        self._spots = {home: spot for spot, home in enumerate(home for home in homes if home not in known)}
        rows = np.array([self._vector(row) for row in (frozenset(homes), *shown)])
        _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
        self._basis: Floats = basis[sizes > NOTHING]

    def gives(self, homes: frozenset[str]) -> bool:
        """Whether the sum over these homes can be computed."""
        return float(np.abs(self._rest(homes)).max(initial=0.0)) < NOTHING

    def also(self, homes: frozenset[str]) -> "_Told":
        """The same, when this sum is told as well."""
        rest = self._rest(homes)
        size = float(np.linalg.norm(rest))
        more = object.__new__(_Told)
        more._spots = self._spots
        more._basis = np.vstack([self._basis, rest / size]) if size > NOTHING else self._basis
        return more

    def _rest(self, homes: frozenset[str]) -> Floats:
        vector = self._vector(homes)
        rest: Floats = vector - (self._basis @ vector) @ self._basis
        return rest

    def _vector(self, homes: frozenset[str]) -> Floats:
        vector = np.zeros(len(self._spots))
        vector[[self._spots[home] for home in homes if home in self._spots]] = 1.0
        return vector
