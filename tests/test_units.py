import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.cells.tallying import HEADLINE
from analysis.disclosure.units import merge_places, unit_table
from analysis.places import partition
from questionnaires.rule import load_rule

RULE = load_rule("quality-2024")


def places_of(*rows):
    """Rows are (unit, class, township, codes) of one group."""
    frame = pd.DataFrame(rows, columns=["unit", "class", "township", "invited"])
    return partition(frame.assign(group="student", stage="primary", locale="town"), RULE)


def cells_of(places, n, satisfied):
    """Headline cells of weight 1: `n` answers in each place that has codes, `satisfied` of them 1."""
    owners = places.loc[places["invited"] > 0, ["group", "place"]].drop_duplicates()
    return owners.assign(measure=HEADLINE, weight=1.0, n=n, total=satisfied)


def table_of(places, n, satisfied):
    return unit_table(cells_of(places, n, satisfied), places, RULE)


def states(table):
    return dict(zip(table["place"] + " " + table["scope"], table["state"], strict=True))


def test_schools_and_townships_with_several_places_have_a_row_of_their_own():
    places = places_of(("P1", "1", "T1", 20), ("P1", "2", "T1", 20), ("P2", "1", "T1", 20), ("P3", "1", "T2", 20))
    table = table_of(places, [20, 20, 10, 20], [10, 16, 8, 10])
    rates = dict(zip(table["place"], table["rate"], strict=True))
    assert rates == {
        "class/P1/1": 0.5,
        "class/P1/2": 0.8,
        "unit/P1": 0.65,
        "class/P2/1": 0.8,
        "township/T1": 0.68,
        "class/P3/1": 0.5,
    }


def test_a_place_that_too_few_answered_is_merged_upward():
    places = places_of(("P1", "1", "T1", 20), ("P1", "2", "T1", 20), ("P2", "1", "T1", 20))
    cells = cells_of(places, [9, 20, 20], [5, 10, 10])
    assert list(merge_places(cells, places, RULE.smallest)["home"]) == ["unit/P1", "unit/P1", "class/P2/1"]
    assert states(table_of(places, [9, 20, 20], [5, 10, 10])) == {
        "class/P2/1 whole": "shown",
        "unit/P1 whole": "shown",
    }


def test_whom_a_row_does_not_hold_is_said():
    places = places_of(("P1", "1", "T1", 30), ("P1", "2", "T1", 12), ("P1", "3", "T1", 40), ("P2", "1", "T1", 4))
    assert states(table_of(places, [30, 40, 16], [15, 20, 8])) == {
        "class/P1/1 whole": "shown",
        "class/P1/3 whole": "shown",
        "unit/P1 some": "shown",
        "township/T1 rest": "shown",
    }  # fmt: skip


@pytest.mark.parametrize(("satisfied", "state"), [(20, "above"), (0, "below")])
def test_a_rate_outside_the_bounds_is_no_number(satisfied, state):
    places = places_of(("P1", "1", "T1", 20), ("P1", "2", "T1", 30), ("P2", "1", "T1", 25))
    table = table_of(places, [20, 30, 25], [satisfied, 15, 10])
    assert states(table) == {
        "class/P1/1 whole": state,
        "class/P1/2 whole": "shown",
        "unit/P1 whole": "shown",
        "class/P2/1 whole": "shown",
    }
    assert table["rate"].isna().tolist() == [True, False, False, False]


def test_a_group_in_one_place_has_no_row():
    assert table_of(places_of(("P1", "1", "T1", 12)), [12], [12]).empty


def test_three_teachers_of_one_school_never_have_a_row():
    places = places_of(("P1", "", "T1", 3), ("P2", "", "T1", 25), ("P3", "", "T1", 14), ("P4", "", "T2", 30))
    table = table_of(places, [25, 17, 30], [13, 9, 20])
    assert set(table["place"]) == {"unit/P2", "township/T1", "unit/P4"}
    assert (table["n"] >= RULE.smallest).all()
    assert not table["place"].str.contains("P1").any()


@st.composite
def counties(draw):
    """Up to nine places; who answered in the i-th: nobody, one, or 16 x 2^i, so that any sum tells its parts."""
    spots = st.tuples(st.sampled_from("ABC"), st.sampled_from(["", "1", "2"]), st.sampled_from(["", "T1", "T2"]))
    places = places_of(*((*spot, 30) for spot in draw(st.lists(spots, min_size=1, max_size=9))))
    count = len(places[["group", "place"]].drop_duplicates())
    n = [draw(st.sampled_from([0, 1, 16 << i, 16 << i])) for i in range(count)]
    assume(max(n) >= RULE.smallest)
    return places, cells_of(places, n, [draw(st.sampled_from([0, x // 2, x])) for x in n])


def test_a_home_beside_which_the_others_are_fewer_than_a_tenth_is_joined_with_them():
    places = places_of(("P1", "1", "T1", 200), ("P2", "1", "T1", 20))
    assert set(merge_places(cells_of(places, [120, 11], [60, 5]), places, RULE.smallest)["home"]) == {"county"}
    assert len(set(merge_places(cells_of(places, [110, 11], [60, 5]), places, RULE.smallest)["home"])) == 2


@given(counties())
def test_every_row_stands_for_at_least_the_smallest_number_within_the_bounds(county):
    table = unit_table(county[1], county[0], RULE)
    low, high = RULE.disclosure.unit_bounds.value
    assert (table["n"] >= RULE.smallest).all()
    assert table["rate"].dropna().between(low, high).all()
    assert (table["rate"].isna() == (table["state"] != "shown")).all()
