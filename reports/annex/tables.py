"""Annex tables: what they are made of (附表)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from analysis.standard import Standard
from analysis.standard.limits import Limit
from questionnaires.county_words import name_own
from questionnaires.vocabulary import Verdict
from reports.annex.annex_words import Columns, TableWords, load_annex_words
from reports.report.point_words import say_source as name_source
from reports.setting.figures import trim


class Cell(NamedTuple):
    """A text, or a number with so many decimals; `sign` stands before it, `short` marks it as below its line.

    `formula`: what a spreadsheet computes it by, `value` then being what that comes to. `is_bound`: the text stands for
    a number that is not told.
    """

    value: str | float | None
    decimals: int = 0
    sign: str = ""
    short: bool = False
    formula: str = ""
    is_bound: bool = False


@dataclass(frozen=True)
class AnnexFacts:
    """What the annex says about itself: whose it is, and where the year's figures come from (数据口径)."""

    county: str
    source: str
    day: date
    invented: bool = False


@dataclass(frozen=True)
class AnnexTable:
    """One table: `columns` are headers with their widths in characters.

    `number` is the one that the ministry's annex gives it (0: it comes after those), `source` where its figures
    come from, if not from where the others do.
    """

    name: str
    title: str
    columns: tuple[tuple[str, float], ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]
    number: int = 0
    source: str = ""


def say_source(standard: Standard, facts: AnnexFacts) -> str:
    """Where the year's figures come from (数据口径), and what they are judged by."""
    words = load_annex_words()
    source = facts.source or words.no_source
    return words.source.format(source=source, standard=name_source(standard))


def say_self_check(facts: AnnexFacts) -> str:
    """That it is the county's own judgement."""
    return load_annex_words().self_check.format(own=name_own(facts.county))


def build_table(
    words: TableWords,
    rows: Iterable[Sequence[Cell]],
    *,
    columns: Columns = (),
    notes: Iterable[str] = (),
    **details: object,
) -> AnnexTable:
    """A table in its words, `details` filled in; `columns`, if any, stand for its own, `notes` before them."""
    return AnnexTable(
        name=words.name.format(**details),
        title=words.title.format(**details),
        columns=columns or words.columns,
        rows=tuple(tuple(row) for row in rows),
        notes=(*notes, *(note.format(**details) for note in words.notes)),
        number=words.number,
    )


def figure(value: float | None, decimals: int, limit: Limit | None = None) -> Cell:
    """A number with so many decimals, and more where rounding would carry it across its limit.

    >>> below = Limit(operator=">=", value=4.2, clause="自拟")
    >>> figure(4.1999, 2, below)
    Cell(value=4.1999, decimals=4, sign='', short=True, formula='', is_bound=False)
    """
    if value is None or limit is None:
        return Cell(value, decimals)
    return Cell(value, count_places(limit.show(value, decimals)), short=not limit.holds(value))


def share(value: float | None, line: Limit | None = None) -> Cell:
    """A share in hundredths with the decimals that it has: two at most, more where they would reach the line.

    >>> share(0.84996, Limit(operator=">=", value=85.0, clause="-")), share(0.89).decimals
    (Cell(value=84.996, decimals=3, sign='', short=True, formula='', is_bound=False), 0)
    """
    cell = figure(None if value is None else round(100 * value, 10), 2, line)
    return cell if cell.value is None else cell._replace(decimals=count_decimals(float(cell.value), cell.decimals))


def plain_figure(value: float | None) -> Cell:
    """A number as it was reported, with the decimals it has.

    >>> plain_figure(95.5)
    Cell(value=95.5, decimals=1, sign='', short=False, formula='', is_bound=False)
    >>> plain_figure(360.0).decimals
    0
    """
    return Cell(value, 0 if value is None else count_places(f"{value:.10g}"))


def count_decimals(value: float, most: int) -> int:
    """How many decimals a number has once it is rounded to so many at most.

    >>> count_decimals(89.0, 2), count_decimals(91.236, 2), count_decimals(84.996, 3)
    (0, 2, 3)
    """
    return count_places(trim(f"{value:.{most}f}"))


def limit_figure(limit: Limit) -> Cell:
    """What is demanded, with its sign."""
    return plain_figure(limit.value)._replace(sign=load_annex_words().signs[limit.operator])


def verdict_cell(verdict: str) -> Cell:
    """A verdict in words."""
    return Cell(Verdict(verdict).zh)


def join_units(units: Iterable[str]) -> Cell:
    """The units that answer for something."""
    return Cell("、".join(units))


def count_places(text: str) -> int:
    """How many decimals a printed number has."""
    return len(text.partition(".")[2])
