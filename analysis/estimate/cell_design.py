"""The sampling design read from a cell table: sorted rows with integer codes, lonely strata settled."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.arrays import Codes, Flags, Floats
from analysis.cells.coding import first_rows, no_text, starts
from analysis.column_values import texts, whole_numbers
from analysis.estimate.lonely import Strata, join_lonely

LONELY = ("merge", "remove", "adjust", "average")
SUMMED = ("n_forms", "n", "total", "total_sq")


class Design(NamedTuple):
    """Rows in one order, whatever order they came in, and the names behind their codes.

    Rows of one last drawn unit and weight, which differ by their forms' value alone, are added up unless `each_row`.
    Columns: row (position of the first in the cell table), measure, group; layer (measure x stratum), psu (measure x
    PSU) and cluster (the last drawn unit: PSU x group, or the second-stage unit), all ascending; lone (its stratum
    if that has a single PSU, else -1); person (each form is a PSU); frame_psus M_h of the layer; probability of
    the PSU and psu_ssus, NaN where there are none; size_of_cluster; weight; n_forms, n, total, total_sq.
    """

    rows: pd.DataFrame
    measures: list[str]
    groups: list[str]


class Coded(NamedTuple):
    """The text columns of the cells as codes, an element a row; `person` where persons were sampled."""

    measure: Codes
    group: Codes
    stratum: Codes
    psu: Codes
    person: Flags


def read_design(cells: pd.DataFrame, lonely: str, *, each_row: bool = False) -> Design:
    """Code, sort and add up the rows of a sound cell table; with lonely="merge", lonely strata join a sibling.

    >>> cells = pd.DataFrame({"measure": "overall", "group": "parent", "stratum": ["b", "a", "b"],
    ...     "psu": ["c2", "c1", "c1"], "weight": 1.0, "stratum_psus": 9.0, "psu_size": 20.0, "n_forms": 5, "n": 5,
    ...     "total": 4.0, "total_sq": 4.0})
    >>> read_design(cells, "remove").rows[["row", "layer", "psu", "lone"]].to_numpy().tolist()
    [[1, 0, 1, 0], [2, 1, 2, -1], [0, 1, 3, -1]]
    """
    measure, measures = pd.factorize(cells.measure, sort=True)
    group, groups = pd.factorize(cells.group, sort=True)
    stratum = pd.factorize(cells.stratum, sort=True)[0]
    person = no_text(cells.psu)
    psu = np.where(person, 0, pd.factorize(cells.psu, sort=True)[0] + 1)
    psu += stratum * (int(psu.max()) + 1)
    numbers = {c: cells[c].to_numpy(float) for c in SUMMED}
    weight = np.where(cells.n_forms.to_numpy(float) > 0, cells.weight.to_numpy(float), 0.0)
    part, size = _last_units(cells, group)
    strata = _strata(cells, Coded(measure=measure, group=group, stratum=stratum, psu=psu, person=person))
    home = join_lonely(strata) if lonely == "merge" else np.arange(len(strata.psus))
    rows = pd.DataFrame(
        {
            "row": np.arange(len(cells)),
            "measure": measure,
            "group": group,
            "layer": measure * len(home) + home[stratum],
            "psu": psu,
            "cluster": part,
            "size_of_cluster": size,
            "psu_ssus": _optional(cells, "psu_ssus"),
            "probability": _optional(cells, "probability"),
            "lone": np.where(strata.lone()[stratum], stratum, -1),
            "person": person,
            "frame_psus": np.bincount(home, strata.frame_psus)[home[stratum]],
            "weight": weight,
            **numbers,
        }
    )
    return Design(_sorted(rows, each_row=each_row), list(measures), list(groups))


def cut_measures(design: Design, rows: int) -> list[Design]:
    """The design in parts of whole measures, of about so many rows; codes of measures and layers begin anew in each.

    >>> cells = pd.DataFrame({"measure": ["a", "b", "c"], "group": "public", "stratum": "s", "psu": "", "weight": 1.0,
    ...     "stratum_psus": 9.0, "psu_size": np.nan, "n_forms": 5, "n": 5, "total": 4.0, "total_sq": 4.0})
    >>> [part.measures for part in cut_measures(read_design(cells, "remove"), 2)]
    [['a', 'b'], ['c']]
    """
    measure = design.rows.measure.to_numpy()
    first = np.searchsorted(measure, np.arange(len(design.measures) + 1))
    part = first[:-1] // rows
    parts = []
    for start, end in pairwise(np.append(np.flatnonzero(starts(part)), len(part))):
        own = design.rows.iloc[first[start] : first[end]]
        codes = {"measure": own.measure - start, "layer": own.layer - own.layer.min()}
        parts.append(Design(own.assign(**codes), design.measures[start:end], design.groups))
    return parts


def joined_strata(cells: pd.DataFrame) -> pd.DataFrame:
    """Where each stratum's variance is taken once lonely ones have joined a sibling, and of how many PSUs.

    Columns group, stratum, counted_in, frame_psus (M_h of `counted_in`). `cells` as for `weighted_share`.

    >>> cells = pd.DataFrame({"measure": "overall", "group": "parent", "stratum": ["a", "b", "b"],
    ...     "psu": ["c1", "c2", "c3"], "weight": 1.0, "stratum_psus": [4.0, 9.0, 9.0], "psu_size": 20.0,
    ...     "n_forms": 5, "n": 5, "total": 4.0, "total_sq": 4.0, "township": "T"})
    >>> joined_strata(cells).to_numpy().tolist()
    [['parent', 'a', 'b', 13.0], ['parent', 'b', 'b', 13.0]]
    """
    rows = read_design(cells, "merge").rows
    names = sorted(set(texts(cells.stratum)))
    own = cells[["group", "stratum"]].iloc[rows.row]
    homes = [names[layer % len(names)] for layer in whole_numbers(rows.layer)]
    table = own.assign(counted_in=homes, frame_psus=rows.frame_psus.to_numpy())
    return table.drop_duplicates().sort_values(["group", "stratum"], ignore_index=True)


def _sorted(rows: pd.DataFrame, *, each_row: bool) -> pd.DataFrame:
    """Order by layer, PSU and last unit, ties by every number that is summed; number the units of each measure."""
    psu: Codes = rows.psu.to_numpy(np.int64)
    part: Codes = rows.cluster.to_numpy(np.int64)
    key: Codes = rows.layer.to_numpy(np.int64) * (int(psu.max()) + 1) + psu
    last: Codes = key * (int(part.max()) + 1) + part
    order = np.argsort(last, kind="stable")
    first = np.arange(len(order))
    if not starts(last[order]).all():
        ties = [rows[c].to_numpy() for c in (*SUMMED[::-1], "weight", "group")]
        order = np.lexsort([*ties, last])
        if not each_row:
            group, weight = (rows[c].to_numpy()[order] for c in ("group", "weight"))
            first = np.flatnonzero(starts(last[order]) | starts(group) | starts(weight))
    summed = {name: np.add.reduceat(rows[name].to_numpy()[order], first) for name in SUMMED}
    order = order[first]
    units = {"psu": np.cumsum(starts(key[order])), "cluster": np.cumsum(starts(last[order]))}
    return rows.iloc[order].assign(**units, **summed)


def _last_units(cells: pd.DataFrame, group: Codes) -> tuple[Codes, Floats]:
    """Code of the last drawn unit inside its PSU, its second-stage unit or else its group, and its persons."""
    size = cells.psu_size.to_numpy(float)
    if "ssu" not in cells:
        return group, size
    whole = no_text(cells.ssu)
    part = np.where(whole, group, pd.factorize(cells.ssu, sort=True)[0] + 1 + int(group.max()))
    return part, np.where(whole, size, _optional(cells, "ssu_size"))


def _optional(cells: pd.DataFrame, column: str) -> Floats:
    return cells[column].to_numpy(float) if column in cells else np.full(len(cells), np.nan)


def _strata(cells: pd.DataFrame, coded: Coded) -> Strata:
    """Each stratum once. m_h: its classes, or, where persons were sampled, its forms."""
    measure, group, stratum, psu, person = coded
    size = int(stratum.max()) + 1
    first = first_rows(stratum)
    classes = np.bincount(stratum[first_rows(pd.factorize(psu)[0])], minlength=size)
    most = (int(measure.max()) + 1) * size
    forms = np.bincount(measure * size + stratum, cells.n_forms.to_numpy(float), minlength=most)
    return Strata(
        group=group[first],
        person=person[first],
        psus=np.where(person[first], forms.reshape(-1, size).max(axis=0), classes),
        frame_psus=cells.stratum_psus.to_numpy(float)[first],
        township=_only(cells, "township", stratum),
        locale=_only(cells, "locale", stratum),
    )


def _only(cells: pd.DataFrame, column: str, stratum: Codes) -> Codes:
    """Code of the one value a stratum has in a column, -1 where it has none or several."""
    if column not in cells:
        return np.full(int(stratum.max()) + 1, -1)
    values = pd.Series(np.where(no_text(cells[column]), -1, pd.factorize(cells[column])[0])).groupby(stratum)
    low = values.min().to_numpy()
    high = values.max().to_numpy()
    return np.where(low == high, low, -1)
