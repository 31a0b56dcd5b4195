"""The tables of a county, as they are judged."""

from typing import NamedTuple

import pandas as pd

NOTHING = pd.DataFrame()


class CountyTables(NamedTuple):
    """The tables a county is judged by (spec 4); without a table of schools, kinds follow from the stages.

    `figures` are raw: an indicator that they give is computed, whatever the county's table says.
    """

    schools: pd.DataFrame
    resources: pd.DataFrame
    county: pd.DataFrame
    figures: pd.DataFrame = NOTHING
