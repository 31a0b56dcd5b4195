"""Change between two rounds: a difference of two rates from samples drawn apart."""

from math import sqrt
from typing import NamedTuple, Protocol

from scipy.stats import norm


class Rated(Protocol):
    """A rate with its standard error, as shares; None where nobody answered or it may not be told."""

    @property
    def rate(self) -> float | None:
        """The share."""

    @property
    def se(self) -> float | None:
        """Its standard error."""


class Change(NamedTuple):
    """A difference of rates with its standard error and interval; `clear` where the interval leaves 0 out."""

    difference: float
    se: float
    lower: float
    upper: float
    clear: bool


def change(now: Rated, before: Rated, *, confidence: float = 0.95) -> Change | None:
    """The change of a rate: d = p1 - p0, SE = sqrt(SE1^2 + SE0^2), d -/+ z SE; None where either has no rate.

    The samples count as drawn apart: people asked twice would make the interval too wide, not too narrow.
    Source: Lohr, Sampling: Design and Analysis, 11.

    >>> from analysis.results import ItemRate
    >>> found = change(ItemRate(rate=0.9, se=0.003, n=900), ItemRate(rate=0.88, se=0.004, n=800))
    >>> round(found.difference, 4), round(found.se, 4), round(found.lower, 4), found.clear
    (0.02, 0.005, 0.0102, True)
    """
    if now.rate is None or before.rate is None or now.se is None or before.se is None:
        return None
    difference = now.rate - before.rate
    se = sqrt(now.se**2 + before.se**2)
    reach = float(norm.ppf((1 + confidence) / 2)) * se
    lower = difference - reach
    upper = difference + reach
    return Change(
        difference=difference,
        se=se,
        lower=lower,
        upper=upper,
        clear=not lower <= 0 <= upper,
    )
