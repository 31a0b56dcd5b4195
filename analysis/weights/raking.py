"""Weights raked to known totals, and the part of an estimate's influence that raking takes away."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Codes, Floats
from analysis.cells.cell_check import check_cells
from analysis.cells.coding import sums

Margins = Mapping[str, Mapping[str, float]]
"""Category column of the cells -> category -> persons in the population."""

SAME_SUM = 1e-9


class RakingError(ValueError):
    """Margins that cannot be met: every problem."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Raked(NamedTuple):
    """Cells with raked weights, the sweeps it took, the largest factor, and the CV of the forms' weights."""

    cells: pd.DataFrame
    iterations: int
    max_factor: float
    cv_weights: float


def rake(cells: pd.DataFrame, margins: Margins, *, tolerance: float = 1e-10, limit: int = 200) -> Raked:
    """Multiply the weights until the weighted forms of every category meet its total.

    A sweep multiplies, margin by margin, w by total/current, current = sum w n_forms, until
    max |total/current - 1| < tolerance. All measures tell of the same forms: the one with the most forms
    sets the factors, every row gets those of its categories. One margin is post-stratification.
    `margins`: category column -> {category: persons}, all margins with one sum. Raises CellError for a
    malformed table, RakingError for a category without forms or without a total, for different sums, and
    when `limit` sweeps do not suffice. Deming & Stephan (1940); Deville & Sarndal (1992), JASA 87.

    >>> cells = pd.DataFrame({"measure": "overall", "group": "public", "stratum": "public/county",
    ...     "psu": "", "weight": 1.0, "stratum_psus": 60.0, "psu_size": np.nan, "n_forms": [10, 20],
    ...     "n": [10, 20], "total": [9.0, 10.0], "total_sq": [9.0, 10.0], "locale": ["city", "village"]})
    >>> rake(cells, {"locale": {"city": 40, "village": 20}}).cells["weight"].tolist()
    [4.0, 1.0]
    """
    check_cells(cells)
    chosen = _forms_once(cells)
    problems = list(_margin_problems(cells, margins, chosen))
    if problems:
        raise RakingError(*problems)
    category = category_codes(cells, margins)
    totals = np.array([total for margin in margins.values() for _, total in sorted(margin.items())], float)
    forms = cells.n_forms.to_numpy(float)[chosen]
    mass = cells.weight.to_numpy(float)[chosen] * forms
    factors, sweeps = _sweep(*_combined(category[chosen], mass), totals, tolerance, limit)
    factor: Floats = factors[category].prod(axis=1)
    raked = cells.assign(weight=cells.weight * factor)
    return Raked(raked, sweeps, float(factor[chosen].max()), _variation(mass / forms * factor[chosen], forms))


def category_codes(cells: pd.DataFrame, margins: Margins) -> Codes:
    """Number every category of every margin through: rows x margins. A row without one gets the first.

    >>> cells = pd.DataFrame({"locale": ["village", "city"], "stage": "junior"})
    >>> category_codes(cells, {"locale": {"city": 1, "village": 1}, "stage": {"junior": 2}}).tolist()
    [[1, 2], [0, 2]]
    """
    columns = []
    start = 0
    for name, margin in margins.items():
        columns.append(start + np.maximum(pd.Index(sorted(margin)).get_indexer(pd.Index(cells[name])), 0))
        start += len(margin)
    return np.column_stack(columns).astype(np.int64)


class Calibration(NamedTuple):
    """The regression on the margins' dummies: category codes and DESIGN weight d of each row, (X'DX)^-.

    `inverse` is measures x categories x categories, D = diag(d n_forms).
    """

    category: Codes
    weight: Floats
    inverse: Floats

    def explained(self, measure: Codes, influence: Floats) -> Floats:
        """Value b of each row's forms in the regression of the influence: x (X'DX)^- X'Du.

        `influence`: u, the row's sum over its forms. Taken off u, b leaves what raking cannot know.
        Deville & Sarndal (1992), JASA 87, section 3.

        >>> row, ones = np.zeros(2, dtype=np.int64), np.ones(2)
        >>> one_margin = read_calibration(row, np.array([[0], [0]]), ones, ones)
        >>> one_margin.explained(row, np.array([1.0, 3.0])).round(12).tolist()
        [2.0, 2.0]
        """
        measures, k, _ = self.inverse.shape
        du = self.weight * influence
        margins = range(self.category.shape[1])
        moment = sum(sums(measure * k + self.category[:, margin], du, measures * k) for margin in margins)
        slopes: Floats = (self.inverse @ np.reshape(moment, (measures, k, 1)))[:, :, 0]
        return np.asarray(slopes[measure[:, None], self.category].sum(axis=1))


def read_calibration(measure: Codes, category: Codes, weight: Floats, forms: Floats) -> Calibration:
    """Invert X'DX of each measure; as margins share a sum, a generalised inverse. Arrays by row.

    >>> row = np.zeros(2, dtype=np.int64)
    >>> read_calibration(row, np.array([[0], [0]]), np.array([1.0, 3.0]), np.ones(2)).inverse.tolist()
    [[[0.25]]]
    """
    measures = int(measure.max()) + 1
    k = int(category.max()) + 1
    gram = np.zeros(measures * k * k)
    for row in range(category.shape[1]):
        for column in range(category.shape[1]):
            block = (measure * k + category[:, row]) * k + category[:, column]
            gram += sums(block, weight * forms, gram.size)
    inverse = np.linalg.pinv(gram.reshape(measures, k, k), rcond=1e-11, hermitian=True)
    return Calibration(category, weight, inverse.astype(np.float64))


def _forms_once(cells: pd.DataFrame) -> Codes:
    """Positions of the rows that tell of every form once: those with forms of the fullest measure."""
    fullest = cells.groupby("measure").n_forms.sum().idxmax()
    return np.flatnonzero((cells.measure == fullest) & (cells.n_forms > 0))


def _margin_problems(cells: pd.DataFrame, margins: Margins, chosen: Codes) -> Iterator[str]:
    if not margins:
        yield "no margins given"
    sums = {name: sum(margin.values()) for name, margin in margins.items()}
    if sums and max(sums.values()) - min(sums.values()) > SAME_SUM * max(sums.values()):
        yield f"margins have different sums: {', '.join(f'{name} {total}' for name, total in sums.items())}"
    for name, margin in margins.items():
        if name not in cells:
            yield f"cells have no column {name}"
            continue
        came = set(cells[name].iloc[chosen].astype(str))
        known = set(margin)
        yield from (f"{name} {category} has no forms" for category in sorted(known - came))
        yield from (f"{name} {category} has no total" for category in sorted(came - known))
        yield from (f"{name} {c} has total {margin[c]}" for c in sorted(margin) if not margin[c] > 0)


def _combined(category: Codes, mass: Floats) -> tuple[Codes, Floats]:
    """The category combinations that occur and the weighted forms in each, whatever the order of rows."""
    combinations, row = np.unique(category, axis=0, return_inverse=True)
    order = np.lexsort((mass, row))
    return combinations, sums(row[order], mass[order])


def _sweep(category: Codes, mass: Floats, totals: Floats, tolerance: float, limit: int) -> tuple[Floats, int]:
    factors = np.ones(totals.size)
    for sweeps in range(limit + 1):
        if np.abs(totals / _current(category, mass, factors) - 1).max() < tolerance:
            return factors, sweeps
        for margin in range(category.shape[1]):
            here = np.unique(category[:, margin])
            factors[here] *= (totals / _current(category, mass, factors))[here]
    raise RakingError(f"margins not met within {tolerance} after {limit} sweeps")


def _current(category: Codes, mass: Floats, factors: Floats) -> Floats:
    weighted: Floats = mass * factors[category].prod(axis=1)
    return sums(category.T.ravel(), np.tile(weighted, category.shape[1]), factors.size)


def _variation(weight: Floats, forms: Floats) -> float:
    order = np.lexsort((forms, weight))
    weight = weight[order]
    forms = forms[order]
    mean: float = np.average(weight, weights=forms)
    return float(np.sqrt(np.average((weight - mean) ** 2, weights=forms)) / mean)
