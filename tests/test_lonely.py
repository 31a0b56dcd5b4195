import doctest

import numpy as np

from analysis.estimate import lonely
from analysis.estimate.lonely import Strata, join_lonely


def strata(*rows):
    """Rows are (m, M, township, locale), one group, classes."""
    psus, frame, township, locale = (np.array(column) for column in zip(*rows, strict=True))
    group = np.zeros(len(rows), dtype=np.int64)
    return Strata(group, group > 0, psus.astype(float), frame.astype(float), township, locale)


def homes(*rows):
    return join_lonely(strata(*rows)).tolist()


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(lonely).failed == 0


def test_a_lonely_stratum_joins_the_smallest_sibling_of_its_township():
    assert homes((1, 5, 0, 0), (3, 9, 0, 0), (2, 6, 0, 0), (2, 4, 1, 0)) == [2, 1, 2, 3]


def test_siblings_of_one_size_are_taken_by_name():
    assert homes((1, 5, 0, 0), (2, 6, 0, 0), (3, 6, 0, 0)) == [1, 1, 2]


def test_a_township_without_siblings_gives_way_to_the_locale():
    assert homes((1, 5, 0, 0), (2, 6, 1, 0), (2, 4, 2, 1)) == [1, 1, 2]


def test_two_lonely_strata_help_each_other():
    assert homes((1, 5, 0, 0), (1, 6, 0, 0), (4, 9, 0, 0)) == [1, 1, 2]


def test_a_third_lonely_stratum_joins_what_the_others_became():
    assert homes((1, 5, 0, 0), (1, 6, 0, 0), (1, 9, 0, 0)) == [1, 1, 1]


def test_without_a_sibling_it_stays_alone():
    assert homes((1, 5, 0, 0), (2, 6, 1, 1)) == [0, 1]


def test_strata_without_a_place_are_nobodys_siblings():
    assert homes((1, 5, -1, -1), (2, 6, -1, -1)) == [0, 1]


def test_a_stratum_taken_whole_neither_joins_nor_is_joined():
    assert homes((1, 1, 0, 0), (1, 4, 0, 0), (3, 3, 0, 0)) == [0, 1, 2]


def test_a_stratum_nobody_was_taken_from_is_no_sibling():
    assert homes((1, 5, 0, 0), (0, 6, 0, 0)) == [0, 1]


def test_strata_without_an_end_are_joined_last():
    assert homes((1, np.nan, 0, 0), (2, np.nan, 0, 0), (2, 9, 0, 0)) == [2, 1, 2]


def test_other_groups_and_kinds_are_no_siblings():
    table = strata((1, 5, 0, 0), (2, 6, 0, 0), (2, 6, 0, 0))
    apart = table._replace(group=np.array([0, 1, 0]), person=np.array([False, False, True]))
    assert join_lonely(apart).tolist() == [0, 1, 2]
