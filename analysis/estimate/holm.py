"""Is each group above the threshold? p values for all groups together (Holm): a note, never the verdict."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy.special import betainc

from analysis.arrays import Floats
from analysis.estimate import ONE_SIDED
from analysis.intervals import Shares, effective_size
from analysis.stepping_down import adjust_holm


def p_above(p: Floats, size: Floats, threshold: float) -> Floats:
    """One-sided p value of "the rate is at most the threshold" when a share p of `size` forms is satisfied.

    I_T(n* p, n* (1-p)+1), the binomial tail, continued to fractions; below 0.05 just where the lower 95 %
    bound of Clopper and Pearson (1934, Biometrika 26) is above T. After a census (n* infinite) 0 or 1.

    >>> p_above(np.array([1.0, 0.0, 0.9]), np.array([2.0, 2.0, np.inf]), 0.5).tolist()    # 0.5 ** 2
    [0.25, 1.0, 0.0]
    """
    census = np.isinf(size)
    finite = np.where(census, 1.0, size)
    satisfied = np.where(p > 0, finite * p, 1.0)
    tail = np.where(p > 0, betainc(satisfied, finite * (1 - p) + 1, threshold), 1.0)
    return np.where(census, (p <= threshold).astype(float), tail)


def holm_p(estimates: pd.DataFrame, threshold: float, hidden: Collection[str] = ()) -> dict[str, float]:
    """Group -> p value of "its rate is at most the threshold", adjusted for asking of every group.

    `estimates`: the groups' rows of one measure from `weighted_share`; adjusted by `adjust_holm`. `hidden`: groups of
    which nothing may follow: they are asked too, as if they told nothing (p = 1), which makes no other's p smaller.

    >>> rows = pd.DataFrame({"domain": ["parent", "public"], "estimate": 1.0, "se": 0.0, "df": [19, 39],
    ...     "n": [20, 40], "n_cap": [20.0, 40.0]})
    >>> {group: round(p, 4) for group, p in holm_p(rows, 0.85).items()}    # 0.85**20; 2 x 0.85**40
    {'parent': 0.0388, 'public': 0.003}
    >>> {group: round(p, 4) for group, p in holm_p(rows, 0.85, hidden=["public"]).items()}    # 2 x 0.85**20
    {'parent': 0.0775, 'public': 1.0}
    """
    if estimates.empty:
        return {}
    p, se, df, n, cap = (estimates[name].to_numpy(float) for name in ("estimate", "se", "df", "n", "n_cap"))
    size = effective_size(Shares(p, se**2, df, n, n, cap), ONE_SIDED)
    adjusted = adjust_holm(np.where(estimates.domain.isin(list(hidden)), 1.0, p_above(p, size, threshold)))
    return dict(zip(estimates.domain, adjusted.tolist(), strict=True))
