"""How often intervals over declared designs hold the truth, and how often "established above" is said wrongly.

    .venv/bin/python -m tests.simulations.declared_coverage [--counties 800] [--seed 20261127]

Every county is drawn anew; its sample goes through `weighted_share` and `combine_groups` as a measure of its own.
"""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.estimate import Recognition, combine_groups, group_covariance, weighted_share
from analysis.estimate.combining import HALF
from analysis.estimate.silence import correct_ratio
from questionnaires.vocabulary import Evidence
from tests.simulations.coverage_table import county

Rng = np.random.Generator
COUNTIES = 800
SEED = 20261127
LINE = 0.85


class Sample(NamedTuple):
    """Classes of a county and what is drawn of them: `schools` of `of_schools` where schools were drawn first.

    `classes` of `of_classes` (in each school, where schools are drawn), `invited` of `people` in each; `rho` of the
    class and of the school.
    """

    classes: int
    of_classes: int
    invited: int
    people: int
    rho: float
    schools: int = 0
    of_schools: int = 0
    rho_school: float = 0.0


DESIGNS = {
    "20 of 120 classes, 20 of 40 pupils": Sample(20, 120, 20, 40, 0.05),
    "20 of 120 classes, 20 of 40 pupils, rho .10": Sample(20, 120, 20, 40, 0.10),
    "10 of 40 schools, 2 of 6 classes": Sample(2, 6, 20, 40, 0.03, 10, 40, 0.03),
    "10 of 40 schools, 1 of 6 classes": Sample(1, 6, 20, 40, 0.03, 10, 40, 0.03),
    "30 of 120 whole classes of 8": Sample(30, 120, 8, 8, 0.10),
}


def alike(p: float, rho: float, size: tuple[int, ...], rng: Rng) -> Floats:
    """Rates about p with this likeness."""
    if rho == 0:
        return np.full(size, p)
    return np.asarray(rng.beta(p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho, size))


def draw(sample: Sample, p: float, counties: int, rng: Rng) -> tuple[pd.DataFrame, Floats]:
    """Cells of every county's sample, a measure each, and the counties' true rates."""
    schools = sample.of_schools or 1
    level = alike(p, sample.rho_school, (counties, schools, 1), rng)
    share = np.clip(level, 0.001, 0.999)
    rho = max(sample.rho, 1e-9)
    rates = rng.beta(share * (1 - rho) / rho, (1 - share) * (1 - rho) / rho, (counties, schools, sample.of_classes))
    satisfied = rng.binomial(sample.people, rates)
    truth = satisfied.sum(axis=(1, 2)) / (schools * sample.of_classes * sample.people)
    drawn_schools = sample.schools or 1
    seen = rng.hypergeometric(satisfied, sample.people - satisfied, sample.invited)
    chosen = rng.random((counties, schools)).argsort(axis=1)[:, :drawn_schools]
    inside = rng.random((counties, drawn_schools, sample.of_classes)).argsort(axis=2)[:, :, : sample.classes]
    total = np.take_along_axis(np.take_along_axis(seen, chosen[:, :, None], axis=1), inside, axis=2)
    return _cells(sample, total.reshape(counties, -1).astype(float)), truth


def _cells(sample: Sample, total: Floats) -> pd.DataFrame:
    counties, units = total.shape
    unit = np.tile(np.arange(units), counties)
    chance = sample.classes / sample.of_classes * (sample.schools / sample.of_schools if sample.schools else 1)
    table = pd.DataFrame({"measure": np.repeat([f"{number:05}" for number in range(counties)], units)})
    table = table.assign(
        group="parent",
        stratum="a",
        weight=sample.people / sample.invited / chance,
        n_forms=sample.invited,
        n=sample.invited,
        total=total.ravel(),
        total_sq=total.ravel(),
        y=np.nan,
    )
    if not sample.schools:
        psu = [f"c{number}" for number in unit]
        return table.assign(psu=psu, stratum_psus=float(sample.of_classes), psu_size=float(sample.people))
    return table.assign(
        psu=[f"s{number // sample.classes}" for number in unit],
        ssu=[f"c{number}" for number in unit],
        stratum_psus=float(sample.of_schools),
        psu_size=np.nan,
        psu_ssus=float(sample.of_classes),
        ssu_size=float(sample.people),
    )


def coverage(name: str, p: float, counties: int = COUNTIES, seed: int = SEED) -> tuple[float, float, float]:
    """Of one line and rate: coverage of the 95 % interval, of lower95, and the mean SE over the true one."""
    rng = np.random.default_rng([seed, list(DESIGNS).index(name), round(1000 * p)])
    cells, truth = draw(DESIGNS[name], p, counties, rng)
    rows = weighted_share(cells)
    rows = rows[rows.domain == "parent"].sort_values("measure")
    held = (rows.lower.to_numpy() <= truth + 1e-12) & (truth - 1e-12 <= rows.upper.to_numpy())
    above = rows.lower95.to_numpy() <= truth + 1e-12
    error = np.sqrt(np.mean((rows.estimate.to_numpy() - truth) ** 2))
    return float(held.mean()), float(above.mean()), float(np.sqrt(np.mean(rows.se**2)) / error)


class Pair(NamedTuple):
    """Counties of families and pupils of the same classes: coverage of the 95 % interval, mean SE over the true one."""

    held: float
    ratio: float


BOTH = {"parent": 0.5, "student": 0.5}


def families_and_pupils(counties: int, *, judged: int, covariance: bool = True, seed: int = SEED) -> Pair:
    """20 of 120 classes are drawn, 15 of 40 families and pupils of each answer, alike by .10; both weigh one half.

    The true error is that of all counties, of which the first `judged` get an interval.
    """
    rng = np.random.default_rng([seed, 77])
    rates = alike(LINE, 0.10, (counties, 120), rng)
    satisfied = [rng.binomial(40, rates) for _ in BOTH]
    seen = [rng.hypergeometric(people[:, :20], 40 - people[:, :20], 15).astype(float) for people in satisfied]
    truth = sum(people.mean(axis=1) / 40 for people in satisfied) / 2
    error = np.sqrt(np.mean((sum(total.mean(axis=1) / 15 for total in seen) / 2 - truth) ** 2))
    sample = Sample(20, 120, 15, 40, 0.10)
    parts = [_cells(sample, total[:judged]).assign(group=group) for group, total in zip(BOTH, seen, strict=True)]
    cells = pd.concat(parts, ignore_index=True)
    found = [_judge_pair(own, covariance=covariance) for _, own in cells.groupby("measure")]
    held = [
        (county.lower or 0) <= true <= (county.upper or 0) for county, true in zip(found, truth[:judged], strict=True)
    ]
    se = np.array([county.se or 0.0 for county in found])
    return Pair(held=float(np.mean(held)), ratio=float(np.sqrt(np.mean(se**2)) / error))


def _judge_pair(cells: pd.DataFrame, *, covariance: bool) -> Recognition:
    shared = group_covariance(cells, cells.measure.iloc[0]) if covariance else None
    return combine_groups(weighted_share(cells), BOTH, threshold=LINE, covariance=shared)


PARENTS = 1 / 2
OTHERS = {
    "student": 1 / 12,
    "teacher": 1 / 12,
    "principal": 1 / 12,
    "deputy": 1 / 12,
    "cppcc": 1 / 12,
    "public": 1 / 12,
}
WEIGHTS = {"parent": PARENTS, **OTHERS}
ASKED = {"teacher": 600, "principal": 280, "deputy": 57, "cppcc": 57, "public": 170}
CLASSES = 186
IN_CLASS = 30


def established(
    true: float, satisfied: float, dissatisfied: float, counties: int, seed: int = SEED
) -> dict[str, float]:
    """How often it is said that the county is above where so many of the satisfied and of the dissatisfied answer."""
    rng = np.random.default_rng([seed, round(1000 * true), round(100 * satisfied), round(100 * dissatisfied)])
    parts = [_answers(group, true, (satisfied, dissatisfied), counties, rng) for group in WEIGHTS]
    cells = pd.concat(parts, ignore_index=True)
    halves = _half(cells)
    rows = _by_county(weighted_share(cells))
    half = _by_county(correct_ratio(weighted_share(halves), halves))
    above = _lower95(rows) > LINE
    sure = above & (_lower95(_at_worst(rows, half, cells)) > LINE)
    return {
        Evidence.ESTABLISHED_ABOVE: float(np.mean(sure)),
        Evidence.ABOVE_AMONG_ANSWERED: float(np.mean(above & ~sure)),
    }


def _by_county(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows.domain != "all"].sort_values(["domain", "measure"], ignore_index=True)


def _lower95(rows: pd.DataFrame) -> Floats:
    """The lower bound of every county, as `combine_groups` finds it (tests/test_coverage.py)."""
    return county([rows[rows.domain == group] for group in WEIGHTS]).one_sided[0]


def _at_worst(rows: pd.DataFrame, half: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """max(p_half, r p) of every group in every county, as `worst_rows`."""
    response = cells.groupby(["group", "measure"])[["n", "asked"]].sum().eval("n / asked").to_numpy()
    by_half = half.estimate >= response * rows.estimate
    return rows.assign(
        estimate=half.estimate.where(by_half, response * rows.estimate),
        se=half.se.where(by_half, response * rows.se),
        df=half.df.where(by_half, rows.df),
    )


def _answers(group: str, true: float, answer: tuple[float, float], counties: int, rng: Rng) -> pd.DataFrame:
    """A group's cells in every county: parents and pupils in classes of 30 alike by .05, the others one by one."""
    in_classes = group in ("parent", "student")
    units = CLASSES if in_classes else 1
    size = IN_CLASS if in_classes else ASKED[group]
    content = rng.binomial(size, alike(true, 0.05 if in_classes else 0.0, (counties, units), rng))
    yes = rng.binomial(content, answer[0]).ravel()
    no = rng.binomial(size - content, answer[1]).ravel()
    table = pd.DataFrame({"measure": np.repeat([f"{number:05}" for number in range(counties)], units)})
    return table.assign(
        group=group,
        stratum=group,
        psu=np.tile([f"{group}{number}" for number in range(units)], counties) if in_classes else "",
        weight=1.0,
        stratum_psus=float(10 * CLASSES if in_classes else 100 * size),
        psu_size=np.nan,
        n_forms=yes + no,
        n=yes + no,
        total=yes,
        total_sq=yes,
        asked=size,
    )


def _half(cells: pd.DataFrame) -> pd.DataFrame:
    """Those who said no counted twice: what `half_estimates` makes of answers of yes and no."""
    no = cells.n - cells.total
    yes = cells.assign(n_forms=cells.total, n=cells.total)
    twice = cells.assign(n_forms=no, n=no, total=0, total_sq=0, weight=2.0)
    return pd.concat([yes, twice], ignore_index=True).assign(measure=lambda rows: rows.measure + HALF)


ANSWERED = [
    (0.83, 0.70, 0.70), (0.83, 0.70, 0.35), (0.85, 0.70, 0.70), (0.85, 0.70, 0.50), (0.85, 0.70, 0.35),
    (0.85, 0.90, 0.45), (0.85, 0.50, 0.25), (0.83, 0.70, 0.28), (0.85, 0.70, 0.28), (0.83, 0.70, 0.25),
    (0.95, 0.70, 0.70),
]  # fmt: skip


def table(counties: int, seed: int) -> Iterator[str]:
    """The lines in Markdown: coverage, then what is established."""
    yield "| declared design | p | coverage | lower95 | SE over the true one |"
    yield "|---|---:|---:|---:|---:|"
    for name in DESIGNS:
        for p in (0.85, 0.95):
            figures = " | ".join(f"{figure:.3f}" for figure in coverage(name, p, counties, seed))
            yield f"| {name} | {p:.2f} | {figures} |"
    yield ""
    yield "| true | satisfied answer | dissatisfied answer | established above | above among answered |"
    yield "|---:|---:|---:|---:|---:|"
    for true, satisfied, dissatisfied in ANSWERED:
        said = established(true, satisfied, dissatisfied, counties, seed)
        sure = said[Evidence.ESTABLISHED_ABOVE]
        among = said[Evidence.ABOVE_AMONG_ANSWERED]
        yield f"| {true:.2f} | {satisfied:.2f} | {dissatisfied:.2f} | {sure:.3f} | {among:.3f} |"


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description="Coverage over declared designs.")
    arguments.add_argument("--counties", type=int, default=COUNTIES)
    arguments.add_argument("--seed", type=int, default=SEED)
    chosen = arguments.parse_args()
    for line in table(chosen.counties, chosen.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
