"""A release that holds against the audit: what it finds too narrow is mended by taking rows of units back."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.disclosure.headline_steps import PLACES
from analysis.disclosure.rounding import printed_band, round_share
from analysis.disclosure.row_program import OPEN, Band, Floats, PrintedRow, row_to_take_back
from analysis.published import RowName
from analysis.recognition.measuring import Survey
from analysis.release.auditing import Attacked, Attacker, Target, Tell, audit_release
from analysis.release.county_figures import county_step
from analysis.release.group_counts import headline_items
from analysis.release.group_release import GroupPlan, name_of, plan_group, plan_groups, take_back
from analysis.release.publishing import Released, release_survey
from analysis.results import Estimate
from questionnaires.paper import Paper
from questionnaires.rule import Rule


class Told(NamedTuple):
    """A survey, its forms on the places that they are kept in, its unrounded figures, and what they are judged by."""

    survey: Survey
    forms: pd.DataFrame
    estimate: Estimate
    rule: Rule
    papers: Sequence[Paper]


def secure_release(told: Told, tell: Tell | None = None) -> Released:
    """The published figures of a survey, with no figure beside which a hidden count is found too narrow.

    Rows of units are taken back first, numbers before bounds, then the group's own rate is told more coarsely.

    The audit needs the forms, which nobody has later: what it took back is in the release's record, so that all
    figures follow from the cells and that list. `tell` hears how many counts were tried of how many.
    """
    attacked = attack(told)
    found = audit_release(attacked, sample=0, tell=tell)
    narrow = [Target(group=count.group, unit=count.unit, item=count.item) for count in found.found]
    taken: list[RowName] = []
    while narrow:
        more = tuple(_rows_to_take(attacked, narrow))
        if not more:
            break
        taken += more
        attacked = _plan_again(told, attacked, taken, {row.group for row in more})
        narrow = _still_narrow(attacked, narrow, {row.group for row in more})
    return release_survey(told.survey, told.estimate, told.rule, *told.papers, taken_back=sorted(taken, key=_in_order))


def attack(told: Told, taken_back: Sequence[RowName] = ()) -> Attacked:
    """What is attacked of a survey when these rows are taken back."""
    return _attacked(told, plan_groups(told.survey, told.rule, told.papers[0], taken_back))


def _attacked(told: Told, plans: Mapping[str, GroupPlan]) -> Attacked:
    rate = told.estimate.county.rate
    return Attacked(
        survey=told.survey,
        forms=told.forms,
        plans=plans,
        county=told_county(rate, PLACES[county_step(rate or 0.0, told.survey.weights, plans, told.rule)]),
        rule=told.rule,
        paper=told.papers[0],
    )


def _plan_again(told: Told, attacked: Attacked, taken: Sequence[RowName], groups: Set[str]) -> Attacked:
    """The same with rows of some groups taken back; the others' plans do not change."""
    items = headline_items(attacked.paper)
    again = {
        group: plan_group(take_back(attacked.plans[group].rows, frozenset(taken)), items, told.rule) for group in groups
    }
    return _attacked(told, {**attacked.plans, **again})


def _still_narrow(attacked: Attacked, narrow: Sequence[Target], groups: Set[str]) -> list[Target]:
    attacker = Attacker(attacked, groups)
    return [target for target in narrow if target.group in groups and attacker.attack(target).is_narrow]


def told_county(rate: float | None, places: int) -> Band:
    """What the county's rate can be by what is printed of it."""
    return (0.0, 1.0) if rate is None else printed_band(round_share(rate, places), places)


def _rows_to_take(attacked: Attacked, narrow: Sequence[Target]) -> Iterator[RowName]:
    """One row of each group in which a count is narrow, for the first of them; without rows a step of its own rate."""
    first = {target.group: target for target in reversed(narrow)}
    for group, target in first.items():
        plan = attacked.plans[group]
        inside = np.array([float(home == target.unit) for home in plan.counts.homes])
        at = _row_to_take(plan.opened.printed.rows, inside)
        if at is not None:
            yield name_of(plan.sums[at])
        elif plan.step is not None:
            yield RowName(group=group, place="", scope=f"{plan.rows.coarser + 1}")


def _row_to_take(rows: Sequence[PrintedRow], inside: Floats) -> int | None:
    """A number, as the linear program takes them; where none is left, the largest bound."""
    number = row_to_take_back(rows, inside)
    if number is not None:
        return number
    bounds = [at for at, row in enumerate(rows) if row.band != OPEN]
    return max(bounds, key=lambda at: (rows[at].size, -at), default=None)


def _in_order(row: RowName) -> tuple[str, str, str]:
    return row.group, row.place, row.scope
