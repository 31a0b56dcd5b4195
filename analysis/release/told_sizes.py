"""The forms that are told where people may have taken no part: what follows from what was sent in, never a count.

What a unit sent in beside its forms would tell how many of it refused. So the rows below a group in which more was
sent in than forms counted, refused or left blank, carry sent in times the group's share of forms counted: both are
published of unit and group. A unit's is shared out to its classes by the people invited there.

What a group sent in beside the forms received would tell that one or two of it refused, which is not told: there all
that was sent in is told as received, and those who refused are among the forms that do not count.
"""

from collections.abc import Iterator, Mapping

import pandas as pd
from msgspec.structs import replace

from analysis.column_values import texts, whole_numbers
from analysis.disclosure.hidden_refusals import FEWEST_TOLD, find_labels, sum_sent
from analysis.disclosure.unit_rows import row_members
from analysis.published import UnitRow, Units
from analysis.recognition.measuring import Survey
from analysis.release.publishing import Released
from analysis.release.unit_figures import bound_row
from analysis.results import Estimate, GroupRate
from analysis.round_counts import Status
from questionnaires.rule import Rule

SentIn = dict[str, dict[str, int]]
"""By group and unit, how many sent something in."""


def find_sent_in(status: Status, groups: Mapping[str, GroupRate]) -> SentIn:
    """What the units of those groups sent in of which not all counts; whether it was refused or blank tells nothing.

    Groups that are shown together are one.
    """
    labels = find_labels(groups)
    sent = sum_sent(status, labels)
    found: SentIn = {}
    for counts in status.units:
        label = labels.get(counts.group)
        if label is not None and sent[label] > groups[label].valid:
            units = found.setdefault(label, {})
            units[counts.unit] = units.get(counts.unit, 0) + counts.spent
    return found


def tell_sizes(released: Released, survey: Survey, rule: Rule) -> Released:
    """The release with forms below these groups as they follow from what was sent in, and intervals from those.

    Of a group in which too few refused to be told all that was sent in is told as received.
    """
    if not survey.sent_in:
        return released
    groups = released.estimate.groups
    estimate = _tell_received(released.estimate, survey.sent_in, rule.smallest)
    sizes = {group: _row_sizes(group, groups[group], survey, rule) for group in survey.sent_in}
    rows = tuple(
        _tell_row(row, sizes[row.group].get((row.place, row.scope), 0), released, rule) if row.group in sizes else row
        for row in released.units.rows
    )
    sent_in = {group: dict(units) for group, units in survey.sent_in.items()}
    record = replace(released.record, sent_in=sent_in)
    return released._replace(estimate=estimate, units=Units(rows=rows), record=record)


def _tell_received(estimate: Estimate, sent_in: Mapping[str, Mapping[str, int]], smallest: int) -> Estimate:
    groups = dict(estimate.groups)
    for group, units in sent_in.items():
        rate = groups[group]
        refused = max(sum(units.values()) - rate.received, 0)
        if refused < FEWEST_TOLD or rate.received < smallest:
            groups[group] = replace(rate, received=rate.received + refused)
    added = sum(rate.received - estimate.groups[group].received for group, rate in groups.items())
    return replace(estimate, groups=groups, received=estimate.received + added)


def _tell_row(row: UnitRow, size: int, released: Released, rule: Rule) -> UnitRow:
    deff = released.estimate.groups[row.group].deff
    return bound_row(replace(row, n=size, lower=None, upper=None), 1.0 if deff is None else deff, rule)


def _row_sizes(group: str, rate: GroupRate, survey: Survey, rule: Rule) -> dict[tuple[str, str], int]:
    """The forms told of each row of a group, by place and scope."""
    sent_in = survey.sent_in[group]
    share = rate.valid / max(sum(sent_in.values()), 1)
    places = dict(_share_out(survey.places[survey.places.group == group], sent_in))
    members = row_members(survey.cells, survey.places, rule)
    own = members[members.group == group]
    found: dict[tuple[str, str], float] = {}
    for place, scope, member in zip(texts(own.place), texts(own.scope), texts(own.member), strict=True):
        found[place, scope] = found.get((place, scope), 0.0) + places.get(member, 0.0)
    return {row: int(sent * share + 1e-9) for row, sent in found.items()}


def _share_out(places: pd.DataFrame, sent: Mapping[str, int]) -> Iterator[tuple[str, float]]:
    """What was sent in of each place, by the people invited in its units."""
    units = texts(places.unit)
    invited = whole_numbers(places.invited)
    whole: dict[str, int] = {}
    for unit, people in zip(units, invited, strict=True):
        whole[unit] = whole.get(unit, 0) + people
    found: dict[str, float] = {}
    for place, unit, people in zip(texts(places.place), units, invited, strict=True):
        if people:
            found[place] = found.get(place, 0.0) + sent.get(unit, 0) * people / whole[unit]
    yield from found.items()
