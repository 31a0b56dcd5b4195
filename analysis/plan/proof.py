"""What a sample can prove before anyone was asked: the rate it takes, the chance of it, the forms needed."""

from collections.abc import Mapping
from math import ceil, inf, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betainc, ndtri

from analysis.estimate import ONE_SIDED, Recognition, combine_groups


class Proof(NamedTuple):
    """The observed rate from which a sample proves more than the threshold, at n* effective forms."""

    smallest_rate: float
    n_eff: float

    def chance(self, rate: float) -> float:
        """Power: P(X >= x) = I_rate(x, n*-x+1), x = n* times the smallest rate, if the true rate is `rate`.

        The binomial tail, continued to fractions; at the threshold itself it is 5 %.

        >>> round(Proof(1.0, 19.0).chance(0.85), 3)    # 0.85 ** 19
        0.046
        """
        satisfied = self.n_eff * self.smallest_rate
        return float(betainc(satisfied, self.n_eff - satisfied + 1, rate))


def find_proof(sample: pd.DataFrame, weights: Mapping[str, float], threshold: float) -> Proof | None:
    """What it takes that the one-sided 95 % bound lies above the threshold; None if nothing does.

    `sample`: one row per group with domain, n (forms), df and deff (planned). All groups are taken to have
    one rate p: V_g = p(1-p) deff_g/n_g, and the bound is `combine_groups`'s. With a design effect of 1 all
    satisfied proves more than 85 % only from 19 forms on: 0.05^(1/19) = .854, 0.05^(1/18) = .847.

    >>> forms = pd.DataFrame({"domain": ["parent"], "n": [19], "df": [18], "deff": [1.0]})
    >>> proof = find_proof(forms, {"parent": 1.0}, 0.85)
    >>> round(proof.smallest_rate, 3), find_proof(forms.assign(n=18), {"parent": 1.0}, 0.85)
    (0.998, None)
    """

    def margin(rate: float) -> float:
        bound = _combined(rate, sample, weights, threshold).lower95
        return -1.0 if bound is None else bound - threshold

    if margin(1.0) <= 0:
        return None
    from scipy.optimize import brentq  # 20 MB: read where something is solved

    rate = float(brentq(margin, threshold, 1.0, xtol=1e-12))
    return Proof(rate, _combined(rate, sample, weights, threshold).n_eff or 0.0)


def effective_forms(sample: pd.DataFrame, weights: Mapping[str, float]) -> float:
    """Forms of a simple random sample that tell as much: 1/sum(W_g^2 deff_g/n_g), W_g shared out to sum to 1.

    >>> forms = pd.DataFrame({"domain": ["parent", "public"], "n": [100, 50], "df": [99, 49], "deff": [2.0, 1.0]})
    >>> effective_forms(forms, {"parent": 0.5, "public": 0.5})
    100.0
    """
    W = sample.domain.map(weights).to_numpy(float)
    variance = np.sum((W / W.sum()) ** 2 * sample.deff / sample.n)
    return float(1 / variance)


def forms_needed(threshold: float, rate: float, *, power: float, deff: float = 1.0, people: float = inf) -> int:
    """Forms that prove more than the threshold with this power, at 5 % one-sided, if the true rate is `rate`.

    n0 = ((z_a sqrt(p0 q0) + z_b sqrt(p1 q1))/(p1-p0))^2; n = deff n0/(1 + deff n0/N), N `people`.
    Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, chapter 2; Kish (1965).
    Raises ValueError unless rate > threshold.

    >>> [forms_needed(0.85, rate, power=0.8, deff=2) for rate in (0.88, 0.90, 0.95)]
    [1647, 565, 119]
    """
    if not threshold < rate < 1:
        raise ValueError(f"a rate between the threshold and 1 is needed, not {rate}")
    reach = ndtri(1 - ONE_SIDED) * sqrt(threshold * (1 - threshold)) + ndtri(power) * sqrt(rate * (1 - rate))
    forms = float(deff * (reach / (rate - threshold)) ** 2)
    return ceil(forms if people == inf else forms * people / (people + forms))


def _combined(rate: float, sample: pd.DataFrame, weights: Mapping[str, float], threshold: float) -> Recognition:
    """What would be found if every group of the sample had this rate; interval with ONE_SIDED in each tail."""
    expected = sample.assign(
        measure="planned",
        estimate=rate,
        se=np.sqrt(rate * (1 - rate) * sample.deff / sample.n),
        n_cap=sample.n / sample.deff,
    )
    return combine_groups(expected, weights, threshold=threshold, confidence=1 - 2 * ONE_SIDED)
