"""Refusals as hidden counts: what follows of them from sent in, forms counted, and the group's sums.

A refusal is sent in like a form and is inside the unit's count. Whoever sees what a unit sent in beside its forms
knows how many of them were refused or left blank, and the group's sums part these. Of a group the refusals are told
from FEWEST_TOLD on, where it has the rule's `smallest` forms.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from analysis.disclosure.statements import PART
from analysis.published import GroupRelease, ReleaseRecord, UnitRow
from analysis.results import GroupRate
from analysis.round_counts import Status

WHOLE = "whole"
FEWEST_TOLD = 3


class UnitReturn(Struct, frozen=True, kw_only=True):
    """A unit as it is published: how many sent something in, and the forms counted of them, None where not told.

    `most_forms`: how many they can be at most by the fewest that are told of an item (`Answers`, c of `statements`);
    None where that tells nothing.
    """

    group: str
    unit: str
    sent: int
    forms: int | None
    most_forms: int | None = None

    @property
    def apart(self) -> tuple[int, int]:
        """The least and the most of what was sent in and is no form counted: refused, or left blank."""
        if self.forms is not None:
            return (max(self.sent - self.forms, 0),) * 2
        return (0 if self.most_forms is None else max(self.sent - self.most_forms, 0), self.sent)


class HiddenRefusals(Struct, frozen=True, kw_only=True):
    """How many of a unit took no part, by all that is published: from `least` to `most`, of so many `sent` in.

    Without a unit it is the whole group, whose number is hidden below FEWEST_TOLD.
    """

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


def range_group(sent: int, rate: GroupRate, smallest: int) -> tuple[int, int]:
    """The least and the most of a group that took no part, of so many `sent` in.

    Where fewer forms than were sent in are told as received the rest refused. Else the group may have refused and
    left blank in any parts, but from FEWEST_TOLD on that would be told.
    """
    if sent > rate.received:
        return (sent - rate.received,) * 2
    apart = max(sent - rate.valid, 0)
    return (0, min(apart, FEWEST_TOLD - 1) if rate.valid >= smallest else apart)


def find_labels(groups: Iterable[str]) -> dict[str, str]:
    """Group that was asked -> the group of the results that it is shown in, e.g. `deputy+cppcc`."""
    return {member: label for label in groups for member in label.split("+")}


def sum_sent(status: Status, labels: Mapping[str, str]) -> dict[str, int]:
    """How much was sent in of each group of the results."""
    sent: dict[str, int] = {}
    for group, label in labels.items():
        if group in status.groups:
            sent[label] = sent.get(label, 0) + status.groups[group].forms
    return sent


def find_refusals(
    status: Status, groups: Mapping[str, GroupRate], rows: Sequence[UnitRow], known: ReleaseRecord, smallest: int
) -> Iterator[HiddenRefusals]:
    """What a closed round's published counts tell of refusals: of groups, and of each unit of several.

    Groups that are shown together are one here. Of a group that is left out of the results nothing follows.
    `known`: what was said of the release: the groups whose rows tell no forms but what follows from sent in
    (`release.told_sizes`), and the fewest that are told of an item.
    """
    labels = find_labels(groups)
    for group, sent in sum_sent(status, labels).items():
        rate = groups[group]
        low, high = range_group(sent, rate, smallest)
        if high < FEWEST_TOLD or rate.valid < smallest:
            yield HiddenRefusals(group=group, unit="", sent=sent, least=low, most=high)
        follows = group in (known.sent_in or {})
        told = () if follows else [row for row in rows if row.group == group and row.scope == WHOLE]
        units = list(_list_returns(group, _sum_units(status, labels, group), told, known.groups.get(group)))
        if len(units) > 1:
            apart = max(sent, rate.received) - rate.valid
            fewest = range_refusals(units, low, apart - low)
            most = range_refusals(units, high, apart - high)
            for unit, other in zip(fewest, most, strict=True):
                yield replace(unit, most=other.most)


def _sum_units(status: Status, labels: Mapping[str, str], group: str) -> dict[str, int]:
    sent: dict[str, int] = {}
    for counts in status.units:
        if labels.get(counts.group) == group:
            sent[counts.unit] = sent.get(counts.unit, 0) + counts.spent
    return sent


def _list_returns(
    group: str, sent: Mapping[str, int], rows: Sequence[UnitRow], release: GroupRelease | None
) -> Iterator[UnitReturn]:
    """The units of a group whose forms are told: in a row of their own, else in those of their classes."""
    several = release is not None and release.numbers + release.statements + release.coarsened + release.withheld > 0
    most = release.least * PART if release is not None and several else None
    for unit, spent in sent.items():
        alone = [row.n for row in rows if row.place == f"unit/{unit}"]
        forms = alone or [row.n for row in rows if row.place.startswith(f"class/{unit}/")]
        yield UnitReturn(group=group, unit=unit, sent=spent, forms=sum(forms) if forms else None, most_forms=most)
