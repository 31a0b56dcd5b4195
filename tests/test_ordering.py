"""Which rates moved since a round before: tested by their intervals, for all of a kind together."""

import numpy as np
from scipy.stats import beta

from analysis.change import change
from analysis.recognition.ordering import find_moved
from analysis.results import ItemRate

GROUPS = 7
FORMS = 200
RATE = 0.88
ROUNDS = 400


def draw_round(rng):
    """Seven measured shares of one true rate, with their exact intervals (Clopper & Pearson 1934)."""
    counted = rng.binomial(FORMS, RATE, GROUPS)
    lower = beta.ppf(0.025, counted, FORMS - counted + 1).tolist()
    upper = beta.ppf(0.975, counted + 1, FORMS - counted).tolist()
    return {
        str(place): ItemRate(rate=share, lower=lower[place], upper=upper[place], n=FORMS)
        for place, share in enumerate((counted / FORMS).tolist())
    }


def test_where_nothing_moved_fewer_than_one_county_in_twenty_is_told_of_a_change_and_one_by_one_a_fifth():
    rng = np.random.default_rng(16)
    alone = 0
    together = 0
    for _ in range(ROUNDS):
        now = draw_round(rng)
        before = draw_round(rng)
        alone += any(change(now[group], before[group]).clear for group in now)
        together += any(own.clear for own in find_moved(now, before))
    assert (alone, together) == (95, 12)
    assert alone / ROUNDS > 0.2
    assert together / ROUNDS < 0.05


def test_a_clear_change_is_told_and_what_is_in_one_round_alone_is_not_compared():
    def rate(share):
        return ItemRate(rate=share, lower=share - 0.02, upper=share + 0.02, n=FORMS)

    now = {"parent": rate(0.9), "student": rate(0.9), "public": rate(0.9)}
    before = {"student": rate(0.89), "parent": rate(0.8), "teacher": rate(0.5)}
    assert [(own.name, own.clear) for own in find_moved(now, before)] == [("parent", True), ("student", False)]
    assert find_moved(now, {}) == []


def test_statements_are_not_compared():
    bound = ItemRate(rate=None, at_least=0.95, n=60)
    assert find_moved({"deputy": bound}, {"deputy": bound}) == []
