"""Whole-number codes for the values of a column, and what is added up over them."""

import numpy as np
import pandas as pd

from analysis.arrays import Codes, Flags, Floats


def first_rows(codes: Codes) -> Codes:
    """Position of the first row of each code 0, 1, ..., all of which occur.

    >>> first_rows(np.array([1, 0, 1])).tolist()
    [1, 0]
    """
    first = np.empty(int(codes.max()) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


def no_text(column: pd.Series) -> Flags:
    """Whether a text is missing or empty.

    >>> no_text(pd.Series(["", None, "c1"])).tolist()
    [True, True, False]
    """
    return (column.isna() | (column == "")).to_numpy(bool)


def starts(ascending: Codes) -> Flags:
    """Whether a row opens a new block of equal codes.

    >>> starts(np.array([3, 3, 5])).tolist()
    [True, False, True]
    """
    opens = np.ones(len(ascending), dtype=bool)
    opens[1:] = ascending[1:] != ascending[:-1]
    return opens


def sums(codes: Codes, values: Floats | Flags, size: int = 0) -> Floats:
    """Sum of the values of each code 0, 1, ...; at least `size` of them.

    >>> sums(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0])).tolist()
    [4.0, 0.0, 2.0]
    """
    return np.bincount(codes, values, minlength=size).astype(np.float64)
