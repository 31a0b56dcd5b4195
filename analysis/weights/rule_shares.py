"""Groups that are shown together, each at the weight that the rule gives it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.cells.coding import no_text
from analysis.cells.owners import SIBLINGS
from analysis.cells.tallying import BY_VALUE, HEADLINE, MARKS, SUMS


def keep_rule_shares(cells: pd.DataFrame, labels: Mapping[str, str], weights: Mapping[str, float]) -> pd.DataFrame:
    """Cells by their own group, weighed so that joined groups count inside their label as the rule weighs them.

    In each measure w becomes w x (W_g/W) (N/N_g): N_g = sum w n of the group, N and W the sums over the groups of
    the label that answered. So the label's rate is sum W_g p_g/W whoever has more people, and joining changes no
    county figure. Groups that stand alone stay as they are; W of a group that was stored joined is its members'.

    >>> cells = pd.DataFrame({"measure": "overall", "group": ["deputy", "cppcc"], "weight": [1.0, 9.0], "n": [6, 6]})
    >>> labels = dict.fromkeys(["deputy", "cppcc"], "deputy+cppcc")
    >>> keep_rule_shares(cells, labels, {"deputy": 1, "cppcc": 1}).weight.tolist()
    [5.0, 5.0]
    """
    label = cells.group.map(lambda group: labels.get(group, group))
    several = cells.groupby(label).group.transform("nunique") > 1
    if not several.any():
        return cells
    own = (cells.weight * cells.n).where(cells.n > 0, 0.0)
    people = own.groupby([cells.measure, cells.group]).transform("sum")
    rule = cells.group.map(lambda group: rule_weight(str(group), weights)).astype(float)
    first = ~cells[["measure", "group"]].duplicated() & (people > 0)
    by_label = [cells.measure, label]
    N = people.where(first, 0.0).groupby(by_label).transform("sum")
    W = rule.where(first, 0.0).groupby(by_label).transform("sum")
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(several & (people > 0) & (W > 0), rule / W * (N / people), 1.0)
    return cells.assign(weight=cells.weight * factor)


def by_own_group(
    cells: pd.DataFrame, fine: pd.DataFrame, labels: Mapping[str, str], weights: Mapping[str, float]
) -> pd.DataFrame:
    """Cells in which groups kept together have a row each in headline and overall, at the weight of the rule.

    `cells` stand under `labels`; `fine` are the same forms by their own group, before they were moved. A group's row
    sums all its forms, which weigh alike: no place, no value of a form is told. Groups of which classes were drawn
    stay as they are.
    """
    by_class = set(fine.group[~no_text(fine.psu)].map(labels))
    own = fine[fine.measure.str.split("|").str[0].isin(BY_VALUE) & ~fine.group.map(labels).isin(by_class)]
    if own.empty:
        return cells
    marks = [mark for mark in MARKS if mark in own]
    rows = own.groupby(["measure", "group", *marks], observed=True, as_index=False)[SUMS].sum()
    people = own.drop_duplicates(["group", "stratum"]).groupby("group", observed=True).stratum_psus.sum(min_count=1)
    came = own[own.measure == HEADLINE].groupby("group", observed=True).n_forms.sum()
    told = rows.group.map(people)
    label = rows.group.map(labels)
    rows = rows.assign(
        weight=(told / rows.group.map(came)).where(rows.group.map(came) > 0),
        stratum=rows.group.astype(str) + "/own",
        stratum_psus=told,
        psu="",
        psu_size=np.nan,
        y=np.nan,
        place=label.map(cells.groupby("group", observed=True).place.first()),
    )
    rows = keep_rule_shares(rows, labels, weights).assign(group=label)
    replaced = cells.group.isin(set(label)) & cells.measure.isin(set(rows.measure))
    empty = {name: "" for name in SIBLINGS if name in cells}
    return pd.concat([cells[~replaced], rows.assign(**empty)], ignore_index=True)[list(cells)]


def rule_weight(group: str, weights: Mapping[str, float]) -> float:
    """What the rule gives a group, or the groups that were stored together.

    >>> rule_weight("deputy+cppcc", {"deputy": 0.25, "cppcc": 0.5})
    0.75
    """
    return sum(float(weights.get(part, 0.0)) for part in group.split("+"))
