"""Figures as JSON prints them: the order of rows must not show in the last digits."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

DIGITS = 12


def plain(value: Any) -> Any:
    """The value ready for JSON: numbers with 12 significant digits, what is no number as None.

    Mappings, sequences and what numpy holds are taken at any depth; texts, whole numbers, truth values and
    None stay.

    >>> import numpy as np
    >>> plain({"rate": 1 / 3, "se": float("nan"), "n": np.int64(7), "items": (True, "85%")})
    {'rate': 0.333333333333, 'se': None, 'n': 7, 'items': [True, '85%']}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [plain(content) for content in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if isfinite(value) else None
    return value
