"""Checks of counts alone: how many forms came, and when."""

import numpy as np
import pandas as pd
from scipy.stats import binom

from analysis.integrity.form_answers import Answers, Floats, Outcome, Whole
from analysis.many_rows import number_rows
from questionnaires.rule import Rule

TOGETHER = 200
"""Places whose spans are taken at once: of thousands they would be gigabytes."""


def more_forms_than_people(answers: Answers, people: Floats, rule: Rule) -> Outcome:
    """Forms that came against the people the frame has there; no chance in it, so p is 0 or 1."""
    received: Floats = answers.owners.received.to_numpy(float)
    too_many = received > people * (1 + rule.integrity.more_forms_than_people.value)
    tested = people >= rule.smallest
    return Outcome(received, people, np.where(tested, np.where(too_many, 0.0, 1.0), np.nan), too_many)


def bursts(answers: Answers, ledger: pd.DataFrame, rule: Rule) -> Outcome:
    """Share of a place's forms in its busiest five minutes, against the hours of the same group elsewhere.

    p from `busiest_tail`, a span's share pi_b = (n'_b + 1/B)/(n' + 1) from the group's other places, B the
    number of spans in which any form came.
    """
    owner = _number_owners(answers, ledger)
    known = owner >= 0
    span, spans = pd.factorize(ledger.five_minutes[known], sort=True)
    came = np.zeros((len(answers.owners), len(spans)))
    np.add.at(came, (owner[known], span), ledger.n.to_numpy(float)[known])
    n: Floats = came.sum(axis=1)
    busiest: Floats = came.max(axis=1, initial=0)
    elsewhere: Floats = answers.elsewhere(came)
    others: Floats = elsewhere.sum(axis=1)
    usual: Floats = (elsewhere + 1 / max(len(spans), 1)) / (others[:, None] + 1)
    p = busiest_tail(busiest, n, usual)
    share: Floats = busiest / np.maximum(n, 1)
    tested = (n >= rule.smallest) & (others >= rule.smallest)
    return Outcome(
        share, usual.max(axis=1, initial=0), np.where(tested, p, np.nan), share >= rule.integrity.bursts.value
    )


def _number_owners(answers: Answers, ledger: pd.DataFrame) -> Whole:
    """The number of each row's owner, -1 for none; asked once for each place, not for each row."""
    owners = pd.MultiIndex.from_frame(answers.owners[["group", "place"]])
    found = number_rows(ledger, ["group", "place"])
    return np.asarray(owners.get_indexer(pd.MultiIndex.from_frame(found.values)), np.int64)[found.of]


def busiest_tail(busiest: Floats, n: Floats, usual: Floats) -> Floats:
    """P(some span has so many of n forms) <= sum over spans b of P(Bin(n, pi_b) >= busiest), at most 1.

    `usual` holds pi_b (places x spans). Source: Naus (1965), Journal of the American Statistical Association 60
    (a scan, here with fixed windows), with Bonferroni's bound. Three forms in one of two even spans:

    >>> busiest_tail(np.array([3.0]), np.array([3.0]), np.array([[0.5, 0.5]])).tolist()
    [0.25]
    """
    tails = [
        binom.sf(busiest[part, None] - 1, n[part, None], usual[part]).sum(axis=1)
        for part in np.array_split(np.arange(len(n)), max(1, len(n) // TOGETHER))
    ]
    return np.asarray(np.minimum(np.concatenate(tails), 1))
