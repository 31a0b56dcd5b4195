"""Change between two rounds: a difference of two rates from samples drawn apart."""

from math import sqrt
from typing import NamedTuple, Protocol


class Rated(Protocol):
    """A rate with its interval, as shares; None where nobody answered or it may not be told."""

    @property
    def rate(self) -> float | None:
        """The share."""

    @property
    def lower(self) -> float | None:
        """The lower bound of its interval."""

    @property
    def upper(self) -> float | None:
        """The upper bound of its interval."""


class Change(NamedTuple):
    """A difference of rates with its interval; `clear` where the interval leaves 0 out."""

    difference: float
    lower: float
    upper: float
    clear: bool


def change(now: Rated, before: Rated) -> Change | None:
    """The change of a rate at the level of its intervals; None where either has no rate or interval.

    d = p1 - p0, d - sqrt((p1 - l1)^2 + (u0 - p0)^2) to d + sqrt((u1 - p1)^2 + (p0 - l0)^2): as wide on either side as
    the rates' own intervals are, so right near 1 too, where a standard error is 0 and nothing is certain. The samples
    count as drawn apart: people asked twice would make it too wide. Zou & Donner (2008), Statistics in Medicine 27.

    >>> from analysis.results import ItemRate
    >>> now = ItemRate(rate=0.9, lower=0.87, upper=0.92, n=900)
    >>> found = change(now, ItemRate(rate=0.84, lower=0.8, upper=0.88, n=800))
    >>> round(found.difference, 4), round(found.lower, 4), round(found.upper, 4), found.clear
    (0.06, 0.01, 0.1047, True)
    """
    if None in (now.rate, now.lower, now.upper, before.rate, before.lower, before.upper):
        return None
    p1, l1, u1 = _told(now)
    p0, l0, u0 = _told(before)
    difference = p1 - p0
    lower = difference - sqrt((p1 - l1) ** 2 + (u0 - p0) ** 2)
    upper = difference + sqrt((u1 - p1) ** 2 + (p0 - l0) ** 2)
    return Change(difference=difference, lower=lower, upper=upper, clear=not lower <= 0 <= upper)


def _told(rated: Rated) -> tuple[float, float, float]:
    return rated.rate or 0.0, rated.lower or 0.0, rated.upper or 0.0
