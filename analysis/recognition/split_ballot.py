"""A split ballot: how far the two halves of the codes, who saw the options in two ways, differ in the county's rate."""

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.cells.tallying import HEADLINE
from analysis.change import change
from analysis.recognition.county_figure import county_figure
from analysis.recognition.measuring import measure_survey
from analysis.results import ItemRate
from analysis.round_counts import SplitCounts
from analysis.sample import Design
from questionnaires.paper import Paper
from questionnaires.rule import Rule

ARMS = (1, 2)
FEWEST_FORMS = 100
"""Of each half; with fewer nothing is told of it."""
STEP = 0.01


class MeasuredFrom(NamedTuple):
    """What a survey is measured from (`measuring.measure_survey`)."""

    forms: pd.DataFrame
    frame: pd.DataFrame
    rule: Rule
    papers: Sequence[Paper]
    design: Design | None


def compare_arms(asked: MeasuredFrom, arms: Sequence[int]) -> SplitCounts | None:
    """The second half's rate less the first's, in whole percentage points, its interval rounded outward.

    `arms`: of each form, 0 for one of neither half (typed in, from a file). None without a split ballot in the rule, or
    where a half has fewer than FEWEST_FORMS forms or no rate. Each half is weighed and its interval found as those of
    the whole are; the halves count as drawn apart (`change`), which makes the interval too wide where both sit in one
    class. Source: Krosnick & Alwin (1987), Public Opinion Quarterly 51, on what an order of options does.
    """
    ballot = asked.rule.split_ballot
    if ballot is None:
        return None
    chosen = np.asarray(arms, np.int64)
    halves = [asked.forms[chosen == arm].reset_index(drop=True) for arm in ARMS]
    if min(map(len, halves)) < FEWEST_FORMS:
        return None
    first, second = (_rate(asked._replace(forms=half)) for half in halves)
    found = change(second, first)
    if found is None:
        return None
    return SplitCounts(
        kind=ballot.value,
        forms=(len(halves[0]), len(halves[1])),
        difference=round(found.difference, 2),
        lower=floor(found.lower / STEP) / 100,
        upper=ceil(found.upper / STEP) / 100,
    )


def _rate(half: MeasuredFrom) -> ItemRate:
    survey = measure_survey(half.forms, half.frame, half.rule, *half.papers, design=half.design, join=True)
    figure = county_figure(survey, HEADLINE, half.rule)
    return ItemRate(rate=figure.rate, lower=figure.lower, upper=figure.upper, n=len(half.forms))
