"""What the rate would be if the dissatisfied had answered less often than the satisfied."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.cells.coding import no_text
from analysis.column_values import texts
from analysis.estimate.combining import HALF, HALF_ABOVE, Silence, with_missing, worst_rows
from analysis.estimate.weighted_shares import weighted_share
from analysis.many_rows import TOGETHER

Ratios = Mapping[str, float]
ROUNDS = 8
STEPS = 10


def half_estimates(
    cells: pd.DataFrame, measure: str, ratios: Ratios = MappingProxyType({}), mirrored: Ratios = MappingProxyType({})
) -> pd.DataFrame:
    """Rows of `weighted_share` for `measure|half` and `measure|half_above`, one for each group.

    Forms below the group's own adjusted rate weigh twice (`half`), or those not below it (`half_above`): the worst
    over every way of answering in which nobody answers less than half as often as another of the group; where
    `ratios` (for above: `mirrored`) name another ratio of a group, 1/ratio times. For yes or no these are the forms
    with 0. The rows of `cells` hold forms of one level, y = total/n; a row of several levels of a yes or no is taken
    apart; `correct_ratio` takes off the
    bias of such a ratio. docs/method.md, section 6.

    >>> cells = pd.DataFrame({"measure": "overall", "group": "public", "stratum": "a", "psu": "", "weight": 1.0,
    ...     "stratum_psus": np.nan, "psu_size": np.nan, "n_forms": 10, "n": 10, "total": [8.0], "total_sq": [8.0]})
    >>> rows = half_estimates(cells, "overall")    # 8/12 - 1/54, 16/18 + .0055
    >>> rows.set_index("measure").estimate.round(4).to_dict()
    {'overall|half': 0.6481, 'overall|half_above': 0.8944}
    """
    rows = split_levels(cells[cells.measure == measure])
    sides = [
        _weigh(rows, _of_rows(rows, own), measure + ending, below=ending == HALF)
        for ending, own in ((HALF, ratios), (HALF_ABOVE, mirrored))
    ]
    return _of_groups(sides)


def _of_rows(rows: pd.DataFrame, ratios: Ratios) -> Floats:
    """The ratio of each row's group, a half where none is named."""
    own: Floats = np.array([ratios.get(group, 0.5) for group in texts(rows.group)], np.float64)
    return own


def _weigh(rows: pd.DataFrame, ratio: Floats, name: str, *, below: bool) -> pd.DataFrame:
    """The rows as a measure of that name, those on the wrong side counted 1/ratio times."""
    return rows.assign(weight=rows.weight * _times(rows, ratio, below=below), measure=name)


def _of_groups(tables: list[pd.DataFrame]) -> pd.DataFrame:
    cells = pd.concat(tables, ignore_index=True)
    found = weighted_share(cells)
    return correct_ratio(found[found.domain != "all"], cells)


def correct_ratio(estimates: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """The groups' rows without the bias of a ratio whose weights go with its answers.

    Where the dissatisfied weigh more, a sample with few of them has a small denominator, and sum wy/sum w is too high
    on average by -sum_c Z_c X_c/X, X_c = sum of w over a PSU (persons: a form), Z_c its sum of w (y - p)/X. Of 26 forms
    with two dissatisfied ones at double weight that is half a point. Cochran (1977), Sampling Techniques, section 6.8.

    >>> cells = pd.DataFrame({"measure": "m", "group": "deputy", "stratum": "a", "psu": "", "weight": [1.0, 2.0],
    ...     "n": [24, 2], "total": [24.0, 0.0]})
    >>> rows = pd.DataFrame({"domain": ["deputy"], "measure": ["m"], "estimate": [24 / 28]})
    >>> round(float(correct_ratio(rows, cells).estimate.iloc[0] - 24 / 28), 5)    # -2 x 2 x 24/28/28^2
    -0.00437
    """
    keys = ["measure", "group"]
    p = estimates.set_index(["measure", "domain"]).estimate.rename_axis(keys).rename("p")
    rows = cells[cells.n > 0].join(p, on=keys)
    mass = rows.weight * rows.n
    X = mass.groupby([rows.measure, rows.group], observed=True).transform("sum")
    table = rows[[*keys, "stratum", "psu"]].assign(x=mass / X, z=rows.weight * (rows.total - rows.p * rows.n) / X)
    alone = no_text(rows.psu)
    persons = (table.z * rows.weight / X)[alone].groupby([rows.measure[alone], rows.group[alone]], observed=True).sum()
    classes = table[~alone].groupby([*keys, "stratum", "psu"], observed=True)[["x", "z"]].sum()
    units = (classes.x * classes.z).groupby(level=keys, observed=True).sum()
    bias = -persons.add(units, fill_value=0.0)
    lost = pd.MultiIndex.from_frame(estimates[["measure", "domain"]]).map(bias.to_dict()).to_numpy(float)
    return estimates.assign(estimate=(estimates.estimate - np.nan_to_num(lost)).clip(0.0, 1.0))


def split_levels(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of yes or no as one row with 1 and one with 0; others have one level, or are taken at their mean.

    Rows of several levels that do not tell them (y is there, and NaN) are taken apart like yes and no: the worst.
    """
    binary = (rows.total - rows.total_sq).abs() < 1e-9
    if "y" in rows:
        binary |= rows.y.isna()
    mixed = binary & (rows.total > 0) & (rows.total < rows.n)
    part = rows[mixed]
    yes = part.assign(n=part.total, n_forms=part.total, total_sq=part.total)
    no = part.assign(n=part.n - part.total, n_forms=part.n_forms - part.total, total=0.0, total_sq=0.0)
    return pd.concat([rows[~mixed], yes, no], ignore_index=True)


def _times(rows: pd.DataFrame, ratio: Floats, *, below: bool) -> Floats:
    """How many times each row counts: 1/ratio on the wrong side of its group's adjusted rate, which is iterated."""
    n = rows.n.to_numpy(float)
    y = np.where(n > 0, rows.total.to_numpy(float) / np.maximum(n, 1), np.nan)
    w = rows.weight.fillna(0.0).to_numpy(float) * n
    codes, groups = pd.factorize(rows.group)
    line = np.where(n > 0, y, 0.0) * w
    level = np.bincount(codes, line, len(groups)) / np.maximum(np.bincount(codes, w, len(groups)), 1e-300)
    times = np.ones(len(rows))
    for _ in range(ROUNDS):
        beyond = (y < level[codes] - 1e-12) if below else (y >= level[codes] - 1e-12)
        times = np.where(beyond & (n > 0), 1 / ratio, 1.0)
        total = np.bincount(codes, w * times, len(groups))
        level = np.bincount(codes, line * times, len(groups)) / np.maximum(total, 1e-300)
    return times


@dataclass(frozen=True, kw_only=True)
class Held:
    """A measure's cells and groups' rows with what its evidence is held against."""

    cells: pd.DataFrame
    measure: str
    rows: pd.DataFrame
    weights: Mapping[str, float]
    response: Mapping[str, float | None]
    threshold: float
    covariance: pd.DataFrame | None = None


def smallest_ratio(held: Held) -> float | None:
    """k*: the smallest tenth at which the bound still lies beyond the threshold, None if not even at 1.

    The dissatisfied may answer k* times as often as the satisfied, no less (for a rate below the threshold
    the satisfied). A missing or open group is taken as in `combine_groups`. docs/method.md, section 6.

    >>> cells = pd.DataFrame({"measure": "overall", "group": "public", "stratum": "a", "psu": "", "weight": 1.0,
    ...     "stratum_psus": np.nan, "psu_size": np.nan, "n_forms": 900, "n": 900, "total": [855.0],
    ...     "total_sq": [855.0]})
    >>> smallest_ratio(Held(cells=cells, measure="overall", rows=weighted_share(cells).iloc[1:],
    ...     weights={"public": 1.0}, response={"public": 0.5}, threshold=0.85))
    0.4
    """
    above = float(np.average(held.rows.estimate, weights=held.rows.domain.map(held.weights))) > held.threshold
    rows = split_levels(held.cells[held.cells.measure == held.measure])
    smallest = None
    for tenths, side in _sides(rows, held.measure, above=above):
        if not _holds_with(held, side, above=above):
            break
        smallest = tenths / STEPS
    return smallest


def _sides(rows: pd.DataFrame, measure: str, *, above: bool) -> Iterator[tuple[int, pd.DataFrame]]:
    """The groups' rows at each number of tenths, from all of them down; few cells at several of them at once."""
    ending = HALF if above else HALF_ABOVE
    at_once = max(TOGETHER // max(len(rows), 1), 1)
    for most in range(STEPS, 0, -at_once):
        names = {tenths: f"{measure}|{tenths}{ending}" for tenths in range(most, max(most - at_once, 0), -1)}
        weighed = [
            _weigh(rows, np.full(len(rows), tenths / STEPS), name, below=above) for tenths, name in names.items()
        ]
        found = _of_groups(weighed)
        yield from ((tenths, found[found.measure == name]) for tenths, name in names.items())


def _holds_with(held: Held, half: pd.DataFrame, *, above: bool) -> bool:
    silence = Silence(half=half, response=held.response, weights=held.weights, covariance=held.covariance)
    county = with_missing(worst_rows(held.rows, half, held.response, above=above), silence, above=above)
    lower, upper = county.bounds95()
    return lower > held.threshold if above else upper < held.threshold
