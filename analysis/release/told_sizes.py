"""The forms that are told of units where people took no part: what follows from what was sent in, never a count.

What a unit sent in beside its forms would tell how many of it refused. So the rows below a group in which anybody
refused carry sent in times the group's share of forms counted: both are published of unit and group. A unit's is
shared out to its classes by the people invited there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
from msgspec.structs import replace

from analysis.column_values import texts, whole_numbers
from analysis.disclosure.unit_rows import row_members
from analysis.published import UnitRow, Units
from analysis.recognition.measuring import Survey
from analysis.release.publishing import Released
from analysis.release.unit_figures import bound_row
from analysis.results import GroupRate
from analysis.round_counts import Status
from questionnaires.rule import Rule

SentIn = dict[str, dict[str, int]]
"""By group and unit, how many sent something in."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Returns:
    """What was sent in where somebody refused, and the survey that the rows are of."""

    sent_in: SentIn
    survey: Survey
    rule: Rule


def find_refusing(status: Status, groups: Mapping[str, GroupRate]) -> SentIn:
    """What the units of those groups sent in that sent in more than there are forms."""
    found: SentIn = {}
    for counts in status.units:
        rate = groups.get(counts.group)
        if rate is not None and status.groups[counts.group].forms > rate.received:
            found.setdefault(counts.group, {})[counts.unit] = counts.spent
    return found


def tell_sizes(released: Released, returns: Returns) -> Released:
    """The release with forms below these groups as they follow from what was sent in, and intervals from those."""
    if not returns.sent_in:
        return released
    groups = released.estimate.groups
    sizes = {group: _row_sizes(group, groups[group], returns) for group in returns.sent_in}
    rows = tuple(
        _tell_row(row, sizes[row.group].get((row.place, row.scope), 0), released, returns.rule)
        if row.group in sizes
        else row
        for row in released.units.rows
    )
    return released._replace(units=Units(rows=rows), record=replace(released.record, sent_in=returns.sent_in))


def _tell_row(row: UnitRow, size: int, released: Released, rule: Rule) -> UnitRow:
    deff = released.estimate.groups[row.group].deff
    return bound_row(replace(row, n=size, lower=None, upper=None), 1.0 if deff is None else deff, rule)


def _row_sizes(group: str, rate: GroupRate, returns: Returns) -> dict[tuple[str, str], int]:
    """The forms told of each row of a group, by place and scope."""
    survey = returns.survey
    sent_in = returns.sent_in[group]
    share = rate.valid / max(sum(sent_in.values()), 1)
    places = dict(_share_out(survey.places[survey.places.group == group], sent_in))
    members = row_members(survey.cells, survey.places, returns.rule)
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
