"""Repeated answers: more forms that equal another one than chance explains."""

import numpy as np
from scipy.stats import nbinom

from analysis.integrity.form_answers import Answers, Flags, Floats, Outcome, Whole
from questionnaires.rule import Rule


def repetition(answers: Answers, rule: Rule) -> Outcome:
    """Forms of a place that equal an earlier one (constant ones aside) against the pairs chance gives.

    The expected number mu is the sum over m, d of C(n_md, 2) P(two of them are equal), n_md the place's forms
    with most frequent answer m and d other answers: a happy school has many forms near all-5, and honest
    pairs among them; the rule's `honest_pairs` are added. R repeats need at least R equal pairs, so
    `repeats_tail` is at least the p of the pairs themselves.
    """
    shaped = ~answers.constant
    n = answers.count(~answers.constant)
    new = _new(answers)
    repeats = n - answers.count(shaped & new)
    expected = _expected_pairs(answers, shaped) + rule.integrity.honest_pairs.value * n
    p = repeats_tail(repeats, expected, rule.integrity.clumping.value)
    received = answers.count(np.ones_like(shaped))
    tested = (received >= rule.smallest) & (answers.elsewhere(n) >= rule.smallest)
    beyond: Flags = repeats >= rule.integrity.repetition.value * received
    repeated = ~new | ~np.append(new[1:], True)
    return Outcome(repeats.astype(float), expected, np.where(tested, p, np.nan), beyond, shaped & repeated)


def repeats_tail(repeats: Whole, expected: Floats, clumping: float) -> Floats:
    """P(X >= repeats), X negative binomial with mean mu and variance mu + clumping mu^2.

    Source: Greenwood & Yule (1920), Journal of the Royal Statistical Society 83. Clumping 1 is the geometric
    law, (mu/(1 + mu))^repeats:

    >>> repeats_tail(np.array([2]), np.array([1.0]), 1.0).round(2).tolist()
    [0.25]
    """
    return np.asarray(nbinom.sf(repeats - 1, 1 / clumping, 1 / (1 + clumping * expected)))


def _new(answers: Answers) -> Flags:
    """Where a form's answers are not those of the form before it in its place: equal ones stand together."""
    changed = np.ones(len(answers.codes), bool)
    same_answers: Flags = (answers.codes[1:] == answers.codes[:-1]).all(axis=1)
    changed[1:] = ~(same_answers & (answers.owner[1:] == answers.owner[:-1]))
    return changed


def _expected_pairs(answers: Answers, shaped: Flags) -> Floats:
    total = np.zeros(len(answers.owners))
    items = answers.codes.shape[1]
    for mode in np.unique(answers.mode[shaped]).tolist():
        forms: Flags = shaped & (answers.mode == mode)
        n: Whole = np.bincount(
            answers.owner[forms] * (items + 1) + answers.departures[forms], minlength=len(total) * (items + 1)
        ).reshape(len(total), items + 1)
        total += (n * (n - 1) / 2 * chance_of_equality(answers, forms)).sum(axis=1)
    return total


def chance_of_equality(answers: Answers, forms: Flags) -> Floats:
    """P(two of these forms with the same number d of departures are equal), owners x d, from other places.

    Topics depart independently given d. With w_S the odds that in a topic exactly the items S depart
    (against none) and s_S the chance that two forms departing there give the same answers,
    P = [x^d] prod sum_S w_S^2 s_S x^|S| / ([x^d] prod sum_S w_S x^|S|)^2. Source: the conditional Bernoulli
    distribution of Chen & Liu (1997), Statistica Sinica 7.
    """
    owners = len(answers.owners)
    items = answers.codes.shape[1]
    ways = np.zeros((owners, items + 1))
    ways[:, 0] = 1
    alike = ways.copy()
    for block in answers.blocks:
        odds, same = _departures(answers, forms, block)
        size = np.array([bin(pattern).count("1") for pattern in range(odds.shape[1])])
        ways = _multiply(ways, odds, size)
        alike = _multiply(alike, odds**2 * same, size)
    return np.asarray(alike / ways**2)


def _departures(answers: Answers, forms: Flags, block: tuple[int, ...]) -> tuple[Floats, Floats]:
    """For each set of a topic's items: its odds against no departure, the chance of the same answers."""
    owner = answers.owner[forms]
    unlike = answers.unlike[forms][:, block]
    pattern = unlike @ (1 << np.arange(len(block)))
    patterns = 1 << len(block)
    seen = np.bincount(owner * patterns + pattern, minlength=len(answers.owners) * patterns)
    others = answers.elsewhere(seen.reshape(-1, patterns)) + 0.5
    same = np.ones((len(answers.owners), patterns))
    for place, column in enumerate(block):
        given: Floats = answers.elsewhere(_given(answers, forms & answers.unlike[:, column], column))
        total: Floats = given.sum(axis=1)
        chance = np.where(total > 0, (given**2).sum(axis=1) / np.maximum(total, 1) ** 2, 1.0)
        same[:, (np.arange(patterns) >> place) % 2 == 1] *= chance[:, None]
    return others / others[:, :1], same


def _given(answers: Answers, forms: Flags, column: int) -> Whole:
    """How often each owner's forms give each code to this item."""
    codes = 10
    keys: Whole = answers.owner[forms] * codes + answers.codes[forms, column]
    return np.bincount(keys, minlength=len(answers.owners) * codes).reshape(-1, codes)


def _multiply(polynomial: Floats, factor: Floats, powers: Whole) -> Floats:
    """Row by row: the product with sum_j factor_j x^powers_j, cut at the degree of the first."""
    product = np.zeros_like(polynomial)
    for column, power in enumerate(powers.tolist()):
        product[:, power:] += polynomial[:, : polynomial.shape[1] - power] * factor[:, [column]]
    return product
