"""A county judged by its tables, this year's beside the year's before."""

from contextlib import suppress
from typing import Any, NamedTuple

import pandas as pd

from analysis.indicators.sections import TableError
from analysis.plain import plain
from analysis.standard import Standard
from analysis.verdict import judge
from analysis.verdict.years import compare_years

Row = dict[str, Any]


class Judged(NamedTuple):
    """The tables a county is judged by; without an earlier school year the last two have no rows."""

    schools: pd.DataFrame
    resources: pd.DataFrame
    county: pd.DataFrame
    earlier_resources: pd.DataFrame
    earlier_county: pd.DataFrame


def judge_tables(standard: Standard, tables: Judged, recognition: Row, *, as_of: int) -> Row:
    """The judgement object, and in `years` how it differs from the earlier school year's (None without one).

    Each year is then judged on the schools that reported in it, since the list of schools has no years; the
    comparison is None, too, where the earlier tables do not fit the schools. Raises TableError as `judge`.
    """
    schools, resources, county, earlier_resources, earlier_county = tables
    judgement = judge(standard, schools, resources, county, recognition, as_of=as_of)
    years = None
    if len(earlier_resources):
        with suppress(TableError):
            before = _judge_reported(standard, schools, earlier_resources, earlier_county)
            years = compare_years(before, _judge_reported(standard, schools, resources, county))
    found: Row = plain({**judgement, "years": years})
    return found


def _judge_reported(standard: Standard, schools: pd.DataFrame, resources: pd.DataFrame, county: pd.DataFrame) -> Row:
    return judge(standard, schools[schools["code"].isin(resources["school"])], resources, county)
