"""Shares of satisfied answers with design-based precision, by group and pooled."""

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.cells.cell_check import TEXT, check_cells
from analysis.estimate.cell_design import LONELY, Design, read_design
from analysis.estimate.combining import ONE_SIDED
from analysis.estimate.domains import estimate_domains
from analysis.estimate.finite import CountedShare, finite_bounds
from analysis.intervals import (
    METHODS,
    Shares,
    effective_size,
    planned_deff,
    probability_above,
    share_bounds,
)
from analysis.weights.raking import Calibration, Margins, category_codes, rake, read_calibration
from questionnaires.rule import USUAL_RULE, load_rule

COLUMNS = [
    "domain", "measure", "estimate", "se", "df", "deff", "n", "n_eff",
    "lower", "upper", "lower95", "upper95", "probability_above", "lonely_strata", "n_cap",
    "possible_lower", "possible_upper",
]  # fmt: skip
ROUNDING = 1e-12


def weighted_share(
    cells: pd.DataFrame,
    *,
    margins: Margins | None = None,
    confidence: float = 0.95,
    lonely: str = "merge",
    method: str = "kg",
    threshold: float | None = None,
) -> pd.DataFrame:
    """Estimate every measure, pooled and in each group, from a cell table.

    p = sum(w total)/sum(w n); its variance by linearisation over strata, classes and persons, with finite
    population corrections at both stages. One row per (domain, measure) that anyone answered, domain "all"
    and every group. Columns: domain, measure, estimate, se, df (the interval's), deff, n, n_eff; lower,
    upper (two-sided at `confidence`); lower95, upper95 (one-sided 95 %); probability_above (the `threshold`,
    left out that of the usual rule); lonely_strata; n_cap (most forms the estimate may count for; infinite
    for a census); possible_lower, possible_upper (what may be true whoever did not answer, where persons were
    drawn one by one; else 0 and 1). There the interval is that of the finite population (`finite_bounds`).
    Where the sample shows no variance, deff is the planned one; se is 0 yet the interval has a width,
    unless every person answered.

    `margins` ({category column: {category: persons}}) rakes the weights first; the variance then drops what
    the margins explain. `lonely`: merge, remove, adjust or average. `method`: kg, beta or xlogit.
    Raises CellError for a malformed table, RakingError for impossible margins, ValueError for an option.
    Sarndal, Swensson & Wretman (1992), section 5.7; Lumley (2010), Complex Surveys, chapter 2.

    >>> cells = pd.DataFrame({"measure": "overall", "group": "public", "stratum": ["a", "b"], "psu": "",
    ...     "weight": [10.0, 30.0], "stratum_psus": np.nan, "psu_size": np.nan, "n_forms": [10, 10],
    ...     "n": [10, 10], "total": [8.0, 4.0], "total_sq": [8.0, 4.0]})
    >>> public = weighted_share(cells).set_index("domain").loc["public"]
    >>> float(public.estimate), round(float(public.se), 6)    # (8 + 3 x 4)/40; (.16/9 + 9 x .24/9)/16
    (0.5, 0.12693)
    """
    _check_options(confidence, lonely, method)
    cells = cells.assign(**{name: _coded(cells[name]) for name in TEXT if name in cells})
    check_cells(cells)
    design = read_design(rake(cells, margins).cells if margins else cells, lonely, each_row=bool(margins))
    calibration = _calibration(design, cells, margins) if margins else None
    return _with_intervals(estimate_domains(design, calibration, lonely), confidence, method, threshold)


def _calibration(design: Design, cells: pd.DataFrame, margins: Margins) -> Calibration:
    measure, row, forms = (design.rows[name].to_numpy() for name in ("measure", "row", "n_forms"))
    weight = np.where(forms > 0, cells.weight.to_numpy()[row], 0.0)
    return read_calibration(measure, category_codes(cells, margins)[row], weight, forms)


def _coded(text: pd.Series) -> pd.Series:
    coded = text.astype("category")
    return coded.cat.set_categories(sorted(coded.cat.categories))


def _check_options(confidence: float, lonely: str, method: str) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence} is not between 0 and 1")
    if lonely not in LONELY:
        raise ValueError(f"lonely={lonely!r} is none of {', '.join(LONELY)}")
    if method not in METHODS:
        raise ValueError(f"method={method!r} is none of {', '.join(METHODS)}")


def _with_intervals(table: pd.DataFrame, confidence: float, method: str, threshold: float | None) -> pd.DataFrame:
    """Add design effect, interval, one-sided bounds and probability to the rows of all domains."""
    shares, deff = _precision(table)
    tail = (1 - confidence) / 2
    counted = _counted(table) if method == "kg" else {}
    lower, upper = _bounds(shares, tail, method, counted)
    lower95, upper95 = _bounds(shares, ONE_SIDED, method, counted)
    possible = _possible(table)
    line = load_rule(USUAL_RULE).threshold.value if threshold is None else threshold
    return table.assign(
        se=np.sqrt(shares.variance),
        deff=deff,
        n=table.n.astype(int),
        n_eff=shares.n / deff,
        lower=lower,
        upper=upper,
        lower95=lower95,
        upper95=upper95,
        probability_above=probability_above(shares.estimate, effective_size(shares, tail), line),
        n_cap=shares.cap,
        possible_lower=possible[0],
        possible_upper=possible[1],
    )[COLUMNS]


def _bounds(shares: Shares, tail: float, method: str, counted: dict[int, CountedShare]) -> tuple[Floats, Floats]:
    """The method's bounds, but those of the finite population where its persons can be counted."""
    lower, upper = share_bounds(shares, tail, method)
    for position, count in counted.items():
        low, high = finite_bounds(count, tail)
        lower[position] = min(low, shares.estimate[position])
        upper[position] = max(high, shares.estimate[position])
    return lower, upper


def _counted(table: pd.DataFrame) -> dict[int, CountedShare]:
    """Position of each share whose persons were drawn one by one -> what its interval needs.

    n* = min(n, p(1-p)/V0), V0 without the finite population's correction; n where one weight serves all.
    """
    p, n, people, endless = (table[name].to_numpy(float) for name in ("estimate", "n", "people", "endless"))
    varied = p * (1 - p)
    alike = table.even.to_numpy(bool) | (endless <= 0) | (varied <= 0)
    size = np.where(alike, n, np.minimum(n, varied / np.where(alike, 1.0, endless)))
    return {
        int(at): CountedShare(
            people=round(people[at]), seen=int(n[at]), size=float(size[at]), satisfied=float(size[at] * p[at])
        )
        for at in np.flatnonzero(np.isfinite(people) & (np.nan_to_num(people).round() > n))
    }


def _possible(table: pd.DataFrame) -> tuple[Floats, Floats]:
    """The least and the largest share that the answers leave possible: [x/N, (x + N - n)/N]."""
    people = table.people.to_numpy(float)
    n = table.n.to_numpy(float)
    x = table.satisfied.to_numpy(float)
    everyone = np.where(people >= n, people, np.nan)
    return np.nan_to_num(x / everyone), np.nan_to_num((x + everyone - n) / everyone, nan=1.0)


def _precision(table: pd.DataFrame) -> tuple[Shares, Floats]:
    """What the intervals need, and deff = V/V_srs, V_srs = (1-n/W) sum w(y-p)^2/W/(n-1).

    Without a population to speak of (n >= W) V_srs has no correction. V below rounding is 0.
    """
    p, V, n, W, forms, spread, square = (
        table[name].to_numpy(float) for name in ("estimate", "variance", "n", "W", "forms", "spread", "square")
    )
    flat = ROUNDING * square / n >= V
    V = np.where(flat, 0.0, V)
    census = flat & table.census.to_numpy(bool)
    planned = np.where(census, 1.0, planned_deff(forms / table.psus.to_numpy()))
    left = 1 - n / W
    simple = np.where(left > ROUNDING, left, 1.0) * spread / np.maximum(n - 1, 1)
    deff = np.where(flat, planned, V / np.where(flat, 1.0, simple))
    cap = np.where(flat, n / planned, n * p * (1 - p) / np.where(flat, 1.0, spread))
    return Shares(p, V, table.df.to_numpy(), n, forms, np.where(census, np.inf, cap)), deff
