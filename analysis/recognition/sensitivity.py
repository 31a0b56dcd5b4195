"""What the county's verdict would be under every other named choice."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from analysis.cells.tallying import BY_RULE, HEADLINE, MARKS, OVERALL
from analysis.estimate import combine_groups, weighted_share
from analysis.results import Choice
from analysis.weights.margins import FrameCells
from questionnaires.rule import Rule
from questionnaires.vocabulary import Verdict

MEAN_SCORE = "mean_score"
"""Another scale: it is shown, but never held against the threshold."""
OTHER_COUNTING = {
    "strict": f"{HEADLINE}|strict",
    MEAN_SCORE: f"{HEADLINE}|score",
    "unknown_as_not": f"{HEADLINE}|unknown_as_not",
    "overall_item": OVERALL,
    "rule_options": f"{HEADLINE}{BY_RULE}",
}


def sensitivity(
    cells: pd.DataFrame,
    estimates: pd.DataFrame,
    weights: Mapping[str, float],
    people: Mapping[str, int],
    rule: Rule,
    *,
    frame_cells: FrameCells | None = None,
) -> list[Choice]:
    """The county's rate and verdict under each other choice.

    `cells`, `estimates` (of weighted_share, what is hidden left out), `weights` and `people` (of the frame)
    are by published group. Names: `pooled` (every form counts once), `mean_of_groups` (all groups alike; a
    joined one counts as many times as it has groups), `population` (groups by their people), `strict`,
    `mean_score` (without a verdict), `unknown_as_not`, `overall_item`, `rule_options` (the rule's list of options where
    a paper counts others), `without_<group>`, `without_flagged` and
    `without_listed` (forms of places that a check only lists), `without_full` (of full
    classes that were listed) and `without_doubted` (of places where fewer say that they answered than forms came) if
    the cells tell such forms and these are none or at least `rule.smallest`, `raked` (design weights raked to the
    frame instead of weighed by response rates) if `frame_cells` can tell. A choice that nobody's answers can fill
    is left out. docs/method.md, section 8.
    """
    headline = _of(estimates, HEADLINE)
    own = cells[cells.measure == HEADLINE]
    there = bool(len(set(weights) & set(headline.domain)))
    everyone = weighted_share(own.assign(weight=1.0)) if there else headline
    choices = [
        ("pooled", everyone, {"all": 1.0}),
        *(
            (choice.name, _of(estimates, choice.measure), choice.weights)
            for choice in weighted_choices(estimates, weights, people)
        ),
    ]
    choices.extend(
        (f"without_{mark}", weighted_share(_without_marked(own, mark)), weights)
        for mark in MARKS
        if there and _may_leave_out(own, mark, rule.smallest)
    )
    if frame_cells is not None:
        choices.append(("raked", weighted_share(frame_cells.cells, margins=frame_cells.margins), weights))
    missing = bool(set(weights) - set(headline.domain))
    return [judged for choice in choices if (judged := _judged(*choice, rule, missing=missing))]


class WeightedChoice(NamedTuple):
    """A choice that weighs the groups' rates of one measure in some way."""

    name: str
    measure: str
    weights: Mapping[str, float]


def weighted_choices(
    estimates: pd.DataFrame, weights: Mapping[str, float], people: Mapping[str, int]
) -> list[WeightedChoice]:
    """The choices of `sensitivity` that follow from the groups' rates alone, in its order.

    >>> rates = pd.DataFrame({"domain": ["parent"], "measure": HEADLINE})
    >>> [choice.name for choice in weighted_choices(rates, {"parent": 1.0}, {"parent": 40})][:2]
    ['mean_of_groups', 'population']
    """
    answered = set(estimates.loc[estimates.measure == HEADLINE, "domain"])
    there = [group for group in weights if group in answered]
    return [
        WeightedChoice("mean_of_groups", HEADLINE, {group: float(len(group.split("+"))) for group in weights}),
        WeightedChoice("population", HEADLINE, {group: float(people[group]) for group in there}),
        *(WeightedChoice(name, measure, weights) for name, measure in OTHER_COUNTING.items()),
        *(WeightedChoice(f"without_{group}", HEADLINE, _without(group, weights)) for group in there),
    ]


def tipping_point(
    rates: Mapping[str, float], weights: Mapping[str, float], response: Mapping[str, float], threshold: float
) -> float | None:
    """The rate among those who did not answer at which the county's verdict would turn.

    q* = (T - sum W_g r_g p_g) / sum W_g (1 - r_g), r_g = forms/invited (at most 1; 0 for a group without
    forms). Outside [0, 1] it cannot turn; None when everybody answered. docs/method.md, section 8.

    >>> round(tipping_point({"parent": 0.9}, {"parent": 1}, {"parent": 0.5}, 0.85), 12)
    0.8
    """
    answered = {group: min(response.get(group, 0.0), 1.0) for group in weights}
    silent = sum(weights[group] * (1 - answered[group]) for group in weights)
    known = sum(weights[group] * answered[group] * rates.get(group, 0.0) for group in weights)
    return (threshold - known) / silent if silent > 0 else None


def _of(estimates: pd.DataFrame, measure: str) -> pd.DataFrame:
    return estimates[estimates.measure == measure]


def _without(group: str, weights: Mapping[str, float]) -> dict[str, float]:
    return {other: weight for other, weight in weights.items() if other != group}


def _judged(name: str, rows: pd.DataFrame, weights: Mapping[str, float], rule: Rule, *, missing: bool) -> Choice | None:
    """The choice's figure; None where nobody's answers can fill it. No choice is met while a group is `missing`."""
    if sum(weights.values()) <= 0:
        return None
    line = rule.threshold
    county = combine_groups(rows, weights, threshold=line.value, operator=line.operator)
    if county.rate is None:
        return None
    verdict = Verdict.UNDETERMINED if missing and county.verdict == Verdict.MET else Verdict(county.verdict)
    return Choice(name=name, rate=county.rate, verdict=None if name == MEAN_SCORE else verdict)


def _may_leave_out(headline: pd.DataFrame, mark: str, smallest: int) -> bool:
    """Whether the rate without marked forms would not speak of a few people alone."""
    if mark not in headline:
        return False
    marked = headline.n_forms[headline[mark].astype(bool)].sum()
    return bool(marked == 0 or marked >= smallest)


def _without_marked(headline: pd.DataFrame, mark: str) -> pd.DataFrame:
    """The cells without their marked forms; the classes stay selected."""
    kept = headline.copy()
    kept.loc[kept[mark].astype(bool), ["n_forms", "n", "total", "total_sq"]] = 0
    return kept
