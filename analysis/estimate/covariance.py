"""Groups that were asked in the same drawn classes vary together."""

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.cells.coding import no_text
from analysis.estimate.cell_design import joined_strata
from analysis.estimate.weighted_shares import weighted_share


def group_covariance(cells: pd.DataFrame, measure: str, estimates: pd.DataFrame | None = None) -> pd.DataFrame:
    """Covariances of the groups' shares of one measure; rows and columns are groups, V_g on the diagonal.

    C_ab = sum_h (1-f_h) m/(m-1) sum_c (Z_ac - mean Z_a)(Z_bc - mean Z_b) over the strata that both groups are
    drawn in: rows of several groups with one `stratum` share its draw. Persons and later stages are drawn for
    each group apart. `cells` as for `weighted_share`; `estimates` are its rows of this measure, where they are known
    (groups that are not among them are left out). Lumley (2010), Complex Surveys, section 2.2.

    >>> cells = pd.DataFrame({"measure": "overall", "group": ["parent", "parent", "student", "student"],
    ...     "stratum": "a", "psu": ["c1", "c2"] * 2, "weight": 1.0, "stratum_psus": np.nan, "psu_size": np.nan,
    ...     "n_forms": 4, "n": 4, "total": [4.0, 2.0, 3.0, 1.0], "total_sq": [4.0, 2.0, 3.0, 1.0]})
    >>> group_covariance(cells, "overall").round(4).to_numpy().tolist()    # 2/1 x (1/8 x 1/8 x 2)
    [[0.0625, 0.0625], [0.0625, 0.0625]]
    """
    rows = cells[cells.measure == measure]
    estimates = weighted_share(rows) if estimates is None else estimates
    own = estimates[estimates.domain != "all"].set_index("domain")
    groups = own.index.tolist()
    C = np.diag(own.se.to_numpy(float) ** 2)
    classes = _classes(rows[~no_text(rows.psu)], {str(group): float(rate) for group, rate in own.estimate.items()})
    for _, stratum in classes.groupby("stratum", observed=True):
        C += _shared(stratum, groups)
    return pd.DataFrame(C, index=groups, columns=groups)


def _classes(rows: pd.DataFrame, rates: dict[str, float]) -> pd.DataFrame:
    """Z, the sum of weighted influences, of each group in each class; lonely strata joined."""
    if rows.empty:
        return pd.DataFrame(columns=["stratum"])
    weight = rows.weight.where(rows.n_forms > 0, 0.0)
    W = (weight * rows.n).groupby(rows.group, observed=True).transform("sum")
    p = rows.group.map(rates).astype(float)
    Z = (weight * (rows.total - p * rows.n) / W.where(W > 0)).fillna(0.0)
    homes = joined_strata(rows).set_index(["group", "stratum"])
    keys = list(zip(rows.group, rows.stratum, strict=True))
    stratum = homes.counted_in.reindex(keys).to_numpy()
    frame = homes.frame_psus.reindex(keys).to_numpy()
    table = rows[["group", "psu"]].assign(stratum=stratum, M=frame, Z=Z, psu=rows.stratum.astype(str) + rows.psu)
    return table.groupby(["stratum", "M", "psu", "group"], dropna=False, observed=True).Z.sum().reset_index()


def _shared(stratum: pd.DataFrame, groups: list[str]) -> Floats:
    """What one stratum adds beside the diagonal."""
    of_class, classes = pd.factorize(stratum.psu, sort=True)
    of_group = pd.Index(groups).get_indexer(pd.Index(stratum.group))
    known = of_group >= 0
    by_class = np.zeros((len(classes), len(groups)))
    by_class[of_class[known], of_group[known]] = stratum.Z.to_numpy(float)[known]
    asked = np.isin(np.arange(len(groups)), of_group)
    m = len(classes)
    if m < 2 or asked.sum() < 2:
        return np.zeros((len(groups), len(groups)))
    f = np.nan_to_num(min(m / float(stratum.M.iloc[0]), 1.0))
    spread = by_class - by_class.mean(axis=0)
    C: Floats = (1 - f) * m / (m - 1) * spread.T @ spread
    return (C - np.diag(np.diag(C))) * np.outer(asked, asked)
