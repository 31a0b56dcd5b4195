"""Whether recognition rises every year, by the rounds that were published (社会认可度逐年提高)."""

from collections.abc import Iterator, Mapping, Sequence

from analysis.change import Change, change
from analysis.sentences import say
from analysis.verdict.county_rows import CountyRow
from analysis.verdict.surveyed import YearRate

RISE = "K15"


def rise_row(rounds: Sequence[YearRate], first: int, until: int) -> CountyRow:
    """The smallest change from a year to the next in percentage points, from a plan's first year to the one asked for.

    Two years are compared where both have a round of the same rule, papers and groups; a change within the rounds'
    errors is none. One clear fall is enough to fail; whatever else is no clear rise leaves it open, and says why.
    """
    by_year = {found.year: found for found in rounds if first <= found.year <= until}
    steps = {year: _step(by_year[year - 1], by_year[year]) for year in by_year if year - 1 in by_year}
    clear = [100 * found.difference for found in steps.values() if found and found.clear]
    lacking = "；".join(_say_open(by_year, steps, range(first, until + 1)))
    known = bool(clear) and (not lacking or min(clear) < 0)
    told = {year: 100 * found.rate for year, found in by_year.items() if found.rate is not None}
    rates = [say("rise.rate", year=year, rate=f"{rate:.4g}") for year, rate in told.items()]
    return CountyRow(
        indicator=RISE, value=round(min(clear), 2) if known else None, formula="、".join(rates), lacking=lacking
    )


def _step(before: YearRate, after: YearRate) -> Change | None:
    """The change between two years' rounds; None where they cannot be compared."""
    alike = (before.rule, before.papers, set(before.incomplete)) == (after.rule, after.papers, set(after.incomplete))
    return change(after, before) if alike else None


def _say_open(by_year: Mapping[int, YearRate], steps: Mapping[int, Change | None], years: range) -> Iterator[str]:
    """What leaves it open in the years of the plan, a sentence each."""
    if not by_year:
        yield say("rise.none")
        return
    if len(by_year) == 1:
        yield say("rise.one", year=min(by_year))
    if away := [str(year) for year in years if year not in by_year]:
        yield say("rise.away", years="、".join(away))
    for year, found in steps.items():
        if found is None:
            yield say("rise.apart", before=year - 1, after=year)
        elif not found.clear:
            yield say("rise.within", before=year - 1, after=year)
