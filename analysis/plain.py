"""Figures as JSON prints them: the order of rows must not show in the last digits."""

from collections.abc import Mapping
from math import isfinite
from typing import TypeAlias

import numpy as np

DIGITS = 12
Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | None"
"""What JSON can hold; whole numbers and truth values are floats to the type."""
JsonObject = dict[str, Json]


def plain(value: object) -> Json:
    """The value ready for JSON: numbers with 12 significant digits, what is no number as None.

    Mappings, sequences and what numpy holds are taken at any depth; texts, whole numbers, truth values and
    None stay. Raises TypeError for anything else.

    >>> plain({"rate": 1 / 3, "se": float("nan"), "n": np.int64(7), "items": (True, "85%")})
    {'rate': 0.333333333333, 'se': None, 'n': 7, 'items': [True, '85%']}
    """
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): plain(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [plain(content) for content in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"JSON holds no {type(value).__name__}")
