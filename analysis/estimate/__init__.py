"""Design-based estimates from cells: shares by group, and the county combined from them."""

from analysis.cells.cell_check import CellError, check_cells
from analysis.estimate.cell_design import joined_strata
from analysis.estimate.combining import ONE_SIDED, Recognition, combine_groups
from analysis.estimate.covariance import group_covariance
from analysis.estimate.silence import half_estimates, smallest_ratio
from analysis.estimate.weighted_shares import weighted_share

__all__ = [
    "ONE_SIDED",
    "CellError",
    "Recognition",
    "check_cells",
    "combine_groups",
    "group_covariance",
    "half_estimates",
    "joined_strata",
    "smallest_ratio",
    "weighted_share",
]
