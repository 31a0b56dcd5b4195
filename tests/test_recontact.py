"""k by re-contact: what the silent say when they are asked again, and what the evidence makes of it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.recontact import Response, response_ratio
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import measure_survey
from analysis.results import Estimate
from questionnaires.rule import load_papers, load_rule
from questionnaires.vocabulary import Evidence

RULE = load_rule("quality-2024")
PAPERS = load_papers(RULE)
ITEMS = list(PAPERS[0].item_ids)
GROUPS = list(RULE.groups)
PEOPLE = 400
ANSWERED = 280


def forms_of(groups: list[str], people: int, satisfied: float) -> pd.DataFrame:
    """So many forms of each group, a share of them content throughout, the others with nothing."""
    rows = pd.DataFrame({"group": np.repeat(groups, people), "unit": "A", "class": ""})
    content = np.tile(np.arange(people) < round(satisfied * people), len(groups))
    return rows.assign(**{item: np.where(content, 5, 1) for item in ITEMS})


def county(rate: float, again: pd.DataFrame | None = None) -> Estimate:
    """Seven groups of 400, asked one by one, of whom 280 answered; `again` are forms of a re-contact."""
    frame = pd.DataFrame(
        {"group": GROUPS, "unit": "A", "class": "", "population": PEOPLE, "invited": PEOPLE, "stage": ""}
    ).assign(locale="", township="", grade=np.nan)
    first = forms_of(GROUPS, ANSWERED, rate)
    survey = measure_survey(first, frame, RULE, *PAPERS, revisits=again)
    return describe_survey(survey, RULE, *PAPERS)


def told(found: Estimate) -> tuple[Evidence, float | None]:
    return found.county.evidence, found.county.ratio


def test_silent_people_who_are_as_content_as_the_others_let_more_be_established() -> None:
    evidence, least = told(county(0.92))
    assert evidence == Evidence.ABOVE_AMONG_ANSWERED
    assert least is not None
    assert least > 0.5
    found = county(0.92, forms_of(GROUPS, 150, 0.92))
    assert {revisit.forms for revisit in found.revisits} == {150}
    assert all(least < revisit.lower < revisit.ratio < revisit.upper for revisit in found.revisits)
    assert told(found) == (Evidence.ESTABLISHED_ABOVE, least)


def test_silent_people_who_are_less_content_take_back_what_only_the_assumption_held() -> None:
    assert told(county(0.96))[0] == Evidence.ESTABLISHED_ABOVE
    found = county(0.96, forms_of(GROUPS, 150, 0.65))
    assert all(revisit.upper < 0.5 for revisit in found.revisits)
    assert told(found)[0] == Evidence.ABOVE_AMONG_ANSWERED


def test_the_mirror_holds_below_the_line() -> None:
    assert told(county(0.80))[0] == Evidence.BELOW_AMONG_ANSWERED
    assert told(county(0.80, forms_of(GROUPS, 150, 0.80)))[0] == Evidence.ESTABLISHED_BELOW


def test_a_group_that_was_not_asked_again_keeps_the_assumed_half() -> None:
    found = county(0.90, forms_of(["parent"], 150, 0.90))
    assert [revisit.groups for revisit in found.revisits] == [("parent",)]
    assert told(found)[0] == Evidence.ABOVE_AMONG_ANSWERED


@pytest.mark.parametrize(
    ("forms", "sets"),
    [
        ({"parent": 29}, []),
        ({"parent": 30}, [("parent",)]),
        ({"parent": 29, "student": 1}, [("parent", "student")]),
        ({"parent": 30, "student": 29}, [("parent",)]),
        ({"parent": 40, "student": 20, "teacher": 15}, [("parent",), ("student", "teacher")]),
    ],
)
def test_a_ratio_is_told_from_thirty_forms_by_group_else_of_the_others_together(
    forms: dict[str, int], sets: list[tuple[str, ...]]
) -> None:
    again = pd.concat([forms_of([group], people, 0.9) for group, people in forms.items()])
    found = county(0.90, again).revisits
    assert [revisit.groups for revisit in found] == sets


def test_no_other_figure_moves_by_a_form_of_a_re_contact() -> None:
    before = county(0.90)
    after = county(0.90, forms_of(GROUPS, 150, 0.2))
    for name in ("received", "valid", "valid_return", "groups", "items", "topics", "sensitivity", "integrity"):
        assert getattr(after, name) == getattr(before, name), name
    for name in ("rate", "se", "lower", "upper", "lower95", "upper95", "ratio"):
        assert getattr(after.county, name) == getattr(before.county, name), name


def test_a_form_that_answered_too_little_is_none() -> None:
    again = forms_of(["parent"], 30, 0.9)
    again.loc[again.index[0], ITEMS] = 0
    assert county(0.90, again).revisits == ()


@pytest.mark.parametrize(("k", "low", "again"), [(1.0, 0.10, 40), (0.5, 0.15, 40), (0.5, 0.10, 200), (0.7, 0.05, 60)])
def test_the_interval_holds_the_true_ratio(k: float, low: float, again: int) -> None:
    """2,000 people of whom the content answer with .7: 600 counties each."""
    rng = np.random.default_rng(20261127)
    held = np.mean([_holds(rng, k, low, again) for _ in range(600)])
    assert held >= 0.94


def _holds(rng: Any, k: float, low: float, again: int) -> bool:
    people = 2000
    lows = round(people * low)
    low_came = rng.binomial(lows, 0.7 * k)
    high_came = rng.binomial(people - lows, 0.7)
    low_again = rng.hypergeometric(lows - low_came, people - lows - high_came, again)
    found = Response(
        invited=people, answered=low_came + high_came, low=low_came, again=again, low_again=low_again
    )  # fmt: skip
    _, lower, upper = response_ratio(found, 0.025)
    return bool(lower <= k <= upper)
