"""Intervals for shares estimated from a survey, built from p, its variance and its degrees of freedom."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc, betaincinv, expit, logit, stdtrit

from analysis.arrays import Floats

METHODS = ("kg", "beta", "xlogit")
PLANNED_ICC = 0.05
"""Likeness of the answers inside one PSU, taken where the sample shows no variance at all."""


@dataclass(frozen=True)
class Shares:
    """Estimated shares and what their intervals need; arrays of one shape.

    `df` may be fractional. `n` forms answered, `forms` came. `cap` is the most forms an estimate may count
    for: n p (1-p)/s^2, or n/deff_plan where the variance is 0, or infinity for a census.
    """

    estimate: Floats
    variance: Floats
    df: Floats
    n: Floats
    forms: Floats
    cap: Floats


def planned_deff(forms_per_psu: Floats) -> Floats:
    """Design effect taken when the sample shows no variance: 1 + (b - 1) 0.05.

    b is the mean number of forms per PSU. Kish (1965), Survey Sampling, section 5.4.

    >>> float(planned_deff(np.array(21.0)))
    2.0
    """
    return 1 + (forms_per_psu - 1) * PLANNED_ICC


def t_ratio(n: Floats, df: Floats, tail: float) -> Floats:
    """Loss from estimating a variance with few PSUs: (t_{n-1}/t_df)^2 at `tail`, 1 where n = 1.

    Korn & Graubard (1998), Survey Methodology 24, section 2.

    >>> t_ratio(np.array([1.0, 11.0]), np.array([1.0, 10.0]), 0.025).tolist()
    [1.0, 1.0]
    """
    many = np.maximum(n - 1, 1)
    return np.where(n > 1, (stdtrit(many, tail) / stdtrit(df, tail)) ** 2, 1.0)


def effective_size(shares: Shares, tail: float) -> Floats:
    """Effective sample size n* = p(1-p)/V x (t_{n-1}/t_df)^2, no more than the cap.

    Where V = 0 it is the cap x that ratio, where a census was taken infinity.
    Korn & Graubard (1998), Survey Methodology 24; capped as NCHS (2017), Vital Health Stat 2(175).

    >>> one = np.ones(1)
    >>> coin = Shares(one / 2, one / 400, one * 99, one * 100, one * 100, one * 100)
    >>> effective_size(coin, 0.025).tolist()
    [100.0]
    """
    p = shares.estimate
    V = shares.variance
    ratio = t_ratio(shares.n, shares.df, tail)
    with np.errstate(over="ignore"):
        size: Floats = np.divide(p * (1 - p), V, out=np.array(shares.cap, dtype=float), where=V > 0)
        return np.minimum(size * ratio, shares.cap)


def exact_bounds(p: Floats, size: Floats, tail: float) -> tuple[Floats, Floats]:
    """Clopper-Pearson bounds when a share p of `size` forms is satisfied: p itself where size is infinite.

    lower = BetaInv(a; x, n-x+1), 0 if p = 0; upper = BetaInv(1-a; x+1, n-x), 1 if p = 1; x = n p, a = tail.
    Clopper & Pearson (1934), Biometrika 26.

    >>> lower, upper = exact_bounds(np.array([1.0]), np.array([10.0]), 0.05)
    >>> round(float(lower[0]), 4), float(upper[0])    # 0.05 ** (1 / 10)
    (0.7411, 1.0)
    """
    census = np.isinf(size)
    finite = np.where(census, 1.0, size)
    yes = finite * p
    no = finite * (1 - p)
    lower = np.where(p <= 0, 0.0, betaincinv(np.where(p <= 0, 1.0, yes), no + 1, tail))
    upper = np.where(p >= 1, 1.0, betaincinv(yes + 1, np.where(p >= 1, 1.0, no), 1 - tail))
    return np.where(census, p, lower), np.where(census, p, upper)


def share_bounds(shares: Shares, tail: float, method: str = "kg") -> tuple[Floats, Floats]:
    """Lower and upper bound of each share, each missed with probability `tail`.

    kg: Clopper-Pearson bounds at the capped effective size. beta, xlogit: those of R's `svyciprop`, for
    comparison; where the variance is 0 they have none and kg stands in. Raises ValueError for another name.

    >>> all_satisfied = Shares(*(np.array([x]) for x in (1.0, 0.0, 9.0, 10.0, 10.0, 10.0)))
    >>> [round(float(bound[0]), 4) for bound in share_bounds(all_satisfied, 0.05)]
    [0.7411, 1.0]
    """
    if method not in METHODS:
        raise ValueError(f"interval method {method!r} is none of {', '.join(METHODS)}")
    kg = exact_bounds(shares.estimate, effective_size(shares, tail), tail)
    if method == "kg":
        return kg
    flat = shares.variance == 0
    other = _r_beta(shares, tail) if method == "beta" else _xlogit(shares, tail)
    return np.where(flat, kg[0], other[0]), np.where(flat, kg[1], other[1])


def probability_above(p: Floats, size: Floats, threshold: float) -> Floats:
    """Probability that the share lies above a threshold: P(x > T), x ~ Beta(n* p + 1, n* (1-p) + 1).

    A census (n* infinite) is above or it is not. The posterior under a flat prior: Franco et al. (2019),
    Journal of Survey Statistics and Methodology 7.

    >>> probability_above(np.array([0.5, 0.9]), np.array([7.0, np.inf]), 0.5).round(12).tolist()
    [0.5, 1.0]
    """
    finite = np.where(np.isinf(size), 1.0, size)
    posterior = betaincc(finite * p + 1, finite * (1 - p) + 1, threshold)
    return np.where(np.isinf(size), (p > threshold).astype(float), posterior)


def _r_beta(shares: Shares, tail: float) -> tuple[Floats, Floats]:
    varied = np.where(shares.variance > 0, shares.variance, 1.0)
    size = shares.estimate * (1 - shares.estimate) / varied * t_ratio(shares.n, shares.df, tail)
    return exact_bounds(shares.estimate, size, tail)


def _xlogit(shares: Shares, tail: float) -> tuple[Floats, Floats]:
    inside = np.where(shares.variance > 0, shares.estimate, 0.5)
    reach = -stdtrit(shares.df, tail) * np.sqrt(shares.variance) / (inside * (1 - inside))
    return expit(logit(inside) - reach), expit(logit(inside) + reach)
