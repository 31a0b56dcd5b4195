"""The rows of a frame with codes as a design sees them: the draw each came from, and whom it speaks for."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.column_values import numbers, texts
from analysis.places import row_chains
from analysis.sample.design import Design, DesignStratum, Selected
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group

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
    def psu(self) -> tuple[Draw, Unit]:
        """The drawn unit of the first stage."""
        return self.draw, self.unit


def read_drawn_rows(places: pd.DataFrame, design: Design) -> Iterator[DrawnRow]:
    """The rows of the frame that have codes; `places` as in `drawn_units.link_design`."""
    chosen = _Chosen(design)
    own = places.get("listed_as", places.group)
    listed = places[["population", "invited"]].max(axis=1)
    in_place = listed.where(places.invited > 0, 0).groupby([places.group, places.place]).transform("sum")
    came = (places.forms * (listed / in_place.where(in_place > 0))).where(places.level == "class", 0)
    people = listed.where(~(came > listed), came)
    chains = row_chains(places)
    home = places.get("counted_in", pd.Series("", index=places.index))
    listed_as = texts(own)
    groups = texts(places.group)
    units = texts(places.unit)
    classes = texts(places["class"])
    place_names = texts(places.place)
    joined_in = texts(home)
    invited = numbers(places.invited)
    counts = numbers(people)
    forms = numbers(places.forms)
    for row, chain in enumerate(chains):
        if invited[row] <= 0:
            continue
        stratum, unit_drawn = chosen.find(listed_as[row], units[row], classes[row])
        draw = chosen.draw(listed_as[row], stratum)
        whole = draw.kind != DrawnUnit.CLASS
        yield DrawnRow(
            row=row,
            group=groups[row],
            place=place_names[row],
            key=chain[1] if whole and chain[1] else chain[0] or chain[1],
            draw=draw,
            stratum=stratum.stratum,
            unit=(units[row], "" if whole else classes[row]),
            people=counts[row],
            invited=invited[row],
            forms=forms[row],
            probability=unit_drawn.probability,
            first=chosen.first_probability(listed_as[row], stratum, unit_drawn),
            classes=float(unit_drawn.classes or 0),
            counted_in=joined_in[row],
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
