"""The county's figure from its groups, against the threshold, and how far it may be believed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats
from analysis.column_values import texts
from analysis.intervals import Shares, effective_size, exact_bounds, probability_above, t_ratio
from questionnaires.vocabulary import Evidence

ONE_SIDED = 0.05
ROUNDING = 1e-12
HALF = "|half"
HALF_ABOVE = "|half_above"


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """The county's figure from its groups, against the threshold.

    `verdict`: met, not_met, or undetermined when no group answered (then there are no figures). `evidence`:
    one of the five values of `questionnaires.vocabulary.Evidence`. `incomplete`: groups without answers, whose
    weight was shared out. `lower`, `upper` two-sided; `lower95`, `upper95` one-sided 95 %.
    """

    threshold: float
    operator: str
    verdict: str
    evidence: Evidence
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
    covariance: pd.DataFrame | None = None,
    half: pd.DataFrame | None = None,
    response: Mapping[str, float | None] | None = None,
) -> Recognition:
    """Combine the groups' rows of one measure into the county's figure and judge it.

    R = sum W_g p_g, V = sum W_a W_b C_ab, df = V^2/sum(V_part^2/df_part) (Satterthwaite 1946, Biometrics
    Bulletin 2), a part being the groups that share drawn classes; the interval is Korn and Graubard's at
    n* = R(1-R)/V x (t_{n-1}/t_df)^2, at most 1/sum(W_g^2/n*_g). `estimates`: rows as from weighted_share, domain
    "all" left out of account; without n_cap a group counts for at most its n. `covariance`: of
    `group_covariance`; without it groups were drawn apart. `weights` are shared out among the groups that
    answered. The verdict compares the unrounded R by `operator` (>= or >), within 1e-12.

    Evidence: `half` holds the rows of `half_estimates`, `response` each group's forms/invited, None where it
    was open to whoever came. `established_*` only if the bound holds for the answers, for `half` with
    max(p_half, r_g p_g) as a group's value, and whatever a missing or open group would say down to the lowest
    group seen; without `half` and `response` never. docs/method.md, section 6. Raises ValueError for rows of several
    measures, weights that are negative or all 0, and any other operator.

    >>> rows = pd.DataFrame({"domain": ["parent", "public"], "measure": "overall", "estimate": [0.9, 0.8],
    ...     "se": [0.01, 0.02], "df": [99, 49], "n": [400, 100]})
    >>> county = combine_groups(rows, {"parent": 0.5, "public": 0.5}, threshold=0.85)
    >>> round(county.rate, 12), round(county.se, 6), county.verdict, county.evidence.value
    (0.85, 0.01118, 'met', 'not_distinguishable')
    """
    _check_combination(estimates, weights, operator)
    wanted = sorted(group for group in weights if weights[group] > 0)
    there = {
        name: position
        for position, (name, n) in enumerate(zip(texts(estimates.domain), estimates.n, strict=True))
        if n > 0 and weights.get(name, 0) > 0
    }
    rows = estimates.iloc[[there[group] for group in wanted if group in there]]
    incomplete = tuple(group for group in wanted if group not in there)
    if rows.empty:
        return Recognition(
            threshold=threshold,
            operator=operator,
            verdict="undetermined",
            evidence=Evidence.NOT_DISTINGUISHABLE,
            incomplete=incomplete,
        )
    shares = county_shares(rows, weights, covariance)
    tail = (1 - confidence) / 2
    size = shares.size(tail)
    lower, upper = exact_bounds(shares.rate, size, tail)
    lower95, upper95 = shares.bounds95()
    met = shares.rate > threshold + (ROUNDING if operator == ">" else -ROUNDING)
    silence = Silence(half=half, response=response or {}, weights=weights, covariance=covariance)
    return Recognition(
        threshold=threshold,
        operator=operator,
        verdict="met" if met else "not_met",
        evidence=_evidence(rows, (lower95, upper95), threshold, silence),
        incomplete=incomplete,
        rate=float(shares.rate),
        se=float(np.sqrt(shares.variance)),
        df=float(shares.df),
        n_eff=float(size if np.isfinite(size) else shares.n),
        lower=float(lower),
        upper=float(upper),
        lower95=lower95,
        upper95=upper95,
        probability_above=float(probability_above(shares.rate, size, threshold)),
    )


@dataclass(frozen=True, kw_only=True)
class County:
    """R, V, df and n of the county, its groups' shares and weights W_g (summing to 1)."""

    rate: Floats
    variance: Floats
    df: Floats
    n: Floats
    groups: Shares
    weights: Floats = field(repr=False)

    def size(self, tail: float) -> Floats:
        """Effective size: no more than the groups' own sizes give at these weights."""
        inverse = np.sum(self.weights**2 / effective_size(self.groups, tail))
        cap: Floats = np.asarray(1 / inverse if inverse > 0 else np.inf)
        if self.variance == 0:
            return cap
        with np.errstate(over="ignore"):
            size = self.rate * (1 - self.rate) / self.variance * t_ratio(self.n, self.df, tail)
        return np.asarray(np.minimum(size, cap))

    def bounds95(self) -> tuple[float, float]:
        """The one-sided 95 % bounds."""
        lower, upper = exact_bounds(self.rate, self.size(ONE_SIDED), ONE_SIDED)
        return float(lower), float(upper)


def county_shares(rows: pd.DataFrame, weights: Mapping[str, float], covariance: pd.DataFrame | None = None) -> County:
    """What the county's interval needs, from its groups' rows of one measure."""
    names = texts(rows.domain)
    asked = np.array([weights[name] for name in names], np.float64)
    W: Floats = asked / float(asked.sum())
    p, se, df, n = (rows[name].to_numpy(float) for name in ("estimate", "se", "df", "n"))
    C: Floats = np.diag(se**2).astype(np.float64)
    if covariance is not None:
        shared: Floats = covariance.reindex(index=names, columns=names).fillna(0.0).to_numpy(float)
        C = C + shared - np.diag(np.diag(shared))
    parts: Floats = np.outer(W, W) * C
    V = max(float(parts.sum()), 0.0)
    cap = rows.get("n_cap", rows.n).to_numpy(float)
    return County(
        rate=np.clip(np.asarray(W @ p), 0.0, 1.0),
        variance=np.asarray(V),
        df=np.asarray(_freedom(parts / V, df) if V > 0 else np.sum(df)),
        n=np.sum(n),
        groups=Shares(p, se**2, df, n, n, cap),
        weights=W,
    )


def _freedom(parts: Floats, df: Floats) -> float:
    """Satterthwaite's df from shares of V; groups tied by a covariance are one part, with the fewest df of them."""
    family = np.arange(len(df))
    for a, b in np.argwhere(parts).tolist():
        family[family == family[b]] = family[a]
    below = 0.0
    for name in np.unique(family).tolist():
        own: Flags = family == name
        below += float(parts[np.ix_(own, own)].sum()) ** 2 / float(df[own].min())
    return 1 / below


@dataclass(frozen=True, kw_only=True)
class Silence:
    """What is known of those who did not answer."""

    half: pd.DataFrame | None
    response: Mapping[str, float | None]
    weights: Mapping[str, float]
    covariance: pd.DataFrame | None


def _evidence(rows: pd.DataFrame, bounds: tuple[float, float], threshold: float, silence: Silence) -> Evidence:
    lower95, upper95 = bounds
    if lower95 > threshold:
        sure = _holds(rows, silence, lambda lower, upper: lower > threshold, above=True)
        return Evidence.ESTABLISHED_ABOVE if sure else Evidence.ABOVE_AMONG_ANSWERED
    if upper95 < threshold:
        sure = _holds(rows, silence, lambda lower, upper: upper < threshold, above=False)
        return Evidence.ESTABLISHED_BELOW if sure else Evidence.BELOW_AMONG_ANSWERED
    return Evidence.NOT_DISTINGUISHABLE


def _holds(rows: pd.DataFrame, silence: Silence, holds: Callable[[float, float], bool], *, above: bool) -> bool:
    """Whether the bound holds for those asked at half the ratio too, and with the missing groups at the worst."""
    if silence.half is None or not silence.response:
        return False
    return all(
        holds(*with_missing(table, silence, above=above).bounds95())
        for table in (rows, worst_rows(rows, silence.half, silence.response, above=above))
    )


def worst_rows(
    rows: pd.DataFrame, half: pd.DataFrame, response: Mapping[str, float | None], *, above: bool
) -> pd.DataFrame:
    """The groups' rows if the dissatisfied answered half as often: max(p_half, r_g p_g), its mirror for below.

    r_g p_g is what is left if nobody of the silent were satisfied. V is that of whichever value was taken.

    >>> rows = pd.DataFrame({"domain": ["parent"], "estimate": [0.9], "se": [0.01], "df": [9.0], "n": [90]})
    >>> half = rows.assign(estimate=0.8, se=0.02, measure="headline|half")
    >>> worst_rows(rows, half, {"parent": 0.95}, above=True)[["estimate", "se"]].round(4).to_numpy().tolist()
    [[0.855, 0.0095]]
    """
    ending = HALF if above else HALF_ABOVE
    own = half[half.measure.str.endswith(ending)].set_index("domain")
    rate = rows.domain.map(lambda group: min(response.get(group) or 0.0, 1.0)).to_numpy(float)
    p = rows.estimate.to_numpy(float)
    side = 1.0 if above else -1.0
    known = rate * p if above else 1 - rate * (1 - p)
    seen = rows.domain.map(own.estimate).fillna(0.0 if above else 1.0).to_numpy(float)
    by_half = side * seen >= side * known
    se = np.where(by_half, rows.domain.map(own.se).fillna(0.0), rate * rows.se)
    df = np.where(by_half, rows.domain.map(own.df).fillna(1.0), rows.df)
    return rows.assign(estimate=np.where(by_half, seen, known), se=se, df=df)


def with_missing(rows: pd.DataFrame, silence: Silence, *, above: bool) -> County:
    """The county with every missing or open group at the lowest (highest, for below) rate of the groups seen."""
    weights = {group: weight for group, weight in silence.weights.items() if weight > 0}
    missing = [group for group in weights if group not in set(rows.domain) or _is_open(silence.response, group)]
    there = rows[~rows.domain.isin(missing)]
    if there.empty:
        return county_shares(rows.assign(estimate=0.0 if above else 1.0), weights)
    worst = texts(there.domain)[int(there.estimate.argmin() if above else there.estimate.argmax())]
    kept = {group: weight for group, weight in weights.items() if group not in missing}
    kept[worst] += sum(weights[group] for group in missing)
    return county_shares(there, kept, silence.covariance)


def _is_open(response: Mapping[str, float | None], group: str) -> bool:
    return group in response and response[group] is None


def _check_combination(estimates: pd.DataFrame, weights: Mapping[str, float], operator: str) -> None:
    if operator not in (">=", ">"):
        raise ValueError(f"operator {operator!r} is neither >= nor >")
    if min(weights.values(), default=0) < 0 or not sum(weights.values()) > 0:
        raise ValueError(f"weights must be 0 or more and not all 0: {dict(weights)}")
    measures = list(dict.fromkeys(texts(estimates.measure)))
    if len(measures) > 1:
        raise ValueError(f"rows of one measure are needed, not of {', '.join(measures)}")
