"""Repeated answers: more forms that equal another one than chance explains."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import nbinom

from analysis.arrays import Flags, Floats, Marked, Whole
from analysis.integrity.form_answers import MARKS, Answers, FormsPart, Outcome
from questionnaires.rule import Rule

CODES = 10
EVERY = slice(None)


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
    expected = _expected_pairs(answers) + rule.integrity.honest_pairs.value * n
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

    def differ(part: FormsPart) -> Flags:
        codes, owner = answers.codes(part), answers.owner(part)
        changed = np.ones(len(codes), bool)
        changed[1:] = (codes[1:] != codes[:-1]).any(axis=1) | (owner[1:] != owner[:-1])
        return changed

    return answers.of_forms(differ)


def _expected_pairs(answers: Answers) -> Floats:
    total = np.zeros(len(answers.owners))
    modes = [mode for mode in MARKS if (~answers.constant & (answers.shapes.mode == mode)).any()]
    for mode in modes:
        departed = count_departures(answers, mode)
        n = departed.forms
        total += (n * (n - 1) / 2 * chance_of_equality(answers, departed)).sum(axis=1)
    return total


class Departed(NamedTuple):
    """What the forms with one most frequent answer depart in, constant forms aside, by owner.

    `forms`: by number of departures; `patterns`: of each topic, by the set of its items that depart; `given`: of each
    item that departs, by the code that it has.
    """

    forms: Whole
    patterns: tuple[Whole, ...]
    given: tuple[Whole, ...]


def count_departures(answers: Answers, mode: int) -> Departed:
    """What departs in the forms whose most frequent answer is `mode`."""
    counts = [tuple(_count_in(answers, part, mode)) for part in answers.parts]
    forms, *others = map(np.concatenate, zip(*counts, strict=True))
    topics = len(answers.blocks)
    return Departed(forms=forms, patterns=tuple(others[:topics]), given=tuple(others[topics:]))


def _count_in(answers: Answers, part: FormsPart, mode: int) -> Iterator[Whole]:
    chosen = np.flatnonzero(~answers.constant[part.forms] & (answers.shapes.mode[part.forms] == mode))
    codes = answers.codes(part)[chosen]
    owner = answers.owner(part)[chosen]
    unlike = codes != mode
    owners = part.owners.stop - part.owners.start

    def count(values: Whole | Marked, wide: int, forms: Flags | slice = EVERY) -> Whole:
        keys = owner[forms] * wide + values[forms]
        return np.bincount(keys, minlength=owners * wide).reshape(owners, wide)

    yield count(answers.shapes.departures[part.forms][chosen], codes.shape[1] + 1)
    for block in answers.blocks:
        yield count(unlike[:, block] @ (1 << np.arange(len(block))), 1 << len(block))
    for column in range(codes.shape[1]):
        yield count(codes[:, column], CODES, unlike[:, column])


def chance_of_equality(answers: Answers, departed: Departed) -> Floats:
    """P(two of these forms with the same number d of departures are equal), owners x d, from other places.

    Topics depart independently given d. With w_S the odds that in a topic exactly the items S depart
    (against none) and s_S the chance that two forms departing there give the same answers,
    P = [x^d] prod sum_S w_S^2 s_S x^|S| / ([x^d] prod sum_S w_S x^|S|)^2. Source: the conditional Bernoulli
    distribution of Chen & Liu (1997), Statistica Sinica 7.
    """
    ways = np.zeros(departed.forms.shape)
    ways[:, 0] = 1
    alike = ways.copy()
    for block, seen in zip(answers.blocks, departed.patterns, strict=True):
        others = answers.elsewhere(seen) + 0.5
        odds = others / others[:, :1]
        same = _same_answers(answers, [departed.given[column] for column in block])
        size = np.array([bin(pattern).count("1") for pattern in range(odds.shape[1])])
        ways = _multiply(ways, odds, size)
        alike = _multiply(alike, odds**2 * same, size)
    return np.asarray(alike / ways**2)


def _same_answers(answers: Answers, given: Sequence[Whole]) -> Floats:
    """For each set of a topic's items that depart: the chance of the same answers to them."""
    patterns = 1 << len(given)
    same = np.ones((len(answers.owners), patterns))
    for place, own in enumerate(given):
        elsewhere: Floats = answers.elsewhere(own)
        total: Floats = elsewhere.sum(axis=1)
        chance = np.where(total > 0, (elsewhere**2).sum(axis=1) / np.maximum(total, 1) ** 2, 1.0)
        same[:, (np.arange(patterns) >> place) % 2 == 1] *= chance[:, None]
    return same


def _multiply(polynomial: Floats, factor: Floats, powers: Whole) -> Floats:
    """Row by row: the product with sum_j factor_j x^powers_j, cut at the degree of the first."""
    product = np.zeros_like(polynomial)
    for column, power in enumerate(powers.tolist()):
        product[:, power:] += polynomial[:, : polynomial.shape[1] - power] * factor[:, [column]]
    return product
