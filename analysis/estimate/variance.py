"""Variance of estimates from a stratified sample of classes or persons, by linearisation."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.cells.coding import starts, sums

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Psus(NamedTuple):
    """One element a (measure, PSU); for person-sampled strata one a (measure, stratum).

    `Z` and `Q` are the sums of the forms' weighted influences and of their squares; `forms` n_c came of
    `size` N_c persons, `own` of them in the domain; `inside`: whether the PSU has a part in the domain;
    `layer`: position of the stratum in Layers.
    """

    layer: Codes
    Z: Floats
    Q: Floats
    forms: Floats
    own: Floats
    size: Floats
    inside: Flags


class Layers(NamedTuple):
    """One element a (measure, stratum): m_h PSUs, sampling fraction f_h, and whether persons were sampled."""

    measure: Codes
    group: Codes
    person: Flags
    m: Floats
    f: Floats


def read_psus(rows: pd.DataFrame, inside: Flags, Z: Floats, Q: Floats) -> tuple[Psus, Layers]:
    """Add up the rows of each PSU. `rows` as in Design; f_h is at most 1, and 0 where M_h is missing.

    >>> rows = pd.DataFrame({"measure": 0, "group": 0, "layer": 0, "psu": [0, 0, 1], "person": False,
    ...     "frame_psus": 8.0, "psu_size": 9.0, "n_forms": [2.0, 3.0, 4.0]})
    >>> psus, layers = read_psus(rows, np.ones(3, bool), np.array([0.1, 0.2, -0.3]), np.ones(3))
    >>> psus.Z.round(12).tolist(), psus.forms.tolist(), layers.m.tolist(), layers.f.tolist()
    ([0.3, -0.3], [5.0, 4.0], [2.0], [0.25])
    """
    opens = starts(rows["psu"].to_numpy())
    first = np.flatnonzero(opens)
    layer_opens = starts(rows["layer"].to_numpy())[first]
    head = rows.iloc[first]
    forms = rows["n_forms"].to_numpy()
    psus = Psus(
        layer=np.cumsum(layer_opens) - 1,
        Z=np.add.reduceat(Z, first),
        Q=np.add.reduceat(Q, first),
        forms=np.add.reduceat(forms, first),
        own=np.add.reduceat(forms * inside, first),
        size=head["psu_size"].to_numpy(),
        inside=np.logical_or.reduceat(inside, first),
    )
    head = head[layer_opens]
    person = head["person"].to_numpy()
    m = np.where(person, sums(psus.layer, psus.forms), np.bincount(psus.layer))
    f = np.nan_to_num(np.minimum(m / head["frame_psus"].to_numpy(), 1.0))
    return psus, Layers(head["measure"].to_numpy(), head["group"].to_numpy(), person, m, f)


def first_stage(psus: Psus, layers: Layers, lonely: str) -> Floats:
    """Between-PSU variance of each stratum: (1-f_h) m_h/(m_h-1) S_h.

    S_h = sum_c (Z_c - mean Z)^2, or sum Q - (sum Z)^2/m_h where every form is a PSU. A stratum left with one
    PSU counts 0 under "remove", the mean of the others under "average" (both as R), else (1-f_h) Z^2.
    Lumley (2010), Complex Surveys, sections 2.2 and 3.2.

    >>> nine, two = np.array([9.0, 9.0]), np.array([0, 0])
    >>> psus = Psus(two, np.array([0.125, -0.125]), nine, nine, nine, nine, two == 0)
    >>> layers = Layers(two[:1], two[:1], np.array([False]), np.array([2.0]), np.array([0.5]))
    >>> first_stage(psus, layers, "merge").tolist()    # .5 x 2/1 x 2/64
    [0.03125]
    """
    total = sums(psus.layer, psus.Z)
    mean = total / np.maximum(layers.m, 1)
    between = sums(psus.layer, (psus.Z - mean[psus.layer]) ** 2)
    single = np.maximum(sums(psus.layer, psus.Q) - total * mean, 0.0)
    S = np.where(layers.person, single, between)
    V = (1 - layers.f) * layers.m / np.maximum(layers.m - 1, 1) * S
    lone = (layers.m == 1) & (layers.f < 1)
    V[lone] = 0 if lonely in ("remove", "average") else ((1 - layers.f) * total**2)[lone]
    if lonely == "average":
        seen = np.maximum(sums(layers.measure, ~lone), 1)
        V *= (np.bincount(layers.measure) / seen)[layers.measure]
    return V


def second_stage(psus: Psus, layers: Layers) -> Floats:
    """Within-class variance of each stratum: f_h sum_c (1-f_hc) n_c/(n_c-1) (Q_c - Z_c^2/n_c).

    f_hc = n_c/N_c. A class with one form takes the pooled within-class s^2 of its stratum, else of its group.
    Lohr, Sampling: Design and Analysis, section 6.6.

    >>> one = np.array([0])
    >>> psus = Psus(one, np.array([0.0]), np.array([0.25]), *(np.array([n]) for n in (4.0, 4.0, 8.0)), one == 0)
    >>> layers = Layers(one, one, np.array([False]), np.array([1.0]), np.array([1.0]))
    >>> round(float(second_stage(psus, layers)[0]), 12)    # 1 x (1 - 4/8) x 4/3 x .25
    0.166666666667
    """
    n, sampled = psus.forms, ~layers.person[psus.layer]
    spread = np.where(sampled & (n > 1), np.maximum(psus.Q - psus.Z**2 / np.maximum(n, 1), 0.0), 0.0)
    forms_but_one = np.where(sampled, np.maximum(n - 1, 0.0), 0.0)
    pooled = _pooled(psus.layer, layers, spread, forms_but_one)[psus.layer]
    s2 = np.where(n > 1, spread / np.maximum(forms_but_one, 1), pooled)
    unseen = np.nan_to_num(np.maximum(1 - n / psus.size, 0.0))
    return layers.f * sums(psus.layer, np.where(sampled, unseen * n * s2, 0.0))


def _pooled(layer: Codes, layers: Layers, spread: Floats, freedom: Floats) -> Floats:
    """Within-class s^2 of each stratum, or of its group where no class of it has two forms, or 0."""
    in_stratum = _ratio(sums(layer, spread), sums(layer, freedom))
    family = layers.measure * (int(layers.group.max()) + 1) + layers.group
    in_group = _ratio(sums(family[layer], spread), sums(family[layer], freedom))[family]
    return np.where(np.isnan(in_stratum), np.nan_to_num(in_group), in_stratum)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def freedom(psus: Psus, layers: Layers) -> tuple[Floats, Floats]:
    """Degrees of freedom and number of PSUs with forms, by stratum, inside the domain.

    PSUs - 1; a stratum whose classes were all taken, persons sampled inside them, has forms - classes.

    >>> one = np.array([0, 0])
    >>> psus = Psus(one, *(np.array([n, n]) for n in (0.0, 0.0, 5.0, 5.0, 9.0)), one == 0)
    >>> for f in (0.5, 1.0):
    ...     layers = Layers(one[:1], one[:1], np.array([False]), np.array([2.0]), np.array([f]))
    ...     [part.tolist() for part in freedom(psus, layers)]
    [[1.0], [2.0]]
    [[8.0], [2.0]]
    """
    forms, answering = sums(psus.layer, psus.own), sums(psus.layer, psus.own > 0)
    selected = np.where(layers.person, forms, sums(psus.layer, psus.inside))
    within = ~layers.person & (layers.f == 1) & (sums(psus.layer, np.isnan(psus.size)) == 0)
    df = np.where(within, forms - answering, np.maximum(selected - 1, 0))
    return df, np.where(layers.person, forms, answering)


def is_partial(psus: Psus, layers: Layers) -> Flags:
    """Whether the stratum is in the domain and someone of it may not have answered.

    >>> one, nine = np.array([0]), np.array([9.0])
    >>> taken_whole = Layers(one, one, np.array([False]), np.array([1.0]), np.array([1.0]))
    >>> for size in (9.0, 10.0):
    ...     is_partial(Psus(one, nine, nine, nine, nine, np.array([size]), one == 0), taken_whole).tolist()
    [False]
    [True]
    """
    inside = sums(psus.layer, psus.inside) > 0
    some_missing = sums(psus.layer, ~(psus.forms >= psus.size)) > 0
    return inside & ((layers.f < 1) | (~layers.person & some_missing))
