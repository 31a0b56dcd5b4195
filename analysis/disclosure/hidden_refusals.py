"""Refusals of units as hidden counts: what follows of them from sent in, forms counted, and the group's sums.

A refusal is sent in like a form and is inside the unit's count. Whoever sees what a unit sent in beside its forms
knows how many of them were refused or left blank, and the group's sums part these.
"""

from collections.abc import Container, Iterator, Mapping, Sequence

from msgspec import Struct

from analysis.published import UnitRow
from analysis.results import GroupRate
from analysis.round_counts import Status

WHOLE = "whole"


class UnitReturn(Struct, frozen=True, kw_only=True):
    """A unit as it is published: how many sent something in, and the forms counted of them, None where not told."""

    group: str
    unit: str
    sent: int
    forms: int | None

    @property
    def apart(self) -> tuple[int, int]:
        """The least and the most of what was sent in and is no form counted: refused, or left blank."""
        return (0, self.sent) if self.forms is None else (max(self.sent - self.forms, 0),) * 2


class HiddenRefusals(Struct, frozen=True, kw_only=True):
    """How many of a unit took no part, by all that is published: from `least` to `most`, of so many `sent` in."""

    group: str
    unit: str
    sent: int
    least: int
    most: int

    @property
    def is_certain(self) -> bool:
        """Whether it is known how many of the unit refused; that nobody of it did is no refusal told."""
        return self.least == self.most > 0


def range_refusals(units: Sequence[UnitReturn], refused: int, blank: int) -> list[HiddenRefusals]:
    """The range of each unit's refusals in one group, of which `refused` in all took no part and `blank` forms are.

    Every range is the narrowest that follows: apart = refused + blank in each unit, both sums are known, and `units`
    are all of the group.

    >>> units = [UnitReturn(group="teacher", unit=unit, sent=20, forms=forms) for unit, forms in (("A", 18), ("B", 20))]
    >>> [(unit.least, unit.most) for unit in range_refusals(units, refused=2, blank=0)]
    [(2, 2), (0, 0)]
    >>> [(unit.least, unit.most) for unit in range_refusals(units, refused=1, blank=1)]
    [(1, 1), (0, 0)]
    >>> units = [UnitReturn(group="teacher", unit=unit, sent=20, forms=None) for unit in "AB"]
    >>> [(unit.least, unit.most) for unit in range_refusals(units, refused=2, blank=0)]
    [(0, 2), (0, 2)]
    """
    least = sum(unit.apart[0] for unit in units)
    most = sum(unit.apart[1] for unit in units)
    return [
        HiddenRefusals(
            group=unit.group,
            unit=unit.unit,
            sent=unit.sent,
            least=max(0, unit.apart[0] - blank, refused - (most - unit.apart[1])),
            most=min(unit.apart[1], refused, refused + blank - (least - unit.apart[0])),
        )
        for unit in units
    ]


def find_refusals(
    status: Status, groups: Mapping[str, GroupRate], rows: Sequence[UnitRow], following: Container[str] = ()
) -> list[HiddenRefusals]:
    """What a closed round's published counts tell of each unit's refusals, in groups of several units.

    `following`: groups whose rows tell no forms but what follows from sent in (`release.told_sizes`).
    """
    found = []
    for group, rate in groups.items():
        if group in status.groups:
            units = list(_list_returns(group, status, () if group in following else rows))
            refused = max(status.groups[group].forms - rate.received, 0)
            found += range_refusals(units, refused, max(rate.received - rate.valid, 0)) if len(units) > 1 else []
    return found


def _list_returns(group: str, status: Status, rows: Sequence[UnitRow]) -> Iterator[UnitReturn]:
    """The units of a group whose forms are told: in a row of their own, else in those of their classes."""
    own = [row for row in rows if row.group == group and row.scope == WHOLE]
    for counts in status.units:
        if counts.group != group:
            continue
        alone = [row.n for row in own if row.place == f"unit/{counts.unit}"]
        forms = alone or [row.n for row in own if row.place.startswith(f"class/{counts.unit}/")]
        yield UnitReturn(group=group, unit=counts.unit, sent=counts.spent, forms=sum(forms) if forms else None)
