"""Rule 8: single forms as they may leave the house after close: the group and the answers, in random order."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.cells.tallying import valid_forms
from analysis.disclosure.groups import joined
from analysis.results import Estimate, ItemRate
from questionnaires.paper import BLANK, UNKNOWN, Paper
from questionnaires.rule import Rule

FEWEST = 50
"""A group with fewer forms is not written: who knows several answers of a person would find the rest."""
MERGED = 7
"""Stands for any of the options 1 to 5 where they may not be told apart."""


def forms_to_show(
    forms: pd.DataFrame, published: Estimate, paper: Paper, rule: Rule, rng: np.random.Generator
) -> pd.DataFrame:
    """Valid forms of every group with at least FEWEST: the group and the paper's items as codes.

    `forms`: group and items as they are stored; `published`: the estimate as it was told. Groups are joined or left
    out as in the published figures. Where an item of a group is a statement its options are MERGED; where its 不了解
    is one, 不了解 and blanks are; an item that too few answered is blank. No place and no weight goes along, so that
    what the file adds up to are the printed rates of items. The order is random.

    >>> from questionnaires.paper import load_paper
    >>> from questionnaires.rule import load_rule
    >>> forms_to_show.__name__, FEWEST, MERGED
    ('forms_to_show', 50, 7)
    """
    labels = {row.group: row.shown_in or "" for row in published.suppressed if row.measure is None}
    kept = joined(forms[valid_forms(forms, paper, rule)], labels)
    many = kept.groupby("group").group.transform("size") >= FEWEST
    shown = kept.loc[many.to_numpy(bool), ["group", *paper.item_ids]]
    parts = list(_by_group(shown, published, paper))
    together = pd.concat(parts, ignore_index=True) if parts else shown
    return together.iloc[rng.permutation(len(together))].reset_index(drop=True)


def _by_group(shown: pd.DataFrame, published: Estimate, paper: Paper) -> Iterator[pd.DataFrame]:
    for group, own in shown.groupby("group", sort=True):
        told = {item: published.items.get(item, {}).get(str(group)) for item in paper.item_ids}
        yield own.assign(**{item: merge_options(own[item], rate) for item, rate in told.items()})


def merge_options(codes: pd.Series, rate: ItemRate | None) -> pd.Series:
    """An item's codes as far as its published rate tells them.

    >>> merge_options(pd.Series([5, 1, 9, 0]), ItemRate(rate=None, at_least=0.9, n=40, unknown=0.1)).tolist()
    [7, 7, 9, 0]
    >>> merge_options(pd.Series([5, 1, 9, 0]), ItemRate(rate=0.9, n=40, unknown_at_most=0.1)).tolist()
    [5, 1, 0, 0]
    """
    if rate is None:
        return codes * 0 + BLANK
    answered = ~codes.isin([BLANK, UNKNOWN])
    merged = codes if rate.rate is not None else codes.where(~answered, MERGED)
    return merged if rate.unknown is not None else merged.where(merged != UNKNOWN, BLANK)
