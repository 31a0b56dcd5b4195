"""Which of several rates is the lowest: said only where a test tells it from the others, else tied ones together."""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

from scipy.special import ndtr, ndtri

from analysis.change import Change, Rated, change
from analysis.stepping_down import adjust_holm

TWO_SIDED = 0.05


class Lowest(NamedTuple):
    """The lowest by name, in order, with those that no test tells from it; `apart`: whether it is told from any other.

    `same`: all have one rate.
    """

    names: tuple[str, ...]
    apart: bool
    same: bool


def find_lowest(rates: Mapping[str, Rated], confidence: float = 0.95) -> Lowest | None:
    """The lowest of some rates, and those that are not clearly above it; None where fewer than two are known.

    Each pair is tested by the interval of its difference (`change.change`), turned into z = d / half-width x
    z_confidence, Holm-adjusted over all pairs. People counted in two rates make the tests too careful, never too bold.
    Holm (1979), Scandinavian Journal of Statistics 6; Zou & Donner (2008), Statistics in Medicine 27.

    >>> from analysis.results import ItemRate
    >>> def rate(p, d): return ItemRate(rate=p, lower=p - d, upper=p + d, n=100)
    >>> find_lowest({"a": rate(0.7, 0.02), "b": rate(0.9, 0.02), "c": rate(0.71, 0.02)})
    Lowest(names=('a', 'c'), apart=True, same=False)
    >>> find_lowest({"a": rate(0.9, 0.02), "b": rate(0.91, 0.02)}).apart
    False
    """
    known = {name: rated for name, rated in rates.items() if rated.rate is not None}
    if len(known) < 2:
        return None
    order = sorted(known, key=lambda name: known[name].rate or 0.0)
    lowest = order[0]
    apart = _told_apart(known, confidence)
    tied = (name for name in order if frozenset((lowest, name)) not in apart)
    names = tuple(tied)
    same = len({rated.rate for rated in known.values()}) == 1
    return Lowest(names=names, apart=len(names) < len(known), same=same)


def _told_apart(rates: Mapping[str, Rated], confidence: float) -> set[frozenset[str]]:
    """The pairs whose difference is clear, for all pairs together."""
    pairs = list(combinations(rates, 2))
    p = [_p_value(change(rates[first], rates[second]), confidence) for first, second in pairs]
    return {frozenset(pair) for pair, own in zip(pairs, adjust_holm(p).tolist(), strict=True) if own <= TWO_SIDED}


class Moved(NamedTuple):
    """A rate's change since a round before, and whether it is clear among all that are compared."""

    name: str
    change: Change
    clear: bool


def find_moved(now: Mapping[str, Rated], before: Mapping[str, Rated], confidence: float = 0.95) -> list[Moved]:
    """What is told in both rounds, each change tested by its interval, Holm-adjusted over all; in the order of `now`.

    >>> from analysis.results import ItemRate
    >>> def rate(p, d): return ItemRate(rate=p, lower=p - d, upper=p + d, n=100)
    >>> moved = find_moved({"a": rate(0.9, 0.02), "b": rate(0.8, 0.05)}, {"a": rate(0.8, 0.02), "b": rate(0.79, 0.05)})
    >>> [(own.name, own.clear) for own in moved]
    [('a', True), ('b', False)]
    """
    pairs = {name: change(now[name], before[name]) for name in now if name in before}
    known = {name: found for name, found in pairs.items() if found is not None}
    if not known:
        return []
    p = [_p_value(found, confidence) for found in known.values()]
    adjusted = adjust_holm(p).tolist()
    return [Moved(name, found, own <= TWO_SIDED) for (name, found), own in zip(known.items(), adjusted, strict=True)]


def _p_value(found: Change | None, confidence: float) -> float:
    """Two-sided, from the difference's own interval on the side of 0; without intervals nothing is told apart."""
    if found is None or found.difference == 0:
        return 1.0
    width = found.difference - found.lower if found.difference > 0 else found.upper - found.difference
    if width <= 0:
        return 0.0
    z = abs(found.difference) / width * ndtri((1 + confidence) / 2)
    return float(2 * ndtr(-z))
