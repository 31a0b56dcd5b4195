"""Domains (everyone, and each group): their shares and the variances of these by linearisation."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.arrays import Codes, Flags, Floats
from analysis.cells.coding import sums
from analysis.estimate.cell_design import Design, cut_measures
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

TOGETHER = 20_000
"""Rows of the design whose measures are estimated at once: what is computed of them fits a processor's cache."""


def estimate_domains(design: Design, calibration: Calibration | None, lonely: str) -> pd.DataFrame:
    """Estimates of everyone ("all") and of every group, one row for each measure answered in the domain.

    Margins tie all measures together; without them some measures are estimated at a time, whose rows stay near at hand.

    >>> from analysis.estimate.cell_design import read_design
    >>> cells = pd.DataFrame({"measure": "overall", "group": "parent", "stratum": "a", "psu": ["c1", "c2"],
    ...     "weight": 1.0, "stratum_psus": np.nan, "psu_size": np.nan, "n_forms": 4, "n": 4, "total": [4.0, 2.0],
    ...     "total_sq": [4.0, 2.0]})
    >>> found = estimate_domains(read_design(cells, "remove"), None, "remove")
    >>> found[["domain", "estimate", "variance", "df"]].to_numpy().tolist()    # influences 1/8, -1/8: 2/1 x 2/64
    [['all', 0.75, 0.0625, 1.0], ['parent', 0.75, 0.0625, 1.0]]
    """
    parts = [design] if calibration else cut_measures(design, TOGETHER)
    table = pd.concat([_estimate(part, calibration, lonely) for part in parts], ignore_index=True)
    place = {name: at for at, name in enumerate(_domains(design))}
    return table.iloc[np.argsort(table.domain.map(place), kind="stable")].reset_index(drop=True)


def _domains(design: Design) -> list[str]:
    return ["all", *design.groups]


def _estimate(design: Design, calibration: Calibration | None, lonely: str) -> pd.DataFrame:
    """All domains at once: the rows of each stand one after another.

    What is a measure, a layer or a unit in one domain is another in the next.
    """
    names = _domains(design)
    rows, inside = _rows_of_domains(design, whole=bool(calibration))
    size = len(names) * len(design.measures)
    point, u, q = _influence(rows, inside, size)
    measure, w, forms = (rows[name].to_numpy() for name in ("measure", "weight", "n_forms"))
    b = _explained(calibration, design, u) if calibration else np.zeros(len(rows))
    influence = Influence(inside=inside, Z=w * (u - b * forms), Q=w**2 * (q - 2 * b * u + b**2 * forms))
    stages = read_stages(rows, influence)
    own = stages.layers.measure
    V = first_stage(stages, lonely) + later_stages(stages)
    table = point.assign(
        domain=np.repeat(names, len(design.measures)),
        measure=design.measures * len(names),
        variance=sums(own, V, size),
        df=freedom(stages, V, size),
        forms=sums(measure, forms * inside, size),
        psus=sums(own, units_answered(stages), size),
        census=~(sums(own, is_partial(stages), size) > 0),
        lonely_strata=_lonely_strata(rows[inside], size),
        **_one_by_one(rows[inside], stages, lonely, size),
    )
    return table[table.n > 0]


def _rows_of_domains(design: Design, *, whole: bool) -> tuple[pd.DataFrame, Flags]:
    """The rows that the domains' variances need, domain after domain, and which of them are in theirs.

    These are a domain's strata; all rows when the margins (`whole`) tie every stratum to it. Codes go on ascending
    from one domain to the next.
    """
    rows = design.rows
    group = rows.group.to_numpy()
    layer = rows.layer.to_numpy()
    everyone = np.arange(len(rows))
    taken = [everyone]
    inside = [np.ones(len(rows), dtype=bool)]
    for code in range(len(design.groups)):
        own = group == code
        needed = everyone if whole else np.flatnonzero((np.bincount(layer, own) > 0)[layer])
        taken.append(needed)
        inside.append(own[needed])
    domain = np.repeat(np.arange(len(taken)), [len(needed) for needed in taken])
    steps = {"measure": len(design.measures)} | {
        name: int(rows[name].max()) + 1 for name in ("layer", "psu", "cluster")
    }
    table = rows.iloc[np.concatenate(taken)]
    apart = {name: table[name].to_numpy() + domain * step for name, step in steps.items()}
    return table.assign(**apart), np.concatenate(inside)


def _explained(calibration: Calibration, design: Design, u: Floats) -> Floats:
    """What the margins explain of each influence, where every domain has all rows."""
    measure = design.rows.measure.to_numpy()
    by_domain = u.reshape(-1, len(measure))
    return np.concatenate([calibration.explained(measure, influence) for influence in by_domain])


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
