from hypothesis import given
from hypothesis import strategies as st

from analysis.quota.apportion import equal_shares, largest_remainder

PEOPLE = st.dictionaries(st.text("ABCDEF", min_size=1), st.integers(0, 500), min_size=1)


@given(PEOPLE, st.data())
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


@given(PEOPLE, st.integers(0, 3000))
def test_equal_shares_add_up_and_nobody_has_more_than_people_or_two_less_than_another(people, total):
    shares = equal_shares(total, people)
    assert sum(shares.values()) == min(total, sum(people.values()))
    assert all(share <= people[key] for key, share in shares.items())
    open_ = [share for key, share in shares.items() if share < people[key]]
    assert all(share <= min(open_, default=500) + 1 for share in shares.values())


@given(PEOPLE, st.integers(0, 3000), st.randoms())
def test_the_order_of_keys_changes_no_equal_share(people, total, random):
    turned = dict(random.sample(list(people.items()), len(people)))
    assert equal_shares(total, turned) == equal_shares(total, people)
