"""A survey's plan: how many forms and slips, where, and what they can prove."""

from collections.abc import Mapping
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from analysis.intervals import planned_deff
from analysis.plain import plain
from analysis.plan.proof import effective_forms, find_proof, forms_needed
from analysis.plan.quotas import group_quotas, sample_strata
from questionnaires.rule import Rule

Row = dict[str, Any]
COUNTS = ["population", "target", "slips"]


def plan_survey(rule: Rule, frame: pd.DataFrame | None, population: int, *, return_rate: float | None = None) -> Row:
    """The object of `survey plan --json`: what is asked for and can be proved, by county and group; strata; units.

    `expected` forms come back from the slips at the return rate (the rule's unless told), at most the
    target. `deff` = 1 + (b-1) 0.05 (Kish 1965), b the expected forms per invited class of the frame; without
    a frame the rule's for the groups in grades, else 1; the county's tells of unequal weights too.
    `smallest_rate`: observed rate from which more than the threshold is proved, None if from none; `power`
    and `forms_needed` by each true rate of the rule. Without a frame people and units are not known.

    1.5 per mille of 400,000 are 600 forms, half of them parents'; where 60 % come back, 300 need 500 slips.

    >>> from questionnaires.rule import load_rule
    >>> plan = plan_survey(load_rule("quality-2024"), None, 400_000, return_rate=0.6)
    >>> plan["county"]["target"], plan["groups"]["parent"]["target"], plan["groups"]["parent"]["slips"]
    (600, 300, 500)
    """
    rate = return_rate or rule.planning.return_rate.value
    strata = sample_strata(rule, frame, population, return_rate=rate)
    groups = _groups(strata, rule, frame, population, rate)
    weights = {str(group): float(part) for group, part in rule.weights.value.items()}
    plan: Row = plain(
        {
            "rule": rule.id,
            "population": population,
            "return_rate": rate,
            "threshold": rule.threshold.value,
            "county": _entry(groups, weights, rule),
            "groups": {group: _entry(groups[groups.domain == group], weights, rule) for group in groups.domain},
            "strata": _summed(strata, ["group", "band", "locale"]),
            "units": [] if frame is None else _summed(strata, ["group", "unit"]),
        }
    )
    return plan


def _groups(strata: pd.DataFrame, rule: Rule, frame: pd.DataFrame | None, population: int, rate: float) -> pd.DataFrame:
    """One row per group: domain, population, target, slips, quota, n (expected forms), deff, df."""
    quotas = group_quotas(rule, population)
    groups = strata.groupby("group")[COUNTS].sum(min_count=1).reindex(list(quotas))
    groups = (groups if frame is None else groups.fillna(0)).reset_index(names="domain")
    returned = [int(slips * Fraction(str(rate))) for slips in groups.slips.astype(int)]
    groups["quota"] = list(quotas.values())
    groups["n"] = groups.target.astype(int).clip(upper=pd.Series(returned, index=groups.index))
    design = [_design(group, n, rule, frame) for group, n in zip(groups.domain, groups.n, strict=True)]
    return groups.assign(deff=[deff for deff, _ in design], df=[df for _, df in design])


def _design(group: str, forms: int, rule: Rule, frame: pd.DataFrame | None) -> tuple[float, int]:
    """Planned design effect and degrees of freedom of a group."""
    alone = max(forms - 1, 1)
    if frame is None:
        return (rule.planning.design_effect.value if group in rule.sample.by_grade.value else 1.0), alone
    drawn = frame[(frame.group == group) & (frame["class"] != "") & (frame.invited > 0)]
    if len(drawn) == 0 or forms <= len(drawn):
        return 1.0, alone
    return float(planned_deff(np.array(forms / len(drawn)))), max(len(drawn) - 1, 1)


def _entry(groups: pd.DataFrame, weights: Mapping[str, float], rule: Rule) -> Row:
    """Counts of one group or all, and what its forms can prove."""
    line = rule.threshold.value
    planning = rule.planning
    some = groups[groups.n > 0]
    proof = find_proof(some, weights, line) if len(some) else None
    deff = some.n.sum() / effective_forms(some, weights) if len(some) else 1.0
    population = groups.population.sum(min_count=1)
    people = inf if pd.isna(population) else float(population)
    needed = {
        rate: forms_needed(line, rate, power=planning.power.value, deff=deff, people=people)
        for rate in planning.rates.value
    }
    quota = int(groups.quota.sum())
    target = int(groups.target.sum())
    return {
        "population": None if pd.isna(population) else int(population),
        "quota": quota,
        "target": target,
        "shortfall": quota - target,
        "slips": int(groups.slips.sum()),
        "expected": int(groups.n.sum()),
        "deff": deff,
        "smallest_rate": proof and proof.smallest_rate,
        "power": {rate: proof.chance(rate) if proof else 0.0 for rate in planning.rates.value},
        "forms_needed": needed,
    }


def _summed(strata: pd.DataFrame, keys: list[str]) -> list[Row]:
    table = strata.groupby(keys, sort=False)[COUNTS].sum(min_count=1).reset_index()
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
