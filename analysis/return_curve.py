"""How a round's forms come in: what is usual by now, and where the round will end, each with an interval.

A window of a few days shows too little to fit a curve freely. The modified exponential of mail surveys (J. Huxley,
Predicting response speed in mail surveys, Journal of Marketing Research 17, 1980) has each day bring a fixed part of
the day before. Here the logarithm of a day's forms falls by `k` a day and strays from that by N(0, s^2); k and s have
wide prior distributions, weighed by how well they tell the days that passed (docs/decisions/0065).
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from analysis.arrays import Floats, Whole

DAY = 24
DRAWS = 2_000
ENDS = (0.1, 0.5, 0.9)
FALL = (0.5, 0.45)
"""Mean and standard deviation of k."""
STRAY = (0.3, 0.45)
"""Median of s, and the standard deviation of its logarithm."""
CLOCK = (1, 1, 1, 1, 1, 2, 4, 8, 8, 8, 8, 10, 12, 9, 8, 8, 10, 12, 14, 16, 16, 12, 6, 3)
"""What the hours of a day bring beside each other before a round has shown its own."""
OF_A_PART = 0.35
"""How far (in logarithms) the part of a day that the clock gives to some of its hours may be wrong."""
SHORT = 0.3
"""A day whose hours up to now bring less of a day than this is taken together with the day before."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the middle, and between which ends eight of ten lie."""

    low: float
    middle: float
    high: float


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """Days of a window from its opening: of those that passed the part of a day's forms that fell into each, and their
    forms; `left`: the same parts still to come, the first of them in the last day that passed."""

    passed: Sequence[float]
    forms: Sequence[int]
    left: Sequence[float]


def split_days(by_hour: Sequence[int], passed: float, hours: int, opened_at: int) -> Days:
    """A window of whole hours in days of 24 from the hour of the clock it opens at; `passed` hours of it are over.

    `by_hour`: forms of each hour since the opening. A day's hours weigh as CLOCK and the round's own hours say, which
    count as one day's each.

    >>> days = split_days([40] * 24, 24.0, 60, 0)
    >>> [round(part, 2) for part in days.passed], days.forms, [round(part, 2) for part in days.left]
    ([1.0], [960], [0.0, 1.0, 0.4])
    """
    came = np.zeros(hours)
    came[: len(by_hour)] = by_hour[:hours]
    of_day = (opened_at + np.arange(hours)) % DAY
    weights = _find_clock(came, of_day, int(passed))[of_day]
    over = np.clip(passed - np.arange(hours), 0, 1)
    day = np.arange(hours) // DAY
    parts, forms = np.bincount(day, weights * over), np.bincount(day, came)
    last = max(0, int(np.count_nonzero(parts)) - 1)
    rest = np.bincount(day, weights * (1 - over))[last:]
    if last and parts[last] < SHORT:
        parts[last - 1] += parts[last]
        forms[last - 1] += forms[last]
        last -= 1
        rest = np.concatenate([[0.0], rest])
    return Days(
        passed=parts[: last + 1].tolist(), forms=[round(n) for n in forms[: last + 1].tolist()], left=rest.tolist()
    )


def expect_by_now(days: Days, end: int) -> Span:
    """How many forms are usually in by now where `end` are in at the end, whatever came in so far."""
    rng = np.random.default_rng(0)
    fall, stray = _draw_prior(rng)
    count = len(days.passed) + len(days.left) - 1
    rates = _raise(-fall[:, None] * np.arange(count) + stray[:, None] * rng.standard_normal((DRAWS, count)))
    passed = _pad(days.passed, count)
    left = np.concatenate([np.zeros(count - len(days.left)), days.left])
    gone = rates @ passed
    share = gone / (gone + rates @ left)
    return _find_span(rng.binomial(end, share))


def expect_end(days: Days, most: int) -> Span:
    """How many forms will be in at the end if they go on coming as they came; at most `most`.

    Without a form so far nothing is known but that.
    """
    so_far = sum(days.forms)
    if not so_far:
        return Span(low=0, middle=0, high=most)
    rng = np.random.default_rng(0)
    fall, stray = _draw_prior(rng)
    level, weight, bend = _fit(days, fall, stray, rng)
    drawn = rng.choice(DRAWS, DRAWS, p=weight)
    count = len(days.left)
    left = np.array(days.left)
    wide = np.sqrt(stray[drawn, None] ** 2 + _blur(left))
    noise = wide * rng.standard_normal((DRAWS, count))
    noise[:, 0] = bend[drawn]
    day = len(days.passed) - 1 + np.arange(count)
    rates = _raise(level[drawn, None] - fall[drawn, None] * day + noise)
    rest = rng.poisson(np.minimum(rates @ left, most))
    return _find_span(np.minimum(so_far + rest, max(most, so_far)))


def _fit(days: Days, fall: Floats, stray: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Of each draw of k and s: a level of the curve, how well the days agree, and how far the last day strays.

    The level has a flat prior: its mean is weighed by the inverse variance of the days.
    """
    parts = np.array(days.passed)
    told = np.log(np.array(days.forms) + 0.5) - np.log(parts)
    blur = 1 / (np.array(days.forms) + 0.5) + _blur(parts)
    variance = stray[:, None] ** 2 + blur
    height = told + fall[:, None] * np.arange(len(parts))
    exact = 1 / variance
    mean = (height * exact).sum(1) / exact.sum(1)
    misfit = ((height - mean[:, None]) ** 2 * exact).sum(1)
    fit = -0.5 * (misfit + np.log(variance).sum(1) + np.log(exact.sum(1)))
    weight = np.exp(fit - fit.max())
    level = mean + rng.standard_normal(DRAWS) / np.sqrt(exact.sum(1))
    own = stray**2 / variance[:, -1]
    bend = own * (height[:, -1] - level) + np.sqrt(own * blur[-1]) * rng.standard_normal(DRAWS)
    return level, weight / weight.sum(), bend


def _draw_prior(rng: np.random.Generator) -> tuple[Floats, Floats]:
    return rng.normal(*FALL, DRAWS), STRAY[0] * np.exp(STRAY[1] * rng.standard_normal(DRAWS))


def _find_clock(came: Floats, of_day: Whole, whole: int) -> Floats:
    """What each hour of the clock brings of a day: the round's own hours, each hour seen n times as n days."""
    seen, forms = (np.bincount(of_day[:whole], weights, DAY) for weights in (None, came[:whole]))
    usual = np.array(CLOCK) / sum(CLOCK)
    shown = usual[seen > 0].sum() * seen.max(initial=0)
    own = forms * shown / forms.sum() if forms.sum() else usual * seen
    clock = (usual + own) / (1 + seen)
    return np.asarray(clock / clock.sum())


def _raise(logarithms: Floats) -> Floats:
    """Their numbers, finite in windows of a year, too."""
    return np.asarray(np.exp(np.clip(logarithms, -300, 300)))


def _blur(parts: Floats) -> Floats:
    """The variance by which the hours of a part of a day may bring more or less than the clock says."""
    return np.asarray(OF_A_PART**2 * np.clip(1 - parts, 0, 1))


def _pad(parts: Sequence[float], count: int) -> Floats:
    return np.concatenate([parts, np.zeros(count - len(parts))])


def _find_span(counts: Whole) -> Span:
    low, middle, high = np.quantile(counts, ENDS, method="nearest").tolist()
    return Span(low=low, middle=middle, high=high)
