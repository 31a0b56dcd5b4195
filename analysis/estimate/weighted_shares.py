"""Shares of satisfied answers with design-based precision, by group, pooled, and for the county."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.cells.cell_check import TEXT, check_cells
from analysis.estimate.cell_design import LONELY, Design, read_design
from analysis.estimate.domains import estimate_domain
from analysis.intervals import (
    METHODS,
    Shares,
    effective_size,
    exact_bounds,
    planned_deff,
    probability_above,
    share_bounds,
    t_ratio,
)
from analysis.weights.raking import Calibration, Margins, category_codes, rake, read_calibration
from questionnaires.rule import USUAL_RULE, load_rule

Floats = npt.NDArray[np.float64]

COLUMNS = [
    *("domain", "measure", "estimate", "se", "df", "deff", "n", "n_eff"),
    *("lower", "upper", "lower95", "upper95", "probability_above", "lonely_strata", "n_cap"),
]
ONE_SIDED = 0.05
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
    for a census).
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
    design = read_design(rake(cells, margins).cells if margins else cells, lonely)
    calibration = _calibration(design, cells, margins) if margins else None
    domains = [estimate_domain(design, code, calibration, lonely) for code in [None, *range(len(design.groups))]]
    return _with_intervals(pd.concat(domains, ignore_index=True), confidence, method, threshold)


@dataclass(frozen=True)
class Recognition:
    """The county's figure from its groups, against the threshold.

    `verdict`: met, not_met, or undetermined when no group answered (then there are no figures). `evidence`:
    established_above, established_below or not_distinguishable. `incomplete`: groups without answers, whose
    weight was shared out. `lower`, `upper` two-sided; `lower95`, `upper95` one-sided 95 %.
    """

    threshold: float
    operator: str
    verdict: str
    evidence: str
    incomplete: tuple[str, ...]
    rate: float | None = None
    se: float | None = None
    df: float | None = None
    n_eff: float | None = None
    lower: float | None = None
    upper: float | None = None
    lower95: float | None = None
    upper95: float | None = None
    probability_above: float | None = None


def combine_groups(
    estimates: pd.DataFrame,
    weights: Mapping[str, float],
    *,
    threshold: float,
    operator: str = ">=",
    confidence: float = 0.95,
) -> Recognition:
    """Combine the groups' rows of one measure into the county's figure and judge it.

    R = sum W_g p_g, V = sum W_g^2 V_g, df = V^2/sum(W_g^4 V_g^2/df_g) (Satterthwaite 1946, Biometrics
    Bulletin 2); the interval is Korn and Graubard's at n* = R(1-R)/V x (t_{n-1}/t_df)^2, at most
    1/sum(W_g^2/n*_g). `estimates`: rows as from weighted_share, domain "all" left out of account; without
    n_cap a group counts for at most its n. `weights` are shared out among the groups that answered.
    The verdict compares the unrounded R by `operator` (>= or >), within 1e-12. Raises ValueError for rows
    of several measures, weights that are negative or all 0, and any other operator.

    >>> rows = pd.DataFrame({"domain": ["parent", "public"], "measure": "overall", "estimate": [0.9, 0.8],
    ...     "se": [0.01, 0.02], "df": [99, 49], "n": [400, 100]})
    >>> county = combine_groups(rows, {"parent": 0.5, "public": 0.5}, threshold=0.85)
    >>> round(county.rate, 12), round(county.se, 6), county.verdict, county.evidence
    (0.85, 0.01118, 'met', 'not_distinguishable')
    """
    _check_combination(estimates, weights, operator)
    wanted = sorted(group for group in weights if weights[group] > 0)
    rows = estimates[estimates["domain"].isin(wanted) & (estimates["n"] > 0)].sort_values("domain")
    incomplete = tuple(group for group in wanted if group not in set(rows["domain"]))
    if rows.empty:
        return Recognition(threshold, operator, "undetermined", "not_distinguishable", incomplete)
    W = rows["domain"].map(weights).to_numpy(float)
    county = _county(rows, W / W.sum())
    tail = (1 - confidence) / 2
    size = county.size(tail)
    lower, upper = exact_bounds(county.rate, size, tail)
    lower95, upper95 = exact_bounds(county.rate, county.size(ONE_SIDED), ONE_SIDED)
    met = county.rate > threshold + (ROUNDING if operator == ">" else -ROUNDING)
    return Recognition(
        threshold,
        operator,
        "met" if met else "not_met",
        _evidence(float(lower95), float(upper95), threshold),
        incomplete,
        rate=float(county.rate),
        se=float(np.sqrt(county.variance)),
        df=float(county.df),
        n_eff=float(size if np.isfinite(size) else county.n),
        lower=float(lower),
        upper=float(upper),
        lower95=float(lower95),
        upper95=float(upper95),
        probability_above=float(probability_above(county.rate, size, threshold)),
    )


class _County(NamedTuple):
    """R, V, df and n of the county, its groups' shares and weights W_g (summing to 1)."""

    rate: Floats
    variance: Floats
    df: Floats
    n: Floats
    groups: Shares
    weights: Floats

    def size(self, tail: float) -> Floats:
        """Effective size: no more than the groups' own sizes give at these weights."""
        inverse = np.sum(self.weights**2 / effective_size(self.groups, tail))
        cap: Floats = np.asarray(1 / inverse if inverse > 0 else np.inf)
        if self.variance == 0:
            return cap
        with np.errstate(over="ignore"):
            size = self.rate * (1 - self.rate) / self.variance * t_ratio(self.n, self.df, tail)
        return np.asarray(np.minimum(size, cap))


def _county(rows: pd.DataFrame, W: Floats) -> _County:
    p, se, df, n = (rows[name].to_numpy(float) for name in ("estimate", "se", "df", "n"))
    V_g = W**2 * se**2
    V = np.sum(V_g)
    cap = rows.get("n_cap", rows["n"]).to_numpy(float)
    return _County(
        rate=np.clip(np.sum(W * p), 0.0, 1.0),
        variance=V,
        df=1 / np.sum((V_g / V) ** 2 / df) if V > 0 else np.sum(df),
        n=np.sum(n),
        groups=Shares(p, se**2, df, n, n, cap),
        weights=W,
    )


def _evidence(lower95: float, upper95: float, threshold: float) -> str:
    if lower95 > threshold:
        return "established_above"
    return "established_below" if upper95 < threshold else "not_distinguishable"


def _check_combination(estimates: pd.DataFrame, weights: Mapping[str, float], operator: str) -> None:
    if operator not in (">=", ">"):
        raise ValueError(f"operator {operator!r} is neither >= nor >")
    if min(weights.values(), default=0) < 0 or not sum(weights.values()) > 0:
        raise ValueError(f"weights must be 0 or more and not all 0: {dict(weights)}")
    measures = estimates["measure"].unique()
    if len(measures) > 1:
        raise ValueError(f"rows of one measure are needed, not of {', '.join(map(str, measures))}")


def _calibration(design: Design, cells: pd.DataFrame, margins: Margins) -> Calibration:
    measure, row, forms = (design.rows[name].to_numpy() for name in ("measure", "row", "n_forms"))
    weight = np.where(forms > 0, cells["weight"].to_numpy()[row], 0.0)
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
    lower, upper = share_bounds(shares, tail, method)
    lower95, upper95 = share_bounds(shares, ONE_SIDED, method)
    line = load_rule(USUAL_RULE).threshold.value if threshold is None else threshold
    return table.assign(
        se=np.sqrt(shares.variance),
        deff=deff,
        n=table["n"].astype(int),
        n_eff=shares.n / deff,
        lower=lower,
        upper=upper,
        lower95=lower95,
        upper95=upper95,
        probability_above=probability_above(shares.estimate, effective_size(shares, tail), line),
        n_cap=shares.cap,
    )[COLUMNS]


def _precision(table: pd.DataFrame) -> tuple[Shares, Floats]:
    """What the intervals need, and deff = V/V_srs, V_srs = (1-n/W) sum w(y-p)^2/W/(n-1).

    Without a population to speak of (n >= W) V_srs has no correction. V below rounding is 0.
    """
    p, V, n, W, forms, spread, square = (
        table[name].to_numpy(float) for name in ("estimate", "variance", "n", "W", "forms", "spread", "square")
    )
    flat = ROUNDING * square / n >= V
    V = np.where(flat, 0.0, V)
    census = flat & table["census"].to_numpy(bool)
    planned = np.where(census, 1.0, planned_deff(forms / table["psus"].to_numpy()))
    left = 1 - n / W
    simple = np.where(left > ROUNDING, left, 1.0) * spread / np.maximum(n - 1, 1)
    deff = np.where(flat, planned, V / np.where(flat, 1.0, simple))
    cap = np.where(flat, n / planned, n * p * (1 - p) / np.where(flat, 1.0, spread))
    return Shares(p, V, table["df"].to_numpy(), n, forms, np.where(census, np.inf, cap)), deff
