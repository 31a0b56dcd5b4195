import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.plan import group_quotas, sample_plan, sample_strata, spread
from questionnaires.pack import Cited
from questionnaires.rule import load_rule

RULE = load_rule("quality-2024")


def frame_of(group, **people):
    units = {"group": group, "unit": list(people), "population": list(people.values())}
    return pd.DataFrame(units | {"grade": np.nan, "locale": ""})


def rows(plan, group):
    return plan[plan["group"] == group].set_index("unit")


def test_the_published_county_of_445012_people_needs_668_forms_and_334_parents():
    quotas = group_quotas(RULE, 445_012)
    assert sum(quotas.values()) == 668
    assert quotas == {
        "student": 56,
        "parent": 334,
        "teacher": 56,
        "principal": 56,
        "deputy": 56,
        "cppcc": 55,
        "public": 55,
    }


@given(st.integers(1, 10_000_000))
def test_parents_are_at_least_half_and_the_others_differ_by_one_at_most(population):
    quotas = group_quotas(RULE, population)
    others = [quota for group, quota in quotas.items() if group != "parent"]
    assert quotas["parent"] * 2 >= sum(quotas.values()) >= 0.0015 * population
    assert max(others) - min(others) <= 1


@pytest.mark.parametrize(("population", "size"), [(399_999, 600), (400_000, 600), (500_000, 750)])
def test_a_small_county_has_the_floor_where_the_rule_has_one(population, size):
    floor = {"floor": Cited[int](value=600, clause="x"), "floor_below": Cited[int](value=400_000, clause="x")}
    rule = RULE.model_copy(update={"sample": RULE.sample.model_copy(update=floor)})
    assert sum(group_quotas(rule, population).values()) == size


def test_units_share_a_groups_target_by_their_people():
    plan = rows(sample_plan(RULE, frame_of("parent", P1=100, P2=300, P3=0), 8_000), "parent")
    assert plan["target"].to_dict() == {"": 6, "P1": 2, "P2": 4, "P3": 0}


def test_all_are_taken_where_fewer_are_there_and_nobody_fills_the_shortfall():
    plan = sample_plan(RULE, frame_of("principal", P1=1, P2=2), 445_012)
    assert rows(plan, "principal").loc[""].tolist()[1:] == [3, 56, 3, 53, 3]
    assert rows(plan, "principal")["target"].to_dict() == {"": 3, "P1": 1, "P2": 2}
    assert rows(plan, "teacher").loc["", ["target", "shortfall"]].tolist() == [0, 56]
    assert rows(plan, "parent").loc["", "quota"] == 334


def classes(group="student", **people):
    """Rows named by grade and locale, e.g. `g3_city=90`; a unit of its own each."""
    rows = [(group, name, int(name[1]), name.partition("_")[2], n) for name, n in people.items()]
    return pd.DataFrame(rows, columns=["group", "unit", "grade", "locale", "population"])


def strata(frame, population=445_012, rule=RULE, **more):
    table = sample_strata(rule, frame, population, **more)
    return table[table["group"] == frame["group"].iloc[0]].set_index("unit")


def test_grade_bands_are_asked_alike_and_locales_inside_them_by_their_people():
    found = strata(classes(g3_city=300, g3_village=100, g5_city=200, g8_town=90, g9_village=10))
    assert found.groupby("band")["target"].sum().to_dict() == {"1-3": 19, "4-6": 19, "7-9": 18}
    assert found["target"].to_dict() == {"g3_city": 14, "g3_village": 5, "g5_city": 19, "g8_town": 16, "g9_village": 2}


def test_a_band_with_too_few_people_is_taken_whole_and_the_others_share_the_rest():
    assert strata(classes(g3_city=4, g5_city=200, g8_city=200))["target"].tolist() == [4, 26, 26]


def test_people_whose_grade_is_not_known_get_their_part_first():
    frame = classes(g3_city=100, g5_city=100, g8_city=100).assign(grade=[np.nan, 5, 8])
    assert strata(frame)["target"].tolist() == [19, 18, 19]


def test_only_the_groups_the_rule_names_are_spread_over_grades():
    assert set(strata(classes(group="teacher", g3_city=9, g8_city=90))["band"]) == {""}


@pytest.mark.parametrize(("rate", "slips"), [(1.0, 56), (0.7, 80), (0.6, 94), (0.01, 900)])
def test_slips_are_the_target_over_the_return_rate_and_never_more_than_people(rate, slips):
    found = strata(classes(g3_city=300, g5_city=300, g8_city=300), return_rate=rate)
    assert found["slips"].sum() == slips
    assert (found["slips"] >= found["target"]).all()


def test_slips_go_on_to_units_that_no_target_reached():
    heads = frame_of("principal", **{f"P{k}": 1 for k in range(71)})
    found = strata(heads)
    assert (found["target"].sum(), found["slips"].sum(), found["slips"].max()) == (56, 71, 1)


def test_without_a_frame_there_are_groups_and_bands_alone():
    table = sample_strata(RULE, None, 445_012)
    assert table.groupby("group")["target"].sum().to_dict() == group_quotas(RULE, 445_012)
    assert table.loc[table["group"] == "parent", ["band", "target", "slips"]].to_numpy().tolist() == [
        ["1-3", 111, 185],
        ["4-6", 111, 186],
        ["7-9", 112, 186],
    ]
    assert set(table.loc[table["group"] == "deputy", "band"]) == {""}
    assert table["population"].isna().all()


SPOTS = st.tuples(st.sampled_from(["", "1-3", "4-6", "7-9"]), st.sampled_from(["", "city", "village"]), st.text("AB"))


@given(st.dictionaries(SPOTS, st.integers(0, 60), min_size=1), st.data())
def test_shares_of_all_parts_sum_to_the_sample_and_are_never_more_than_people(people, data):
    total = data.draw(st.integers(0, sum(people.values())))
    shares = spread(total, people)
    assert sum(shares.values()) == total
    assert all(0 <= share <= people[spot] for spot, share in shares.items())


@given(st.dictionaries(SPOTS, st.integers(0, 60), min_size=1), st.data())
def test_bands_are_equal_as_far_as_they_have_people_and_locales_in_them_proportional(people, data):
    people = {spot: n for spot, n in people.items() if spot[0]}
    shares = spread(data.draw(st.integers(0, sum(people.values()))), people)
    bands = {band: [sum(table[s] for s in table if s[0] == band) for table in (people, shares)] for band, *_ in people}
    most = max((share for _, share in bands.values()), default=0)
    assert all(share == there or share >= most - 1 for there, share in bands.values())
    for band, locale in {spot[:2] for spot in people}:
        there, share = (sum(table[s] for s in table if s[:2] == (band, locale)) for table in (people, shares))
        in_band, shared = bands[band]
        assert in_band == 0 or abs(share - shared * there / in_band) < 1
