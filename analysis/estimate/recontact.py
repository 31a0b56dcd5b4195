"""What the silent say when they are asked again: how often the dissatisfied had answered for one of the satisfied."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from msgspec import Struct

from analysis.estimate.silence import split_levels
from analysis.intervals import exact_bounds
from analysis.results import Revisit

FEWEST = 30
"""Forms of a re-contact from which a ratio is told: of a group, else of those that lack as many, together."""
ASSUMED = 0.5
JOIN = "|"
ROWS = ["counted_in", "y", "n"]


class Response(Struct, frozen=True, kw_only=True):
    """What k follows from: of `invited` people `answered` did, `low` of them below the line; of `again` silent ones
    `low_again`. `deff` is the design effect of those who answered."""

    invited: float
    answered: float
    low: float
    again: float
    low_again: float
    deff: float = 1.0


def gather_revisits(forms: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Re-contact forms by the groups that have a ratio: `counted_in` (labels, "|" between several), y and n.

    `forms`: the same columns, a form's own group in `counted_in`; `labels`: where each group is shown. A group with at
    least FEWEST forms stands alone, the others together, if they have as many; the rest is left out. What was gathered
    stays as it is.

    >>> forms = pd.DataFrame({"counted_in": ["parent", "student", "teacher"], "y": 1.0, "n": [40, 20, 15]})
    >>> gather_revisits(forms, {}).to_numpy().tolist()
    [['parent', 1.0, 40], ['student|teacher', 1.0, 35]]
    """
    shown = [JOIN.join(labels.get(part, part) for part in str(name).split(JOIN)) for name in forms.counted_in]
    rows = forms.assign(counted_in=shown)[ROWS]
    rows = rows[(rows.counted_in != "") & (rows.n > 0)]
    sizes = rows.groupby("counted_in").n.sum()
    few = sorted(str(name) for name in sizes.index[sizes < FEWEST])
    together = JOIN.join(few) if sizes[few].sum() >= FEWEST else ""
    homes = dict.fromkeys(few, together)
    rows = rows.assign(counted_in=[homes.get(name, name) for name in rows.counted_in])
    kept = rows[rows.counted_in != ""]
    return kept.groupby(["counted_in", "y"], as_index=False)[["n"]].sum()


def response_ratio(found: Response, tail: float) -> tuple[float, float, float]:
    """k and its bounds, each missed with probability `tail`.

    k = r_low/r_high; r_low = low/(low + (invited - answered) s), s = low_again/again; r_high the same of the others.
    The bounds are those of Zou & Donner (2008), Statistics in Medicine 27, from Clopper and Pearson's of the two
    shares, the first at answered/deff forms.

    >>> k, lower, upper = response_ratio(Response(invited=1000, answered=700, low=70, again=100, low_again=20), 0.025)
    >>> round(k, 3), round(lower, 2), round(upper, 2)    # 70/130 over 630/870
    (0.744, 0.57, 0.94)
    """
    a = found.low / found.answered
    s = found.low_again / found.again
    a_lower, a_upper = _bounds(a, found.answered / max(1.0, found.deff), tail)
    s_lower, s_upper = _bounds(s, found.again, tail)
    k = _ratio(found, a, s)
    below = np.hypot(k - _ratio(found, a_lower, s), k - _ratio(found, a, s_upper))
    above = np.hypot(_ratio(found, a_upper, s) - k, _ratio(found, a, s_lower) - k)
    return k, max(0.0, k - float(below)), k + float(above)


def least_ratio_of(revisit: Revisit) -> float:
    """The ratio that is reckoned with for the dissatisfied: the lower bound, or a half while that may be true.

    A ratio that was measured below a half takes the place of the assumption, too.

    >>> wide = Revisit(groups=("parent",), forms=30, ratio=0.7, lower=0.4, upper=1.2)
    >>> low = Revisit(groups=("parent",), forms=300, ratio=0.3, lower=0.2, upper=0.4)
    >>> least_ratio_of(wide), least_ratio_of(low)
    (0.5, 0.2)
    """
    return _reckon(revisit.lower, revisit.upper)


def mirrored_ratio_of(revisit: Revisit) -> float:
    """The same for the satisfied, who answered 1/k times as often: for a rate below the threshold."""
    upper = 1 / revisit.lower if revisit.lower > 0 else np.inf
    return _reckon(1 / revisit.upper, upper)


def ratios_by_group(revisits: tuple[Revisit, ...], *, above: bool) -> dict[str, float]:
    """What is reckoned with in each group that was asked again; any other has the assumed half."""
    of = least_ratio_of if above else mirrored_ratio_of
    return {group: of(revisit) for revisit in revisits for group in revisit.groups}


class Answered(Struct, frozen=True, kw_only=True):
    """Those who answered at first: the survey's cells of the headline, `counts` with `invited` by shown group, design
    effects of the headline, and the confidence of what is told."""

    cells: pd.DataFrame
    counts: pd.DataFrame
    deffs: Mapping[str, float]
    confidence: float


def measure_ratios(again: pd.DataFrame, first: Answered) -> tuple[Revisit, ...]:
    """k of every set of groups in `again` (`gather_revisits`).

    A form is low when it lies below the rate of all that were invited, r p + (1 - r) p_again, r = answered/invited: the
    line that `half` settles on. Forms count once each, without weights.
    """
    rows = split_levels(first.cells)
    found = []
    for name, own in again.groupby("counted_in", sort=True):
        groups = tuple(str(name).split(JOIN))
        ratio, lower, upper = response_ratio(_respond(groups, own, rows, first), (1 - first.confidence) / 2)
        found.append(Revisit(groups=groups, forms=int(own.n.sum()), ratio=ratio, lower=lower, upper=upper))
    return tuple(found)


def _respond(groups: tuple[str, ...], own: pd.DataFrame, rows: pd.DataFrame, first: Answered) -> Response:
    there = rows[rows.group.isin(groups) & (rows.n > 0)]
    y = there.total / there.n
    answered = float(there.n.sum())
    again = float(own.n.sum())
    invited = max(float(first.counts.invited.reindex(list(groups)).fillna(0).sum()), answered)
    r = answered / invited
    line = r * float(there.total.sum()) / answered + (1 - r) * float((own.y * own.n).sum()) / again
    return Response(
        invited=invited,
        answered=answered,
        low=float(there.n[y < line - 1e-12].sum()),
        again=again,
        low_again=float(own.n[own.y < line - 1e-12].sum()),
        deff=max(first.deffs.get(group, 1.0) for group in groups),
    )


def _ratio(found: Response, a: float, s: float) -> float:
    silent = found.invited - found.answered
    return _answer(found.answered * a, silent * s) / max(_answer(found.answered * (1 - a), silent * (1 - s)), 1e-9)


def _answer(answered: float, silent: float) -> float:
    """The share of people who answered; of nobody 1."""
    return answered / (answered + silent) if answered + silent > 0 else 1.0


def _bounds(share: float, size: float, tail: float) -> tuple[float, float]:
    lower, upper = exact_bounds(np.array([share]), np.array([size]), tail)
    return float(lower[0]), float(upper[0])


def _reckon(lower: float, upper: float) -> float:
    return ASSUMED if lower < ASSUMED <= upper else min(max(lower, 1e-6), 1.0)
