"""What joining small classes into units of ten answered forms does to the SE and to how often intervals hold the truth.

    .venv/bin/python -m tests.simulations.joined_coverage [--counties 800] [--seed 20261127]

Every county is drawn anew; its drawn classes go through `weighted_share` as they are and joined as a close joins them
(`variance_units.number_runs`, neighbours on the list), each county as a measure of its own.
"""

import argparse
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.estimate import weighted_share
from analysis.weights.variance_units import number_runs
from tests.simulations.declared_coverage import alike

COUNTIES = 800
SEED = 20261127
SMALLEST = 10
IN_SCHOOL = 5


class Case(NamedTuple):
    """`drawn` of `classes` of `people` in one stratum, `answered` forms in each; half of rho is that of the school."""

    classes: int
    drawn: int
    people: int
    answered: int
    rho: float


CASES = {
    "20 of 80 classes of 40, 6 answered": Case(80, 20, 40, 6, 0.05),
    "20 of 80 classes of 40, 6 answered, rho .10": Case(80, 20, 40, 6, 0.10),
    "120 of 480 classes of 40, 3 answered": Case(480, 120, 40, 3, 0.05),
    "120 of 480 classes of 40, 3 answered, rho .10": Case(480, 120, 40, 3, 0.10),
    "60 of 240 classes of 8, 6 answered": Case(240, 60, 8, 6, 0.05),
    "60 of 240 classes of 8, 6 answered, rho .10": Case(240, 60, 8, 6, 0.10),
}


class Held(NamedTuple):
    """Units; root of the mean variance over the true root mean square error; coverage; mean width of the interval."""

    units: int
    ratio: float
    coverage: float
    lower95: float
    width: float


def draw(case: Case, p: float, counties: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Satisfied among those who answered of each drawn class (counties x drawn), in the list's order; true rates."""
    schools = alike(p, case.rho / 2, (counties, case.classes // IN_SCHOOL), rng)
    level = np.clip(np.repeat(schools, IN_SCHOOL, axis=1), 0.001, 0.999)
    rho = case.rho / 2
    rates = rng.beta(level * (1 - rho) / rho, (1 - level) * (1 - rho) / rho)
    satisfied = rng.binomial(case.people, rates)
    chosen = np.sort(rng.random((counties, case.classes)).argsort(axis=1)[:, : case.drawn], axis=1)
    seen = rng.hypergeometric(satisfied, case.people - satisfied, case.answered)
    truth = satisfied.sum(axis=1) / (case.classes * case.people)
    return np.take_along_axis(seen, chosen, axis=1).astype(float), truth


def make_cells(case: Case, total: Floats, runs: list[int]) -> pd.DataFrame:
    """Cells of every county, a measure each, on these runs of classes: f stays, N of a unit is the sum of N."""
    counties = len(total)
    sizes = np.bincount(runs)
    joined = np.add.reduceat(total, np.flatnonzero(np.diff(runs, prepend=-1)), axis=1)
    units = len(sizes)
    return pd.DataFrame(
        {
            "measure": np.repeat([f"{number:05}" for number in range(counties)], units),
            "group": "parent",
            "stratum": "a",
            "psu": np.tile([f"u{number}" for number in range(units)], counties),
            "weight": case.classes / case.drawn * case.people / case.answered,
            "stratum_psus": case.classes * units / case.drawn,
            "psu_size": np.tile(case.people * sizes, counties).astype(float),
            "n_forms": np.tile(case.answered * sizes, counties),
            "n": np.tile(case.answered * sizes, counties),
            "total": joined.ravel(),
            "total_sq": joined.ravel(),
            "y": np.nan,
        }
    )


def look(cells: pd.DataFrame, truth: Floats) -> Held:
    """How the intervals of all counties did."""
    rows = weighted_share(cells)
    rows = rows[rows.domain == "parent"].sort_values("measure")
    lower = rows.lower.to_numpy()
    upper = rows.upper.to_numpy()
    error = np.sqrt(np.mean((rows.estimate.to_numpy() - truth) ** 2))
    return Held(
        units=cells.psu.nunique(),
        ratio=float(np.sqrt(np.mean(rows.se**2)) / error),
        coverage=float(np.mean((lower <= truth + 1e-12) & (truth - 1e-12 <= upper))),
        lower95=float(np.mean(rows.lower95.to_numpy() <= truth + 1e-12)),
        width=float(np.mean(upper - lower)),
    )


def compare(name: str, p: float, counties: int = COUNTIES, seed: int = SEED) -> tuple[Held, Held]:
    """The classes as they are, and joined."""
    case = CASES[name]
    rng = np.random.default_rng([seed, list(CASES).index(name), round(1000 * p)])
    total, truth = draw(case, p, counties, rng)
    runs = number_runs([case.answered] * case.drawn, SMALLEST)
    alone = list(range(case.drawn))
    return look(make_cells(case, total, alone), truth), look(make_cells(case, total, runs), truth)


def main() -> None:
    """Print the table of docs/method.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--counties", type=int, default=COUNTIES)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    for name in CASES:
        for p in (0.85, 0.95):
            fine, joined = compare(name, p, options.counties, options.seed)
            pairs = zip(fine[1:], joined[1:], strict=True)
            told = " | ".join(f"{before:.3f} | {after:.3f}" for before, after in pairs)
            print(f"| {name} | {p:.2f} | {fine.units} | {joined.units} | {told} |")


if __name__ == "__main__":
    main()
