"""Single forms as they may leave the house after close: group, place and answers, in random order."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.cells.tallying import valid_forms
from analysis.disclosure.groups import joined
from analysis.published import FormSpot
from analysis.results import Suppressed
from questionnaires.paper import BLANK, Paper
from questionnaires.rule import Rule

COUNTY = "county"
REST = "rest"


class Release(NamedTuple):
    """What of a round's publication decides how its forms may be shown: what is suppressed, where forms stand."""

    suppressed: tuple[Suppressed, ...]
    spots: tuple[FormSpot, ...]


def forms_to_show(
    forms: pd.DataFrame, release: Release, paper: Paper, rule: Rule, rng: np.random.Generator
) -> pd.DataFrame:
    """Valid forms that count in the headline: group, place, scope and the paper's items as codes.

    `forms`: group, place and items as they are stored; `release`: as published. Groups are
    joined or left out as in the published figures; a form's place is the finest published row that shows a
    rate and holds it (`units.describe_units`), else the county. What is hidden of a group (`suppressed`) is
    blank in its forms. The order is random. So the forms tell no figure that was not published.

    >>> from questionnaires.paper import load_paper
    >>> from questionnaires.rule import load_rule
    >>> paper = load_paper("student-2026")
    >>> forms = pd.DataFrame({"group": "student", "place": ["unit/A"], **dict.fromkeys(paper.item_ids, 4)})
    >>> hidden = Suppressed(group="student", measure="overall", why="too_few", shown_in=None)
    >>> shown = forms_to_show(forms, Release((hidden,), ()), paper, load_rule("quality-2024"), np.random.default_rng(1))
    >>> shown[["group", "place", "scope", "quality_1", "overall"]].to_numpy().tolist()
    [['student', 'county', 'rest', 4, 0]]
    """
    labels = {row.group: row.shown_in or "" for row in release.suppressed if row.measure is None}
    asked = [item.id for item in paper.items if item.topic]
    counted = forms[asked].isin(list(rule.counting.score.value)).any(axis=1)
    kept = joined(forms[valid_forms(forms, paper, rule) & counted.to_numpy(bool)], labels)
    stands = {(spot.group, spot.member): (spot.place, spot.scope) for spot in release.spots}
    owners = zip(kept.group, kept.place, strict=True)
    spots = pd.DataFrame([stands.get(owner, (COUNTY, REST)) for owner in owners], columns=["place", "scope"])
    shown = pd.concat([kept.group, spots, kept[list(paper.item_ids)]], axis=1)
    for row in release.suppressed:
        if row.why == "too_few" and row.measure in paper.item_ids:
            shown.loc[shown.group == row.group, row.measure] = BLANK
    return shown.iloc[rng.permutation(len(shown))].reset_index(drop=True)
