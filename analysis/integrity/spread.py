"""Spread: people differ from one another; answers drawn around a target do not."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.arrays import Flags, Floats, Marked, Whole
from analysis.integrity.form_answers import Answers, FormsPart, Outcome
from analysis.integrity.means import left_tail
from questionnaires.paper import BLANK, UNKNOWN
from questionnaires.rule import Rule

LOW = 0.2
"""The forms' means are compared between this quantile and the one as far from the top."""
NORMAL_RANGE = 2 * norm.ppf(1 - LOW)


def spread(answers: Answers, rule: Rule) -> Outcome:
    """How far the means of a place's forms lie apart, against the same group's other places: too little.

    With F of `spread_ratio` and d the mean number of departures from a form's most frequent answer, the
    expected F is 1 + (F' - 1) d/d', F' and d' those of the other places: near the top of the scale a person's
    own level moves answers only in proportion to what is left below it. z of log F, its variance that of a
    quantile range, 8 a (1-2a) / ((z_(1-a) - z_a) phi(z_a))^2 / (n-1), a = LOW, widened by `empirical_scale`;
    constant forms aside. Made where the place has `rule.smallest` such forms with the rule's `room` between
    them, and there is another place.
    """
    ratio, n = spread_ratio(answers)
    usable = (n >= rule.smallest) & (ratio > 0) & (answers.room >= rule.integrity.room.value)
    degrees = np.where(usable, n - 1.0, 0.0)
    log = np.log(np.where(usable, ratio, 1))
    others: Floats = answers.elsewhere(degrees)
    there: Floats = np.exp(answers.elsewhere(degrees * log) / np.maximum(others, 1))
    n_there: Floats = np.maximum(answers.elsewhere(n), 1)
    room_there: Floats = answers.elsewhere(n * answers.room) / n_there
    expected: Floats = 1 + np.maximum(there - 1, 0) * answers.room / np.maximum(room_there, 1e-9)
    tested = usable & (others > 0)
    variance = 8 * LOW * (1 - 2 * LOW) / (NORMAL_RANGE * norm.pdf(norm.ppf(LOW))) ** 2
    z = (log - np.log(expected)) / np.sqrt(variance / np.maximum(degrees, 1) + variance / np.maximum(others, 1))
    p = left_tail(z, tested)
    return Outcome(ratio, expected, p, ratio <= rule.integrity.spread.value)


def spread_ratio(answers: Answers) -> tuple[Floats, Whole]:
    """F of each owner and the number of forms it rests on; about 1 for answers drawn one by one.

    F = s^2(m_f) / mean over f of (sum_i s_i^2 / k_f^2), m_f the mean distance of a form's k_f answers from the
    place's item means, s_i^2 an item's variance there: 1/(1 - alpha) of Cronbach's alpha. s(m_f) is the range
    from the 20th to the 80th percentile over that of the normal, which a few honest forms among many
    invented ones hardly move, plus 1/(12 k^2) for the grain of a mean (Sheppard 1898). Source: Cronbach
    (1951), Psychometrika 16; Feldt (1965), Psychometrika 30; David & Nagaraja (2003), Order Statistics, chapter 10.
    """
    found = [_spread_in(answers, part) for part in answers.parts]
    ratio, n = (np.concatenate(column) for column in zip(*found, strict=True))
    return ratio, n.astype(np.int64)


def _spread_in(answers: Answers, part: FormsPart) -> tuple[Floats, Whole]:
    codes = answers.codes(part)
    known = ~np.isin(codes, (BLANK, UNKNOWN))
    forms = ~answers.constant[part.forms] & known.any(axis=1)
    known, codes, owner = known[forms], codes[forms], answers.owner(part)[forms]
    size = part.owners.stop - part.owners.start
    usual, variance = _about_the_items(codes, known, owner, size)
    k: Whole = known.sum(axis=1)
    n = np.bincount(owner, minlength=size)
    distance = np.where(known, codes - usual[owner], 0).sum(axis=1)
    chance = np.where(known, variance[owner], 0).sum(axis=1)
    low, high = _quantiles(distance / k, owner, size)

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(owner, values, minlength=size) / np.maximum(n, 1))

    seen = ((high - low) / NORMAL_RANGE) ** 2 + mean(1 / (12 * k**2))
    drawn = mean(chance / k**2)
    return np.divide(seen, drawn, out=np.zeros(size), where=drawn > 0), n


def _quantiles(means: Floats, owner: Whole, size: int) -> tuple[Floats, Floats]:
    by_owner = pd.Series(means).groupby(owner)

    def quantile(q: float) -> Floats:
        return np.asarray(by_owner.quantile(q).reindex(range(size), fill_value=0.0), np.float64)

    return quantile(LOW), quantile(1 - LOW)


def _about_the_items(codes: Marked, known: Flags, owner: Whole, size: int) -> tuple[Floats, Floats]:
    """Each item's mean in each place, and its variance there."""
    usual = np.zeros((size, codes.shape[1]))
    variance = np.zeros((size, codes.shape[1]))
    for item in range(codes.shape[1]):
        there = known[:, item]
        answers, of = codes[there, item], owner[there]
        n: Whole = np.bincount(of, minlength=size)
        usual[:, item] = np.bincount(of, answers, minlength=size) / np.maximum(n, 1)
        squares = np.bincount(of, (answers - usual[of, item]) ** 2, minlength=size)
        variance[:, item] = squares / np.maximum(n - 1, 1)
    return usual, variance
