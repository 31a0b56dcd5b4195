"""A release that holds against the audit: what it finds too narrow is mended by taking rows of units back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import dropwhile
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.disclosure.headline_steps import PLACES
from analysis.disclosure.rounding import printed_band, round_share
from analysis.disclosure.row_program import OPEN, Band, PrintedRow, row_to_take_back
from analysis.published import RowName
from analysis.recognition.measuring import Survey
from analysis.release.auditing import Attacked, Attacker, Target, Tell, audit_release
from analysis.release.county_figures import county_step
from analysis.release.group_counts import headline_items
from analysis.release.group_release import GroupPlan, name_of, plan_group, plan_groups, take_back
from analysis.release.publishing import Planned, Released, release_planned
from analysis.results import Estimate
from questionnaires.paper import Paper
from questionnaires.rule import Rule, count_by_papers


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
    taken: list[RowName] = []
    audited: Band | None = None
    while attacked.county != audited:
        audited = attacked.county
        attacked = _open_all(told, attacked, taken, tell)
    planned = Planned(attacked.plans, tuple(sorted(taken, key=_in_order)))
    return release_planned(told.survey, told.estimate, told.rule, told.papers[0], planned)


def _open_all(told: Told, attacked: Attacked, taken: list[RowName], tell: Tell | None) -> Attacked:
    """What is attacked when rows are `taken` back until no count is narrow by the county's figure of now.

    With fewer rows to keep open the county may be told a digit more, which is then to be audited again.
    """
    narrow: dict[str, list[Target]] = defaultdict(list)
    for count in audit_release(attacked, sample=0, tell=tell).found:
        narrow[count.group].append(Target(group=count.group, unit=count.unit, item=count.item))
    while more := tuple(_rows_to_take(attacked, narrow)):
        taken += more
        attacked = _plan_again(told, attacked, taken, {row.group for row in more})
        narrow = _still_narrow(attacked, {row.group: narrow[row.group] for row in more})
    return attacked


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
        rule=count_by_papers(told.rule, told.papers),
        paper=told.papers[0],
    )


def _plan_again(told: Told, attacked: Attacked, taken: Sequence[RowName], groups: Set[str]) -> Attacked:
    """The same with rows of some groups taken back; the others' plans do not change."""
    items = headline_items(attacked.paper)
    again = {
        group: plan_group(take_back(attacked.plans[group].rows, frozenset(taken)), items, told.rule) for group in groups
    }
    return _attacked(told, {**attacked.plans, **again})


def _still_narrow(attacked: Attacked, narrow: Mapping[str, Sequence[Target]]) -> dict[str, list[Target]]:
    """The counts of each group from the first on that is still too narrow; no later one is tried before it is open."""
    attacker = Attacker(attacked, set(narrow))
    left = {
        group: list(dropwhile(lambda target: not attacker.attack(target).is_narrow, targets))
        for group, targets in narrow.items()
    }
    return {group: targets for group, targets in left.items() if targets}


def told_county(rate: float | None, places: int) -> Band:
    """What the county's rate can be by what is printed of it."""
    return (0.0, 1.0) if rate is None else printed_band(round_share(rate, places), places)


def _rows_to_take(attacked: Attacked, narrow: Mapping[str, Sequence[Target]]) -> Iterator[RowName]:
    """One row of each group in which a count is narrow, for the first of them; without rows a step of its own rate."""
    for group, targets in narrow.items():
        plan = attacked.plans[group]
        inside = np.array([float(home == targets[0].unit) for home in plan.counts.homes])
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
