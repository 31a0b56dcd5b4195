"""One domain (everyone, or one group) at a time: its shares and their variances by linearisation."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.cells.coding import sums
from analysis.estimate.cell_design import Design
from analysis.estimate.variance import (
    Influence,
    Stages,
    first_stage,
    freedom,
    is_partial,
    later_stages,
    read_stages,
    units_answered,
)
from analysis.weights.raking import Calibration

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def estimate_domain(design: Design, group: int | None, calibration: Calibration | None, lonely: str) -> pd.DataFrame:
    """Estimates of one domain (a group's code, None for all), one row a measure answered in it.

    >>> from analysis.estimate.cell_design import read_design
    >>> cells = pd.DataFrame({"measure": "overall", "group": "parent", "stratum": "a", "psu": ["c1", "c2"],
    ...     "weight": 1.0, "stratum_psus": np.nan, "psu_size": np.nan, "n_forms": 4, "n": 4, "total": [4.0, 2.0],
    ...     "total_sq": [4.0, 2.0]})
    >>> found = estimate_domain(read_design(cells, "remove"), None, None, "remove")
    >>> found[["estimate", "variance", "df"]].to_numpy().tolist()    # influences 1/8, -1/8: 2/1 x 2/64
    [[0.75, 0.0625, 1.0]]
    """
    rows, inside = _domain_rows(design, group, whole=bool(calibration))
    size = len(design.measures)
    point, u, q = _influence(rows, inside, size)
    measure, w, forms = (rows[name].to_numpy() for name in ("measure", "weight", "n_forms"))
    b = calibration.explained(measure, u) if calibration else np.zeros(len(rows))
    influence = Influence(inside=inside, Z=w * (u - b * forms), Q=w**2 * (q - 2 * b * u + b**2 * forms))
    stages = read_stages(rows, influence)
    own = stages.layers.measure
    V = first_stage(stages, lonely) + later_stages(stages)
    table = point.assign(
        domain="all" if group is None else design.groups[group],
        measure=design.measures,
        variance=sums(own, V, size),
        df=freedom(stages, V, size),
        forms=sums(measure, forms * inside, size),
        psus=sums(own, units_answered(stages), size),
        census=~(sums(own, is_partial(stages), size) > 0),
        lonely_strata=_lonely_strata(rows[inside], size),
        **_one_by_one(rows[inside], stages, lonely, size),
    )
    return table[table.n > 0]


def _domain_rows(design: Design, group: int | None, *, whole: bool) -> tuple[pd.DataFrame, Flags]:
    """The rows a domain's variance needs, and which of them are in it.

    These are its strata; all rows when the margins tie every stratum to it.
    """
    rows = design.rows
    if group is None:
        return rows, np.ones(len(rows), dtype=bool)
    inside = (rows.group == group).to_numpy()
    if whole:
        return rows, inside
    layer = rows.layer.to_numpy()
    shared = (np.bincount(layer, inside) > 0)[layer]
    return rows[shared], inside[shared]


def _influence(rows: pd.DataFrame, inside: Flags, size: int) -> tuple[pd.DataFrame, Floats, Floats]:
    """Point estimates by measure; each row's influence u and the sum of its forms' squared influences q."""
    measure = rows.measure.to_numpy()
    w = rows.weight.to_numpy()
    n, total, total_sq = (rows[name].to_numpy() * inside for name in ("n", "total", "total_sq"))
    W = sums(measure, w * n, size)
    W_or_1 = np.where(W > 0, W, 1.0)
    p = np.clip(sums(measure, w * total, size) / W_or_1, 0.0, 1.0)
    squares = total_sq - 2 * p[measure] * total + p[measure] ** 2 * n
    point = pd.DataFrame(
        {
            "estimate": p,
            "n": sums(measure, n, size),
            "W": W,
            "spread": sums(measure, w * squares, size) / W_or_1,
            "square": p**2 + sums(measure, w * total_sq, size) / W_or_1,
        }
    )
    return point, (total - p[measure] * n) / W_or_1[measure], squares / W_or_1[measure] ** 2


def _lonely_strata(rows: pd.DataFrame, size: int) -> Codes:
    """Number of strata with a single PSU, by measure, before any was joined."""
    lone = rows.loc[rows.lone >= 0, ["measure", "lone"]].drop_duplicates()
    return np.bincount(lone.measure, minlength=size).astype(np.int64)


def _one_by_one(rows: pd.DataFrame, stages: Stages, lonely: str, size: int) -> dict[str, Floats]:
    """Of domains whose persons were drawn one by one: how many they are, and V without the correction.

    `people` is NaN where classes were drawn, or nobody knows how many persons there are; `even`: whether there
    is one stratum and one weight; `satisfied`: the answers' plain sum.
    """
    layers = stages.layers
    inside = sums(stages.psus.layer, stages.psus.inside) > 0
    drawn = inside & ~layers.person
    endless = replace(layers, f=np.zeros(len(layers.f)))
    V = first_stage(replace(stages, layers=endless), lonely)
    people = sums(layers.measure, np.where(inside, layers.M, 0.0), size)
    came = rows[rows.n_forms > 0]
    weights = came.groupby("measure").weight.agg(["min", "max"]).reindex(range(size))
    one_stratum = sums(layers.measure, inside, size) == 1
    return {
        "people": np.where(sums(layers.measure, drawn, size) > 0, np.nan, people),
        "endless": sums(layers.measure, V, size),
        "even": one_stratum & (weights["min"] == weights["max"]).to_numpy(),
        "satisfied": sums(rows.measure.to_numpy(), rows.total.to_numpy(), size),
    }
