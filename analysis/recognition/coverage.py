"""Which case of the published coverage table (docs/method.md) a survey is in."""

from typing import NamedTuple

import pandas as pd

from analysis.cells.tallying import HEADLINE

ROUNDING = 1e-9
PROMISED_RHO = 0.05
PROMISED_CV = 0.3
PROMISED_EXCESS = 1.45
"""Up to these the simulated 95 % intervals hold the truth at least 93 times in 100. The excess is
(b - 1) rho, what classes of b forms add to the design effect: rho .05 up to 30 forms a class, .037 at 40."""


class Case(NamedTuple):
    """What decides how often an interval is right, and whether at least .93 is promised.

    `rho`: how alike the forms of a class are (None: not to be seen); `forms_per_class` b;
    `cv_weights`: how unequal the weights.
    """

    rho: float | None
    forms_per_class: float
    cv_weights: float
    promised: bool


def case_of(cells: pd.DataFrame, measure: str = HEADLINE) -> Case:
    """The case of the forms in a cell table: of one group's rows that group's, of all rows the county's.

    rho = (MSB - MSW)/(MSB + (n0 - 1) MSW), at least 0, between and within the drawn classes of each stratum
    (strata with all their classes taken are left out); n0 = (N - sum_h sum_c n_c^2/N_h)/(classes - strata).
    b = sum n_c^2/sum n_c, the class of the average form. Without drawn classes rho is 0 and b is 1.
    cv_weights = sqrt(mean((w - mean w)^2))/mean w over a group's valid forms, the largest of all groups.
    Shrout & Fleiss (1979), Psychological Bulletin 86; Kish (1965), Survey Sampling, sections 5.4, 11.7.

    >>> cells = pd.DataFrame({"measure": "headline", "group": "parent", "stratum": "a", "psu": ["c1", "c2"],
    ...     "weight": [1.0, 3.0], "stratum_psus": 9.0, "n_forms": 4, "n": 4, "total": [2.0, 4.0],
    ...     "total_sq": [2.0, 4.0]})
    >>> case = case_of(cells)    # MSB 1/2, MSW 1/6, n0 4; weights 1 and 3
    >>> round(case.rho, 12), case.forms_per_class, case.cv_weights, case.promised
    (0.333333333333, 4.0, 0.5, False)
    """
    rows = cells[cells.measure == measure]
    classes = _drawn_classes(rows)
    rho = _likeness(classes)
    cv = _variation(rows)
    b = float((classes.n**2).sum() / classes.n.sum()) if len(classes) else 1.0
    return Case(
        rho=rho,
        forms_per_class=b,
        cv_weights=cv,
        promised=is_promised(rho, b, cv),
    )


def is_promised(rho: float | None, forms_per_class: float, cv_weights: float) -> bool:
    """Whether a case lies where the simulation reached .93.

    >>> is_promised(0.05, 30, 0.3), is_promised(0.05, 40, 0.3), is_promised(None, 1, 0.0)
    (True, False, False)
    """
    if rho is None or rho > PROMISED_RHO or cv_weights > PROMISED_CV:
        return False
    return (forms_per_class - 1) * rho <= PROMISED_EXCESS + ROUNDING


def _drawn_classes(rows: pd.DataFrame) -> pd.DataFrame:
    """n, total and total_sq of each class with answers in the strata of which not all classes were taken."""
    in_classes = rows[rows.psu.fillna("") != ""]
    classes = in_classes.groupby("stratum", observed=True).psu.transform("nunique")
    drawn = in_classes[~(classes >= in_classes.stratum_psus) & (in_classes.n > 0)]
    return drawn.groupby(["stratum", "psu"], observed=True)[["n", "total", "total_sq"]].sum()


def _likeness(classes: pd.DataFrame) -> float | None:
    if classes.empty:
        return 0.0
    n = classes.n
    total = classes.total
    strata = classes[["n", "total"]].groupby("stratum", observed=True).sum()
    between = (total**2 / n).sum() - (strata.total**2 / strata.n).sum()
    within = (classes.total_sq - total**2 / n).sum()
    df_between = len(classes) - len(strata)
    df_within = n.sum() - len(classes)
    if df_between == 0 or df_within == 0:
        return None
    msb = between / df_between
    msw = within / df_within
    squares = (n**2).groupby("stratum", observed=True).sum()
    n0 = (n.sum() - (squares / strata.n).sum()) / df_between
    spread = msb + (n0 - 1) * msw
    return max(float((msb - msw) / spread), 0.0) if spread > 0 else 0.0


def _variation(rows: pd.DataFrame) -> float:
    """The largest coefficient of variation of the forms' weights in any group, 0 without forms."""
    came = rows[rows.n_forms > 0]
    forms = came.n_forms
    sums = pd.DataFrame({"n": forms, "w": forms * came.weight}).groupby(came.group, observed=True).transform("sum")
    ratio = came.weight * sums.n / sums.w
    variance = (forms * (ratio - 1) ** 2 / sums.n).groupby(came.group, observed=True).sum()
    return float(variance.max() ** 0.5) if len(variance) else 0.0
