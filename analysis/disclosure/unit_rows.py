"""Units, stages and locales of each group, as sums over its homes; what is told of them is decided elsewhere."""

from collections.abc import Iterator

import pandas as pd
from msgspec import Struct

from analysis.column_values import texts
from analysis.disclosure.cross_margins import Margin, list_margins
from analysis.disclosure.units import Node, merge_places, unit_members, unit_nodes
from analysis.published import UnitRow
from analysis.results import Figure
from questionnaires.rule import Rule

COLUMNS = ["group", "place", "level", "scope", "n", "rate", "at_least", "at_most", "lower", "upper", "state"]
MEMBERS = ["group", "place", "scope", "state", "member"]


class UnitSum(Struct, frozen=True, kw_only=True):
    """A row of a group before anything is decided: which homes it sums up, its exact rate, how the rule bounds it."""

    group: str
    place: str
    scope: str
    n: int
    rate: float
    state: str
    homes: frozenset[str]

    @property
    def level(self) -> str:
        """The level of its place."""
        return self.place.split("/")[0]

    def tell(self, figure: Figure, state: str) -> UnitRow:
        """The row as it is published."""
        return UnitRow(
            group=self.group,
            place=self.place,
            level=self.level,
            scope=self.scope,
            n=self.n,
            rate=figure.rate,
            at_least=figure.at_least,
            at_most=figure.at_most,
            state=state,
        )


def sum_units(cells: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> dict[str, list[UnitSum]]:
    """Every group's rows: units, then stages and locales (`list_margins`), each in the order of its place.

    >>> from analysis.cells.tallying import HEADLINE
    >>> from questionnaires.rule import load_rule
    >>> spots = {"group": "teacher", "place": ["unit/A", "unit/B"]}
    >>> cells = pd.DataFrame({**spots, "measure": HEADLINE, "n": [20, 30], "total": [15.0, 27.0], "weight": 2.0})
    >>> places = pd.DataFrame({**spots, "unit": ["A", "B"], "class": "", "township": "T", "stage": "primary",
    ...     "locale": "town", "invited": 40})
    >>> [(row.place, row.n, row.rate) for row in sum_units(cells, places, load_rule("quality-2024"))["teacher"]]
    [('unit/A', 20, 0.75), ('unit/B', 30, 0.9)]
    """
    homes = merge_places(cells, places, rule.smallest)
    found: dict[str, list[UnitSum]] = {}
    for group in sorted(set(texts(homes.group))):
        nodes = (_of_node(group, *node) for node in unit_nodes(group, homes, places, rule))
        margins = (_of_margin(group, margin) for margin in list_margins(group, homes, places, rule))
        found[group] = [*sorted(nodes, key=lambda row: (row.place, row.level, row.scope)), *margins]
    return found


def _of_node(group: str, node: Node, state: str, scope: str) -> UnitSum:
    return UnitSum(
        group=group,
        place=node.place,
        scope=scope,
        n=node.n,
        rate=node.rate,
        state=state,
        homes=node.homes,
    )


def _of_margin(group: str, margin: Margin) -> UnitSum:
    return UnitSum(
        group=group,
        place=margin.place,
        scope=margin.scope,
        n=margin.n,
        rate=margin.rate,
        state=margin.state,
        homes=margin.homes,
    )


def row_members(cells: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Which places each row stands for, stages and locales with it: MEMBERS, as `unit_members`."""
    homes = merge_places(cells, places, rule.smallest)
    inside = homes.groupby(["group", "home"]).place.apply(list)
    rows = [
        (group, margin.place, margin.scope, margin.state, member)
        for group, margin in _margins(homes, places, rule)
        for member in sorted(place for home in margin.homes for place in inside[group, home])
    ]
    return pd.concat([unit_members(cells, places, rule), pd.DataFrame(rows, columns=MEMBERS)], ignore_index=True)


def _margins(homes: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> Iterator[tuple[str, Margin]]:
    for group in sorted(set(texts(homes.group))):
        for margin in list_margins(group, homes, places, rule):
            yield group, margin
