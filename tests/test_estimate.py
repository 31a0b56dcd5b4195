import doctest
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.stats import beta, t

from analysis import estimate
from analysis.cells.cell_check import CellError
from analysis.estimate import combine_groups, half_estimates, smallest_ratio, weighted_share
from analysis.estimate.silence import Held


def cells(*rows, group="public", measure="overall", M=np.nan, N=np.nan, weight=1.0):
    """Rows are (stratum, psu, n_forms, n, satisfied); M and N hold for all of them."""
    table = pd.DataFrame(rows, columns=["stratum", "psu", "n_forms", "n", "total"])
    table = table.assign(measure=measure, group=group, weight=weight, stratum_psus=M, psu_size=N)
    return table.assign(total_sq=table["total"])


def only(table, **options):
    """The one row of a group's estimate."""
    rows = weighted_share(table, **options)
    (found,) = rows[rows["domain"] != "all"].itertuples()
    return found


def halves(rows):
    """What half the ratio would leave of groups that nobody of was satisfied or dissatisfied: the worst."""
    none = rows.assign(estimate=0.0, measure="overall|half")
    return pd.concat([none, rows.assign(estimate=1.0, measure="overall|half_above")])


# ---- by hand


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(estimate).failed == 0


def test_a_class_with_one_form_takes_the_spread_of_its_stratum():
    # u: .4/5, -.4/5; stage 1: .5 x 2 x 2 x .08^2; within the class of four: s^2 = .04/3; stage 2:
    # .5 x (.9 x 1 + .6 x 4) x .04/3
    row = only(cells(("a", "c1", 1, 1, 1), ("a", "c2", 4, 4, 2), M=4, N=10))
    assert row.estimate == 0.6
    assert row.se**2 == pytest.approx(0.0128 + 0.022)


def test_a_class_with_one_form_looks_to_its_group_where_its_stratum_cannot_tell():
    alone, lively = cells(("a", "c1", 1, 1, 1), M=1, N=10), cells(("b", "c2", 4, 4, 2), M=1, N=10)
    row = only(pd.concat([alone, lively], ignore_index=True))
    assert row.se**2 == pytest.approx((0.9 * 1 + 0.6 * 4) * 0.04 / 3)


def test_classes_all_invited_leave_only_the_second_stage_and_its_degrees_of_freedom():
    row = only(cells(("a", "c1", 10, 10, 5), ("a", "c2", 10, 10, 5), M=2, N=20))
    assert row.se**2 == pytest.approx(2 * 0.5 * 10 * (10 / 9 * 0.25) / 20**2)
    assert row.df == 18


def test_a_selected_class_without_forms_widens_the_interval():
    heard = cells(("a", "c1", 9, 9, 8), ("a", "c2", 9, 9, 4), M=20)
    silent = pd.concat([heard, cells(("a", "c3", 0, 0, 0), M=20)], ignore_index=True)
    assert only(silent).se ** 2 == pytest.approx(17 / 18 * 3 / 4 * only(heard).se ** 2)
    assert only(silent).df == 1  # two classes answered


@pytest.mark.parametrize("forms", [12, 60, 600])
def test_the_same_twelve_answers_have_the_same_degrees_of_freedom_in_however_many_forms(forms):
    asked = cells(("a", "", forms // 2, 6, 5), ("b", "", forms // 2, 6, 4), M=10_000.0)
    assert only(asked).df == 10


def test_29_of_30_who_answered_leave_only_what_is_possible():
    row = only(cells(("a", "", 29, 29, 27), M=30.0))
    assert (row.lower, row.upper) == pytest.approx((27 / 30, 28 / 30))


def test_deff_counts_the_gain_of_a_finite_population():
    row = only(cells(("a", "", 10, 10, 5), M=20, weight=2.0))
    assert row.deff == pytest.approx(1)
    assert row.n_eff == pytest.approx(10)


def test_the_cap_is_n_for_shares_and_more_for_means():
    table = cells(("a", "", 10, 10, 5), ("b", "", 10, 10, 9))
    assert only(table).n_cap == pytest.approx(20)
    assert only(table.assign(total_sq=table["total"] * 0.9)).n_cap > 20


def test_lonely_strata_are_counted_and_joined():
    table = cells(("a", "c1", 9, 9, 8), ("b", "c2", 9, 9, 4), ("b", "c3", 9, 9, 5), M=8)
    located, joined = table.assign(township="T1"), table.assign(stratum="b", stratum_psus=16)
    assert only(located).lonely_strata == 1
    assert only(located).se == pytest.approx(only(joined).se)
    assert only(table).se == only(table, lonely="adjust").se


def test_one_lonely_stratum_alone_is_adjusted_and_still_has_an_interval():
    row = only(cells(("a", "c1", 9, 9, 8), M=8))
    assert (row.se, row.df, row.lonely_strata) == (0, 1, 1)
    assert 0 < row.lower < row.estimate < row.upper <= 1


def test_everyone_answered_leaves_nothing_to_chance():
    persons = cells(("a", "", 5, 5, 4), M=5)
    classes = cells(("b", "c1", 6, 5, 5), ("b", "c2", 7, 7, 6), M=2, N=[6, 7])
    row = only(pd.concat([persons, classes], ignore_index=True), threshold=0.85)
    assert row.se == 0
    assert row.lower == row.lower95 == row.estimate == row.upper95 == row.upper == 15 / 17
    assert row.probability_above == 1


@pytest.mark.parametrize("N", [np.nan, 20.0])
def test_no_variance_is_no_certainty_unless_everyone_answered(N):
    # deff_plan = 1 + (10 - 1) x .05
    row = only(cells(("a", "c1", 10, 10, 10), ("a", "c2", 10, 10, 10), M=2, N=N))
    assert (row.estimate, row.se, row.upper) == (1, 0, 1)
    assert row.deff == pytest.approx(1.45)
    ratio = (t.ppf(0.05, 19) / t.ppf(0.05, row.df)) ** 2
    assert row.lower95 == pytest.approx(0.05 ** (1 / (20 / 1.45 * min(ratio, 1))))


def test_equal_scores_that_do_not_add_up_exactly_have_no_variance():
    table = cells(("a", "", 7, 7, 7 * 0.8), ("b", "", 900, 900, 900 * 0.8))
    row = only(table.assign(total_sq=table["n"] * 0.8**2))
    assert row.se == 0
    assert row.lower < 0.8 < row.upper


def test_raking_to_the_size_of_the_groups_moves_the_pool_and_no_group():
    table = pd.concat([cells(("a", "", 9, 9, 8), ("b", "", 5, 5, 2)), cells(("c", "", 9, 9, 3), group="teacher")])
    table = table.reset_index(drop=True)
    plain = weighted_share(table).set_index("domain")
    raked = weighted_share(table, margins={"group": {"public": 700, "teacher": 100}}).set_index("domain")
    assert raked["estimate"]["all"] == pytest.approx(
        (7 * plain["estimate"]["public"] + plain["estimate"]["teacher"]) / 8
    )
    assert raked["se"]["public"] == pytest.approx(plain["se"]["public"])


def test_a_group_that_answered_nothing_has_no_row():
    table = pd.concat([cells(("a", "", 9, 9, 8)), cells(("b", "", 4, 0, 0), group="cppcc")], ignore_index=True)
    assert weighted_share(table)["domain"].tolist() == ["all", "public"]


def test_a_table_that_answers_nothing_has_no_estimates():
    assert weighted_share(cells(("a", "", 4, 0, 0)), threshold=0.85).empty


def test_rows_without_forms_need_no_weight():
    table = pd.concat([cells(("a", "c1", 9, 9, 8)), cells(("a", "c2", 0, 0, 0), weight=np.nan)])
    assert only(table.reset_index(drop=True)).estimate == 8 / 9


def test_probability_above_is_of_the_usual_rules_threshold_unless_another_is_given():
    table = cells(("a", "", 20, 20, 19))
    assert only(table).probability_above == pytest.approx(beta(19.05, 1.95).sf(0.85))
    assert only(table, threshold=0.5).probability_above == pytest.approx(beta(19.05, 1.95).sf(0.5))


@pytest.mark.parametrize("options", [{"lonely": "ignore"}, {"method": "wald"}, {"confidence": 95}])
def test_unknown_options_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        weighted_share(cells(("a", "", 4, 4, 3)), **options)


def test_a_malformed_table_is_refused_by_its_rows():
    with pytest.raises(CellError, match="n exceeds n_forms: row 0"):
        weighted_share(cells(("a", "", 4, 5, 3)))


CLASSES = (("a", "c1", 9, 9, 8), ("a", "c2", 9, 9, 4))
EXTREMES = {
    "one form": cells(("a", "", 1, 1, 1)),
    "one form in one class": cells(("a", "c1", 1, 1, 0), M=9, N=30),
    "one form without an end": cells(("a", "c1", 1, 1, 0)),
    "nobody is satisfied": cells(("a", "", 9, 9, 0), M=40),
    "everyone is satisfied": cells(("a", "c1", 9, 9, 9), ("a", "c2", 9, 9, 9), M=9, N=30),
    "all classes are the same": cells(("a", "c1", 8, 8, 4), ("a", "c2", 8, 8, 4), M=9),
    "a census of persons": cells(("a", "", 9, 9, 8), M=9),
    "a census of classes": cells(*CLASSES, M=2, N=9),
    "a census with a blank": cells(("a", "", 9, 8, 8), M=9),
    "more forms than people": cells(("a", "", 9, 9, 8), M=7),
    "a class without forms": cells(*CLASSES, ("a", "c3", 0, 0, 0), M=9, N=30),
    "a class without answers": cells(*CLASSES, ("a", "c3", 5, 0, 0), M=9, N=30),
    "a stratum without forms": cells(*CLASSES, ("b", "c3", 0, 0, 0), M=9, N=30),
    "a group without answers": pd.concat(
        [cells(*CLASSES), cells(("b", "", 4, 0, 0), group="cppcc")], ignore_index=True
    ),
}


@pytest.mark.parametrize("table", EXTREMES.values(), ids=EXTREMES)
@pytest.mark.parametrize("method", ["kg", "beta", "xlogit"])
def test_extremes_have_results_with_nothing_missing(table, method):
    found = weighted_share(table, method=method, threshold=0.85)
    assert not found.empty
    assert np.isfinite(found.drop(columns=["domain", "measure", "n_cap"]).to_numpy(float)).all()
    county = combine_groups(found, {"public": 0.5, "cppcc": 0.5}, threshold=0.85)
    assert county.incomplete == ("cppcc",)
    assert np.isfinite([value for value in asdict(county).values() if isinstance(value, float)]).all()
    assert 0 <= county.lower <= county.rate <= county.upper <= 1


# ---- invariances


@st.composite
def tables(draw):
    """Cell tables of two measures: classes and persons, with and without finite populations."""
    rows = []
    for stratum in range(draw(st.integers(1, 4))):
        person = draw(st.booleans())
        base = {
            "group": draw(st.sampled_from(["teacher", "public"])), "stratum": f"s{stratum}", "township": "T1",
            "stratum_psus": draw(st.sampled_from([np.nan, 4.0, 9.0])),
        }  # fmt: skip
        for psu in range(1 if person else draw(st.integers(1, 4))):
            forms = draw(st.integers(0, 9))
            base |= {
                "psu": "" if person else f"c{psu}", "weight": draw(st.sampled_from([1.0, 1.7, 3.0])),
                "psu_size": np.nan if person else draw(st.sampled_from([9.0, 30.0])), "n_forms": forms,
            }  # fmt: skip
            for measure in ("overall", "quality_1"):
                n = draw(st.integers(0, forms))
                total = float(draw(st.integers(0, n)))
                rows.append(base | {"measure": measure, "n": n, "total": total, "total_sq": total})
    return pd.DataFrame(rows)


def same(found, expected, **options):
    assert_frame_equal(found.reset_index(drop=True), expected.reset_index(drop=True), **options)


@given(tables(), st.randoms())
def test_the_order_of_rows_changes_no_bit(table, random):
    order = random.sample(range(len(table)), len(table))
    same(weighted_share(table.iloc[order]), weighted_share(table), check_exact=True)


@given(tables(), st.data())
def test_a_row_split_in_two_is_the_same_row(table, data):
    cut = table.copy()
    for name in ("n_forms", "n", "total"):
        cut[name] = [data.draw(st.integers(0, int(value))) for value in table[name]]
    cut["n"] = cut[["n", "n_forms"]].min(axis=1)
    cut["total"] = cut[["total", "n"]].min(axis=1).astype(float)
    rest = table.assign(**{name: table[name] - cut[name] for name in ("n_forms", "n", "total")})
    sound = (rest["n"] <= rest["n_forms"]) & (rest["total"] <= rest["n"])
    cut.loc[~sound, ["n_forms", "n", "total"]] = 0
    rest.loc[~sound] = table.loc[~sound]
    halves = pd.concat([half.assign(total_sq=half["total"]) for half in (cut, rest)], ignore_index=True)
    same(weighted_share(halves), weighted_share(table), rtol=1e-9)


@given(tables(), st.floats(0.01, 1000))
def test_the_scale_of_the_weights_changes_neither_estimate_nor_interval(table, scale):
    columns = ["estimate", "se", "df", "lower", "upper", "lower95", "upper95"]
    scaled = weighted_share(table.assign(weight=table["weight"] * scale))
    same(scaled[columns], weighted_share(table)[columns], rtol=1e-9, atol=1e-12)


@given(tables())
def test_splitting_strata_moves_no_estimate(table):
    apart = table.assign(stratum=table["stratum"] + "/" + table["psu"])
    same(weighted_share(apart)[["domain", "estimate"]], weighted_share(table)[["domain", "estimate"]])


@given(tables())
def test_a_blank_in_one_measure_changes_no_other(table):
    blanks = table.assign(
        **{name: table[name].where(table["measure"] == "overall", 0) for name in ("n", "total", "total_sq")}
    )
    overall = [rows[rows["measure"] == "overall"] for rows in map(weighted_share, (blanks, table))]
    same(*overall, check_exact=True)


@given(tables(), st.sampled_from(["merge", "remove", "adjust", "average"]), st.sampled_from(["kg", "beta", "xlogit"]))
def test_every_interval_holds_its_estimate_and_nothing_is_missing(table, lonely, method):
    found = weighted_share(table, lonely=lonely, method=method, threshold=0.85)
    assert not found.isna().any(axis=None)
    for low, high in pairwise(["lower", "lower95", "estimate", "upper95", "upper"]):
        assert (found[low] <= found[high] + 1e-12).all()
    assert (found["lower"] >= 0).all()
    assert (found["upper"] <= 1).all()
    assert found["probability_above"].between(0, 1).all()


# ---- the county


def groups(*rows, measure="overall"):
    """Rows are (domain, estimate, se, df, n, n_cap)."""
    table = pd.DataFrame(rows, columns=["domain", "estimate", "se", "df", "n", "n_cap"])
    return table.assign(measure=measure)


PARENTS = ("parent", 0.9, 0.01, 99, 400, 400.0)
PUBLIC = ("public", 0.8, 0.02, 49, 100, 100.0)
HALVES = {"parent": 0.5, "public": 0.5}


def test_the_county_is_the_weighted_mean_of_its_groups():
    county = combine_groups(groups(PARENTS, PUBLIC), {"parent": 0.75, "public": 0.25}, threshold=0.85)
    V = [0.75**2 * 0.01**2, 0.25**2 * 0.02**2]
    assert county.rate == pytest.approx(0.875)
    assert county.se == pytest.approx(sum(V) ** 0.5)
    assert county.df == pytest.approx(sum(V) ** 2 / (V[0] ** 2 / 99 + V[1] ** 2 / 49))


def test_one_group_with_the_whole_weight_keeps_its_own_interval():
    table = cells(("a", "", 30, 28, 20), ("b", "", 9, 9, 8))
    rows = weighted_share(table, threshold=0.85)
    county = combine_groups(rows, {"public": 1.0}, threshold=0.85)
    (own,) = rows[rows["domain"] == "public"].itertuples()
    for name in ("se", "df", "lower", "upper", "lower95", "upper95", "probability_above"):
        assert getattr(county, name) == pytest.approx(getattr(own, name), rel=1e-12)


def test_pooled_rows_are_left_out_of_the_county():
    everyone = ("all", 0.1, 0.3, 9, 500, 500.0)
    with_all, without = (
        combine_groups(groups(*rows), HALVES, threshold=0.85)
        for rows in ((everyone, PARENTS, PUBLIC), (PUBLIC, PARENTS))
    )
    assert with_all == without


def test_groups_without_variance_bound_the_effective_size():
    certain = [(name, 1.0, 0.0, 9, n, float(n)) for name, n in (("parent", 30), ("public", 10))]
    county = combine_groups(groups(*certain), HALVES, threshold=0.85)
    sizes = [n * (t.ppf(0.05, n - 1) / t.ppf(0.05, 9)) ** 2 for n in (30, 10)]
    assert county.lower95 == pytest.approx(0.05 ** (1 / (1 / (0.25 / sizes[0] + 0.25 / sizes[1]))))
    assert (county.rate, county.se, county.upper95) == (1, 0, 1)


@pytest.mark.parametrize("tiny", [1e-10, 1e-80, 1e-115, 1e-160, 1e-230])
def test_degrees_of_freedom_and_bounds_do_not_hang_on_how_small_the_rates_are(tiny):
    rows = [("parent", 9 * tiny, tiny, 99, 400, 400.0), ("public", 8 * tiny, 2 * tiny, 49, 100, np.inf)]
    county = combine_groups(groups(*rows), HALVES, threshold=0.85)
    ordinary = combine_groups(groups(PARENTS, PUBLIC), HALVES, threshold=0.85)
    assert county.df == pytest.approx(148 if tiny**2 == 0 else ordinary.df)
    assert 0 <= county.lower <= county.rate <= county.upper < 0.1


def test_a_county_in_which_everyone_answered_has_no_interval():
    census = [("parent", 0.9, 0.0, 9, 30, np.inf), ("public", 0.86, 0.0, 9, 10, np.inf)]
    rows = groups(*census)
    answered = {"parent": 1.0, "public": 1.0}
    county = combine_groups(rows, HALVES, threshold=0.85, half=halves(rows), response=answered)
    assert county.lower == county.upper == county.rate == 0.88
    assert (county.evidence, county.probability_above, county.n_eff) == ("established_above", 1, 40)


def test_a_group_without_answers_shares_out_its_weight_and_is_named():
    weights = {"parent": 0.5, "public": 0.25, "teacher": 0.25}
    county = combine_groups(groups(PARENTS, PUBLIC), weights, threshold=0.85)
    assert county.incomplete == ("teacher",)
    assert county.rate == pytest.approx((0.9 * 2 + 0.8) / 3)


def test_a_group_of_no_weight_is_not_missed():
    assert combine_groups(groups(PARENTS), {"parent": 1, "public": 0}, threshold=0.85).incomplete == ()


def test_no_answers_at_all_leave_the_verdict_open():
    county = combine_groups(groups(PARENTS), {"public": 1.0}, threshold=0.85)
    assert (county.verdict, county.evidence, county.rate) == ("undetermined", "not_distinguishable", None)
    assert county.incomplete == ("public",)


@pytest.mark.parametrize(
    ("rate", "operator", "verdict"),
    [
        (0.85, ">=", "met"),
        (0.85, ">", "not_met"),
        (0.85 - 5e-13, ">=", "met"),
        (0.85 - 2e-12, ">=", "not_met"),
        (0.84996, ">=", "not_met"),
        (0.85 + 5e-13, ">", "not_met"),
        (0.85 + 2e-12, ">", "met"),
    ],
)
def test_the_verdict_compares_the_unrounded_rate(rate, operator, verdict):
    rows = groups(("parent", rate, 0.01, 99, 400, 400.0))
    assert combine_groups(rows, {"parent": 1}, threshold=0.85, operator=operator).verdict == verdict


@pytest.mark.parametrize(
    ("rate", "evidence"), [(0.95, "established_above"), (0.86, "not_distinguishable"), (0.75, "established_below")]
)
def test_the_evidence_is_what_the_one_sided_bounds_show_where_silence_cannot_turn_it(rate, evidence):
    rows = groups(("parent", rate, 0.02, 99, 400, 400.0))
    response = {"parent": 1.0}
    assert (
        combine_groups(rows, {"parent": 1}, threshold=0.85, half=halves(rows), response=response).evidence == evidence
    )


@pytest.mark.parametrize(("rate", "evidence"), [(0.95, "above_among_answered"), (0.75, "below_among_answered")])
def test_nothing_is_established_while_nobody_says_who_did_not_answer(rate, evidence):
    rows = groups(("parent", rate, 0.02, 99, 400, 400.0))
    assert combine_groups(rows, {"parent": 1}, threshold=0.85).evidence == evidence


@pytest.mark.parametrize(
    ("rate", "answered", "evidence"),
    [
        (0.92, 0.6, "above_among_answered"),  # .92/(.92 + 2 x .08) = .852, its bound below the line
        (0.97, 0.6, "established_above"),  # .97/(.97 + .06) = .942
        (0.92, 0.97, "established_above"),  # .97 x .92 = .892, whatever the silent think
        (0.75, 0.6, "below_among_answered"),  # 1.5/(1.5 + .25) = .857
        (0.60, 0.6, "established_below"),  # 1.2/(1.2 + .4) = .75
    ],
)
def test_evidence_stands_only_if_the_dissatisfied_may_have_answered_half_as_often(rate, answered, evidence):
    table = cells(("a", "", 4000, 4000, 4000 * rate), group="parent")
    rows = weighted_share(table).iloc[1:]
    county = combine_groups(
        rows, {"parent": 1}, threshold=0.85, half=half_estimates(table, "overall"), response={"parent": answered}
    )
    assert county.evidence == evidence


def test_three_missing_groups_that_could_turn_it_leave_nothing_established():
    rows = groups(("parent", 0.93, 0.004, 199, 4000, 4000.0), ("public", 0.60, 0.004, 199, 4000, 4000.0))
    weights = {"parent": 0.75, "public": 0.05, "deputy": 0.2}
    sure = {"half": halves(rows), "response": {"parent": 1.0, "public": 1.0}}
    assert combine_groups(rows, {"parent": 0.9, "public": 0.1}, threshold=0.85, **sure).evidence == "established_above"
    missing = combine_groups(rows, weights, threshold=0.85, **sure)
    assert missing.lower95 > 0.85
    assert missing.incomplete == ("deputy",)
    assert missing.evidence == "above_among_answered"


def test_a_group_open_to_whoever_came_establishes_nothing_like_a_missing_one():
    rows = groups(("parent", 0.86, 0.002, 199, 9000, 9000.0), ("public", 0.99, 0.002, 199, 9000, 9000.0))
    sure = {"half": halves(rows), "response": {"parent": 1.0, "public": 1.0}}
    assert combine_groups(rows, HALVES, threshold=0.88, **sure).evidence == "established_above"
    open_call = {"parent": 1.0, "public": None}
    found = combine_groups(rows, HALVES, threshold=0.88, half=sure["half"], response=open_call)
    assert found.evidence == "above_among_answered"


def test_the_smallest_ratio_is_a_tenth_and_rises_towards_the_line():
    found = []
    for rate in (0.99, 0.95, 0.90, 0.865, 0.852):
        table = cells(("a", "", 4000, 4000, 4000 * rate), group="parent")
        rows = weighted_share(table).iloc[1:]
        found.append(
            smallest_ratio(
                Held(
                    cells=table,
                    measure="overall",
                    rows=rows,
                    weights={"parent": 1.0},
                    response={"parent": 0.5},
                    threshold=0.85,
                )
            )
        )
    # r p/(...): the dissatisfied count 1/k times, so k > (1-p) T/(p (1-T)) and a margin for chance
    assert found == [0.1, 0.4, 0.7, 1.0, None]


@pytest.mark.parametrize(
    ("weights", "options", "said"),
    [
        (HALVES, {"operator": "<"}, "operator '<'"),
        ({"parent": -1.0, "public": 2.0}, {}, "weights"),
        ({"parent": 0.0}, {}, "weights"),
        ({}, {}, "weights"),
    ],
)
def test_weights_and_operators_without_meaning_are_refused(weights, options, said):
    with pytest.raises(ValueError, match=said):
        combine_groups(groups(PARENTS, PUBLIC), weights, threshold=0.85, **options)


def test_rows_of_several_measures_are_refused():
    mixed = pd.concat([groups(PARENTS), groups(PUBLIC, measure="headline")])
    with pytest.raises(ValueError, match="not of overall, headline"):
        combine_groups(mixed, HALVES, threshold=0.85)


@given(
    st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.001, 0.1), st.integers(1, 50)), min_size=7, max_size=7),
    st.lists(st.floats(0.01, 1), min_size=7, max_size=7),
)
def test_the_county_lies_inside_its_interval(rows, weights):
    table = groups(*((f"g{i}", p, se, df, 60, 60.0) for i, (p, se, df) in enumerate(rows)))
    county = combine_groups(table, {f"g{i}": w for i, w in enumerate(weights)}, threshold=0.85)
    assert 0 <= county.lower <= county.lower95 <= county.rate <= county.upper95 <= county.upper <= 1
