"""Joining small classes into units of ten answered forms keeps the SE honest and the intervals right: a short version.

`python -m tests.simulations.joined_coverage` prints the table of docs/method.md.
"""

import numpy as np
import pytest

from tests.simulations.joined_coverage import CASES, compare

FEW = "60 of 240 classes of 8, 6 answered, rho .10"


def test_joined_classes_hold_the_truth_as_often_as_the_classes_and_their_se_is_not_too_small() -> None:
    fine, joined = compare(FEW, 0.85, counties=200)
    assert (fine.units, joined.units) == (60, 30)
    assert joined.coverage >= 0.92
    assert joined.lower95 >= 0.91
    assert 0.9 <= joined.ratio <= 1.2
    assert joined.width < 1.1 * fine.width


def test_the_rate_of_joined_classes_is_that_of_the_classes_where_as_many_answered_in_each() -> None:
    fine, joined = compare(FEW, 0.85, counties=5)
    assert np.isfinite([fine.ratio, joined.ratio]).all()


@pytest.mark.soak
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("p", [0.85, 0.95])
def test_joined_classes_hold_the_truth_in_every_case(name: str, p: float) -> None:
    _, joined = compare(name, p)
    assert joined.coverage >= 0.93
    assert joined.lower95 >= 0.92
    assert 0.92 <= joined.ratio <= 1.12
