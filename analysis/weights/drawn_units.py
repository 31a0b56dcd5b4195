"""From a design to what cells need: strata, primary and second units, their numbers, and people spoken for."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan

import pandas as pd

from analysis.sample.design import Design
from analysis.weights.drawn_rows import Draw, DrawnRow, read_drawn_rows
from questionnaires.vocabulary import DrawMethod, DrawnUnit

Node = Hashable


class Families:
    """Things that belong together, directly or through others."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}

    def find(self, thing: Node) -> Node:
        """What stands for the family of a thing."""
        parent = self._parent.setdefault(thing, thing)
        while parent != self._parent[parent]:
            parent = self._parent[parent]
        self._parent[thing] = parent
        return parent

    def unite(self, thing: Node, other: Node) -> None:
        """Put two things into one family."""
        self._parent[self.find(thing)] = self.find(other)


@dataclass(frozen=True)
class Linked:
    """The rows with codes, their families of strata (what a place or a draw ties) and of primary units."""

    rows: Sequence[DrawnRow]

    @cached_property
    def strata(self) -> dict[int, Node]:
        """Row -> its stratum: draws that share a place are one."""
        families = Families()
        for row in self.rows:
            families.unite(("draw", row.draw), ("place", row.owner))
            if row.counted_in:
                families.unite(("draw", row.draw), ("counted in", row.group, row.counted_in))
        return {row.row: families.find(("draw", row.draw)) for row in self.rows}

    @cached_property
    def psus(self) -> dict[int, Node]:
        """Row -> its primary unit: drawn units that share a place are one."""
        families = Families()
        for row in self.rows:
            families.unite(("psu", row.psu), ("place", row.owner))
        return {row.row: families.find(("psu", row.psu)) for row in self.rows}


def link_design(places: pd.DataFrame, design: Design) -> pd.DataFrame:
    """The frame's rows with what the design says of them.

    `places`: rows of the frame with place and `forms` (how many came from it); `listed_as` is the group that
    the design speaks of, where forms are kept under another. Columns added: stratum, psu, M_h, m_h, N_c as in
    `design_weights`; ssu, psu_ssus, ssu_size, the second-stage units of drawn schools; probability of a PSU drawn by
    size; reached; design, the people that the place's rows speak for over its codes.

    - A drawn class or school is a PSU; drawn units that were counted in one place are one, M' = M u/m for u PSUs of
      m units, N' the sum of their people. Strata that share a place are one, M, m added.
    - Groups asked in the very same draw share its stratum and PSUs.
    - Persons drawn one by one have psu "", M the people of their stratum.
    - A row with codes that the design does not list was not drawn: it speaks for its own people alone.

    `counted_in`, where the rows have it, names the stratum that a row's stratum was joined with. Parsons et al.
    (2014), Vital and Health Statistics 2(165), on joined units.
    """
    rows = list(read_drawn_rows(places, design))
    linked = Linked(rows)
    columns = _blank(len(places))
    for found in _linked_rows(linked):
        for name, value in found.values.items():
            columns[name][found.row] = value
    has_codes = places.invited > 0
    part = [places.group, places["class"] != ""]
    return places.assign(**columns, reached=has_codes.groupby(part).transform("any"))


@dataclass(frozen=True, kw_only=True)
class LinkedRow:
    """What a row gets, by column."""

    row: int
    values: Mapping[str, str | float]


def _blank(size: int) -> dict[str, list[str | float]]:
    texts: dict[str, list[str | float]] = {name: [""] * size for name in ("stratum", "psu", "ssu")}
    names = ("M_h", "m_h", "N_c", "psu_ssus", "ssu_size", "probability", "design")
    return texts | {name: [nan] * size for name in names}


def _linked_rows(linked: Linked) -> Iterator[LinkedRow]:
    by_stratum = _families(linked.rows, linked.strata)
    spoken = _spoken_for(linked.rows)
    for rows in by_stratum:
        weights = _place_weights(rows, spoken)
        for row, values in _stratum_values(rows, linked.psus):
            yield LinkedRow(row=row.row, values={**values, "design": weights[row.owner]})


def _families(rows: Sequence[DrawnRow], family: Mapping[int, Node]) -> list[list[DrawnRow]]:
    together: dict[Node, list[DrawnRow]] = defaultdict(list)
    for row in rows:
        together[family[row.row]].append(row)
    return list(together.values())


def _spoken_for(rows: Sequence[DrawnRow]) -> dict[int, float]:
    """Row -> the people its codes speak for: N/pi of a drawn unit; of persons their share of the stratum's N."""
    invited: dict[Draw, float] = defaultdict(float)
    for row in rows:
        invited[row.draw] += row.invited
    return {
        row.row: row.draw.frame * row.invited / invited[row.draw]
        if row.draw.by_person and row.draw.frame
        else row.people / (1.0 if row.draw.by_person else row.probability)
        for row in rows
    }


def _place_weights(rows: Iterable[DrawnRow], spoken: Mapping[int, float]) -> dict[tuple[str, str], float]:
    people: dict[tuple[str, str], float] = defaultdict(float)
    invited: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        people[row.owner] += spoken[row.row]
        invited[row.owner] += row.invited
    return {owner: people[owner] / invited[owner] for owner in people}


def _stratum_values(
    rows: Sequence[DrawnRow], psus: Mapping[int, Node]
) -> Iterator[tuple[DrawnRow, dict[str, str | float]]]:
    """What each row of one stratum gets, but for its weight."""
    draws = {row.draw: None for row in rows}
    groups = sorted({row.group for row in rows})
    names = sorted({row.stratum for row in rows})
    name = f"{'+'.join(groups)}/{names[0]}" + (f"+{len(names) - 1}" if len(names) > 1 else "")
    if all(draw.by_person for draw in draws):
        yield from _person_values(rows, name)
        return
    units = _families(rows, psus)
    mixed = any(draw.by_person for draw in draws)
    m = float(len({row.psu for row in rows}))
    M = nan if mixed else float(sum(draw.frame or len(draw.units) for draw in draws))
    for unit, psu in zip(units, _name_units(units), strict=True):
        values: dict[str, str | float] = {
            "stratum": name,
            "psu": psu,
            "M_h": max(M * len(units) / m, float(len(units))) if M == M else nan,
            "m_h": float(len(units)),
        }
        if any(row.draw.method == DrawMethod.PPS for row in unit):
            values["probability"] = sum(row.first for row in unit) / len(unit)
        yield from ((row, values | _inside(row, unit)) for row in unit)


def _name_units(units: Sequence[Sequence[DrawnRow]]) -> list[str]:
    """A PSU's name is its first drawn unit's; where another's is the same, drawn for another group, the group's too."""
    firsts = [min((row.key, row.group) for row in unit) for unit in units]
    named = Counter(key for key, _ in firsts)
    return [key if named[key] == 1 else f"{key}/{group}" for key, group in firsts]


def _person_values(rows: Sequence[DrawnRow], name: str) -> Iterator[tuple[DrawnRow, dict[str, str | float]]]:
    """Persons one by one: everyone of the stratum's frame; without end where they came of themselves."""
    is_open = any(row.draw.method == DrawMethod.OPEN for row in rows)
    frames = {row.draw: row.draw.frame for row in rows}
    people = sum(float(frame) for frame in frames.values() if frame)
    people += sum(row.people for row in rows if not frames[row.draw])
    invited = sum(row.invited for row in rows)
    came = sum({row.owner: row.forms for row in rows}.values())
    for row in rows:
        yield row, {"stratum": name, "M_h": nan if is_open else max(people, invited, came), "m_h": invited}


def _inside(row: DrawnRow, unit: Sequence[DrawnRow]) -> dict[str, str | float]:
    """The persons of the row's part of its PSU, and its second-stage unit where schools were drawn."""
    own = [other for other in unit if other.group == row.group]
    here = sum(other.people for other in own if other.place == row.place)
    if row.draw.kind != DrawnUnit.SCHOOL or not any(other.classes for other in own):
        return {"N_c": sum(other.people for other in own)}
    spots = len({other.place for other in own})
    schools = {other.unit: other.classes for other in own}
    classes = sum(schools.values()) * spots / len(own)
    return {"ssu": row.place, "psu_ssus": max(classes, float(spots)), "ssu_size": here}
