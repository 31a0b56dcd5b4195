"""The most careful reading of a frame that nobody declared a design for."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.places import row_chains
from analysis.sample.design import Design, DesignStratum, DrawStage, GroupDesign, Selected
from analysis.sample.strata import covering_cells
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group


@dataclass(frozen=True, kw_only=True)
class FramePlace:
    """One row of the frame: where it is, and whether anyone of it was invited."""

    unit: str
    class_: str
    chain: tuple[str, ...]
    selected: bool


def assumed_design(frame: pd.DataFrame, rule: str = "") -> Design:
    """Read the draw off `invited`: whatever unit was left out somewhere (0 beside more) is a PSU.

    Where schools were left out, schools are the PSUs and their classes a second stage; where only classes
    were, classes are; a row without class counts as a unit. Where nothing was left out every class is
    certain, and persons are drawn one by one. Strata are the finest parts of the frame all of whose parts
    were reached. Systematic and stratified draws read so have a standard error that is too large, never too
    small. `frame` as in `design_weights`. Source: Lohr, Sampling, sections 5.2 and 6.

    >>> frame = pd.DataFrame({"group": "parent", "unit": ["A", "A", "B", "B"], "class": list("1234"), "stage": "",
    ...     "locale": "", "township": "", "population": 40, "invited": [20, 0, 20, 20]})
    >>> strata = assumed_design(frame).groups["parent"].strata
    >>> [(stratum.stratum, stratum.first.unit.value, stratum.first.frame, stratum.first.drawn) for stratum in strata]
    [('class/county unit/A', 'class', 2, 1), ('class/county unit/B', 'class', 2, 2)]
    """
    groups = {}
    for group, rows in _rows(frame).items():
        if any(row.selected for row in rows):
            groups[Group(group)] = GroupDesign(strata=tuple(_strata(rows)))
    return Design(rule=rule, groups=groups, assumed=True)


def complete_design(design: Design | None, frame: pd.DataFrame, rule: str) -> Design:
    """The design, with the groups of the frame that it does not speak of read at their most careful.

    Where it lacks one that was asked it counts as `assumed`. `frame`: as `assumed_design`, or with `listed_as`, the
    group of the design where forms are kept under another.

    >>> frame = pd.DataFrame({"group": "public", "unit": ["A", "B"], "class": "", "stage": "", "locale": "",
    ...     "township": "", "population": 40, "invited": [20, 20]})
    >>> complete_design(Design(rule="quality-2024", groups={}), frame, "quality-2024").assumed
    True
    """
    known = design.groups if design else {}
    listed = frame.assign(group=frame.get("listed_as", frame.group))
    found = assumed_design(listed[~listed.group.isin([group.value for group in known])], rule)
    if design is None:
        return found
    lacking = bool(found.groups)
    return design.model_copy(update={"groups": found.groups | known, "assumed": design.assumed or lacking})


def _rows(frame: pd.DataFrame) -> dict[str, list[FramePlace]]:
    rows: dict[str, list[FramePlace]] = defaultdict(list)
    columns = (frame.group, frame.unit, frame["class"], row_chains(frame), frame.invited > 0)
    for group, unit, class_, chain, selected in zip(*columns, strict=True):
        rows[str(group)].append(FramePlace(unit=str(unit), class_=str(class_), chain=chain, selected=bool(selected)))
    return {group: rows[group] for group in sorted(rows)}


def _strata(rows: list[FramePlace]) -> Iterator[DesignStratum]:
    """The strata of one group: its classes, then those asked without a class."""
    schools = _is_left_out(rows)
    for in_classes in (True, False):
        part = [row for row in rows if bool(row.class_) is in_classes]
        if any(row.selected for row in part):
            yield from _part_strata(part, schools=schools, in_classes=in_classes)


def _is_left_out(rows: list[FramePlace]) -> bool:
    """Whether a whole unit got no codes while others did."""
    return {row.unit for row in rows} != {row.unit for row in rows if row.selected}


def _part_strata(rows: list[FramePlace], *, schools: bool, in_classes: bool) -> Iterator[DesignStratum]:
    chains = [row.chain for row in rows]
    cells = covering_cells(chains, [row.selected for row in rows], finest="township" if schools else "unit")
    members: dict[str, list[FramePlace]] = defaultdict(list)
    for row, cell in zip(rows, cells, strict=True):
        members[" ".join(cell)].append(row)
    for part in sorted(members):
        name = f"class/{part}" if in_classes else part
        stages = _stages(members[part], schools=schools, in_classes=in_classes)
        yield DesignStratum(stratum=name, stages=stages, units=_units(members[part], stages))


def _stages(rows: list[FramePlace], *, schools: bool, in_classes: bool) -> tuple[DrawStage, ...]:
    stages = []
    if schools:
        stages.append(_stage(DrawnUnit.SCHOOL, {row.unit for row in rows}, {row.unit for row in rows if row.selected}))
    if in_classes:
        drawn = [row for row in rows if row.selected]
        reached = {row.unit for row in drawn} if schools else {row.unit for row in rows}
        there = {(row.unit, row.class_) for row in rows if row.unit in reached}
        stages.append(_stage(DrawnUnit.CLASS, there, {(row.unit, row.class_) for row in drawn}))
    return (*stages, DrawStage(unit=DrawnUnit.PERSON, method=DrawMethod.SRS))


def _stage(
    unit: DrawnUnit, there: set[str] | set[tuple[str, str]], drawn: set[str] | set[tuple[str, str]]
) -> DrawStage:
    method = DrawMethod.ALL if len(there) == len(drawn) else DrawMethod.SRS
    return DrawStage(unit=unit, method=method, frame=len(there), drawn=len(drawn))


def _units(rows: list[FramePlace], stages: tuple[DrawStage, ...]) -> tuple[Selected, ...]:
    """The selected rows with their probability: m/M of the first stage times that of the classes in a school."""
    first = stages[0]
    share = 1.0
    if first.frame and first.drawn is not None:
        share = first.drawn / first.frame
    two_stages = first.unit == DrawnUnit.SCHOOL and stages[1].unit == DrawnUnit.CLASS
    units = []
    for row in sorted((row for row in rows if row.selected), key=lambda row: (row.unit, row.class_)):
        of_school = [other for other in rows if other.unit == row.unit] if two_stages else []
        within = sum(other.selected for other in of_school) / len(of_school) if of_school else 1.0
        classes = len(of_school) or None
        units.append(Selected(unit=row.unit, class_=row.class_, probability=share * within, classes=classes))
    return tuple(units)
