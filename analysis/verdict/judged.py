"""A county judged by its tables, this year's beside the year's before."""

from contextlib import suppress
from typing import NamedTuple

import pandas as pd
from msgspec.structs import replace

from analysis.indicators.county_tables import NOTHING, CountyTables
from analysis.indicators.sections import TableError
from analysis.standard import Standard
from analysis.verdict.judgement import Judgement
from analysis.verdict.judging import judge
from analysis.verdict.surveyed import SurveyedRate
from analysis.verdict.year_findings import YearComparison
from analysis.verdict.years import compare_years


class Judged(NamedTuple):
    """The tables a county is judged by; without an earlier school year the earlier ones have no rows."""

    schools: pd.DataFrame
    resources: pd.DataFrame
    county: pd.DataFrame
    earlier_resources: pd.DataFrame
    earlier_county: pd.DataFrame
    figures: pd.DataFrame = NOTHING
    earlier_figures: pd.DataFrame = NOTHING
    scores: pd.DataFrame = NOTHING
    earlier_scores: pd.DataFrame = NOTHING


def judge_tables(standard: Standard, tables: Judged, surveyed: SurveyedRate | None, *, as_of: int) -> Judgement:
    """The judgement, and in `years` how it differs from the earlier school year's (None without one).

    Each year is then judged on the schools that reported in it, since the list of schools has no years; the
    comparison is None, too, where the earlier tables do not fit the schools. Raises TableError as `judge`.
    """
    now = CountyTables(tables.schools, tables.resources, tables.county, tables.figures, tables.scores)
    before = CountyTables(
        tables.schools, tables.earlier_resources, tables.earlier_county, tables.earlier_figures, tables.earlier_scores
    )
    judgement = judge(standard, now, surveyed, as_of=as_of)
    return replace(judgement, years=_compare(standard, before, now) if len(before.resources) else None)


def _compare(standard: Standard, before: CountyTables, now: CountyTables) -> YearComparison | None:
    with suppress(TableError):
        return compare_years(judge(standard, _reported(before)), judge(standard, _reported(now)))
    return None


def _reported(tables: CountyTables) -> CountyTables:
    """The tables with the schools alone that reported in the year."""
    reported = tables.schools.code.isin(tables.resources.school)
    return tables._replace(schools=tables.schools[reported])
