"""A survey's plan: how many forms and slips, where, and what they can prove."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import inf

import pandas as pd

from analysis.column_values import texts, whole_by_name, whole_numbers
from analysis.plan.planned_units import (
    PlannedUnits,
    Weight,
    drawn_units,
    find_unshown,
    planned_units,
    weigh_forms,
)
from analysis.plan.proof import effective_forms, find_proof, forms_needed
from analysis.plan.proposing import forms_per_class, propose_sample
from analysis.plan.quota_tables import sample_strata
from analysis.plan.survey_plan import PlannedProof, PlannedStratum, PlannedUnit, SurveyPlan
from analysis.quota.quotas import group_quotas
from analysis.sample import Design, assumed_design
from questionnaires.rule import Rule, load_papers

COUNTS = ["population", "target", "slips"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a plan is made for; `design` as it was drawn, if it was."""

    rule: Rule
    frame: pd.DataFrame | None
    population: int
    return_rate: float | None = None
    design: Design | None = None


def plan_survey(
    rule: Rule,
    frame: pd.DataFrame | None,
    population: int,
    *,
    return_rate: float | None = None,
    design: Design | None = None,
) -> SurveyPlan:
    """The plan that `survey plan` prints: what is asked for and can be proved, by county and group; strata; units.

    `expected` forms come back from the slips at the return rate (the rule's unless told), at most the
    target. `deff` and df are those of the design that was drawn or, before, of the one `propose_sample` would
    draw (`weigh_forms`); without a frame groups in grades have the rule's deff and the df of so many classes,
    others 1; the county's tells of unequal weights too.
    `smallest_rate`: observed rate from which more than the threshold is proved, None if from none; `power`
    and `forms_needed` by each true rate of the rule. `unshown` are groups of which too few forms are expected for
    a figure of their own. Without a frame people and units are not known.

    1.5 per mille of 400,000 are 600 forms, half of them parents'; where 60 % come back, 300 need 500 slips.

    >>> from questionnaires.rule import load_rule
    >>> plan = plan_survey(load_rule("quality-2024"), None, 400_000, return_rate=0.6)
    >>> plan.county.target, plan.groups["parent"].target, plan.groups["parent"].slips
    (600, 300, 500)
    """
    rate = return_rate or rule.planning.return_rate.value
    request = Request(rule=rule, frame=frame, population=population, return_rate=rate, design=design)
    strata = sample_strata(rule, frame, population, return_rate=rate)
    groups = _groups(strata, request, rate)
    invited = _invited(groups, frame)
    weights = {str(group): float(part) for group, part in rule.weights.value.items()}
    return SurveyPlan(
        rule=rule.id,
        population=population,
        return_rate=rate,
        threshold=float(rule.threshold.value),
        county=_prove(groups, weights, rule),
        groups={group: _prove(groups[groups.domain == group], weights, rule) for group in texts(groups.domain)},
        strata=_add_strata(strata),
        units=() if frame is None else _add_units(strata),
        unshown=tuple(find_unshown(invited, load_papers(rule), rule.smallest, rate)),
    )


def _invited(groups: pd.DataFrame, frame: pd.DataFrame | None) -> dict[str, int]:
    """How many of each group are invited, or would be."""
    if frame is not None and is_drawn(frame):
        return whole_by_name(frame.groupby("group").invited.sum())
    return whole_by_name(groups.set_index("domain").slips)


def _groups(strata: pd.DataFrame, request: Request, rate: float) -> pd.DataFrame:
    """One row per group: domain, population, target, slips, quota, n (expected forms), deff, df."""
    rule = request.rule
    quotas = group_quotas(rule, request.population)
    groups = strata.groupby("group")[COUNTS].sum(min_count=1).reindex(list(quotas))
    groups = (groups if request.frame is None else groups.fillna(0)).reset_index(names="domain")
    returned = [int(slips * Fraction(str(rate))) for slips in groups.slips.astype(int)]
    groups["quota"] = list(quotas.values())
    groups["n"] = groups.target.astype(int).clip(upper=pd.Series(returned, index=groups.index))
    units = _units(request)
    weighed = [
        weigh_forms(units[group], n) if units.get(group) else _without_frame(rule, group, n)
        for group, n in zip(groups.domain, groups.n, strict=True)
    ]
    return groups.assign(deff=[weight.deff for weight in weighed], df=[weight.df for weight in weighed])


def _units(request: Request) -> dict[str, list[PlannedUnits]]:
    """The sampling units of the design that will be drawn: the declared one, the frame's own, or the proposal."""
    frame = request.frame
    if frame is None:
        return {}
    if request.design:
        return drawn_units(request.design, frame)
    if is_drawn(frame):
        return drawn_units(assumed_design(frame), frame)
    return planned_units(propose_sample(request.rule, frame, request.population, return_rate=request.return_rate))


def is_drawn(frame: pd.DataFrame) -> bool:
    """Whether somebody chose whom to invite: not everyone of every row.

    >>> is_drawn(pd.DataFrame({"population": [40, 30], "invited": [40, 30]}))
    False
    """
    return bool((frame.invited < frame.population).any())


def _without_frame(rule: Rule, group: str, forms: int) -> Weight:
    """Planned design effect and df where nothing is known of classes: as many forms each as the rule plans for."""
    if group not in rule.sample.by_grade.value:
        return Weight(deff=1.0, df=max(forms - 1, 1))
    classes = round(forms / forms_per_class(rule))
    return Weight(deff=rule.planning.design_effect.value, df=max(classes - 1, 1))


def _prove(groups: pd.DataFrame, weights: Mapping[str, float], rule: Rule) -> PlannedProof:
    """Counts of one group or all, and what its forms can prove."""
    line = rule.threshold.value
    planning = rule.planning
    some = groups[groups.n > 0]
    proof = find_proof(some, weights, line) if len(some) else None
    deff = float(some.n.sum() / effective_forms(some, weights)) if len(some) else 1.0
    population = groups.population.sum(min_count=1)
    people = inf if pd.isna(population) else float(population)
    quota = int(groups.quota.sum())
    target = int(groups.target.sum())
    return PlannedProof(
        population=None if pd.isna(population) else int(population),
        quota=quota,
        target=target,
        shortfall=quota - target,
        slips=int(groups.slips.sum()),
        expected=int(groups.n.sum()),
        deff=deff,
        smallest_rate=proof.smallest_rate if proof else None,
        power={str(rate): float(proof.chance(rate)) if proof else 0.0 for rate in planning.rates.value},
        forms_needed={
            str(rate): forms_needed(line, rate, power=planning.power.value, deff=deff, people=people)
            for rate in planning.rates.value
        },
    )


def _add_strata(strata: pd.DataFrame) -> tuple[PlannedStratum, ...]:
    table = strata.groupby(["group", "band", "locale"], sort=False)[COUNTS].sum(min_count=1).reset_index()
    people = [None if pd.isna(count) else int(count) for count in table.population]
    targets = whole_numbers(table.target)
    slips = whole_numbers(table.slips)
    names = zip(texts(table.group), texts(table.band), texts(table.locale), strict=True)
    return tuple(
        PlannedStratum(
            group=group, band=band, locale=locale, population=people[row], target=targets[row], slips=slips[row]
        )
        for row, (group, band, locale) in enumerate(names)
    )


def _add_units(strata: pd.DataFrame) -> tuple[PlannedUnit, ...]:
    table = strata.groupby(["group", "unit"], sort=False)[COUNTS].sum().reset_index()
    counts = (whole_numbers(table[name]) for name in COUNTS)
    return tuple(
        PlannedUnit(group=group, unit=unit, population=people, target=target, slips=slips)
        for group, unit, people, target, slips in zip(texts(table.group), texts(table.unit), *counts, strict=True)
    )
