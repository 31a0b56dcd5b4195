"""Forms raked to the people of the frame by stage and locale, instead of weighed by response rates."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from analysis.cells.tallying import HEADLINE
from analysis.disclosure import joined
from analysis.weights.raking import Margins
from analysis.weights.rule_shares import keep_rule_shares

CATEGORY = "category"


class FrameCells(NamedTuple):
    """Headline cells at their design weights with a `category`, and the people of the frame in each."""

    cells: pd.DataFrame
    margins: Margins


def frame_cells(cells: pd.DataFrame, places: pd.DataFrame) -> FrameCells | None:
    """What `weighted_share(cells, margins=margins)` needs to rake every group to the frame.

    `cells` of tally and `places` of design_weights, before any groups are joined. A category is group x
    stage x locale; where no form came from one it is joined with all of its stage, then of its group. A
    group that is not divided is one category: its design weights alone. None without forms. Deming &
    Stephan (1940), Annals of Mathematical Statistics 11; docs/method.md, section 7.

    >>> places = pd.DataFrame({"group": "parent", "place": ["a", "b"], "stage": "primary",
    ...     "locale": ["city", "town"], "population": [300, 100], "invited": [30, 10], "design": [10.0, 10.0]})
    >>> cells = pd.DataFrame({"measure": HEADLINE, "group": "parent", "place": ["a", "b"], "weight": 1.0,
    ...     "n_forms": [20, 10]})
    >>> frame_cells(cells, places).margins["category"]
    {'parent/primary/city': 300.0, 'parent/primary/town': 100.0}
    """
    table = _categories(cells, places)
    table = table[table.groupby(CATEGORY).forms.transform("sum") > 0]
    if table.empty:
        return None
    headline = cells[cells.measure == HEADLINE].drop(columns="weight")
    own = headline.merge(table[["group", "place", CATEGORY, "weight"]], on=["group", "place"])
    people = table.groupby(CATEGORY).people.sum()
    return FrameCells(own, {CATEGORY: dict(zip(people.index, people.astype(float), strict=True))})


def shown_cells(raked: FrameCells, labels: Mapping[str, str], weights: Mapping[str, float]) -> FrameCells | None:
    """The same under the labels of `disclosure.join_groups`, without the groups that are left out.

    The people of groups that are joined are counted so often that each has the weight of the rule in its label.
    """
    cells = joined(raked.cells, labels)
    left = set(cells[CATEGORY])
    margin = {name: people for name, people in raked.margins[CATEGORY].items() if name in left}
    owners = raked.cells.drop_duplicates(CATEGORY)[[CATEGORY, "group"]]
    owners = owners[owners[CATEGORY].isin(left)].assign(measure=HEADLINE, n=1)
    shared = keep_rule_shares(owners.assign(weight=owners[CATEGORY].map(margin)), labels, weights)
    margin = dict(zip(shared[CATEGORY], shared.weight, strict=True))
    return FrameCells(cells, {CATEGORY: margin}) if margin else None


def _categories(cells: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """One row per (group, place): design weight, people of the frame, forms, category."""
    people = places.assign(people=places[["population", "invited"]].max(axis=1))
    by_place = people.groupby(["group", "place"])
    table = by_place.agg(weight=("design", "first"), people=("people", "sum")).reset_index()
    names = by_place[["stage", "locale"]]
    same = names.first().where(names.nunique() == 1, "")
    came = cells[cells.measure == HEADLINE].groupby(["group", "place"]).n_forms.sum()
    table = table.merge(same.reset_index()).merge(came.rename("forms").reset_index(), how="left")
    table["forms"] = table.forms.fillna(0)
    by_stage = table.group + "/" + table.stage
    finest = by_stage + "/" + table.locale
    return table.assign(**{CATEGORY: _joined(_joined(finest, by_stage, table), table.group, table)})


def _joined(finer: pd.Series, coarser: pd.Series, table: pd.DataFrame) -> pd.Series:
    """The finer categories, but the coarser one where a part of it is without forms."""
    silent = table.forms.groupby(finer).transform("sum") == 0
    return finer.where(~silent.groupby(coarser).transform("any"), coarser)
