"""Items and topics as they are told: every form of a group once, the county from the groups' printed rates."""

from collections.abc import Mapping, Sequence
from math import ceil, sqrt

import numpy as np
from msgspec import Struct

from analysis.disclosure.rounding import round_down, round_share, round_up
from analysis.disclosure.statements import Answers, state_item, state_topic, state_unknown
from analysis.intervals import exact_bounds
from analysis.release.group_counts import GroupAnswers
from analysis.results import COUNTY, Domains, Figure, ItemRate
from questionnaires.paper import Paper

PLACES = 1
DEFF_STEP = 0.5


class TellingGroup(Struct, frozen=True, kw_only=True):
    """A group as its items are told: its weight in the county, its counts, its one design effect."""

    weight: float
    counts: GroupAnswers
    deff: float
    tail: float


def one_deff(deffs: Sequence[float]) -> float:
    """The one design effect of a group: the largest of its items, rounded up to halves.

    >>> one_deff([1.2, 0.7]), one_deff([0.3]), one_deff([])
    (1.5, 0.5, 1.0)
    """
    known = [deff for deff in deffs if deff == deff]
    return max(ceil(max(known) / DEFF_STEP - 1e-9), 1) * DEFF_STEP if known else 1.0


def tell_items(paper: Paper, groups: Mapping[str, TellingGroup], hidden: set[tuple[str, str]]) -> dict[str, Domains]:
    """Every item's rate by domain, groups without answers or with too few of them left out."""
    return {item: _with_county(_domains(item, groups, hidden), groups) for item in paper.item_ids}


def tell_topics(paper: Paper, groups: Mapping[str, TellingGroup], hidden: set[tuple[str, str]]) -> dict[str, Domains]:
    """Every topic's rate by domain."""
    told: dict[str, Domains] = {}
    for topic in paper.topics:
        measure = f"topic:{topic.id}"
        items = tuple(item.id for item in paper.items if item.topic == topic.id)
        told[topic.id] = _with_county(_domains(measure, groups, hidden, items), groups)
    return told


def _domains(
    measure: str, groups: Mapping[str, TellingGroup], hidden: set[tuple[str, str]], parts: Sequence[str] = ()
) -> Domains:
    told = {group: own for group, own in groups.items() if (group, measure) not in hidden}
    return {
        group: _tell(own, own.counts.answers[measure], parts)
        for group, own in told.items()
        if measure in own.counts.answers and own.counts.answers[measure].answered > 0
    }


def _tell(own: TellingGroup, answers: Answers, parts: Sequence[str]) -> ItemRate:
    least = own.counts.least
    if parts:
        figure = state_topic(answers, [own.counts.answers[part] for part in parts], least)
        unknown = Figure(rate=None)
    else:
        figure = state_item(answers, least)
        unknown = state_unknown(answers, least)
    lower, upper = _bounds(figure.rate, answers.answered, own)
    return ItemRate(
        rate=figure.rate,
        at_least=figure.at_least,
        at_most=figure.at_most,
        lower=lower,
        upper=upper,
        n=answers.answered,
        unknown=unknown.rate,
        unknown_at_most=unknown.at_most,
    )


def _bounds(rate: float | None, n: int, own: TellingGroup) -> tuple[float | None, float | None]:
    """The interval of a printed rate; none beside a statement."""
    if rate is None:
        return None, None
    lower, upper = exact_bounds(np.array(rate), np.array(n / own.deff), own.tail)
    return round_down(float(lower), PLACES), round_up(float(upper), PLACES)


def _with_county(domains: Domains, groups: Mapping[str, TellingGroup]) -> Domains:
    return {COUNTY: combine_told({group: groups[group].weight for group in domains}, domains), **domains}


def combine_told(weights: Mapping[str, float], domains: Domains) -> ItemRate:
    """The county's rate of an item: sum W_g x what is printed of each group, and so a statement beside statements.

    The interval is as wide on either side as the groups' printed ones are together: p - sqrt(sum W^2 (p_g - l_g)^2).
    Zou & Donner (2008), Statistics in Medicine 27.

    >>> told = {"a": ItemRate(rate=0.9, lower=0.87, upper=0.92, n=90), "b": ItemRate(rate=None, at_least=0.97, n=60)}
    >>> combine_told({"a": 0.5, "b": 0.5}, told).span
    (0.935, 0.95)
    >>> combine_told({"a": 0.5}, told).lower
    0.87
    """
    whole = sum(weights.values())
    shares = {group: weight / whole for group, weight in weights.items()} if whole > 0 else {}
    n = sum(domains[group].n for group in domains)
    if not shares:
        return ItemRate(rate=None, n=n)
    unknown = _combine_unknown(shares, domains)
    low = sum(share * domains[group].span[0] for group, share in shares.items())
    high = sum(share * domains[group].span[1] for group, share in shares.items())
    if any(domains[group].rate is None for group in shares):
        return ItemRate(
            rate=None,
            at_least=round_down(low, PLACES) or None,
            at_most=_below_all(round_up(high, PLACES)),
            n=n,
            unknown=unknown.rate,
            unknown_at_most=unknown.at_most,
        )
    rate = round_share(low, PLACES)
    return ItemRate(
        rate=rate,
        lower=round_down(max(rate - _reach(shares, domains, upper=False), 0.0), PLACES),
        upper=round_up(min(rate + _reach(shares, domains, upper=True), 1.0), PLACES),
        n=n,
        unknown=unknown.rate,
        unknown_at_most=unknown.at_most,
    )


def _below_all(share: float) -> float | None:
    return share if share < 1 else None


def _reach(shares: Mapping[str, float], domains: Domains, *, upper: bool) -> float:
    """How far the interval reaches on one side."""
    parts = ((share, domains[group]) for group, share in shares.items())
    return sqrt(
        sum((share * (((own.upper if upper else own.lower) or 0.0) - (own.rate or 0.0))) ** 2 for share, own in parts)
    )


def _combine_unknown(shares: Mapping[str, float], domains: Domains) -> Figure:
    told = {group: domains[group] for group in shares}
    if any(own.unknown is None and own.unknown_at_most is None for own in told.values()):
        return Figure(rate=None)
    most = sum(share * _most_unknown(told[group]) for group, share in shares.items())
    if any(own.unknown is None for own in told.values()):
        return Figure(rate=None, at_most=_below_all(round_up(min(most, 1.0), PLACES)))
    return Figure(rate=round_share(most, PLACES))


def _most_unknown(own: ItemRate) -> float:
    told = own.unknown if own.unknown is not None else own.unknown_at_most
    return told or 0.0
