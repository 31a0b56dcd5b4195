"""Checks of a mean: what careless or invented answers shift a little in every form."""

from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from analysis.arrays import Flags, Floats, Marked, Whole
from analysis.integrity.form_answers import Answers, FormsPart, Outcome
from questionnaires.paper import BLANK, UNKNOWN
from questionnaires.rule import Rule


def longest_run(answers: Answers, rule: Rule) -> Outcome:
    """Longest run of one answer, constant forms aside: too long."""
    lengths = answers.of_forms(lambda part: run_lengths(answers.codes(part)).astype(np.float64))
    lengths[answers.constant] = np.nan
    outcome = compare_mean(answers, lengths, upwards=True, rule=rule)
    longer = outcome.observed - outcome.expected
    return outcome._replace(beyond=longer >= rule.integrity.longest_run.value)


def even_odd(answers: Answers, rule: Rule) -> Outcome:
    """Agreement of the two questions of a topic within a form, constant forms aside: too little."""
    pairs = np.array([block for block in answers.blocks if len(block) == 2], np.int64).reshape(-1, 2)
    agreed = answers.of_forms(lambda part: agreement(answers.codes(part)[:, pairs]))
    agreed[answers.constant] = np.nan
    outcome = compare_mean(answers, agreed, upwards=False, rule=rule)
    lower = outcome.expected - outcome.observed
    return outcome._replace(beyond=lower >= rule.integrity.even_odd.value)


def run_lengths(codes: Marked) -> Whole:
    """Each form's most questions in a row with the same answer; a blank ends a run.

    Source: Johnson (2005), Journal of Research in Personality 39.

    >>> run_lengths(np.array([[5, 5, 0, 5, 4]], np.uint8)).tolist()
    [2]
    """
    run = np.zeros(len(codes), np.int64)
    longest = run.copy()
    before = np.zeros(len(run), np.uint8)
    for column in range(codes.shape[1]):
        code = codes[:, column]
        run = np.where((code == before) & (code != BLANK), run + 1, code != BLANK)
        longest = np.maximum(longest, run)
        before = code
    return longest


def agreement(pairs: Marked) -> Floats:
    """Even-odd correlation of each form over its topics' pairs of answers (forms x topics x 2), double entry.

    r = sum (x1-m)(x2-m) / (1/2 sum ((x1-m)^2 + (x2-m)^2)) over the topics with both questions answered, m
    the mean of those answers; NaN where they are all the same. Source: Jackson (1976), as in Johnson (2005),
    Journal of Research in Personality 39; double entry after Fisher (1925), chapter 7.

    >>> agreement(np.array([[[5, 5], [3, 3]], [[5, 3], [5, 3]]], np.uint8)).tolist()
    [1.0, -1.0]
    """
    known: Flags = ((pairs != BLANK) & (pairs != UNKNOWN)).all(axis=2, keepdims=True)
    answered: Whole = np.maximum(known.sum(axis=(1, 2)) * 2, 1)
    mean: Floats = np.where(known, pairs, 0).sum(axis=(1, 2), dtype=float) / answered
    centred: Floats = np.where(known, pairs - mean[:, None, None], 0)
    square: Floats = (centred**2).sum(axis=(1, 2)) / 2
    product: Floats = (centred[:, :, 0] * centred[:, :, 1]).sum(axis=1)
    return np.asarray(np.divide(product, square, out=np.full(len(pairs), np.nan), where=square > 1e-9))


def compare_mean(answers: Answers, score: Floats, *, upwards: bool, rule: Rule) -> Outcome:
    """A place's mean score (NaN = none) against the same group's other places, one-sided; `beyond` is open.

    Each score is first taken as its distance from the round's mean of forms with as many answers unlike
    their most frequent one: what a contented form cannot help is no sign. z = difference / (s sqrt(1/n +
    1/n')), s the group's deviation inside places, widened by `empirical_scale`. Made where the place and
    the others have `rule.smallest` such forms each.
    """
    used = ~np.isnan(score)
    usual = _usual(answers, score)
    n = answers.count(used)
    others = answers.elsewhere(n)

    def apart(part: FormsPart) -> Floats:
        distance = score[part.forms] - usual[answers.shapes.departures[part.forms]]
        return np.where(used[part.forms], distance, 0)

    sums = answers.sums(apart)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / n
        there = answers.elsewhere(sums) / others
        observed = answers.sums(lambda part: np.where(used[part.forms], score[part.forms], 0)) / n
        z = (mean - there) / (_deviation(answers, apart, used, mean) * np.sqrt(1 / n + 1 / others))
    tested = (n >= rule.smallest) & (others >= rule.smallest) & np.isfinite(z)
    p = left_tail(-z if upwards else z, tested)
    return Outcome(observed, observed - mean + there, p, np.zeros(len(p), bool))


def left_tail(z: Floats, tested: Flags) -> Floats:
    """One-sided p of those tested, NaN for the others: how seldom honest places lie so far down."""
    return np.where(tested, norm.cdf(z / empirical_scale(z[tested])), np.nan)


def empirical_scale(z: Floats) -> float:
    """How much wider honest places differ than chance alone: IQR(z) / IQR of the normal, at least 1.

    Source: Efron (2004), Journal of the American Statistical Association 99: the empirical null; quartiles,
    so that up to a quarter of planted places on a side hardly move it.

    >>> round(empirical_scale(np.array([-4.0, -2.0, 0.0, 2.0, 4.0])), 2)
    2.97
    """
    if not len(z):
        return 1.0
    width = float(np.quantile(z, 0.75) - np.quantile(z, 0.25))
    return max(1.0, float(width / (norm.ppf(0.75) - norm.ppf(0.25))))


def _usual(answers: Answers, score: Floats) -> Floats:
    """The round's mean score by the number of departures, added up form by form in one order."""
    sums = np.zeros(answers.table.shape[1] + 1)
    n = np.zeros(len(sums), np.int64)
    for part in answers.parts:
        used = ~np.isnan(score[part.forms])
        departures = answers.shapes.departures[part.forms][used]
        np.add.at(sums, departures, score[part.forms][used])
        n += np.bincount(departures, minlength=len(n))
    return np.asarray(sums / np.maximum(n, 1))


def _deviation(answers: Answers, apart: Callable[[FormsPart], Floats], used: Flags, mean: Floats) -> Floats:
    """The standard deviation of a group's scores inside its places, for each owner."""
    groups = int(answers.group.max(initial=-1)) + 1
    squares = np.zeros(groups)
    for part in answers.parts:
        owner = answers.owner(part)[used[part.forms]]
        distance = apart(part)[used[part.forms]] - mean[part.owners][owner]
        np.add.at(squares, answers.group[part.owners][owner], distance**2)
    n = answers.count(used)
    within = np.bincount(answers.group, n, minlength=groups) - np.bincount(answers.group[n > 0], minlength=groups)
    return np.asarray(np.sqrt(squares / np.maximum(within, 1))[answers.group])
