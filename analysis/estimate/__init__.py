"""Design-based estimates from cells: shares by group, and the county combined from them."""

from analysis.cells.cell_check import CellError, check_cells
from analysis.estimate.cell_design import joined_strata
from analysis.estimate.weighted_shares import ONE_SIDED, Recognition, combine_groups, weighted_share

__all__ = ["ONE_SIDED", "CellError", "Recognition", "check_cells", "combine_groups", "joined_strata", "weighted_share"]
