import json

import numpy as np
import pytest

from analysis.plain import plain


def test_numbers_keep_twelve_significant_digits():
    assert plain([0.1 + 0.2, 123456789.123456789]) == [0.3, 123456789.123]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan"), np.float32("-inf")])
def test_what_is_no_number_becomes_null(value):
    assert plain(value) is None


def test_everything_numpy_becomes_json():
    figures = {1: np.array([np.float64(0.5)]), "met": np.bool_(True), "n": np.int64(3), "why": None}
    assert json.dumps(plain(figures)) == '{"1": [0.5], "met": true, "n": 3, "why": null}'
