"""Units, stages and locales as they are published, with their intervals, and where single forms may stand."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from msgspec import convert

from analysis.cells.tallying import HEADLINE
from analysis.column_values import texts
from analysis.disclosure.cross_margins import Margin, list_margins
from analysis.disclosure.units import SHOWN, merge_places, unit_members, unit_table
from analysis.intervals import exact_bounds
from analysis.plain import plain
from analysis.published import FormSpot, UnitRow, Units
from questionnaires.rule import Rule

COLUMNS = ["group", "place", "level", "scope", "n", "rate", "lower", "upper", "state"]
MEMBERS = ["group", "place", "scope", "state", "member"]


def describe_units(cells: pd.DataFrame, places: pd.DataFrame, estimates: pd.DataFrame, rule: Rule) -> Units:
    """The units as they are published, and where single forms may stand.

    `rows` are those of `unit_table`, then the stages and locales of each group (`list_margins`). `estimates` are
    of weighted_share, for the design effect behind `unit_bounds`. A form of (group, member) stands in the finest
    unit shown of it; the forms of rows that are not shown stay together in what holds them all, the county
    without a row. So forms tell nothing that rows do not.
    """
    members = unit_members(cells, places, rule)
    finest = members[members.state == SHOWN].drop_duplicates(["group", "member"], keep="last")
    rows = pd.concat([unit_table(cells, places, rule), _margin_table(cells, places, rule)], ignore_index=True)
    bounded = unit_bounds(rows, estimates, rule)[COLUMNS]
    return Units(
        rows=convert(plain(bounded.to_dict("records")), tuple[UnitRow, ...]),
        forms=convert(finest.to_dict("records"), tuple[FormSpot, ...]),
    )


def unit_bounds(rows: pd.DataFrame, estimates: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Rows with `lower` and `upper`: Clopper-Pearson at n* = n / max(1, deff), deff being the group's own.

    The bounds follow from figures that are published anyway (n, the rate, the group's design effect), so that
    they tell nothing more about anyone. A unit by itself has too few classes for a variance of its own, and no
    finite-population correction is taken: the interval is rather too wide. Kish (1965), section 8.2.

    >>> from questionnaires.rule import load_rule
    >>> rows = pd.DataFrame({"group": ["teacher"], "n": [40], "rate": [0.5]})
    >>> deff = pd.DataFrame({"domain": ["teacher"], "measure": HEADLINE, "deff": [2.0]})
    >>> unit_bounds(rows, deff, load_rule("quality-2024"))[["lower", "upper"]].round(4).to_numpy().tolist()
    [[0.272, 0.728]]
    """
    headline = estimates[estimates.measure == HEADLINE]
    deffs = dict(zip(headline.domain, headline.deff.astype(float), strict=True))
    deff = rows.group.map(deffs).astype(float).fillna(1.0).clip(lower=1.0)
    shown = rows.rate.notna().to_numpy()
    p = rows.rate.fillna(0.5).to_numpy(float)
    size = (rows.n / deff).to_numpy(float)
    lower, upper = exact_bounds(p, size, (1 - rule.confidence.value) / 2)
    return rows.assign(lower=np.where(shown, lower, np.nan), upper=np.where(shown, upper, np.nan))


def row_members(cells: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Which places each published row stands for, stages and locales with it: MEMBERS, as `unit_members`."""
    homes = merge_places(cells, places, rule.smallest)
    inside = homes.groupby(["group", "home"]).place.apply(list)
    rows = [
        (group, margin.place, margin.scope, margin.state, member)
        for group, margin in _margins(cells, places, rule)
        for member in sorted(place for home in margin.homes for place in inside[group, home])
    ]
    return pd.concat([unit_members(cells, places, rule), pd.DataFrame(rows, columns=MEMBERS)], ignore_index=True)


def _margin_table(cells: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    rows = [_margin_row(group, margin) for group, margin in _margins(cells, places, rule)]
    columns = [name for name in COLUMNS if name not in ("lower", "upper")]
    return pd.DataFrame(rows, columns=columns).astype({"rate": float})


def _margin_row(group: str, margin: Margin) -> tuple[object, ...]:
    level = margin.place.split("/")[0]
    rate = margin.rate if margin.state == SHOWN else None
    return group, margin.place, level, margin.scope, margin.n, rate, margin.state


def _margins(cells: pd.DataFrame, places: pd.DataFrame, rule: Rule) -> Iterator[tuple[str, Margin]]:
    homes = merge_places(cells, places, rule.smallest)
    for group in sorted(set(texts(homes.group))):
        for margin in list_margins(group, homes, places, rule):
            yield group, margin
