"""From a design to what cells need: strata, primary and second units, their numbers, and people spoken for."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan

import pandas as pd

from analysis.places import row_chains
from analysis.sample.design import Design, DesignStratum, Selected
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group

Node = Hashable
Unit = tuple[str, str]
"""(unit, class); the class is "" where a whole unit is meant."""


@dataclass(frozen=True)
class Draw:
    """One draw of units: of which kind, how, of how many, which came; several groups may have been asked in it.

    Persons drawn one by one, everyone, and who came of themselves are a draw of their group alone (`own`).
    """

    kind: DrawnUnit
    method: DrawMethod
    frame: int | None
    units: frozenset[Unit]
    own: str = ""

    @property
    def by_person(self) -> bool:
        """Whether the persons themselves were drawn."""
        return self.kind == DrawnUnit.PERSON


@dataclass(frozen=True, kw_only=True)
class DrawnRow:
    """A row of the frame with codes: where its forms are counted, which draw it came from, whom it speaks for."""

    row: int
    group: str
    place: str
    key: str
    draw: Draw
    stratum: str
    unit: Unit
    people: float
    invited: float
    forms: float
    probability: float
    first: float
    classes: float
    counted_in: str

    @property
    def owner(self) -> tuple[str, str]:
        """(group, place)."""
        return self.group, self.place

    @property
    def psu(self) -> Node:
        """The drawn unit of the first stage."""
        return self.draw, self.unit


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
    rows = list(_drawn_rows(places, design))
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


def _drawn_rows(places: pd.DataFrame, design: Design) -> Iterator[DrawnRow]:
    chosen = _Chosen(design)
    own = places.get("listed_as", places.group)
    came = places.forms.where(places.level == "class", 0)
    people = places[["population", "invited"]].assign(came=came).max(axis=1)
    chains = row_chains(places)
    home = places.get("counted_in", pd.Series("", index=places.index))
    columns = (
        places.group,
        own,
        places.unit,
        places["class"],
        places.place,
        places.invited,
        people,
        home,
        places.forms,
    )
    for row, (group, listed, unit, class_, place, invited, count, joined_in, forms) in enumerate(
        zip(*columns, strict=True)
    ):
        if invited <= 0:
            continue
        stratum, unit_drawn = chosen.find(str(listed), str(unit), str(class_))
        draw = chosen.draw(str(listed), stratum)
        whole = draw.kind != DrawnUnit.CLASS
        yield DrawnRow(
            row=row,
            group=str(group),
            place=str(place),
            key=chains[row][1] if whole and chains[row][1] else chains[row][0] or chains[row][1],
            draw=draw,
            stratum=stratum.stratum,
            unit=(str(unit), "" if whole else str(class_)),
            people=float(count),
            invited=float(invited),
            forms=float(forms),
            probability=unit_drawn.probability,
            first=chosen.first_probability(str(listed), stratum, unit_drawn),
            classes=float(unit_drawn.classes or 0),
            counted_in=str(joined_in),
        )


class _Chosen:
    """What a design says of a row."""

    def __init__(self, design: Design) -> None:
        self._listed: dict[tuple[str, str, str], tuple[DesignStratum, Selected]] = {}
        self._open: dict[str, DesignStratum] = {}
        self._of_school: dict[tuple[str, str, str], int] = defaultdict(int)
        for group, strata in design.groups.items():
            for stratum in strata.strata:
                self._read(group, stratum)

    def _read(self, group: Group, stratum: DesignStratum) -> None:
        if stratum.first.unit == DrawnUnit.PERSON and not stratum.units:
            self._open[group] = stratum
        for unit in stratum.units:
            self._listed[group, unit.unit, unit.class_] = (stratum, unit)
            self._of_school[group, stratum.stratum, unit.unit] += 1

    def find(self, group: str, unit: str, class_: str) -> tuple[DesignStratum, Selected]:
        """The stratum and the drawn unit of a row; one that was not drawn stands in a certain stratum of its own."""
        found = self._listed.get((group, unit, class_)) or self._listed.get((group, unit, ""))
        if found:
            return found
        alone = Selected(unit=unit, class_=class_)
        return self._open.get(group) or _added(unit, class_), alone

    def draw(self, group: str, stratum: DesignStratum) -> Draw:
        """The draw of the first stage."""
        first = stratum.first
        by_class = first.unit == DrawnUnit.CLASS
        units = frozenset((unit.unit, unit.class_ if by_class else "") for unit in stratum.units)
        shared = first.unit != DrawnUnit.PERSON and first.frame is not None and len(units) < first.frame
        own = "" if shared else f"{group}/{stratum.stratum}"
        return Draw(first.unit, first.method, first.frame, units, own)

    def first_probability(self, group: str, stratum: DesignStratum, unit: Selected) -> float:
        """The probability of the first stage's unit: the whole one over that of the classes in their school."""
        if not unit.classes:
            return unit.probability
        drawn = self._of_school[group, stratum.stratum, unit.unit]
        return min(unit.probability * unit.classes / drawn, 1.0)


def _added(unit: str, class_: str) -> DesignStratum:
    stage = {"unit": DrawnUnit.CLASS if class_ else DrawnUnit.PERSON, "method": DrawMethod.ALL}
    name = f"not drawn/{unit}/{class_}" if class_ else f"not drawn/{unit}"
    return DesignStratum.model_validate(
        {
            "stratum": name,
            "stages": [stage | ({"frame": 1, "drawn": 1} if class_ else {})],
            "units": [{"unit": unit, "class": class_}],
        }
    )


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
    for unit in units:
        values: dict[str, str | float] = {
            "stratum": name,
            "psu": min(row.key for row in unit),
            "M_h": max(M * len(units) / m, float(len(units))) if M == M else nan,
            "m_h": float(len(units)),
        }
        if any(row.draw.method == DrawMethod.PPS for row in unit):
            values["probability"] = sum(row.first for row in unit) / len(unit)
        yield from ((row, values | _inside(row, unit)) for row in unit)


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
