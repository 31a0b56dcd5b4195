"""A survey's results as they are told: each figure by its rule (docs/method.md, section 10), in order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import UNSET
from msgspec.structs import replace

from analysis.cells.tallying import HEADLINE
from analysis.disclosure.headline_steps import print_rate
from analysis.disclosure.rounding import round_down, round_up
from analysis.disclosure.units import ABOVE, BELOW, SHOWN, WITHHELD
from analysis.estimate.holm import holm_p
from analysis.intervals import exact_bounds
from analysis.published import GroupRelease, ReleaseRecord, RowName, Units
from analysis.recognition.measuring import Survey
from analysis.recognition.sensitivity import weighted_choices
from analysis.release.county_figures import (
    OF_MARKED,
    OTHER_MEASURES,
    UNIT_POINTS,
    county_step,
    tell_choice,
    tell_county,
    tell_measured,
    tell_tipping_point,
    unit_share,
)
from analysis.release.group_counts import GroupAnswers, headline_items
from analysis.release.group_release import GroupPlan, plan_groups
from analysis.release.item_figures import TellingGroup, one_deff, tell_items, tell_topics
from analysis.release.rounded_record import round_provenance, round_revisits, tell_integrity, worst_p
from analysis.release.unit_figures import ToldRows, tell_rows
from analysis.results import Choice, Domains, Estimate, GroupRate
from questionnaires.paper import Paper
from questionnaires.rule import Rule

MANY_PLACES = 10
"""From so many places on a group's own interval tells nothing of one of them."""


class Planned(NamedTuple):
    """What was decided of every group, and what the audit took back for it."""

    plans: Mapping[str, GroupPlan]
    taken_back: tuple[RowName, ...]


class Released(NamedTuple):
    """What may be told of a survey, and what was coarsened for it."""

    estimate: Estimate
    units: Units
    record: ReleaseRecord


def release_survey(
    survey: Survey, estimate: Estimate, rule: Rule, *papers: Paper, taken_back: Sequence[RowName] = ()
) -> Released:
    """The published figures of a measured survey.

    `estimate`: of `recognition.describe_survey`, unrounded; its verdict and evidence stay. Everything is rounded once;
    items and topics count every form of a group once; extreme ones are statements; what is told of units, groups and
    the county leaves every hidden rate open (docs/method.md, section 10). `taken_back`: what the audit of the forms
    took back besides (`securing.secure_release`).
    """
    planned = Planned(plan_groups(survey, rule, papers[0], taken_back), tuple(taken_back))
    return release_planned(survey, estimate, rule, papers[0], planned)


def release_planned(survey: Survey, estimate: Estimate, rule: Rule, paper: Paper, planned: Planned) -> Released:
    """The same (`release_survey`) where the groups' plans are made already."""
    plans = planned.plans
    deffs = {group: one_deff(_deffs(survey, group, paper.item_ids)) for group in plans}
    own = {group: _headline_deff(survey, plan.counts, deffs[group]) for group, plan in plans.items()}
    told = {group: tell_rows(plan.sums, plan.opened, own[group], rule) for group, plan in plans.items()}
    step = county_step(estimate.county.rate or 0.0, survey.weights, plans, rule)
    released = _tell(survey, estimate, rule, _Told(plans=plans, deffs=deffs, own=own, step=step, paper=paper))
    rows = tuple(row for group in sorted(told) for row in told[group].rows)
    record = ReleaseRecord(
        county_step=step,
        groups={group: _record(plan, told[group], deffs[group], released) for group, plan in plans.items()},
        taken_back=planned.taken_back,
    )
    return Released(estimate=released, units=Units(rows=rows), record=record)


class _Told(NamedTuple):
    """What was decided of every group."""

    plans: Mapping[str, GroupPlan]
    deffs: Mapping[str, float]
    own: Mapping[str, float]
    step: float
    paper: Paper


def _deffs(survey: Survey, group: str, measures: Sequence[str]) -> list[float]:
    own = survey.estimates[(survey.estimates.domain == group) & survey.estimates.measure.isin(measures)]
    return [float(deff) for deff in own.deff]


def _headline_deff(survey: Survey, counts: GroupAnswers, of_items: float) -> float:
    """The design effect behind the intervals of a group's headline and units; of few places that of its items."""
    many = len(counts.homes) >= MANY_PLACES
    return one_deff(_deffs(survey, counts.group, (HEADLINE,))) if many else of_items


def _tell(survey: Survey, estimate: Estimate, rule: Rule, told: _Told) -> Estimate:
    tail = (1 - rule.confidence.value) / 2
    groups = {
        group: TellingGroup(weight=survey.weights[group], counts=plan.counts, deff=told.deffs[group], tail=tail)
        for group, plan in told.plans.items()
    }
    rates = _tell_tests(
        survey, {group: _tell_group(group, rate, rule, told) for group, rate in estimate.groups.items()}, rule
    )
    line = rule.threshold.value
    return replace(
        estimate,
        county=tell_county(estimate.county, told.step),
        groups=rates,
        items=tell_items(told.paper, groups, survey.hidden),
        topics=tell_topics(told.paper, groups, survey.hidden),
        sensitivity=tuple(_tell_choices(survey, estimate, rates, rule, told.plans)),
        tipping_point=tell_tipping_point(rates, survey.weights, line),
        integrity=tell_integrity(estimate.integrity),
        provenance=round_provenance(estimate.provenance),
        asked_again=round_revisits(estimate.revisits) or UNSET,
    )


def _tell_group(group: str, rate: GroupRate, rule: Rule, told: _Told) -> GroupRate:
    """A group's headline: no standard error, size or degrees of freedom of its own."""
    plan = told.plans.get(group)
    bare = replace(rate, se=None, n_eff=None, df=None, deff=None, p_holm=None, lower=None, upper=None, unknown=None)
    if plan is None or rate.rate is None:
        return replace(bare, rate=None)
    figure = print_rate(rate.rate, plan.step, rule.threshold.value)
    lower, upper = _interval(rate, figure.rate, plan.counts, told.own[group], rule)
    return replace(
        bare,
        rate=figure.rate,
        at_least=figure.at_least,
        at_most=figure.at_most,
        lower=lower,
        upper=upper,
        deff=told.own[group],
        **_unknown(plan.counts, told.paper),
    )


def _tell_tests(survey: Survey, rates: dict[str, GroupRate], rule: Rule) -> dict[str, GroupRate]:
    """The same with Holm's p where the rate is told: of any other it would tell on which side of the line that lies."""
    rows = survey.estimates[(survey.estimates.measure == HEADLINE) & survey.estimates.domain.isin(list(rates))]
    hidden = [group for group, rate in rates.items() if rate.rate is None]
    p = holm_p(rows, rule.threshold.value, hidden)
    return {
        group: rate if rate.rate is None else replace(rate, p_holm=worst_p(p.get(group)))
        for group, rate in rates.items()
    }


def _interval(
    rate: GroupRate, printed: float | None, counts: GroupAnswers, deff: float, rule: Rule
) -> tuple[float | None, float | None]:
    """The design's own interval, outward; of two to nine places that which follows from the printed rate.

    The spread between so few places would tell the hidden one among them.
    """
    if printed is None or rate.lower is None or rate.upper is None:
        return None, None
    line = rule.threshold.value
    lower = rate.lower
    upper = rate.upper
    if 1 < len(counts.homes) < MANY_PLACES:
        size = np.array(counts.answers[HEADLINE].answered / deff)
        low, high = exact_bounds(np.array(printed), size, (1 - rule.confidence.value) / 2)
        lower = float(low)
        upper = float(high)
    return round_down(lower, 1, line), round_up(upper, 1, line)


def _unknown(counts: GroupAnswers, paper: Paper) -> dict[str, float | None]:
    """The group's share of 不了解: no more than a bound where an item's is no more."""
    own = counts.answers[HEADLINE]
    if own.marked <= 0:
        return {"unknown": None, "unknown_at_most": None}
    share = own.unknown / own.marked
    parts = [counts.answers[item] for item in headline_items(paper) if item in counts.answers]
    if any(part.unknown < counts.least for part in parts):
        return {"unknown": None, "unknown_at_most": max(round_up(share, 0), 0.01)}
    return {"unknown": round_up(share, 1), "unknown_at_most": None}


def _tell_choices(
    survey: Survey, estimate: Estimate, rates: Mapping[str, GroupRate], rule: Rule, plans: Mapping[str, GroupPlan]
) -> Iterator[Choice]:
    printed = {group: rate.rate for group, rate in rates.items() if rate.rate is not None}
    people = {str(group): int(count) for group, count in survey.counts.population.items()}
    weighted = {choice.name: choice.weights for choice in weighted_choices(survey.estimates, survey.weights, people)}
    may_tell = 0.01 / max(unit_share(survey.weights, plans), 1e-9) >= UNIT_POINTS
    for choice in estimate.sensitivity:
        if choice.name in OTHER_MEASURES or (choice.name in OF_MARKED and may_tell):
            yield tell_measured(choice, rule.threshold.value)
        elif choice.name in OF_MARKED:
            yield replace(choice, rate=None)
        else:
            own = {group: weight for group, weight in weighted[choice.name].items() if group in plans}
            yield tell_choice(choice, printed, own, rule.threshold.value)


def _record(plan: GroupPlan, told: ToldRows, deff: float, released: Estimate) -> GroupRelease:
    states = [row.state for row in told.rows]
    group = plan.counts.group
    return GroupRelease(
        step=plan.step,
        least=plan.counts.least,
        deff=deff,
        numbers=states.count(SHOWN),
        statements=states.count(ABOVE) + states.count(BELOW),
        coarsened=sum(row.state == WITHHELD and row.is_statement for row in told.rows),
        withheld=sum(row.state == WITHHELD and not row.is_statement for row in told.rows),
        statement_items=_statements(released.items, group) + _statements(released.topics, group),
        narrowest=None if told.narrowest is None else round(told.narrowest, 3),
        holds=told.holds,
    )


def _statements(measures: Mapping[str, Domains], group: str) -> int:
    return sum(domains[group].is_statement for domains in measures.values() if group in domains)
