"""Intervals for persons drawn one by one from a population that can be counted."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

EXACT = 20_000
"""Unseen persons up to whom every possible number of satisfied ones is looked at."""


@dataclass(frozen=True, kw_only=True)
class CountedShare:
    """One share among `people` N: `seen` answered n, `size` n* that they count for, `satisfied` x of the n*."""

    people: int
    seen: int
    size: float
    satisfied: float


def finite_bounds(counted: CountedShare, tail: float) -> tuple[float, float]:
    """Bounds of the share of all N, each missed with probability `tail`, whatever part of them was seen.

    lower = (x + q_a[BetaBin(N-n; x, n-x+1)])/N, upper = (x + q_(1-a)[BetaBin(N-n; x+1, n-x)])/N: for whole
    numbers the hypergeometric bounds exactly. With n* < n the seen part is x/n* of n. docs/method.md, section 4.

    >>> [round(bound, 4) for bound in finite_bounds(CountedShare(people=30, seen=29, size=29.0, satisfied=27.0), 0.025)]
    [0.9, 0.9333]
    """
    x = counted.satisfied
    rest = counted.size - x
    unseen = counted.people - counted.seen
    seen = x * counted.seen / counted.size
    low = _quantile(unseen, x, rest + 1, tail, strict=True) if x > 0 else 0
    high = _quantile(unseen, x + 1, rest, 1 - tail, strict=False) if rest > 0 else unseen
    return (seen + low) / counted.people, (seen + high) / counted.people


def _quantile(trials: int, a: float, b: float, level: float, *, strict: bool) -> float:
    """Smallest u with P(U <= u) > level (or >=), U beta-binomial; beyond EXACT trials by a beta of its variance."""
    if trials > EXACT:
        shrink = trials * (a + b + 1) / (a + b + trials) - 1
        return float(trials * betaincinv(a * shrink / (a + b), b * shrink / (a + b), level))
    u = np.arange(trials)
    growth = np.log((trials - u) * (u + a) / ((u + 1) * (trials - u - 1 + b)))  # of P(U = u + 1) over P(U = u)
    log = np.concatenate([[0.0], np.cumsum(growth)])
    below = np.cumsum(np.exp(log - log.max()))
    below /= below[-1]
    slack = 1e-12
    first = np.searchsorted(below, level + slack, "right") if strict else np.searchsorted(below, level - slack, "left")
    return float(min(int(first), trials))
