"""The check of the plan of what is to be mended."""

from collections.abc import Iterator, Mapping

from analysis.results import Figure
from questionnaires.vocabulary import Verdict
from reports.checking.cells_agree import Grid
from reports.checking.published_round import PublishedRound, is_below
from reports.checking.rate_table_checks import TableCheck
from reports.checking.table_words import load_table_words
from reports.checking.tightening import tighten


def check_repairs(grid: Grid, round_: PublishedRound) -> Iterator[str]:
    """Exactly what is below the line, every group and topic of it; the county itself where nothing else is."""
    words = load_table_words().words
    county = round_.published.estimate.county
    rows = [row for row in grid[1:] if row[0] != words.county_short.format(need=round_.need)]
    alone = county.verdict == Verdict.NOT_MET and not any(is_below(own, round_.share) for own in _list_all(round_))
    if alone != (len(rows) < len(grid) - 1):
        yield "table repair: the county"
    named = {row[0].partition(words.short)[0] for row in rows if row[0].strip(words.wide_space)}
    below = {name for name, own in {**round_.groups, **round_.topics}.items() if is_below(own, round_.share)}
    items = {tighten(text) for text, own in round_.items.items() if is_below(own, round_.share)}
    yield from (f"table repair: {name}" for name in sorted(named - below - items))
    yield from (f"table repair: {name} is left out" for name in sorted(below - named))


def _list_all(round_: PublishedRound) -> list[Figure]:
    return [*round_.groups.values(), *round_.topics.values(), *round_.items.values()]


CHECKS: Mapping[str, TableCheck] = {"repairs": check_repairs}
