"""Design-based estimates from cells: shares by group, and the county combined from them."""

from analysis.cellcheck import CellError, check_cells
from analysis.estimate.design import joined_strata
from analysis.estimate.shares import ONE_SIDED, Recognition, combine_groups, weighted_share

__all__ = ["ONE_SIDED", "CellError", "Recognition", "check_cells", "combine_groups", "joined_strata", "weighted_share"]
