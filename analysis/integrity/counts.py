"""Checks of counts alone: how many forms came, and when."""

import numpy as np
import pandas as pd
from scipy.stats import binom

from analysis.arrays import Floats, Numbers
from analysis.integrity.form_answers import Answers, Outcome
from analysis.many_rows import cut_rows, number_rows, take_rows
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
    owner = number_owners(answers, ledger)
    ledger, owner = take_rows(ledger, owner >= 0), owner[owner >= 0]
    span = number_rows(ledger, ["five_minutes"])
    came = np.zeros((len(answers.owners), len(span.values)), np.int32)
    for part in cut_rows(len(ledger)):
        np.add.at(came, (owner[part], span.of[part]), ledger.n.to_numpy(np.int32)[part])
    n: Floats = came.sum(axis=1).astype(float)
    busiest: Floats = came.max(axis=1, initial=0).astype(float)
    elsewhere: Floats = answers.elsewhere(came)
    others: Floats = elsewhere.sum(axis=1)
    p = np.ones(len(n))
    most = np.zeros(len(n))
    for places in np.array_split(np.arange(len(n)), max(1, len(n) // TOGETHER)):
        usual: Floats = (elsewhere[places] + 1 / max(len(span.values), 1)) / (others[places, None] + 1)
        p[places] = busiest_tail(busiest[places], n[places], usual)
        most[places] = usual.max(axis=1, initial=0)
    share: Floats = busiest / np.maximum(n, 1)
    tested = (n >= rule.smallest) & (others >= rule.smallest)
    return Outcome(share, most, np.where(tested, p, np.nan), share >= rule.integrity.bursts.value)


def number_owners(answers: Answers, ledger: pd.DataFrame) -> Numbers:
    """The number of each row's owner, -1 for none; asked once for each place, not for each row."""
    owners = pd.MultiIndex.from_frame(answers.owners[["group", "place"]])
    found = number_rows(ledger, ["group", "place"])
    return np.asarray(owners.get_indexer(pd.MultiIndex.from_frame(found.values)), np.int32)[found.of]


def busiest_tail(busiest: Floats, n: Floats, usual: Floats) -> Floats:
    """P(some span has so many of n forms) <= sum over spans b of P(Bin(n, pi_b) >= busiest), at most 1.

    `usual` holds pi_b (places x spans). Source: Naus (1965), Journal of the American Statistical Association 60
    (a scan, here with fixed windows), with Bonferroni's bound. Three forms in one of two even spans:

    >>> busiest_tail(np.array([3.0]), np.array([3.0]), np.array([[0.5, 0.5]])).tolist()
    [0.25]
    """
    return np.asarray(np.minimum(binom.sf(busiest[:, None] - 1, n[:, None], usual).sum(axis=1), 1))
