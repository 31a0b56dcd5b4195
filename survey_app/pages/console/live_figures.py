"""The figures on a page of progress by the names they have there, from what is known of a round's units and groups."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from analysis.column_values import texts, whole_numbers
from survey_app.accounts.signing_in import Person
from survey_app.watching.live_counts import Seen
from survey_app.watching.replaying import Arrived, replay
from survey_app.watching.shown_counts import Figure, Word, tell_figure
from survey_app.watching.shown_figures import read_arrived

Live = dict[str, int]
Name = TypeVar("Name", str, tuple[str, str])


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One group of a unit in a township: its counts, and the rows that are replayed; `several`: the group's units.

    `mixed`: the county's total is live with this group in it, as of `add_replay`.
    """

    forms: int
    target: int
    issued: int = 0
    several: bool = True
    mixed: bool = False
    rows: Sequence[int] = ()


class CountedCells(msgspec.Struct, frozen=True, kw_only=True):
    """All cells of a round by unit, group and township, told as at a ten-minute mark; exact without one.

    `grown`: forms by group beyond those of the cells; nothing of a unit moves with them.
    """

    cells: Mapping[tuple[str, str, str], Cell]
    mark: int | None = None
    arrived: Arrived | None = None
    grown: Mapping[str, int] = {}


def read_cells(seen: Seen) -> CountedCells:
    """What is known of a round by unit, group and township."""
    rows = seen.rows
    replayed = "arrivals" in rows.columns
    number = len(rows)
    columns = zip(
        *(texts(rows.unit), texts(rows.group), texts(rows.township)),
        *(whole_numbers(rows.forms), whole_numbers(rows.target), whole_numbers(rows.issued)),
        rows.several.tolist() if replayed else [True] * number,
        rows.mixed.tolist() if replayed else [True] * number,
        whole_numbers(rows.id) if replayed else [0] * number,
        strict=True,
    )
    cells: dict[tuple[str, str, str], Cell] = {}
    for unit, group, township, forms, target, issued, several, mixed, row in columns:
        known = cells.get((unit, group, township), Cell(forms=0, target=0, several=several, mixed=mixed))
        cells[unit, group, township] = msgspec.structs.replace(
            known,
            forms=known.forms + forms,
            target=known.target + target,
            issued=known.issued + issued,
            rows=(*known.rows, row),
        )
    mark = int(rows["mark"].iloc[0]) if "mark" in rows.columns and number else None
    return CountedCells(cells=cells, mark=mark, arrived=read_arrived(rows) if replayed and number else None)


def live(counted: CountedCells, person: Person) -> Live:
    """The figures on a person's page by the names they have there: all, group:G, unit:U, cell:U|G.

    What each of the first three still lacks is called lack:all and so on; it is counted group by group. The county and
    its groups are live; of units a name is left out while the page says a word and no count.
    """
    own = {key: cell for key, cell in counted.cells.items() if _sees(person, *key)}
    county = len(own) == len(counted.cells)
    named: dict[str, list[Cell]] = defaultdict(list)
    parts: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    named["all"] = [*own.values()]
    for (unit, group, _), cell in own.items():
        for name in (f"group:{group}", f"unit:{unit}", f"cell:{unit}|{group}"):
            named[name].append(cell)
        for name in ("all", f"group:{group}", f"unit:{unit}"):
            parts[name, group].append(cell)
    sums = {
        name: _split(cells, counted.mark, county=county and _is_whole(name), whole=name == "all")
        for name, cells in named.items()
    }
    words = {}
    figures: Live = {}
    for name, figure in _count_all(counted, sums).items():
        words[name] = figure.word
        if figure.word == Word.COUNT:
            figures[name] = figure.n
    split = {part: _split(cells, counted.mark, county=county and _is_whole(part[0])) for part, cells in parts.items()}
    return figures | _list_lacks(_count_all(counted, split), split, words)


def add_grown(figures: Live, counted: CountedCells, person: Person) -> Live:
    """What `live` gives, with what groups grew since: of the county, whose live groups alone move between two marks."""
    if not any(counted.grown.values()) or not all(_sees(person, *key) for key in counted.cells):
        return figures
    grown = dict(figures)
    targets = Counter[str]()
    for (_, group, _), cell in counted.cells.items():
        targets[group] += cell.target
    about = {group: cell for (_, group, _), cell in counted.cells.items()}
    for group, n in counted.grown.items():
        if about[group].several or about[group].mixed:
            _raise_by(grown, "all", n)
        if about[group].several:
            before = figures[f"group:{group}"]
            _raise_by(grown, f"group:{group}", n)
            gain = max(0, targets[group] - before) - max(0, targets[group] - before - n)
            _raise_by(grown, f"lack:group:{group}", -gain)
            _raise_by(grown, "lack:all", -gain)
    return grown


def _raise_by(figures: Live, name: str, n: int) -> None:
    """Raise a figure that is told."""
    if name in figures:
        figures[name] += n


def _sees(person: Person, unit: str, _group: str, township: str) -> bool:
    return {"unit": unit, "township": township}.get(person.role, person.scope) == person.scope


class _Sum(NamedTuple):
    """Cells that are told together, and those among them that are told as at the mark."""

    cells: Sequence[Cell]
    rest: Sequence[Cell]


def _is_whole(name: str) -> bool:
    return name.startswith(("all", "group:"))


def _split(cells: Sequence[Cell], mark: int | None, *, county: bool, whole: bool = False) -> _Sum:
    """Cells together; of the county a group with several units is live, and the whole where that names no unit."""
    if mark is None:
        return _Sum(cells, ())
    return _Sum(cells, [cell for cell in cells if not (county and (cell.several or (whole and cell.mixed)))])


def _count_all(counted: CountedCells, sums: Mapping[Name, _Sum]) -> dict[Name, Figure]:
    """What is told of each sum, all replayed together."""
    rows: dict[Name, tuple[int, ...]] = {
        name: tuple(row for cell in part.rest for row in cell.rows) for name, part in sums.items()
    }
    distinct = [*dict.fromkeys(rows.values())]
    shown = dict.fromkeys(distinct, 0)
    if counted.mark is not None and counted.arrived is not None:
        steps = replay(counted.arrived, [np.array(some, np.int64) for some in distinct], counted.mark)
        shown = dict(zip(distinct, steps.n.tolist(), strict=True))
    return {name: _tell(part, shown[rows[name]]) for name, part in sums.items()}


def _tell(part: _Sum, shown: int) -> Figure:
    n = sum(cell.forms for cell in part.cells) - sum(cell.forms for cell in part.rest)
    if not part.rest:
        return Figure(n=n, recent=0, word=Word.COUNT)
    figure = tell_figure(shown, 0, sum(cell.issued for cell in part.rest))
    whole = len(part.rest) == len(part.cells)
    return figure if whole else Figure(n=n + figure.n, recent=0, word=Word.COUNT)


def _list_lacks(
    figures: Mapping[tuple[str, str], Figure], sums: Mapping[tuple[str, str], _Sum], words: Mapping[str, Word]
) -> Live:
    """What each name lacks, group by group; nothing where a unit is nearly complete or has no count."""
    lacks: Counter[str] = Counter()
    for (name, group), figure in figures.items():
        if words[name] in (Word.COUNT, Word.FEW):
            target = sum(cell.target for cell in sums[name, group].cells)
            lacks[f"lack:{name}"] += 0 if figure.word == Word.NEAR else max(0, target - figure.n)
    return dict(lacks)
