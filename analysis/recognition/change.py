"""Change between two rounds: a difference of two rates from samples drawn apart."""

from math import sqrt
from typing import Any, NamedTuple

from scipy.stats import norm


class Change(NamedTuple):
    """A difference of rates with its standard error and interval; `clear` where the interval leaves 0 out."""

    difference: float
    se: float
    lower: float
    upper: float
    clear: bool


def change(now: dict[str, Any], before: dict[str, Any], *, confidence: float = 0.95) -> Change | None:
    """The change of a rate: d = p1 - p0, SE = sqrt(SE1^2 + SE0^2), d -/+ z SE; None where either has no rate.

    `now` and `before` hold `rate` and `se` as shares. The samples count as drawn apart: people asked twice
    would make the interval too wide, not too narrow. Source: Lohr, Sampling: Design and Analysis, 11.

    >>> found = change({"rate": 0.9, "se": 0.003}, {"rate": 0.88, "se": 0.004})
    >>> round(found.difference, 4), round(found.se, 4), round(found.lower, 4), found.clear
    (0.02, 0.005, 0.0102, True)
    """
    if now["rate"] is None or before["rate"] is None:
        return None
    difference, se = now["rate"] - before["rate"], sqrt(now["se"] ** 2 + before["se"] ** 2)
    reach = float(norm.ppf((1 + confidence) / 2)) * se
    lower, upper = difference - reach, difference + reach
    return Change(difference, se, lower, upper, not lower <= 0 <= upper)
