"""Fine places joined until each holds enough answered forms, and what was drawn counted in the joined ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from msgspec import convert

from analysis.disclosure.groups import join_groups
from analysis.many_rows import name_owners, number_rows
from analysis.places import Chain, place_chains, settle
from analysis.sample import Design
from analysis.weights.design_weights import Owner, weigh_places
from analysis.weights.stratum_joining import join_strata
from analysis.weights.variance_units import Spot, cut_units, name_unit
from questionnaires.paper import Paper
from questionnaires.rule import Rule

JOINT = "+"
COUNTY = "county"
Homes = dict[Owner, Owner]
"""(group, place) -> the joined (group, place) that its forms are kept and counted in."""


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The frame's rows weighed on joined places, and where each fine place went."""

    drawn: pd.DataFrame
    homes: Homes


def join_places(drawn: pd.DataFrame, papers: Sequence[Paper], rule: Rule, design: Design | None = None) -> Joined:
    """Masked variance units: every place has `rule.smallest` valid forms, if its paper has as many at all.

    `drawn`: of `design_weights` on fine places, by the same `design`. A group with fewer forms is first kept with
    others of its paper (`disclosure.join_groups`), all in one place. Drawn classes are joined in the frame's order,
    in their school, schools with too few forms whole with the next of their stratum (`variance_units`), strata
    before that (`stratum_joining`); f stays, M' = M u/m for u units of m classes. Persons' places move up to coarser
    levels (`places.settle`): M, m and N add. A place without forms is counted with its neighbour. All forms of a place
    have one weight, (M/m) sum N / sum n. Where every place has enough, nothing changes. Parsons et al. (2014),
    Vital and Health Statistics 2(165), on masked variance units.
    """
    groups = _groups(drawn, papers, rule.smallest)
    came = _count(drawn, {owner: (groups[owner[0]], owner[1]) for owner in _owners(drawn)})
    kept = drawn if _stays(groups) else weigh_places(drawn.assign(group=drawn.group.map(groups)), came, rule, design)
    found = {
        group: dict.fromkeys((spot.place for spot in own), _Home(COUNTY))
        if JOINT in group
        else _join_group(own, _chains(kept, group), rule.smallest)
        for group, own in _spots(kept).items()
    }
    homes = {
        (group, place): (groups[group], _home_of(found, groups[group], place).place) for group, place in _owners(drawn)
    }
    if all(owner == home for owner, home in homes.items()):
        return Joined(drawn=drawn, homes=homes)
    moved = [_home_of(found, group, place) for group, place in zip(kept.group, kept.place, strict=True)]
    joined = kept.assign(
        place=[home.place for home in moved],
        level=[home.place.split("/")[0] for home in moved],
        counted_in=[home.stratum for home in moved],
    )
    return Joined(drawn=weigh_places(joined, _count(drawn, homes), rule, design), homes=homes)


def move_forms(forms: pd.DataFrame, homes: Mapping[Owner, Owner]) -> pd.DataFrame:
    """Forms by fine (group, place), now by the joined ones.

    >>> forms = pd.DataFrame({"group": ["parent"], "place": ["class/A/2"]})
    >>> move_forms(forms, {("parent", "class/A/2"): ("parent", "class/A/1~2")}).to_numpy().tolist()
    [['parent', 'class/A/1~2']]
    """
    owners = number_rows(forms, ["group", "place"])
    joined = [homes[owner] for owner in name_owners(owners.values)]
    moved = pd.DataFrame(joined, columns=["group", "place"], dtype="category")
    return forms.assign(group=moved.group.array.take(owners.of), place=moved.place.array.take(owners.of))


class _Home(NamedTuple):
    """The joined place of a fine one, and for drawn classes the stratum."""

    place: str
    stratum: str = ""


def _home_of(found: Mapping[str, Mapping[str, _Home]], group: str, place: str) -> _Home:
    """A place without codes stays where it is."""
    return found.get(group, {}).get(place) or _Home(place)


def _owners(drawn: pd.DataFrame) -> list[Owner]:
    return list(dict.fromkeys(zip(drawn.group, drawn.place, strict=True)))


def _count(drawn: pd.DataFrame, homes: Mapping[Owner, Owner]) -> Counter[Owner]:
    """The valid forms of every joined place."""
    counted: Counter[Owner] = Counter()
    own = drawn.drop_duplicates(["group", "place"])
    for group, place, forms in zip(own.group, own.place, own.forms, strict=True):
        counted[homes[group, place]] += int(forms)
    return counted


def _groups(drawn: pd.DataFrame, papers: Sequence[Paper], smallest: int) -> dict[str, str]:
    """The group that each group is kept in, by its valid forms."""
    forms = drawn.drop_duplicates(["group", "place"]).groupby("group").forms.sum()
    labels = join_groups({str(group): int(count) for group, count in forms.items()}, papers, smallest)
    return {group: label or group for group, label in labels.items()}


def _stays(groups: Mapping[str, str]) -> bool:
    return all(group == kept for group, kept in groups.items())


def _chains(drawn: pd.DataFrame, group: str) -> dict[str, Chain]:
    return {place: chain for (_, place), chain in place_chains(drawn[drawn.group == group]).items()}


def _spots(drawn: pd.DataFrame) -> dict[str, list[Spot]]:
    """The places with codes of each group, as they follow in the frame."""
    selected = drawn[drawn.invited > 0]
    by_place = selected.groupby(["group", "place"], sort=False)
    where = by_place[["unit", "township", "locale"]]
    same = where.first().where(where.nunique() == 1, "")
    design = by_place.agg(
        stratum=("stratum", "first"),
        psu=("psu", "first"),
        forms=("forms", "first"),
        frame_psus=("M_h", "first"),
        drawn_psus=("m_h", "first"),
    )
    table = same.join(design).reset_index()
    spots: dict[str, list[Spot]] = {}
    for group, rows in table.assign(by_class=table.psu != "").groupby("group", sort=False):
        spots[str(group)] = convert(rows.to_dict("records"), list[Spot])
    return spots


def _join_group(spots: Sequence[Spot], chains: Mapping[str, Chain], smallest: int) -> dict[str, _Home]:
    """Drawn classes and persons are joined apart, unless one of them has too few forms in all."""
    classes = [spot for spot in spots if spot.by_class]
    persons = [spot for spot in spots if not spot.by_class]
    if any(0 < sum(spot.forms for spot in part) < smallest for part in (classes, persons)):
        return _move_up(spots, chains, smallest)
    return _unite(classes, smallest) | _move_up(persons, chains, smallest)


def _unite(classes: Sequence[Spot], smallest: int) -> dict[str, _Home]:
    """Each class in its unit."""
    homes: dict[str, _Home] = {}
    strata: dict[str, list[Spot]] = {}
    for spot in join_strata(classes, smallest) if any(spot.forms for spot in classes) else ():
        strata.setdefault(spot.stratum, []).append(spot)
    for stratum, own in strata.items():
        for unit in cut_units(own, smallest):
            homes.update(dict.fromkeys((spot.place for spot in unit), _Home(name_unit(unit), stratum)))
    return homes


def _move_up(spots: Sequence[Spot], chains: Mapping[str, Chain], smallest: int) -> dict[str, _Home]:
    """Each place in the finest coarser one that holds enough; one without forms where its neighbour is."""
    found = settle([chains[spot.place] for spot in spots], [spot.forms for spot in spots], smallest)
    came = [number for number, home in enumerate(found) if home]
    if not came:
        return {}
    return {
        spot.place: _Home(found[number] or found[_nearest(number, spots, came)]) for number, spot in enumerate(spots)
    }


def _nearest(number: int, spots: Sequence[Spot], came: Sequence[int]) -> int:
    """The place with forms that is nearest on the list, in the township if there is one, else in the locale."""
    own = spots[number]
    return min(
        came,
        key=lambda other: (
            spots[other].township != own.township,
            spots[other].locale != own.locale,
            abs(other - number),
            other,
        ),
    )
