"""Drawing a sample from a frame: who is invited, and the design that says with which probability."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
import pandas as pd
from msgspec import Struct

from analysis.sample.design import Design, DesignStratum, DrawStage, GroupDesign, Selected, write_design
from analysis.sample.lot import Lot, certain_by_size, draw_by_size, steps
from analysis.sample.sample_plan import SamplePlan, SampleStratum
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group


class Member(Struct, frozen=True, kw_only=True):
    """A row of the frame as the draw sees it: where it stands, a class or a unit without classes, its people."""

    row: int
    unit: str
    class_: str
    grade: float
    people: int


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A drawn sample: the frame with `invited`, and its design."""

    frame: pd.DataFrame
    design: Design


class DrawnSample(Struct, frozen=True, kw_only=True):
    """A draw with what it was made from: the plan as proposed and as chosen, the frame with `invited`, the design."""

    proposed: SamplePlan
    chosen: SamplePlan
    frame: pd.DataFrame
    design: Design


class StratumSample(Struct, frozen=True, kw_only=True):
    """What came into the sample of one stratum: `invited` by row, the stages, and the units with their chance."""

    invited: dict[int, int]
    stages: tuple[DrawStage, ...]
    units: tuple[Selected, ...]


def draw_sample(frame: pd.DataFrame, plan: SamplePlan, seed: str) -> Drawn:
    """Draw the planned sample; the same seed and frame give the same sample anywhere, whatever the rows' order.

    Schools and classes of a simple random draw are those with the smallest lots (`Lot`: SHA-256 of seed, group,
    stratum, stage, unit and class); pps draws are systematic in the order of the lots, systematic draws in the
    order of unit, grade and class. Persons of a class are counted (`draw_people`); persons of a stratum are drawn at
    even steps through its rows in the order of the lots, so that each has the chance draw_people/people. `frame` has
    the columns of a frame file, `plan.rows` its strata.
    """
    members: dict[tuple[str, str], list[Member]] = defaultdict(list)
    columns = (frame.group, frame.unit, frame["class"], frame.grade, frame.population, plan.rows)
    for row, (group, unit, class_, grade, people, stratum) in enumerate(zip(*columns, strict=True)):
        if people > 0:
            found = Member(row=row, unit=str(unit), class_=str(class_), grade=float(grade), people=int(people))
            members[str(group), stratum].append(found)
    invited = [0] * len(frame)
    strata: dict[str, list[DesignStratum]] = defaultdict(list)
    for line in plan.strata:
        there = sorted(members[line.key], key=lambda member: (member.unit, member.class_))
        part = _draw_stratum(line, there, seed)
        for row, people in part.invited.items():
            invited[row] = people
        strata[line.group].append(DesignStratum(stratum=line.stratum, stages=part.stages, units=part.units))
    groups = {group: GroupDesign(strata=tuple(strata[group])) for group in Group if group in strata}
    return Drawn(frame=frame.assign(invited=invited), design=Design(rule=plan.rule, seed=seed, groups=groups))


def draw_positions(lot: Lot, unit: str, class_: str, people: int, drawn: int) -> list[int]:
    """Which places on the list of a class or unit, 1 to `people`, are invited: those with the smallest lots.

    >>> lot = Lot(seed="7", group="teacher", stratum="town", stage=DrawnUnit.PERSON)
    >>> draw_positions(lot, "P01", "", 40, 3)
    [11, 16, 30]
    """
    places = range(1, people + 1)
    chosen = sorted(places, key=lambda place: lot.number(unit, f"{class_}\n{place}"))[:drawn]
    return sorted(chosen)


def sum_frame(frame: pd.DataFrame) -> str:
    """SHA-256 of the frame before the draw: its rows sorted, without `invited`.

    >>> frame = pd.DataFrame({"group": ["b", "a"], "population": [1, 2], "invited": [1, 0]})
    >>> sum_frame(frame) == sum_frame(frame.iloc[::-1].assign(invited=0))
    True
    """
    table = frame.drop(columns="invited").astype(object)
    rows = sorted(table.where(table.notna(), "").astype(str).itertuples(index=False, name=None))
    return sha256(json.dumps([list(table.columns), rows], ensure_ascii=False).encode()).hexdigest()


def sum_design(design: Design) -> str:
    """SHA-256 of the design, its keys sorted."""
    return sha256(json.dumps(write_design(design), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def sum_plan(plan: SamplePlan) -> str:
    """SHA-256 of the strata of a plan: another frame, rule or population proposes others."""
    return sha256(msgspec.json.encode(plan.strata)).hexdigest()


def _draw_stratum(line: SampleStratum, members: list[Member], seed: str) -> StratumSample:
    lot = Lot(seed=seed, group=line.group, stratum=line.stratum, stage=line.stage)
    if line.stage == DrawnUnit.PERSON:
        return _draw_persons(line, members, lot)
    if line.stage == DrawnUnit.SCHOOL:
        return _draw_schools(line, members, lot)
    return _draw_classes(line, members, lot)


def _draw_persons(line: SampleStratum, members: list[Member], lot: Lot) -> StratumSample:
    there = sum(member.people for member in members)
    if line.method in (DrawMethod.ALL, DrawMethod.OPEN):
        invited = {member.row: member.people for member in members}
        stage = DrawStage(unit=DrawnUnit.PERSON, method=line.method, frame=there, drawn=there)
        return _part(invited, (stage,), members, dict.fromkeys(invited, 1.0))
    ordered = sorted(members, key=lambda member: lot.number(member.unit, member.class_))
    picks = steps(lot.start(there), there, line.draw_people)
    invited = _count_picks(ordered, picks)
    stage = DrawStage(unit=DrawnUnit.PERSON, method=line.method, frame=there, drawn=line.draw_people)
    return _part(invited, (stage,), members, dict.fromkeys(invited, line.draw_people / there))


def _count_picks(ordered: Sequence[Member], picks: Sequence[int]) -> dict[int, int]:
    """How many picks fall on the people of each row."""
    invited: dict[int, int] = {}
    end = 0
    waiting = list(reversed(picks))
    for member in ordered:
        end += member.people
        while waiting and waiting[-1] < end:
            waiting.pop()
            invited[member.row] = invited.get(member.row, 0) + 1
    return invited


def _draw_classes(line: SampleStratum, members: list[Member], lot: Lot) -> StratumSample:
    chances = _draw_units(line.method, [_named(member) for member in members], line.draw_classes, lot)
    drawn = {members[place].row: chance for place, chance in chances.items()}
    stage = DrawStage(unit=DrawnUnit.CLASS, method=line.method, frame=len(members), drawn=len(drawn))
    return _invite(line, members, (stage,), drawn, {})


def _draw_schools(line: SampleStratum, members: list[Member], lot: Lot) -> StratumSample:
    """Schools first, then classes in each of them by the smallest lots."""
    by_school: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        by_school[member.unit].append(member)
    schools = sorted(by_school)
    sizes = [NamedUnit(unit=unit, size=sum(member.people for member in by_school[unit])) for unit in schools]
    chances = _draw_units(line.method, sizes, line.draw_schools, lot)
    inside = Lot(seed=lot.seed, group=lot.group, stratum=lot.stratum, stage=DrawnUnit.CLASS)
    drawn: dict[int, float] = {}
    of_school: dict[int, int] = {}
    for place, chance in chances.items():
        classes = by_school[schools[place]]
        named = [_named(member) for member in classes]
        for order, share in _draw_units(DrawMethod.SRS, named, line.draw_classes, inside).items():
            drawn[classes[order].row] = chance * share
            of_school[classes[order].row] = len(classes)
    stages = (
        DrawStage(unit=DrawnUnit.SCHOOL, method=line.method, frame=len(schools), drawn=len(chances)),
        DrawStage(unit=DrawnUnit.CLASS, method=DrawMethod.SRS),
    )
    return _invite(line, members, stages, drawn, of_school)


class NamedUnit(Struct, frozen=True, kw_only=True):
    """A school or class that may be drawn, its place in a list by grade, and its people."""

    unit: str
    class_: str = ""
    grade: float = 0.0
    size: int


def _named(member: Member) -> NamedUnit:
    return NamedUnit(unit=member.unit, class_=member.class_, grade=member.grade, size=member.people)


def _draw_units(method: DrawMethod, units: Sequence[NamedUnit], drawn: int, lot: Lot) -> dict[int, float]:
    """The places of the drawn units with their chance."""
    if method == DrawMethod.ALL or drawn >= len(units):
        return dict.fromkeys(range(len(units)), 1.0)
    if method == DrawMethod.PPS:
        return _draw_pps(units, drawn, lot)
    if method == DrawMethod.SYSTEMATIC:
        listed = sorted(range(len(units)), key=lambda place: _in_list(units[place]))
        chosen = [listed[pick] for pick in steps(lot.start(len(units)), len(units), drawn)]
    else:
        chosen = _by_lot(units, lot)[:drawn]
    return dict.fromkeys(chosen, drawn / len(units))


def _draw_pps(units: Sequence[NamedUnit], drawn: int, lot: Lot) -> dict[int, float]:
    certain = certain_by_size([unit.size for unit in units], drawn)
    listed = [place for place in _by_lot(units, lot) if place not in certain]
    sizes = [units[place].size for place in listed]
    left = drawn - len(certain)
    chances = dict.fromkeys(certain, 1.0)
    if left:
        total = sum(sizes)
        for pick in draw_by_size(lot.start(total), sizes, left):
            chances[listed[pick]] = left * sizes[pick] / total
    return chances


def _by_lot(units: Sequence[NamedUnit], lot: Lot) -> list[int]:
    return sorted(range(len(units)), key=lambda place: lot.number(units[place].unit, units[place].class_))


def _in_list(unit: NamedUnit) -> tuple[str, bool, float, str]:
    """Order of a list: school, grade (unknown ones last), class."""
    unknown = unit.grade != unit.grade
    return unit.unit, unknown, 0.0 if unknown else unit.grade, unit.class_


def _invite(
    line: SampleStratum,
    members: Sequence[Member],
    stages: tuple[DrawStage, ...],
    drawn: dict[int, float],
    of_school: dict[int, int],
) -> StratumSample:
    """Those invited in the drawn classes, by row: everyone, or as many as the stratum says."""
    whole = all(line.draw_people == 0 or member.people <= line.draw_people for member in members if member.row in drawn)
    last = DrawStage(unit=DrawnUnit.PERSON, method=DrawMethod.ALL if whole else DrawMethod.SRS)
    invited = {
        member.row: min(member.people, line.draw_people or member.people) for member in members if member.row in drawn
    }
    return _part(invited, (*stages, last), members, drawn, of_school)


def _part(
    invited: dict[int, int],
    stages: tuple[DrawStage, ...],
    members: Sequence[Member],
    chances: dict[int, float],
    of_school: dict[int, int] | None = None,
) -> StratumSample:
    return StratumSample(invited=invited, stages=stages, units=tuple(_selected(members, chances, of_school or {})))


def _selected(members: Sequence[Member], chances: dict[int, float], of_school: dict[int, int]) -> Iterator[Selected]:
    for member in members:
        if member.row in chances:
            yield Selected(
                unit=member.unit,
                class_=member.class_,
                probability=chances[member.row],
                classes=of_school.get(member.row),
            )
