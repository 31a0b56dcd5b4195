"""Forms of an invented county, as many as asked for, and their measures as a package that reads forms needs them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.cells.tallying import HEADLINE, OVERALL
from analysis.places import partition, place_forms
from analysis.weights import design_weights
from questionnaires.paper import UNKNOWN, load_paper
from questionnaires.rule import load_rule

PAPER, RULE = load_paper("social-2026"), load_rule("quality-2024")
SEED = 1
GROUPS = {
    **{"student": 0.38, "parent": 0.50, "teacher": 0.06, "principal": 0.005},
    **{"deputy": 0.01, "cppcc": 0.005, "public": 0.04},
}
IN_CLASSES = ("student", "parent")
SIZES = {10_000: (20, 6), 100_000: (60, 20), 1_000_000: (200, 40)}  # forms: schools, classes in each
CUTS = (-2.2, -1.6, -0.9, 0.2)  # between the five options
UNANSWERED = {"unknown": 0.03, "blank": 0.01}
PRINTED = [HEADLINE, *(f"topic:{topic.id}" for topic in PAPER.topics)]


class County(NamedTuple):
    """Valid and invalid forms with (group, place), and the places they may come from."""

    forms: pd.DataFrame
    places: pd.DataFrame


def draw_county(size: int) -> County:
    """About `size` forms: every second class and half of all other persons invited, 90 % of them answer."""
    rng = np.random.default_rng(SEED)
    frame = pd.DataFrame([row for group in GROUPS for row in _frame_rows(group, size)])
    came = rng.binomial(frame["invited"], 0.9)
    row = np.repeat(np.arange(len(frame)), came)
    places = partition(frame, RULE)
    forms = place_forms(frame.loc[row, ["group", "unit", "class"]].reset_index(drop=True), places).astype("category")
    level = rng.normal(0, 0.3, len(frame))[row].astype(np.float32)
    for item in PAPER.item_ids:
        code = 1 + np.searchsorted(CUTS, rng.standard_normal(len(row), np.float32) + level)
        lost = rng.random(len(row), np.float32)
        code[lost < UNANSWERED["unknown"]] = UNKNOWN
        code[lost > 1 - UNANSWERED["blank"]] = 0
        forms[item] = code.astype(np.uint8)
    return County(forms, design_weights(places, forms, RULE))


def _frame_rows(group: str, size: int) -> list[dict[str, object]]:
    schools, classes = SIZES[size]
    invited = size * GROUPS[group] / 0.9
    if group not in IN_CLASSES:
        each = max(round(invited / schools), RULE.smallest)
        return [_row(group, school, "", 2 * each, each) for school in range(schools)]
    each = round(invited / (schools * classes / 2))
    return [
        _row(group, school, f"c{number}", each, each * (number % 2))
        for school in range(schools)
        for number in range(classes)
    ]


def _row(group: str, school: int, name: str, population: int, invited: int) -> dict[str, object]:
    return {
        "group": group, "unit": f"P{school:03}", "class": name, "population": population, "invited": invited,
        "stage": ("primary", "junior")[school % 2], "locale": ("city", "town", "village")[school % 3],
        "township": f"T{school % 20:02}",
    }  # fmt: skip


def plain_measures(forms: pd.DataFrame) -> pd.DataFrame:
    """Every measure of each form, the plain way; NaN where nothing of it was answered."""
    answers = forms[list(PAPER.item_ids)].astype(float).replace(0, np.nan)
    known = answers.where(answers != UNKNOWN)
    ways = {
        "": _worth(known, dict.fromkeys(RULE.counting.satisfied.value, 1.0)),
        "|unknown": answers.eq(UNKNOWN).astype(float).where(answers.notna()),
        "|strict": _worth(known, dict.fromkeys(RULE.counting.strict.value, 1.0)),
        "|score": _worth(known, RULE.counting.score.value),
        "|unknown_as_not": _worth(answers, dict.fromkeys(RULE.counting.satisfied.value, 1.0)),
    }
    asked = {item: [item] for item in PAPER.item_ids} | {HEADLINE: [item.id for item in PAPER.items if item.topic]}
    few = {item: ["", "|unknown"] for item in PAPER.item_ids if item != OVERALL}
    measures = {name + way: ways[way][items] for name, items in asked.items() for way in few.get(name, ways)}
    for topic in PAPER.topics:
        measures[f"topic:{topic.id}"] = ways[""][[item.id for item in PAPER.items if item.topic == topic.id]]
    return pd.DataFrame({name: values.mean(axis=1) for name, values in measures.items()})


def _worth(answers: pd.DataFrame, points: Mapping[int, float]) -> pd.DataFrame:
    worth: pd.DataFrame = answers.apply(lambda column: column.map(points).fillna(0.0))
    return worth.where(answers.notna())
