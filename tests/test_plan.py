import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.plan import group_quotas, largest_remainder, sample_plan
from questionnaires.pack import Cited
from questionnaires.rule import load_rule

RULE = load_rule("quality-2024")


def frame_of(group, **people):
    return pd.DataFrame({"group": group, "unit": list(people), "population": list(people.values())})


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
    assert rows(plan, "principal").loc[""].tolist()[1:] == [3, 56, 3, 53]
    assert rows(plan, "principal")["target"].to_dict() == {"": 3, "P1": 1, "P2": 2}
    assert rows(plan, "teacher").loc["", ["target", "shortfall"]].tolist() == [0, 56]
    assert rows(plan, "parent").loc["", "quota"] == 334


@given(st.dictionaries(st.text("ABCDEF", min_size=1), st.integers(0, 500), min_size=1), st.data())
def test_shares_add_up_stay_within_the_people_and_miss_proportion_by_less_than_one(people, data):
    everyone = sum(people.values())
    total = data.draw(st.integers(0, everyone))
    shares = largest_remainder(total, people)
    assert sum(shares.values()) == total
    for unit, share in shares.items():
        assert share <= people[unit]
        assert everyone == 0 or abs(share - total * people[unit] / everyone) < 1


@given(st.dictionaries(st.text("ABCDEF", min_size=1), st.integers(1, 9), min_size=1), st.randoms())
def test_the_order_of_units_changes_no_share(people, random):
    turned = dict(random.sample(list(people.items()), len(people)))
    assert largest_remainder(5, turned) == largest_remainder(5, people)
