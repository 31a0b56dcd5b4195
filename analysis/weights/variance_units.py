"""Variance units of drawn classes: runs of neighbours on the list that hold enough answered forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
BETWEEN = "~"
"""Joins the names of the first and the last place of a unit; `places.row_chains` lets it into no other name."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A fine place with codes, as joining sees it: where it lies, the forms that came, and its stratum's M and m.

    `by_class`: classes or schools were drawn; else the persons themselves were.
    """

    place: str
    unit: str
    township: str
    locale: str
    stratum: str
    by_class: bool
    forms: int
    frame_psus: float
    drawn_psus: float


def number_runs(counts: Sequence[int], smallest: int) -> list[int]:
    """The run that each count falls in: one closes when it holds `smallest`, a last short one joins its predecessor.

    >>> number_runs([6, 6, 12, 0, 4, 3, 5, 4], 10)
    [0, 0, 1, 2, 2, 2, 2, 2]
    """
    runs: list[int] = []
    run = 0
    held = 0
    for count in counts:
        runs.append(run)
        held += count
        if held >= smallest:
            run += 1
            held = 0
    return [min(number, run - 1) for number in runs] if held < smallest and run else runs


def cut_units(spots: Sequence[Spot], smallest: int) -> list[list[Spot]]:
    """The units of one stratum's drawn classes in the frame's order; schools with too few forms are joined whole.

    >>> classes = [Spot(place=f"class/{name}", unit=name[0], township="", locale="", stratum="s", by_class=True,
    ...     forms=forms, frame_psus=9, drawn_psus=4)
    ...     for name, forms in (("A/1", 6), ("A/2", 7), ("B/1", 4), ("C/1", 9))]
    >>> [[spot.place for spot in unit] for unit in cut_units(classes, 10)]
    [['class/A/1', 'class/A/2'], ['class/B/1', 'class/C/1']]
    """
    schools: dict[str, list[Spot]] = {}
    for spot in spots:
        schools.setdefault(spot.unit, []).append(spot)
    blocks = _collect(list(schools.values()), [_count(school) for school in schools.values()], smallest)
    units = []
    for block in blocks:
        classes = [spot for school in block for spot in school]
        units += _collect(classes, [spot.forms for spot in classes], smallest)
    return units


def name_unit(unit: Sequence[Spot]) -> str:
    """The key of a unit: its place's own, or those of its first and its last place.

    >>> classes = [Spot(place=f"class/{name}", unit=name[0], township="", locale="", stratum="s", by_class=True,
    ...     forms=6, frame_psus=9, drawn_psus=4) for name in ("A/1", "A/2", "B/1")]
    >>> name_unit(classes[:1]), name_unit(classes[:2]), name_unit(classes)
    ('class/A/1', 'class/A/1~2', 'class/A/1~B/1')
    """
    first = unit[0]
    last = unit[-1]
    if len(unit) == 1:
        return first.place
    school = first.place.rpartition("/")[0]
    end = last.place.removeprefix(f"{school}/") if school.startswith("class/") else last.place
    return f"{first.place}{BETWEEN}{end.partition('/')[2] if end == last.place else end}"


def _count(spots: Sequence[Spot]) -> int:
    return sum(spot.forms for spot in spots)


def _collect(items: Sequence[Item], counts: Sequence[int], smallest: int) -> list[list[Item]]:
    """The items of each run."""
    found: dict[int, list[Item]] = {}
    for item, run in zip(items, number_runs(counts, smallest), strict=True):
        found.setdefault(run, []).append(item)
    return list(found.values())
