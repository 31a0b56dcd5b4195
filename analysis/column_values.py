"""Columns of tables as lists and mappings of one type; `tolist` first, which is several times as fast as a loop."""

import pandas as pd


def texts(column: pd.Series) -> list[str]:
    """Every value as a text, in order.

    >>> texts(pd.Series(["A", 1]))
    ['A', '1']
    """
    return [str(value) for value in column.tolist()]


def whole_numbers(column: pd.Series) -> list[int]:
    """Every value as a whole number, in order; raises ValueError where one is missing.

    >>> whole_numbers(pd.Series([3.0, 4.0]))
    [3, 4]
    """
    return [int(value) for value in column.tolist()]


def numbers(column: pd.Series) -> list[float]:
    """Every value as a number, in order; NaN where one is missing.

    >>> numbers(pd.Series([3, 0.5]))
    [3.0, 0.5]
    """
    return [float(value) for value in column.tolist()]


def whole_by_name(column: pd.Series) -> dict[str, int]:
    """Every value as a whole number under its name in the index.

    >>> whole_by_name(pd.Series([3.0], index=["parent"]))
    {'parent': 3}
    """
    return {str(name): int(value) for name, value in column.items()}
