"""Which case of the published coverage table (docs/method.md) a survey is in."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from scipy.special import fdtri

from analysis.cells.coding import no_text
from analysis.cells.tallying import HEADLINE

PLANNED_RHO = 0.05
LARGEST_RHO = 0.25
"""The largest likeness of the published table."""
BOUND_TAIL = 0.1
PROMISED_CV = 0.3
ROUNDING = 1e-9
PROMISED_FORMS = 6.0
"""From so many forms on the other side of the rate, counted as if drawn one by one, simulated 95 % intervals hold the
truth at least 93 times in 100 at every likeness of the table."""


class Case(NamedTuple):
    """What decides how often an interval is right, and whether at least .93 is promised.

    `rho`: how alike the forms of a class are (None: not to be seen); `forms_per_class` b;
    `cv_weights`: how unequal the weights; `rho_bound`: the larger of the planned likeness and the upper 90 % bound of
    the one seen; `rarer_forms`: the forms that are not satisfied (or are, if those are fewer) at the larger of
    that bound and the table's largest likeness, counted as if drawn one by one.
    """

    rho: float | None
    forms_per_class: float
    cv_weights: float
    promised: bool
    rho_bound: float = PLANNED_RHO
    rarer_forms: float = 0.0


class _Likeness(NamedTuple):
    rho: float | None
    bound: float


def case_of(cells: pd.DataFrame, measure: str = HEADLINE, weights: Mapping[str, float] | None = None) -> Case:
    """The case of the forms in a cell table: of one group's rows that group's, of all rows the county's.

    rho = (MSB - MSW)/(MSB + (n0 - 1) MSW), at least 0, between and within the classes drawn in each stratum of
    a group (strata with all their classes taken are left out); n0 = (N - sum_h sum_c n_c^2/N_h)/(classes - strata).
    Its upper bound is the same of F/F_.1 in the place of F = MSB/MSW. b = sum n_c^2/sum n_c, the class of the average
    form. Without drawn classes rho is 0 and b is 1. cv_weights = sqrt(mean((w - mean w)^2))/mean w over a group's
    valid forms, the largest of all groups. rarer_forms = min(R, 1 - R)/sum_g W_g^2 (1 + cv_g^2)(1 + (b_g - 1) rho)/n_g
    at that bound, at least .25, R = sum W_g p_g; `weights` W_g of the groups, left out: by what their forms weigh.
    Shrout & Fleiss (1979), Psychological Bulletin 86; Searle (1971), Linear Models, section 9.9; Kish (1965), Survey
    Sampling, sections 5.4, 11.7.

    >>> cells = pd.DataFrame({"measure": "headline", "group": "parent", "stratum": "a", "psu": ["c1", "c2"],
    ...     "weight": [1.0, 3.0], "stratum_psus": 9.0, "n_forms": 4, "n": 4, "total": [2.0, 4.0],
    ...     "total_sq": [2.0, 4.0]})
    >>> case = case_of(cells)    # MSB 1/2, MSW 1/6, n0 4; weights 1 and 3
    >>> round(case.rho, 12), case.forms_per_class, case.cv_weights, case.promised
    (0.333333333333, 4.0, 0.5, False)
    >>> round(case.rarer_forms, 4)    # 1/8 x 8/(1.25 x (1 + 3 x .9775)): rho is at most .9775
    0.2034
    """
    rows = cells[cells.measure == measure]
    classes = _drawn_classes(rows)
    likeness = _likeness(classes)
    variation = _variation(rows)
    cv = float(variation.max()) if len(variation) else 0.0
    lost = 1 + (_class_sizes(classes) - 1) * max(likeness.bound, LARGEST_RHO)
    rarer = _rarer_forms(rows, lost.reindex(variation.index).fillna(1.0) * (1 + variation**2), weights)
    return Case(
        rho=likeness.rho,
        forms_per_class=float((classes.n**2).sum() / classes.n.sum()) if len(classes) else 1.0,
        cv_weights=cv,
        promised=likeness.rho is not None and is_promised(rarer, cv),
        rho_bound=likeness.bound,
        rarer_forms=rarer,
    )


def is_promised(rarer_forms: float, cv_weights: float) -> bool:
    """Whether a case lies where the simulation reached .93 at every likeness of the table.

    >>> is_promised(6.0, 0.3), is_promised(5.9, 0.0), is_promised(50.0, 0.4)
    (True, False, False)
    """
    return rarer_forms >= PROMISED_FORMS and cv_weights <= PROMISED_CV + ROUNDING


def _class_sizes(classes: pd.DataFrame) -> pd.Series:
    """b of each group with drawn classes."""
    n = classes.n.groupby(level="group", observed=True).sum()
    return (classes.n**2).groupby(level="group", observed=True).sum() / n


def _rarer_forms(rows: pd.DataFrame, deff: pd.Series, weights: Mapping[str, float] | None) -> float:
    """The forms on the rarer side of the rate, counted as if drawn one by one; `deff` by group."""
    sums = pd.DataFrame({"n": rows.n, "mass": rows.weight * rows.n, "satisfied": rows.weight * rows.total})
    groups = sums[rows.n > 0].groupby(rows.group[rows.n > 0], observed=True).sum()
    by_rule = {} if weights is None else weights
    shares = groups.mass if weights is None else pd.Series(groups.index.map(by_rule), groups.index, float).fillna(0.0)
    if not shares.sum() > 0:
        return 0.0
    shares = shares / shares.sum()
    rate = float((shares * groups.satisfied / groups.mass).sum())
    return float(min(rate, 1 - rate) / (shares**2 * deff.reindex(groups.index) / groups.n).sum())


def _drawn_classes(rows: pd.DataFrame) -> pd.DataFrame:
    """n, total and total_sq of each class with answers in the strata of which not all classes were taken."""
    in_classes = rows[~no_text(rows.psu)]
    classes = in_classes.groupby("stratum", observed=True).psu.transform("nunique")
    drawn = in_classes[~(classes >= in_classes.stratum_psus) & (in_classes.n > 0)]
    return drawn.groupby(["group", "stratum", "psu"], observed=True)[["n", "total", "total_sq"]].sum()


def _likeness(classes: pd.DataFrame) -> _Likeness:
    """How alike the forms of a class are, and the larger of the planned likeness and the upper bound of it."""
    if classes.empty:
        return _Likeness(0.0, PLANNED_RHO)
    n = classes.n
    total = classes.total
    strata = classes[["n", "total"]].groupby(["group", "stratum"], observed=True).sum()
    between = (total**2 / n).sum() - (strata.total**2 / strata.n).sum()
    within = (classes.total_sq - total**2 / n).sum()
    df_between = len(classes) - len(strata)
    df_within = n.sum() - len(classes)
    if df_between == 0 or df_within == 0:
        return _Likeness(None, 1.0)
    squares = (n**2).groupby(["group", "stratum"], observed=True).sum()
    n0 = (n.sum() - (squares / strata.n).sum()) / df_between
    msw = within / df_within
    bound = _share_between(between / df_between / float(fdtri(df_between, df_within, BOUND_TAIL)), msw, n0)
    return _Likeness(_share_between(between / df_between, msw, n0), max(PLANNED_RHO, bound))


def _share_between(msb: float, msw: float, n0: float) -> float:
    spread = msb + (n0 - 1) * msw
    return max(float((msb - msw) / spread), 0.0) if spread > 0 else 0.0


def _variation(rows: pd.DataFrame) -> pd.Series:
    """The coefficient of variation of the forms' weights in each group that sent any."""
    came = rows[rows.n_forms > 0]
    forms = came.n_forms
    groups = came.group
    sums = pd.DataFrame({"n": forms, "w": forms * came.weight}).groupby(groups, observed=True).transform("sum")
    squares = forms * (came.weight * sums.n / sums.w - 1) ** 2 / sums.n
    return squares.groupby(groups, observed=True).sum() ** 0.5
