"""Holm's adjustment is that of statsmodels, without its pause."""

import gc
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.stepping_down import adjust_holm


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_adjusted_values_are_those_of_statsmodels(p):
    with patch("gc.collect"):  # which each call of theirs waits for
        theirs = multipletests(p, method="holm")[1].tolist()
    assert adjust_holm(p).tolist() == pytest.approx(theirs, abs=1e-12)


def test_nothing_asked_gives_nothing_and_what_was_given_stays():
    given_values = np.array([0.5, 0.01])
    assert adjust_holm([]).tolist() == []
    assert adjust_holm(given_values).tolist() == [0.5, 0.02]
    assert given_values.tolist() == [0.5, 0.01]


def test_no_garbage_is_collected_for_it(monkeypatch):
    calls = []
    monkeypatch.setattr(gc, "collect", lambda *_: calls.append(1))
    multipletests([0.5], method="holm")
    assert calls
    calls.clear()
    adjust_holm([0.5])
    assert not calls
