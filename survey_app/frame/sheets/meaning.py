"""What the cells of a row mean: ids that exist, shares that are percentages, names written one way."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import cache

from analysis.standard import list_standards, load_standard
from questionnaires.text import clean_text
from survey_app.frame.sheets.columns import Kind
from survey_app.frame.sheets.filled import Filled
from survey_app.frame.sheets.sheet_problems import Problem, say

PERCENT = "%"
OF_A_PLAN = re.compile(r"L[0-9]+[a-z]?|M[0-9]{4}-[0-9]+")  # goals and milestones, also of a plan that is not here


def check_meaning(kind: Kind, filled: Filled) -> Iterator[Problem]:
    """Rows that can be read and yet cannot be meant: each is refused with the nearest known one."""
    if kind.veto_prefix:
        yield from _unknown_ids(filled)
        yield from _shares(filled)
    if kind.largest_class is not None:
        yield from _large_classes(filled, kind.largest_class)
    for column in kind.unique:
        if filled.columns[column].type == "key":
            yield from _twins(filled, column)


def nearest(written: str, known: Collection[str]) -> str:
    """The end of a sentence that proposes the known one meant; nothing where none is near.

    >>> nearest("g 13", ["G1", "G13"]), nearest("zzz", ["G1"])
    ('，是不是“G13”', '')
    """
    alike = {fold(name): name for name in known}
    found = alike.get(fold(written))
    if found is None:
        close = get_close_matches(fold(written), alike, n=1, cutoff=0.5)
        found = alike[close[0]] if close else None
    return say("row", "nearest", known=found) if found else ""


def fold(text: str) -> str:
    """A name without case, width, spaces and what cannot be seen."""
    return "".join(unicodedata.normalize("NFKC", clean_text(text)).split()).casefold()


@cache
def known_indicators() -> dict[str, bool]:
    """Every id that a county row may carry under any standard, and whether its figure is a percentage."""
    known: dict[str, bool] = {}
    for standard in map(load_standard, list_standards()):
        for name, indicator in standard.entries.items():
            known.setdefault(name, False)
            for requirement in indicator.requires.values():
                for written in requirement.ids or (name,):
                    is_share = requirement.column == "value" and requirement.unit.startswith(PERCENT)
                    known[written] = known.get(written, False) or is_share
        known |= dict.fromkeys((*standard.preconditions, *standard.vetoes, *standard.milestones_by_id), False)
    return known


def _unknown_ids(filled: Filled) -> Iterator[Problem]:
    known = known_indicators()
    for row, written in filled.texts("indicator").items():
        if written and written not in known and not OF_A_PLAN.fullmatch(written):
            yield filled.problem(row, "indicator", "unknown_id", written=written, nearest=nearest(written, known))


def _shares(filled: Filled) -> Iterator[Problem]:
    """A percentage that looks like a fraction is asked for; one above 100 cannot be."""
    known = known_indicators()
    indicators = filled.texts("indicator")
    for row, value in filled.numbers("value").items():
        indicator = indicators[row]
        if not known.get(indicator):
            continue
        if 0 < value <= 1 and row not in filled.percents:
            yield _question(filled, row, say("cell", "share", written=f"{value:g}", indicator=indicator))
        elif value > 100:
            yield _question(filled, row, say("cell", "over", written=f"{value:g}"))


def _question(filled: Filled, row: object, sentence: str) -> Problem:
    return Problem(filled.sheet, int(str(row)), filled.places.get("value", ""), sentence)


def _large_classes(filled: Filled, largest: int) -> Iterator[Problem]:
    table = filled.table
    classes = (table["class"] != "") & (table.population > largest)
    for row, people in filled.numbers("population", classes).items():
        yield filled.problem(row, "population", "large_class", written=f"{people:g}")


def _twins(filled: Filled, column: str) -> Iterator[Problem]:
    """Two spellings of one key would be two schools, two units, two classes."""
    first: dict[str, tuple[str, object]] = {}
    for row, written in filled.table[column].drop_duplicates().items():
        other, number = first.setdefault(fold(written), (written, row))
        if other != written:
            yield filled.problem(row, column, "twin", written=written, first=number, other=other)
