"""Arrays by what their elements are: the same names wherever there is arithmetic."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]
"""Counts and positions."""
Codes = npt.NDArray[np.int64]
"""Categories, numbered from 0."""
Numbers = npt.NDArray[np.int32]
"""What many rows are told apart by, numbered from 0 in half the room."""
Marked = npt.NDArray[np.uint8]
"""What forms have marked, a byte an answer."""
