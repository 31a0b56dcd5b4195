"""How often the intervals hold the truth in simulated counties: the table of docs/method.md.

    .venv/bin/python -m tests.simulations.coverage_table [--samples 4000] [--seed 20240911]

Every sample goes through `analysis.estimate.weighted_share`, as a measure of its own.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtri, stdtrit

from analysis.arrays import Floats
from analysis.estimate import ONE_SIDED, weighted_share
from analysis.intervals import Shares, effective_size, exact_bounds, share_bounds
from analysis.recognition.coverage import LARGEST_RHO, is_promised

Rng = np.random.Generator

SAMPLES, SEED = 4000, 20240911
SHARES = (0.80, 0.85, 0.90, 0.95, 0.97, 0.99)
RHOS = (0.0, 0.05, 0.10, 0.15, LARGEST_RHO)
CVS = (0.0, 0.3, 0.6)
THRESHOLD = 0.85
OTHERS = ("beta", "xlogit", "Wald")
TAIL = 0.025
ROUNDING = 1e-12


class Group(NamedTuple):
    """A sample of `units` classes of `forms` each, or, if `persons`, of as many strata of `forms` persons."""

    units: int
    forms: int
    strata: int
    persons: bool = False
    name: str = "public"


PARENTS = Group(24, 14, 6, name="parent")
SMALL = [Group(4, 14, 4, True, name) for name in ("teacher", "principal", "deputy", "cppcc", "public")]
COUNTY = [PARENTS, Group(6, 9, 2, name="student"), *SMALL]
WEIGHTS = {"parent": 1 / 2} | {group.name: 1 / 12 for group in COUNTY[1:]}
DESIGNS = {
    "24 classes x 14, 6 strata": [PARENTS],
    "20 classes x 15": [Group(20, 15, 1)],
    "20 classes x 30": [Group(20, 30, 1)],
    "20 classes x 40": [Group(20, 40, 1)],
    "8 classes x 12": [Group(8, 12, 1)],
    "12 persons": [Group(1, 12, 1, True)],
    "26 persons, 2 strata": [Group(2, 13, 2, True)],
    "56 persons, 4 strata": [Group(4, 14, 4, True)],
    "county of 7 groups": COUNTY,
}


def scenarios() -> Iterator[tuple[str, float, float]]:
    """Every line of the table: persons know no rho, a single stratum of them no unequal weights."""
    for design, groups in DESIGNS.items():
        for rho in RHOS[:1] if all(group.persons for group in groups) else RHOS:
            for cv in CVS[:1] if groups[0].units == 1 else CVS:
                yield design, rho, cv


def draw_cells(group: Group, p: float, rho: float, cv: float, samples: int, rng: Rng) -> pd.DataFrame:
    """Cells of `samples` samples of one group, numbered as measures; answers alike by `rho` in a class."""
    share = np.full((samples, group.units), p)
    if rho > 0 and not group.persons:
        share = rng.beta(p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho, share.shape)
    total = rng.binomial(group.forms, share).ravel().astype(float)
    unit = np.tile(np.arange(group.units), samples)
    numbers = pd.Index([f"{number:06}" for number in range(samples)])
    names = pd.Index(["", *(f"{group.name}/{unit}" for unit in range(group.units))])
    table = pd.DataFrame({"n_forms": group.forms, "n": group.forms, "total": total, "total_sq": total})
    return table.assign(
        measure=pd.Categorical.from_codes(np.repeat(np.arange(samples), group.units), numbers),
        group=group.name,
        stratum=pd.Categorical.from_codes(1 + unit % group.strata, names),
        psu=pd.Categorical.from_codes(np.where(group.persons, 0, 1 + unit), names),
        weight=unequal_weights(group.units, cv, rng)[unit],
        stratum_psus=np.nan,
        psu_size=np.nan,
    )


def unequal_weights(units: int, cv: float, rng: Rng) -> Floats:
    """Log-normal weights with this coefficient of variation, in random order."""
    if cv == 0 or units == 1:
        return np.ones(units)
    scores = rng.permutation(ndtri((np.arange(units) + 0.5) / units))
    spread = brentq(lambda s: np.std(np.exp(s * scores)) / np.mean(np.exp(s * scores)) - cv, 0, 5)
    return np.asarray(np.exp(spread * scores))


class Precision(NamedTuple):
    """What every method needs, one element a sample; bounds are pairs (lower, upper)."""

    shares: Shares
    kg: tuple[Floats, Floats]
    one_sided: tuple[Floats, Floats]


def one_group(rows: pd.DataFrame) -> Precision:
    """The samples of one group: the bounds are those of `weighted_share`."""
    p, se, df, n, low, up, low95, up95 = (
        rows[name].to_numpy(float) for name in ("estimate", "se", "df", "n", "lower", "upper", "lower95", "upper95")
    )
    return Precision(Shares(p, se**2, df, n, n, n), (low, up), (low95, up95))


def county(tables: list[pd.DataFrame]) -> Precision:
    """The county of each sample, all at once, as `analysis.estimate.combine_groups` does it one by one."""
    W = np.array([WEIGHTS[rows["domain"].iloc[0]] for rows in tables])[:, None]
    groups = _shares(tables)
    V_g = W**2 * groups.variance
    V, n = V_g.sum(axis=0), groups.n.sum(axis=0)
    spread = (V_g**2 / groups.df).sum(axis=0)
    df = np.where(V > 0, V**2 / np.where(V > 0, spread, 1), groups.df.sum(axis=0))
    rate = np.clip((W * groups.estimate).sum(axis=0), 0, 1)

    def bounds(tail: float) -> tuple[Floats, Floats]:
        most = 1 / (W**2 / effective_size(groups, tail)).sum(axis=0)
        size = np.where(V > 0, effective_size(Shares(rate, V, df, n, n, most), tail), most)
        return exact_bounds(rate, size, tail)

    return Precision(Shares(rate, V, df, n, n, n), bounds(TAIL), bounds(ONE_SIDED))


def _shares(tables: list[pd.DataFrame]) -> Shares:
    names = ("estimate", "se", "df", "n", "n_cap")
    p, se, df, n, cap = (np.array([rows[name] for rows in tables], float) for name in names)
    return Shares(p, se**2, df, n, n, cap)


def other_bounds(shares: Shares) -> dict[str, tuple[Floats, Floats]]:
    """The bounds of the other methods: R's have none without variance, Wald's then have no width."""
    p, flat = shares.estimate, shares.variance == 0
    reach = -stdtrit(shares.df, TAIL) * np.sqrt(shares.variance)
    of_r = {name: share_bounds(shares, TAIL, name) for name in OTHERS if name != "Wald"}
    missing = {name: (np.where(flat, np.nan, low), np.where(flat, np.nan, up)) for name, (low, up) in of_r.items()}
    return missing | {"Wald": (np.maximum(p - reach, 0), np.minimum(p + reach, 1))}


class Coverage(NamedTuple):
    """One line of the table.

    `kg`: coverage at each of SHARES; `width`: its mean; `lower`, `upper`: how often the one-sided bounds are
    right, at the worst share, `at_line` the lower one at the threshold; `others`: coverage at the worst
    share and mean width of each other method.
    """

    kg: list[float]
    width: float
    lower: float
    at_line: float
    upper: float
    others: dict[str, tuple[float, float]]


def simulate(design: str, rho: float, cv: float, samples: int = SAMPLES, seed: int = SEED) -> Coverage:
    """One line, from a generator of its own, so that it can be drawn again alone."""
    rng = np.random.default_rng([seed, list(DESIGNS).index(design), round(100 * rho), round(100 * cv)])
    found = [_draw(DESIGNS[design], p, rho, cv, samples, rng) for p in SHARES]
    others = [other_bounds(precision.shares) for precision in found]
    nothing, everything = np.zeros(samples), np.ones(samples)
    lower = _held([(precision.one_sided[0], everything) for precision in found])
    return Coverage(
        kg=_held([precision.kg for precision in found]),
        width=_width([precision.kg for precision in found]),
        lower=min(lower),
        at_line=lower[SHARES.index(THRESHOLD)],
        upper=min(_held([(nothing, precision.one_sided[1]) for precision in found])),
        others={name: _summed_up([bounds[name] for bounds in others]) for name in OTHERS},
    )


def _draw(groups: list[Group], p: float, rho: float, cv: float, samples: int, rng: Rng) -> Precision:
    tables = [weighted_share(draw_cells(group, p, rho, cv, samples, rng)) for group in groups]
    rows = [table[table["domain"] != "all"] for table in tables]
    return county(rows) if len(rows) > 1 else one_group(rows[0])


def _held(bounds: list[tuple[Floats, Floats]]) -> list[float]:
    pairs = zip(SHARES, bounds, strict=True)
    return [float(np.mean((lower <= p + ROUNDING) & (p - ROUNDING <= upper))) for p, (lower, upper) in pairs]


def _width(bounds: list[tuple[Floats, Floats]]) -> float:
    return float(np.mean([np.nanmean(upper - lower) for lower, upper in bounds]))


def _summed_up(bounds: list[tuple[Floats, Floats]]) -> tuple[float, float]:
    return min(_held(bounds)), _width(bounds)


HEAD = [
    *("sample", "rho", "CV", *(f"p {p:.2f}" for p in SHARES), "width", "lower95", "at .85", "upper95"),
    *chain.from_iterable((name, "width") for name in OTHERS),
]


def rarer_forms(design: str, p: float, cv: float) -> float:
    """What `case_of` would call the rarer forms of a sample of this design and rate, as drawn one by one."""
    groups = DESIGNS[design]
    inverse = 0.0
    for group in groups:
        share = WEIGHTS[group.name] if len(groups) > 1 else 1.0
        alike = 1.0 if group.persons else 1 + (group.forms - 1) * LARGEST_RHO
        unequal = 1.0 if group.units == 1 else 1 + cv**2
        inverse += share**2 * alike * unequal / (group.units * group.forms)
    return min(p, 1 - p) / inverse


def line(scenario: tuple[str, float, float], found: Coverage) -> str:
    """A line in Markdown; bold where at least .93 is promised."""
    design, rho, cv = scenario
    rest = [found.width, found.lower, found.at_line, found.upper]
    rest += chain.from_iterable(found.others.values())
    marks = ["**" if is_promised(rarer_forms(design, p, cv), cv) else "" for p in SHARES]
    figures = [f"{mark}{_short(held)}{mark}" for mark, held in zip(marks, found.kg, strict=True)]
    return "| " + " | ".join([design, f"{rho:.2f}", f"{cv:.1f}", *figures, *map(_short, rest)]) + " |"


def _short(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def table(samples: int, seed: int) -> Iterator[str]:
    """The lines of the table, drawn on all cores."""
    yield "| " + " | ".join(HEAD) + " |"
    yield "|---" + "|---:" * (len(HEAD) - 1) + "|"
    with ProcessPoolExecutor() as pool:
        todo = [(scenario, pool.submit(simulate, *scenario, samples, seed)) for scenario in scenarios()]
        yield from (line(scenario, found.result()) for scenario, found in todo)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--samples", type=int, default=SAMPLES)
    arguments.add_argument("--seed", type=int, default=SEED)
    chosen = arguments.parse_args()
    print(f"Coverage of nominal 95 % intervals: seed {chosen.seed}, {chosen.samples} samples a figure")
    for line in table(chosen.samples, chosen.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
