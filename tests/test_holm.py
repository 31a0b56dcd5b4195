import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from analysis.estimate import combine_groups
from analysis.estimate.holm import holm_p, p_above
from reports.annex.rate_tables import rate_tables
from reports.report.telling import describe_round
from reports.screen.views import results_of
from tests.test_true_counties import documents_of, round_of

LINE = 0.85


def rows(*groups):
    """Groups named by number of (share, forms), each form counting once."""
    table = pd.DataFrame(groups, columns=["estimate", "n"]).assign(measure="headline")
    p, n = table["estimate"], table["n"]
    return table.assign(
        domain=[str(k) for k in range(len(table))], se=np.sqrt(p * (1 - p) / n), df=n - 1, n_cap=n.astype(float)
    )


def test_for_whole_numbers_p_is_the_binomial_tail():
    p = p_above(np.array([0.9, 0.5]), np.array([50.0, 50.0]), LINE)
    assert p == pytest.approx([binom.sf(44, 50, LINE), binom.sf(24, 50, LINE)])


@settings(max_examples=settings.default.max_examples // 4)
@given(st.floats(0.001, 1), st.integers(2, 500))
def test_p_is_below_5_percent_just_where_the_lower_bound_is_above_the_line(share, forms):
    one = rows((share, forms))
    found = combine_groups(one, {"0": 1.0}, threshold=LINE)
    assert (holm_p(one, LINE)["0"] < 0.05) == (found.lower95 > LINE)


def test_of_seven_groups_the_clearest_pays_sevenfold_and_none_less_than_a_clearer_one():
    table = rows((0.95, 300), *[(0.9, 60 + k) for k in range(6)])
    p = [holm_p(table.iloc[[k]], LINE)[str(k)] for k in range(7)]
    adjusted = list(holm_p(table, LINE).values())
    assert adjusted[0] == pytest.approx(7 * p[0])
    assert adjusted[1:] == sorted(adjusted[1:], reverse=True)
    assert all(0 <= raw <= whole <= 1 for raw, whole in zip(p, adjusted, strict=True))


def test_a_census_is_certain_and_nobody_satisfied_proves_nothing():
    table = rows((0.9, 20), (0.8, 20), (0.0, 20))
    assert list(holm_p(table.assign(n_cap=[np.inf, np.inf, 20], se=0.0), LINE).values()) == [0.0, 1.0, 1.0]


def test_without_groups_there_is_no_p():
    assert holm_p(rows(), LINE) == {}


def test_report_and_workbook_say_beside_the_figures_what_is_tested_and_why_intervals_do_not_fit():
    round_ = round_of(0)
    told = describe_round(round_.facts, results_of(round_.published))
    groups = next(table for table in rate_tables(told) if "标准误（百分点）" in dict(table.columns))
    report = str(documents_of(round_)[1])
    for text in ("".join(groups.notes), report):
        assert "区间的宽度不一定是标准误的固定倍数" in text
        assert "（单侧）" in text
        assert "一并考虑了几类对象同时检验" in text
        assert "是否不同于" not in text
    assert "该类对象的认可度不高于85%”这一假设" in report
    assert "该类对象的认可度不高于标准要求的线”这一假设" in "".join(groups.notes)
