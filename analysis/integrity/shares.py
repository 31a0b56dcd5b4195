"""Checks of a share: how many of a place's forms do something, against the same group elsewhere."""

import numpy as np
from scipy.stats import betabinom

from analysis.arrays import Flags, Floats, Whole
from analysis.integrity.form_answers import Answers, Outcome
from questionnaires.rule import Rule


def straight_lining(answers: Answers, rule: Rule) -> Outcome:
    """Forms with one and the same answer throughout, other than those that contented people honestly give.

    Where many tick 满意 throughout, a school told to do so and one that is content look the same.
    """
    honest = {rule.integrity.honest_constant.value, *rule.counting.strict.value}
    lines = answers.constant & np.logical_and.reduce([answers.shapes.mode != code for code in sorted(honest)])
    return compare_share(answers, lines, rule.integrity.straight_lining.value, rule)


def all_highest(answers: Answers, rule: Rule) -> Outcome:
    """Forms with the honest constant throughout: a happy school and one told what to tick look the same."""
    honest = answers.constant & (answers.shapes.mode == rule.integrity.honest_constant.value)
    return compare_share(answers, honest, rule.integrity.all_highest.value, rule)


def speed(answers: Answers, seconds: Floats, rule: Rule) -> Outcome:
    """Forms filled in faster than `seconds_per_item` allows; those without a time count as slow."""
    answered = answers.of_forms(lambda part: (answers.codes(part) != 0).sum(axis=1).astype(np.float64))
    fast = np.asarray(seconds < answered * rule.integrity.seconds_per_item.value)
    return compare_share(answers, fast, rule.integrity.speed.value, rule)


def compare_share(answers: Answers, doing: Flags, threshold: float, rule: Rule) -> Outcome:
    """k of n forms in a place against the share m of the same group's other places.

    m = (k' + 1/2)/(n' + 1) over the other places; p from `share_tail`, with the likeness that the rule grants
    to honest places. Made where the place and the others have `rule.smallest` forms each.
    """
    n = answers.count(np.ones(len(doing), bool))
    k = answers.count(doing)
    others = answers.elsewhere(n)
    mean: Floats = (answers.elsewhere(k) + 0.5) / (others + 1)
    p = share_tail(k, n, mean, rule.integrity.between_places.value)
    tested = (n >= rule.smallest) & (others >= rule.smallest)
    share = k / np.maximum(n, 1)
    return Outcome(share, mean, np.where(tested, p, np.nan), share - mean >= threshold, doing)


def share_tail(k: Whole, n: Whole, mean: Floats, correlation: float) -> Floats:
    """P(K >= k), K of n beta-binomial with this mean m and intraclass correlation r.

    a = m (1-r)/r, b = (1-m)(1-r)/r. Source: Skellam (1948), Journal of the Royal Statistical Society B 10.
    With a = b = 1 every K from 0 to n is as likely:

    >>> share_tail(np.array([1]), np.array([3]), np.array([0.5]), 1 / 3).round(2).tolist()
    [0.75]
    """
    odds = 1 / correlation - 1
    return np.asarray(betabinom.sf(k - 1, n, mean * odds, (1 - mean) * odds))
