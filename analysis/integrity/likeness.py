"""Likeness: slips filled in from a few patterns lie closer together than people do."""

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Marked, Whole
from analysis.integrity.form_answers import Answers, FormsPart, Outcome
from analysis.integrity.means import compare_mean
from questionnaires.rule import Rule

TOGETHER = 64
"""At most so many forms of a place are compared with one another, lest time grow with its square."""


def likeness(answers: Answers, rule: Rule) -> Outcome:
    """How far a form is from the one most like it in its place, constant forms aside: too near.

    Not made where answers have no `room` to differ: happy people are alike without copying.
    """
    outcome = compare_mean(answers, nearest(answers), upwards=False, rule=rule)
    p = np.where(answers.room >= rule.integrity.room.value, outcome.p, np.nan)
    return outcome._replace(p=p, beyond=outcome.observed <= rule.integrity.likeness.value * outcome.expected)


def nearest(answers: Answers) -> Floats:
    """Each form's `least_distances` in its place; NaN for constant forms and where there is no other.

    A place with more than TOGETHER such forms is cut into equal parts, in an order that only the answers decide.
    """
    return answers.of_forms(lambda part: _nearest_in(answers, part))


def _nearest_in(answers: Answers, part: FormsPart) -> Floats:
    codes = answers.codes(part)
    departures = answers.shapes.departures[part.forms]
    distance = np.full(len(codes), np.nan)
    for forms in _compared(codes, answers.owner(part), np.flatnonzero(~answers.constant[part.forms])):
        distance[forms] = least_distances(codes[forms], departures[forms])
    return distance


def _compared(codes: Marked, owner: Whole, shaped: Whole) -> list[Whole]:
    """The numbers of the forms that are compared with one another."""
    mixed = pd.util.hash_pandas_object(pd.DataFrame(codes[shaped]), index=False).to_numpy()
    ordered = shaped[np.lexsort((mixed, owner[shaped]))]
    ends = np.cumsum(np.bincount(owner[shaped]))[:-1]
    return [
        forms
        for place in np.split(ordered, ends)
        for forms in np.array_split(place, max(-(-len(place) // TOGETHER), 1))
        if len(forms) > 1
    ]


def least_distances(codes: Marked, departures: Marked) -> Floats:
    """Each form's least H/(d + d') to any other: 0 the same answers, 1 nothing unusual in common.

    H counts the questions answered differently, d and d' those where each form departs from its own most
    frequent answer. Source: Hamming (1950), Bell System Technical Journal 29, scaled as in Bray & Curtis (1957),
    Ecological Monographs 27; the idea of the nearest form: Kuriakose & Robbins (2016), Statistical Journal of
    the IAOS 32.

    >>> codes = np.array([[4, 4, 5, 5, 5], [4, 4, 4, 5, 5], [5, 5, 5, 5, 1]], np.uint8)
    >>> least_distances(codes, np.array([2, 2, 1], np.uint8)).tolist()
    [0.25, 0.25, 1.0]
    """
    apart: Floats = (codes[:, None, :] != codes[None, :, :]).sum(axis=2) / (departures[:, None] + departures[None, :])
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart.min(axis=1))
