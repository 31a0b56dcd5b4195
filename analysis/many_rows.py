"""Millions of rows in little memory: numbers for what several columns say together, parts, and rows without a copy."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Numbers

TOGETHER = 100_000
"""Rows of which wide numbers are computed at once: eight bytes a value, of millions they would be gigabytes."""


class NumberedRows(NamedTuple):
    """`of`: the number of each row; `values`: what the columns say under each number, in the order of the values."""

    of: Numbers
    values: pd.DataFrame


def number_rows(table: pd.DataFrame, keys: Sequence[str]) -> NumberedRows:
    """Rows that say the same in all these columns have one number, four bytes each.

    >>> found = number_rows(pd.DataFrame({"group": ["b", "a", "b"], "place": ["x", "y", "x"]}), ["group", "place"])
    >>> found.of.tolist(), found.values.to_numpy().tolist()
    ([1, 0, 1], [['a', 'y'], ['b', 'x']])
    """
    columns = {key: _in_order(table[key]) for key in keys}
    code = np.zeros(len(table), np.int32)
    size = 1
    for column in columns.values():
        code *= len(column.categories)
        code += column.codes
        size *= len(column.categories)
    seen = np.zeros(size, bool)
    seen[code] = True
    left = np.flatnonzero(seen)
    values = {}
    for key, column in reversed(columns.items()):
        left, own = np.divmod(left, max(len(column.categories), 1))
        values[key] = column.categories.take(own)
    numbers = np.cumsum(seen, dtype=np.int32) - 1
    return NumberedRows(numbers[code], pd.DataFrame({key: values[key] for key in keys}))


def _in_order(column: pd.Series) -> pd.Categorical:
    """The column's values once each, in their order, and the number of each row's."""
    found = pd.Categorical(column)
    if found.categories.is_monotonic_increasing:
        return found
    return found.reorder_categories(sorted(found.categories))


def count_owners(forms: pd.DataFrame) -> dict[tuple[str, str], int]:
    """How many forms came from each (group, place) that any came from.

    >>> count_owners(pd.DataFrame({"group": "parent", "place": ["a", "b", "a"]}))
    {('parent', 'a'): 2, ('parent', 'b'): 1}
    """
    owners = number_rows(forms, ["group", "place"])
    return dict(zip(name_owners(owners.values), np.bincount(owners.of).tolist(), strict=True))


def name_owners(table: pd.DataFrame) -> list[tuple[str, str]]:
    """The (group, place) of each row."""
    return [(str(group), str(place)) for group, place in zip(table.group, table.place, strict=True)]


def take_rows(table: pd.DataFrame, wanted: Flags) -> pd.DataFrame:
    """The wanted rows; where they stand first, without a copy."""
    first = int(wanted.sum())
    return table.iloc[:first] if wanted[:first].all() else table[wanted]


def cut_rows(number: int) -> list[slice]:
    """So many rows in parts of TOGETHER, at least one.

    >>> [(part.start, part.stop) for part in cut_rows(120_000)], len(cut_rows(0))
    ([(0, 100000), (100000, 200000)], 1)
    """
    return [slice(first, first + TOGETHER) for first in range(0, max(number, 1), TOGETHER)]
