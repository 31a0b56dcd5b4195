"""The published table of units: a headline rate for every place and union of places that may have one."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.cells.tallying import HEADLINE
from analysis.column_values import texts, whole_numbers
from analysis.disclosure.statements import outweighs_others
from analysis.places import LEVELS, Chain, agree, place_chains, row_chains, settle
from questionnaires.rule import Rule

SHOWN = "shown"
ABOVE = "above"
BELOW = "below"
WITHHELD = "withheld"
COUNTY = "county"
COLUMNS = ["group", "place", "level", "scope", "n", "rate", "state"]


def unit_table(cells: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """One row per published place of each group, below the county.

    `cells` and `places` are under the published groups (`disclosure.joined`). Places are tested again on the
    forms that came (`merge_places`); schools and townships with several places have a row of their own.
    Columns: group, place, level, `scope` ("whole": everyone of that place; "some": a part of its people is
    counted in a coarser one; "rest": those without a finer place), n (forms with a headline), rate (NaN
    unless shown), `state`: "shown"; "above" or "below" the rule's bounds for units. What may be told of them
    all together is for `row_program` to find.

    >>> from questionnaires.rule import load_rule
    >>> spots = {"group": "teacher", "place": ["unit/A", "unit/B"]}
    >>> cells = pd.DataFrame({**spots, "measure": HEADLINE, "n": [20, 30], "total": [15.0, 27.0], "weight": 2.0})
    >>> places = pd.DataFrame({**spots, "unit": ["A", "B"], "class": "", "township": "T", "stage": "primary",
    ...     "locale": "town", "invited": 40})
    >>> unit_table(cells, places, load_rule("quality-2024"))[["place", "n", "rate", "state"]].to_numpy().tolist()
    [['unit/A', 20, 0.75, 'shown'], ['unit/B', 30, 0.9, 'shown']]
    """
    homes = merge_places(cells, places, rule.smallest)
    rows = [row for group in sorted(set(texts(homes.group))) for row in _rows(group, homes, places, rule)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(COLUMNS[:4], ignore_index=True)


def unit_members(cells: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Which places each row of `unit_table` stands for, the coarsest row of a place first.

    Columns group, place (of the row), scope, state, member (a place that forms with a headline came from).

    >>> from questionnaires.rule import load_rule
    >>> spots = {"group": "teacher", "place": ["unit/A", "unit/B"]}
    >>> cells = pd.DataFrame({**spots, "measure": HEADLINE, "n": [20, 30], "total": [15.0, 27.0], "weight": 2.0})
    >>> places = pd.DataFrame({**spots, "unit": ["A", "B"], "class": "", "township": "T", "stage": "primary",
    ...     "locale": "town", "invited": 40})
    >>> unit_members(cells, places, load_rule("quality-2024"))[["place", "member"]].to_numpy().tolist()
    [['unit/A', 'unit/A'], ['unit/B', 'unit/B']]
    """
    homes = merge_places(cells, places, rule.smallest)
    rows = []
    for group in sorted(set(texts(homes.group))):
        inside = {home: texts(rows.place) for home, rows in homes[homes.group == group].groupby("home")}
        for node, state, scope in unit_nodes(group, homes, places, rule):
            members = sorted(place for home in node.homes for place in inside[home])
            rows += [(group, node.place, scope, state, member, len(node.homes)) for member in members]
    table = pd.DataFrame(rows, columns=["group", "place", "scope", "state", "member", "homes"])
    ordered = table.sort_values(["group", "member", "homes", "place"], ascending=[True, True, False, True])
    return ordered.drop(columns="homes").reset_index(drop=True)


def merge_places(cells: pd.DataFrame, places: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """One row per (group, place) that forms with a headline came from: where it is shown (`home`).

    Like `places.partition`, with forms for codes: what too few answered is merged upward. Columns group,
    place, home, n, `total` (the headline's sum, unweighted), and the weighted sums `answered` and `satisfied`.

    >>> spots = {"group": "teacher", "place": ["unit/A", "unit/B"]}
    >>> cells = pd.DataFrame({**spots, "measure": HEADLINE, "n": [4, 30], "total": [3.0, 27.0], "weight": 2.0})
    >>> places = pd.DataFrame({**spots, "unit": ["A", "B"], "class": "", "township": "T", "stage": "primary",
    ...     "locale": "town", "invited": 40})
    >>> merge_places(cells, places, 10)["home"].tolist()    # four may not stand alone, and thirty hide them
    ['township/T', 'township/T']
    """
    headline = cells[(cells.measure == HEADLINE) & (cells.n > 0)]
    weighted = headline.assign(answered=headline.weight * headline.n, satisfied=headline.weight * headline.total)
    sums = weighted.groupby(["group", "place"])[["n", "total", "answered", "satisfied"]].sum().reset_index()
    chains = place_chains(places)
    homes = [""] * len(sums)
    for group, positions in sums.groupby("group").indices.items():
        own = [chains[str(group), place] for place in texts(sums.place.iloc[positions])]
        settled = _hidden_by_others(own, whole_numbers(sums.n.iloc[positions]), smallest)
        for row, home in zip(np.asarray(positions, np.int64).tolist(), settled, strict=True):
            homes[row] = home
    return sums.assign(home=homes)


def _hidden_by_others(chains: Sequence[Chain], people: Sequence[int], smallest: int) -> list[str]:
    """`places.settle`; where one home outweighs all others by far, they are one (see `statements`)."""
    homes = settle(chains, people, smallest)
    counts: Counter[str] = Counter()
    for home, count in zip(homes, people, strict=True):
        counts[home] += count
    if any(outweighs_others(count, counts.total()) for count in counts.values()):
        return [COUNTY if home else home for home in homes]
    return homes


@dataclass(frozen=True, eq=False)
class Node:
    """A published place, or a union of them (`parts`)."""

    place: str
    chain: Chain
    homes: frozenset[str]
    n: int
    answered: float
    satisfied: float
    parts: tuple["Node", ...] = ()

    @property
    def rate(self) -> float:
        """The weighted share of those who answered."""
        return self.satisfied / self.answered


def _rows(group: str, homes: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> Iterator[tuple[object, ...]]:
    for node, state, scope in unit_nodes(group, homes, places, rule):
        rate = node.rate if state == SHOWN else float("nan")
        yield group, node.place, _level(node.place), scope, node.n, rate, state


def unit_nodes(group: str, homes: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> Iterator[tuple[Node, str, str]]:
    """The group's nodes below the county as `unit_table` lists them, each with its state and scope."""
    own = homes[homes.group == group]
    owners = _owners(group, own, places)
    for node, state in _states(_tree(group, own, place_chains(places)), rule).items():
        yield node, state, _scope(node, owners[node.place])


def _scope(node: Node, homes: set[str]) -> str:
    """What the node is of all the homes in which the people of its key are counted."""
    depth = LEVELS.index(_level(node.place))
    elsewhere = {LEVELS.index(_level(home)) for home in homes - node.homes}
    if not elsewhere:
        return "whole"
    return "rest" if min(elsewhere) < depth else "some"


def _level(place: str) -> str:
    return place.split("/")[0]


def _tree(group: str, homes: pd.DataFrame, chains: dict[tuple[str, str], Chain]) -> tuple[Node, ...]:
    """The group's top nodes: places, joined into schools, those into townships."""
    nodes = tuple(
        Node(
            str(home),
            agree(str(home), [chains[group, place] for place in texts(rows.place)]),
            frozenset([str(home)]),
            int(rows.n.sum()),
            float(rows.answered.sum()),
            float(rows.satisfied.sum()),
        )
        for home, rows in homes.groupby("home", sort=True)
    )
    for level in (LEVELS.index("unit"), LEVELS.index("township")):
        nodes = tuple(_united(nodes, level))
    while len(nodes) == 1:
        nodes = nodes[0].parts
    return nodes


def _united(nodes: Sequence[Node], level: int) -> Iterator[Node]:
    together: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        together[node.chain[level] or node.place].append(node)
    for place, parts in together.items():
        yield parts[0] if len(parts) == 1 else _union(place, parts)


def _union(place: str, parts: Sequence[Node]) -> Node:
    return Node(
        place,
        agree(place, [part.chain for part in parts]),
        frozenset().union(*(part.homes for part in parts)),
        sum(part.n for part in parts),
        sum(part.answered for part in parts),
        sum(part.satisfied for part in parts),
        tuple(parts),
    )


def _owners(group: str, homes: pd.DataFrame, places: pd.DataFrame) -> dict[str, set[str]]:
    """Key -> the homes in which people of that key are counted."""
    home_of = dict(zip(texts(homes.place), texts(homes.home), strict=True))
    selected = places[(places.group == group) & (places.invited > 0) & places.place.isin(list(home_of))]
    owners: dict[str, set[str]] = defaultdict(set)
    for place, chain in zip(texts(selected.place), row_chains(selected), strict=True):
        for key in chain:
            owners[key].add(home_of[place])
    return owners


def _states(top: tuple[Node, ...], rule: Rule) -> dict[Node, str]:
    """Every node's state by the rule's bounds: outside them its rate is a statement."""
    return {node: bounded_state(node.rate, rule) for _, parts in _families(top) for node in parts}


def bounded_state(rate: float, rule: Rule) -> str:
    """Whether a unit's rate is told as a number, or as lying beyond a bound."""
    low, high = rule.disclosure.unit_bounds.value
    return ABOVE if rate > high else BELOW if rate < low else SHOWN


def _families(parts: tuple[Node, ...], *parent: Node) -> Iterator[tuple[tuple[Node, ...], tuple[Node, ...]]]:
    """(parent or nothing for the county, its parts), all the way down."""
    if parts:
        yield parent, parts
    for part in parts:
        yield from _families(part.parts, part)
