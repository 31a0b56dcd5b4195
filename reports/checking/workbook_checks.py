"""The rates of the workbook: the sheet of groups is read back and every cell of it held against what was published."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from python_calamine import CalamineWorkbook

from analysis.results import Figure
from reports.checking.cells_agree import HIDDEN, NONE, list_shown, same_figure
from reports.checking.published_round import PublishedRound
from reports.checking.return_checks import planned_of
from reports.checking.table_words import load_table_words
from reports.checking.tightening import tighten

Wanted = float | Figure | None
NEAR = 1e-9


def check_workbook(path: Path, round_: PublishedRound) -> list[str]:
    """What is untrue on the sheet of groups, a line for each row; groups without a row, rows of nobody known."""
    words = load_table_words().workbook
    with CalamineWorkbook.from_path(path) as book:
        grid = [[_as_text(cell) for cell in row] for row in book.get_sheet_by_name(words.sheet).to_python()]
    rows = grid[grid.index(words.head) + 1 :] if words.head in grid else []
    told = {row[0]: row[1:] for row in rows if row[1:2] != [""]}
    wanted = {
        **{name: _group(key, round_) for name, key in list_shown(round_).items()},
        round_.facts.whole: _county(round_),
    }
    return list(_compare(told, wanted, round_))


def _as_text(cell: object) -> str:
    return tighten(str(cell))


def _compare(told: dict[str, list[str]], wanted: dict[str, Sequence[Wanted]], round_: PublishedRound) -> Iterator[str]:
    for name, cells in wanted.items():
        row = told.get(name)
        if row is None:
            yield f"workbook: no row: {name}"
        elif not all(_agrees(cell, own, round_) for cell, own in zip(row, cells, strict=True)):
            yield f"workbook: {name} | {' | '.join(row)}"
    yield from (f"workbook: unknown row: {name}" for name in told if name not in wanted)


def _agrees(cell: str, wanted: Wanted, round_: PublishedRound) -> bool:
    if isinstance(wanted, Figure):
        if wanted.rate is None:
            return same_figure(cell or NONE, wanted, round_.share)
        wanted = 100 * wanted.rate
    if wanted is None or cell in ("", NONE):
        return wanted is None and cell in ("", NONE)
    return abs(float(cell) - wanted) <= NEAR


def _hundredths(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _group(key: str, round_: PublishedRound) -> Sequence[Wanted]:
    """The cells of a group, or of several that were joined, in the order of the sheet."""
    counts = round_.published.status.groups
    own = [counts[group] for group in key.split("+") if group in counts]
    rate = round_.published.estimate.groups.get(key)
    people = [sum(group.population for group in own), planned_of(key, round_), sum(group.issued for group in own)]
    weight = round_.published.estimate.provenance.weights.get(key)
    if rate is None:
        return [*people, sum(group.forms for group in own), 0, None, HIDDEN, *[None] * 5, weight, *[None] * 5]
    bounds = [_hundredths(rate.lower), _hundredths(rate.upper), None, None, _hundredths(rate.unknown), weight]
    received = [rate.received, rate.valid, _hundredths(rate.response_rate), rate]
    return [*people, *received, *bounds, _hundredths(rate.se), rate.df, rate.deff, rate.n_eff, rate.p_holm]


def _county(round_: PublishedRound) -> Sequence[Wanted]:
    estimate = round_.published.estimate
    county = estimate.county
    counts = round_.published.status.groups.values()
    returned = estimate.valid_return.rate if estimate.valid_return else None
    shares = (returned, county.rate, county.lower, county.upper, county.lower95, county.upper95)
    issued = [sum(group.target for group in counts), sum(group.issued for group in counts)]
    told = [*map(_hundredths, shares), None, None, _hundredths(county.se), None, None, None, None]
    return [None, *issued, estimate.received, estimate.valid, *told]
