"""The rows of units as they are told: whole percents, statements beyond the rule's bounds, and what follows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec.structs import replace as with_fields

from analysis.disclosure.rounding import printed_band, round_down, round_share, round_up
from analysis.disclosure.row_program import (
    OPEN,
    STATEMENT_WIDTH,
    WITHHELD_WIDTH,
    Band,
    Opened,
    Printed,
    PrintedRow,
    open_rows,
    rate_range,
)
from analysis.disclosure.unit_rows import UnitSum
from analysis.disclosure.units import ABOVE, BELOW, SHOWN, WITHHELD
from analysis.intervals import exact_bounds
from analysis.published import UnitRow
from analysis.release.group_counts import GroupAnswers
from analysis.results import Figure
from questionnaires.rule import Rule

PLACES = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class ToldRows:
    """A group's rows with what may be told of each, how far the narrowest hidden one is open, and whether it holds."""

    rows: tuple[UnitRow, ...]
    narrowest: float | None
    holds: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupRows:
    """A group's counts, its rows, and what of them is taken back before anything else.

    `taken_back`: the numbers of rows; `coarser`: by how many steps its own rate is told more coarsely than it fits.
    """

    counts: GroupAnswers
    sums: Sequence[UnitSum]
    taken_back: frozenset[int] = frozenset()
    coarser: int = 0


def open_group(rows: GroupRows, band: Band, rule: Rule) -> Opened:
    """Which rows of a group may be told beside its own rate (`row_program.open_rows`)."""
    printed = tuple(_printed_row(row, rows.counts, rule) for row in rows.sums)
    return open_rows(Printed(places=rows.counts.places, band=band, rows=printed), rows.taken_back)


def _printed_row(row: UnitSum, counts: GroupAnswers, rule: Rule) -> PrintedRow:
    inside = np.array([float(home in row.homes) for home in counts.homes])
    low, high = rule.disclosure.unit_bounds.value
    if row.state == ABOVE:
        return PrintedRow(inside=inside, band=(high, 1.0), hidden=STATEMENT_WIDTH)
    if row.state == BELOW:
        return PrintedRow(inside=inside, band=(0.0, low), hidden=STATEMENT_WIDTH)
    return PrintedRow(inside=inside, band=printed_band(round_share(row.rate, PLACES), PLACES))


def withhold_all(opened: Opened) -> Opened:
    """No row is told any more."""
    rows = tuple(replace(row, band=OPEN, hidden=0.0) for row in opened.printed.rows)
    return Opened(
        printed=replace(opened.printed, rows=rows),
        coarsened=frozenset(range(len(rows))),
        holds=False,
    )


def tell_rows(sums: Sequence[UnitSum], opened: Opened, deff: float, rule: Rule) -> ToldRows:
    """The rows as they are published, those taken back with what follows of them from all others."""
    told = [_tell(at, row, opened, rule) for at, row in enumerate(sums)]
    rows = tuple(bound_row(row, deff, rule) for row in told)
    return ToldRows(rows=rows, narrowest=_narrowest(opened), holds=opened.holds)


def _narrowest(opened: Opened) -> float | None:
    hidden = [row.inside for row in opened.printed.rows if row.hidden]
    return min((high - low for low, high in _ranges(opened.printed, hidden)), default=None)


def _ranges(printed: Printed, rows: Iterable[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> Iterator[Band]:
    for inside in rows:
        yield rate_range(printed, inside)


def _tell(at: int, row: UnitSum, opened: Opened, rule: Rule) -> UnitRow:
    low, high = rule.disclosure.unit_bounds.value
    if at in opened.coarsened:
        return _tell_what_follows(row, rate_range(opened.printed, opened.printed.rows[at].inside))
    if row.state == ABOVE:
        return row.tell(Figure(rate=None, at_least=high), ABOVE)
    if row.state == BELOW:
        return row.tell(Figure(rate=None, at_most=low), BELOW)
    return row.tell(Figure(rate=round_share(row.rate, PLACES)), SHOWN)


def _tell_what_follows(row: UnitSum, band: Band) -> UnitRow:
    """What everybody can work out is said; nothing where it stays open by ten points."""
    low = round_down(max(band[0], 0.0), PLACES)
    high = round_up(min(band[1], 1.0), PLACES)
    if not high - low < WITHHELD_WIDTH:
        return row.tell(Figure(rate=None), WITHHELD)
    return row.tell(Figure(rate=None, at_least=low or None, at_most=None if high >= 1 else high), WITHHELD)


def bound_row(row: UnitRow, deff: float, rule: Rule) -> UnitRow:
    """A row with the interval that follows from its printed rate, n and the group's design effect."""
    if row.rate is None or row.n <= 0:
        return row
    size = np.array(row.n / max(deff, 1.0))
    lower, upper = exact_bounds(np.array(row.rate), size, (1 - rule.confidence.value) / 2)
    return with_fields(row, lower=round_down(float(lower), PLACES), upper=round_up(float(upper), PLACES))
