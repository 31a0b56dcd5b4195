"""How much of the differences between pupils lies between schools (校际差异占比)."""

from typing import NamedTuple

import pandas as pd
from scipy.special import fdtri

TAIL = 0.025
ROUNDING = 1e-12


class Interval(NamedTuple):
    """An estimate with its two-sided 95 % interval."""

    estimate: float
    lower: float
    upper: float


class BetweenShare(NamedTuple):
    """eta2 and ICC(1), both None where there is nothing to compare.

    That is with fewer than two schools, one pupil in each, or answers that are all the same. `schools` and
    `pupils` answered.
    """

    eta2: Interval | None
    icc: Interval | None
    schools: int
    pupils: int


def between_school_share(school_totals: pd.DataFrame) -> BetweenShare:
    """The share of the variance that lies between schools, from one row per school: n, total, total_sq.

    `total`, `total_sq`: sums of the pupils' values and of their squares; schools with n = 0 are left out.
    With F = MSB/MSW and n0 = (N - sum n_j^2/N)/(S-1):

    - eta2 = SSB/SST = (S-1)F/((S-1)F + N-S), too high by about (1-ICC)/n_j;
    - ICC(1) = (MSB-MSW)/(MSB+(n0-1) MSW) = (F-1)/(F+n0-1), below 0 where schools differ less than chance.

    Both intervals put F over its upper and its lower 2.5 % point in place of F; exact for normal values and
    schools of one size. That of eta2 is for E SSB/E SST in samples of this size, its excess included.
    Searle (1971), Biometrics 27, 1-76; Shrout & Fleiss (1979), Psychological Bulletin 86.

    Raises ValueError naming the rows that no answers can give.

    Two schools with the values 1, 3 and 5, 7: SSB = 16, SSW = 4; F = 16/2, n0 = 2.

    >>> schools = pd.DataFrame({"n": [2, 2], "total": [4.0, 12.0], "total_sq": [10.0, 74.0]})
    >>> share = between_school_share(schools)
    >>> share.eta2.estimate, round(share.icc.estimate, 4)    # 16/20, 7/9
    (0.8, 0.7778)
    """
    _check(school_totals)
    schools = school_totals[school_totals.n > 0]
    n, total, total_sq = (schools[name].to_numpy(float) for name in ("n", "total", "total_sq"))
    S = len(n)
    N = int(n.sum())
    SSB = float((n * (total / n - total.sum() / max(N, 1)) ** 2).sum())
    SSW = float((total_sq - total**2 / n).sum())
    rounding = ROUNDING * float(total_sq.sum())
    if S < 2 or N == S or rounding >= SSB + SSW:
        return BetweenShare(None, None, S, N)
    if rounding >= SSW:
        return BetweenShare(Interval(1.0, 1.0, 1.0), Interval(1.0, 1.0, 1.0), S, N)
    F = SSB / (S - 1) / (SSW / (N - S))
    n0 = (N - float((n**2).sum()) / N) / (S - 1)
    ratios = (F, *(F / float(fdtri(S - 1, N - S, point)) for point in (1 - TAIL, TAIL)))
    eta2 = Interval(*((S - 1) * f / ((S - 1) * f + N - S) for f in ratios))
    icc = Interval(*((f - 1) / (f + n0 - 1) for f in ratios))
    return BetweenShare(eta2, icc, S, N)


def _check(schools: pd.DataFrame) -> None:
    n, total, total_sq = (schools[name].astype(float) for name in ("n", "total", "total_sq"))
    slack = ROUNDING * (1 + n * total_sq)
    possible = (n >= 0) & (total**2 <= n * total_sq + slack) & total_sq.lt(float("inf"))
    if not possible.all():
        rows = ", ".join(str(row) for row in schools.index[~possible])
        raise ValueError(f"n, total and total_sq do not fit each other: row {rows}")
