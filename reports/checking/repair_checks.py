"""The check of the plan of what is to be mended."""

from collections.abc import Iterator, Mapping

from analysis.results import Figure
from questionnaires.vocabulary import Verdict
from reports.checking.cells_agree import Grid
from reports.checking.rate_table_checks import TableCheck
from reports.checking.table_words import load_table_words
from reports.checking.tightening import tighten
from reports.checking.world import World, is_below


def check_repairs(grid: Grid, world: World) -> Iterator[str]:
    """Exactly what is below the line, every group and topic of it; the county itself where nothing else is."""
    words = load_table_words().words
    county = world.published.estimate.county
    rows = [row for row in grid[1:] if row[0] != words.county_short.format(need=world.need)]
    alone = county.verdict == Verdict.NOT_MET and not any(is_below(own, world.share) for own in _list_all(world))
    if alone != (len(rows) < len(grid) - 1):
        yield "table repair: the county"
    named = {row[0].partition(words.short)[0] for row in rows if row[0].strip(words.wide_space)}
    below = {name for name, own in {**world.groups, **world.topics}.items() if is_below(own, world.share)}
    items = {tighten(text) for text, own in world.items.items() if is_below(own, world.share)}
    yield from (f"table repair: {name}" for name in sorted(named - below - items))
    yield from (f"table repair: {name} is left out" for name in sorted(below - named))


def _list_all(world: World) -> list[Figure]:
    return [*world.groups.values(), *world.topics.values(), *world.items.values()]


CHECKS: Mapping[str, TableCheck] = {"repairs": check_repairs}
