"""Variance of estimates from a stratified sample in up to three stages, by linearisation."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Codes, Flags, Floats
from analysis.cells.coding import starts, sums

TINY = np.finfo(float).tiny


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """One element for each last drawn unit: a class, or the part a group has in it; n_c persons of N_c.

    `psu`: its position in Psus; `Z` and `Q`: sums of the forms' weighted influences and of their squares;
    `forms` n_c came of `size` N_c persons; `answered`: those of the domain that answered the measure.
    """

    psu: Codes
    Z: Floats
    Q: Floats
    forms: Floats
    answered: Floats
    size: Floats


@dataclass(frozen=True, kw_only=True)
class Psus:
    """One element for each (measure, PSU); for person-sampled strata one for each (measure, stratum).

    `layer`: its position in Layers; `taken`: the first stage's sampling fraction, or its probability (pps);
    `within`: the share of its second-stage units that was drawn, 1 where there is no such stage;
    `inside`: whether it has a part in the domain.
    """

    layer: Codes
    Z: Floats
    Q: Floats
    forms: Floats
    answered: Floats
    taken: Floats
    within: Floats
    inside: Flags


@dataclass(frozen=True, kw_only=True)
class Layers:
    """One element for each (measure, stratum): m_h of M_h PSUs, their ratio f_h, and whether persons were sampled."""

    measure: Codes
    group: Codes
    person: Flags
    m: Floats
    M: Floats
    f: Floats


@dataclass(frozen=True, kw_only=True)
class Stages:
    """A sample taken apart: its last drawn units, its primary ones, its strata."""

    clusters: Clusters
    psus: Psus
    layers: Layers


@dataclass(frozen=True, kw_only=True)
class Influence:
    """For each row of a design: whether it is in the domain, and its sums of w u and of (w u)^2."""

    inside: Flags
    Z: Floats
    Q: Floats


def read_stages(rows: pd.DataFrame, influence: Influence) -> Stages:
    """Add up the rows of each unit. `rows` as in Design; f_h is at most 1, and 0 where M_h is missing.

    >>> rows = pd.DataFrame({"measure": 0, "group": 0, "layer": 0, "psu": [0, 0, 1], "cluster": [0, 0, 1],
    ...     "person": False, "frame_psus": 8.0, "size_of_cluster": 9.0, "psu_ssus": np.nan, "probability": np.nan,
    ...     "n_forms": [2.0, 3.0, 4.0], "n": [2.0, 3.0, 4.0]})
    >>> ones = np.ones(3)
    >>> stages = read_stages(rows, Influence(inside=ones > 0, Z=np.array([0.1, 0.2, -0.3]), Q=ones))
    >>> stages.psus.Z.round(12).tolist(), stages.psus.forms.tolist(), stages.layers.f.tolist()
    ([0.3, -0.3], [5.0, 4.0], [0.25])
    """
    clusters, head = _clusters(rows, influence)
    opens = starts(clusters.psu)
    first = np.flatnonzero(opens)
    top = head.iloc[first]
    layer = np.cumsum(starts(top.layer.to_numpy())) - 1
    forms = np.add.reduceat(clusters.forms, first)
    layers = _layers(top[starts(top.layer.to_numpy())], layer, forms)
    probability = top.probability.to_numpy()
    ssus = np.diff(np.append(first, len(opens))) / top.psu_ssus.to_numpy()
    psus = Psus(
        layer=layer,
        Z=np.add.reduceat(clusters.Z, first),
        Q=np.add.reduceat(clusters.Q, first),
        forms=forms,
        answered=np.add.reduceat(clusters.answered, first),
        taken=np.where(np.isnan(probability), layers.f[layer], probability),
        within=np.where(np.isnan(ssus), 1.0, np.minimum(ssus, 1.0)),
        inside=np.bincount(clusters.psu, head.inside) > 0,
    )
    return Stages(clusters=clusters, psus=psus, layers=layers)


def _clusters(rows: pd.DataFrame, influence: Influence) -> tuple[Clusters, pd.DataFrame]:
    """The last drawn units, and the row that stands for each."""
    first = np.flatnonzero(starts(rows.cluster.to_numpy()))
    head = rows.iloc[first].assign(inside=np.logical_or.reduceat(influence.inside, first))
    clusters = Clusters(
        psu=np.cumsum(starts(head.psu.to_numpy())) - 1,
        Z=np.add.reduceat(influence.Z, first),
        Q=np.add.reduceat(influence.Q, first),
        forms=np.add.reduceat(rows.n_forms.to_numpy(), first),
        answered=np.add.reduceat(rows.n.to_numpy() * influence.inside, first),
        size=head.size_of_cluster.to_numpy(),
    )
    return clusters, head


def _layers(head: pd.DataFrame, layer: Codes, forms: Floats) -> Layers:
    person = head.person.to_numpy()
    m = np.where(person, sums(layer, forms), np.bincount(layer))
    return Layers(
        measure=head.measure.to_numpy(),
        group=head.group.to_numpy(),
        person=person,
        m=m,
        M=head.frame_psus.to_numpy(),
        f=np.nan_to_num(np.minimum(m / head.frame_psus.to_numpy(), 1.0)),
    )


def first_stage(stages: Stages, lonely: str) -> Floats:
    """Between-PSU variance of each stratum: sum_c (1-pi_c) m_h/(m_h-1) (Z_c - mean Z)^2, pi_c = f_h but for pps.

    Where every form is a PSU the sum is sum Q - (sum Z)^2/m_h. A stratum left with one PSU counts 0 under
    "remove", the mean of the others under "average" (both as R), else (1-f_h) Z^2. Brewer's approximation for
    pps: Brewer (2002), Combined Survey Sampling Inference; Lumley (2010), Complex Surveys, 2.2 and 3.2.

    >>> two, none = np.array([0, 0]), np.zeros(2)
    >>> psus = Psus(layer=two, Z=np.array([0.125, -0.125]), Q=none, forms=none, answered=none, taken=none + 0.5,
    ...     within=none + 1, inside=two == 0)
    >>> M = none[:1] + 4
    >>> layers = Layers(measure=two[:1], group=two[:1], person=M < 0, m=M / 2, M=M, f=M / 8)
    >>> first_stage(Stages(clusters=None, psus=psus, layers=layers), "merge").tolist()    # .5 x 2/1 x 2/64
    [0.03125]
    """
    psus = stages.psus
    layers = stages.layers
    total = sums(psus.layer, psus.Z)
    mean = total / np.maximum(layers.m, 1)
    between = sums(psus.layer, (1 - psus.taken) * (psus.Z - mean[psus.layer]) ** 2)
    single = (1 - layers.f) * np.maximum(sums(psus.layer, psus.Q) - total * mean, 0.0)
    V: Floats = layers.m / np.maximum(layers.m - 1, 1) * np.where(layers.person, single, between)
    lone = (layers.m == 1) & (layers.f < 1)
    V[lone] = 0 if lonely in ("remove", "average") else ((1 - layers.f) * total**2)[lone]
    if lonely == "average":
        seen = np.maximum(sums(layers.measure, ~lone), 1)
        V *= (np.bincount(layers.measure) / seen)[layers.measure]
    return V


def later_stages(stages: Stages) -> Floats:
    """Variance inside the PSUs of each stratum: of their second-stage units, and of the persons in those.

    sum_c pi_c (1-f2) n/(n-1) sum_k (Z_ck - mean Z_c)^2 + sum_ck pi_c f2 (1-f3) n_ck/(n_ck-1) (Q_ck - Z_ck^2/n_ck).
    Where there is one unit or form alone it takes the pooled s^2 of its stratum, else of its group; where one
    second-stage unit came of every PSU, the spread between PSUs, which holds theirs: as if f1 f2 had been drawn.
    Lohr, Sampling: Design and Analysis, sections 6.6 and 6.7.

    >>> one, half = np.array([0]), np.array([0.5])
    >>> psus = Psus(layer=one, Z=one, Q=half, forms=half, answered=half, taken=half * 2, within=half * 2,
    ...     inside=one == 0)
    >>> part = Clusters(psu=one, Z=half * 0, Q=half / 2, forms=half * 8, answered=half * 8, size=half * 16)
    >>> layers = Layers(measure=one, group=one, person=one > 0, m=half * 2, M=half * 2, f=half * 2)
    >>> round(float(later_stages(Stages(clusters=part, psus=psus, layers=layers))[0]), 12)    # (1 - 4/8) 4/3 x .25
    0.166666666667
    """
    clusters = stages.clusters
    psus = stages.psus
    sampled = ~stages.layers.person[psus.layer]
    ssus = np.bincount(clusters.psu).astype(float)
    mean = psus.Z / ssus
    between = sums(clusters.psu, (clusters.Z - mean[clusters.psu]) ** 2)
    drawn = sampled & (psus.within < 1)
    middle = np.where(drawn, psus.taken * (1 - psus.within), 0.0)
    own = _s2(between, np.where(drawn, ssus, 0.0), psus.layer, stages.layers)
    middle *= ssus * np.where(np.isnan(own), _between_psus(stages), own)
    n = np.where(sampled[clusters.psu], clusters.forms, 0.0)
    layer = psus.layer[clusters.psu]
    spread = np.maximum(clusters.Q - clusters.Z**2 / np.maximum(n, 1), 0.0)
    unseen = np.nan_to_num(np.maximum(1 - n / clusters.size, 0.0))
    last = (psus.taken * psus.within)[clusters.psu] * unseen * n * np.nan_to_num(_s2(spread, n, layer, stages.layers))
    return sums(psus.layer, middle, len(stages.layers.m)) + sums(layer, last, len(stages.layers.m))


def _s2(spread: Floats, n: Floats, layer: Codes, layers: Layers) -> Floats:
    """spread/(n-1) of each unit; where n = 1 that of its stratum together, else of its group, else NaN."""
    freedom = np.maximum(n - 1, 0.0)
    own = np.where(n > 1, spread, 0.0)
    family = layers.measure * (int(layers.group.max()) + 1) + layers.group
    in_stratum = _ratio(sums(layer, own), sums(layer, freedom))[layer]
    in_group = _ratio(sums(family[layer], own), sums(family[layer], freedom))[family[layer]]
    pooled = np.where(np.isnan(in_stratum), in_group, in_stratum)
    return np.where(n > 1, own / np.maximum(freedom, 1), pooled)


def _between_psus(stages: Stages) -> Floats:
    """For each PSU the s^2 of its stratum's PSU totals Z; 0 where it is the only one."""
    psus = stages.psus
    m = np.bincount(psus.layer).astype(float)
    mean = sums(psus.layer, psus.Z) / m
    spread = sums(psus.layer, (psus.Z - mean[psus.layer]) ** 2)
    return np.asarray((spread / np.maximum(m - 1, 1))[psus.layer])


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def freedom(stages: Stages, V: Floats, size: int) -> Floats:
    """Degrees of freedom of each measure of `size`, at least 1.

    Drawn strata have as many as PSUs answered the measure, less one each; strata taken whole have answers less
    classes. The two parts meet by Satterthwaite, df = V^2/sum(V_part^2/df_part). `V`: variance by stratum.
    Satterthwaite (1946), Biometrics Bulletin 2; Lohr, Sampling, section 9.5.
    """
    psus = stages.psus
    layers = stages.layers
    answers = sums(psus.layer, psus.answered)
    answering = sums(psus.layer, psus.answered > 0)
    certain = ~layers.person & (sums(psus.layer, psus.taken < 1) == 0)
    units = np.where(layers.person, answers, answering)
    drawn = np.where(certain, 0.0, np.maximum(units - 1, 0))
    whole = np.where(certain, np.maximum(answers - answering, 0), 0.0)
    df_drawn = sums(layers.measure, drawn, size)
    df_whole = sums(layers.measure, whole, size)
    V_drawn = sums(layers.measure, np.where(certain, 0.0, V), size)
    V_whole = sums(layers.measure, np.where(certain, V, 0.0), size)
    share = np.where(V_drawn + V_whole > 0, V_drawn / np.maximum(V_drawn + V_whole, TINY), 0.0)
    parts = share**2 / np.maximum(df_drawn, 1) + (1 - share) ** 2 / np.maximum(df_whole, 1)
    together = np.where(V_whole > 0, 1 / parts, np.where(V_drawn > 0, df_drawn, df_drawn + df_whole))
    return np.maximum(together, 1.0)


def units_answered(stages: Stages) -> Floats:
    """PSUs of each stratum that sent forms of the domain's measure; persons where persons were sampled."""
    answers = sums(stages.psus.layer, stages.psus.answered)
    answering = sums(stages.psus.layer, stages.psus.answered > 0)
    return np.where(stages.layers.person, answers, answering)


def is_partial(stages: Stages) -> Flags:
    """Whether the stratum is in the domain and someone of it may not have answered."""
    psus = stages.psus
    layers = stages.layers
    inside = sums(psus.layer, psus.inside) > 0
    left_out = sums(psus.layer, (psus.taken < 1) | (psus.within < 1)) > 0
    some_missing = sums(psus.layer[stages.clusters.psu], ~(stages.clusters.forms >= stages.clusters.size)) > 0
    return inside & ((layers.f < 1) | (~layers.person & (left_out | some_missing)))
