"""Comparison: this round beside the county's former ones, each as it was published."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from analysis.change import Change, Rated, change
from analysis.published import FormerRound
from analysis.results import Estimate
from questionnaires.vocabulary import Verdict
from reports.setting.figures import NONE, difference


class FormerLine(NamedTuple):
    """A former round with its window and figure, and the change since; `comparable` by rule and papers.

    `apart`: other groups than now had valid forms, so that the change is of who answered, too.
    """

    name: str
    opens: date
    closes: date
    valid: int
    rate: float | None
    lower: float | None
    upper: float | None
    verdict: Verdict
    rule: str
    comparable: bool
    apart: bool
    change: Change | None
    difference: str


def describe_former(former: Sequence[FormerRound], estimate: Estimate, papers: Sequence[str]) -> list[FormerLine]:
    """Every former round beside this one, which used `papers`."""
    return [_compare(round_, estimate, papers) for round_ in former]


def _compare(round_: FormerRound, estimate: Estimate, papers: Sequence[str]) -> FormerLine:
    county = round_.county
    found = change(estimate.county, county)
    return FormerLine(
        name=round_.name,
        opens=round_.opens,
        closes=round_.closes,
        valid=round_.valid,
        rate=county.rate,
        lower=county.lower,
        upper=county.upper,
        verdict=county.verdict,
        rule=round_.rule,
        comparable=round_.rule == estimate.rule and list(round_.papers) == list(papers),
        apart=list_missing(county.incomplete) != list_missing(estimate.county.incomplete),
        change=found,
        difference=say_difference(found, estimate.county, county),
    )


def list_missing(incomplete: Iterable[str]) -> set[str]:
    """The groups without a valid form, each by itself.

    >>> sorted(list_missing(["deputy+cppcc", "public"]))
    ['cppcc', 'deputy', 'public']
    """
    return {group for label in incomplete for group in label.split("+")}


def say_difference(found: Change | None, *rates: Rated) -> str:
    """A change in hundredths, no finer than either of the two rates is told; a dash where nothing was compared."""
    if found is None:
        return NONE
    return difference(found.difference, *((rate.rate, rate.lower, rate.upper) for rate in rates))
