"""The tables of a county, as they are judged."""

from typing import NamedTuple

import pandas as pd

NOTHING = pd.DataFrame()
SPARE = ("figures", "scores")
"""Tables that are written down only where they have rows: counties of before had none."""


class CountyTables(NamedTuple):
    """The tables a county is judged by; without a table of schools, kinds follow from the stages.

    `figures` are raw: an indicator that they give is computed, whatever the county's table says. `scores`: sums of
    monitored scores by school and subject, of which Q9 is computed.
    """

    schools: pd.DataFrame
    resources: pd.DataFrame
    county: pd.DataFrame
    figures: pd.DataFrame = NOTHING
    scores: pd.DataFrame = NOTHING
