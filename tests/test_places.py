from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.places import partition, place_chains, place_forms
from questionnaires.rule import load_rule

RULE = load_rule("quality-2024")
COLUMNS = ["group", "unit", "class", "township", "stage", "locale", "population", "invited"]


def frame_of(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def school(group, unit, invited, *, form="", township="T1", stage="primary", locale="town", population=None):
    return (group, unit, form, township, stage, locale, population or max(invited, 1), invited)


@st.composite
def frames(draw):
    rows = {}
    for group in draw(st.sets(st.sampled_from(["student", "teacher"]), min_size=1)):
        for _ in range(draw(st.integers(1, 14))):
            unit, form = draw(st.sampled_from("ABCD")), draw(st.sampled_from(["", "1", "2", "3"]))
            rows[group, unit, form] = school(
                group,
                unit,
                draw(st.integers(0, 25)),
                form=form,
                township=draw(st.sampled_from(["", "T1", "T2"])),
                stage=draw(st.sampled_from(["primary", "junior"])),
                locale=draw(st.sampled_from(["", "town"])),
            )
    return frame_of(*draw(st.permutations(list(rows.values()))))


def codes(places):
    counts = places.groupby(["group", "place"])["invited"].sum()
    return counts[counts > 0]


@given(frames())
def test_every_place_has_at_least_the_smallest_number_unless_its_whole_group_has_fewer(frame):
    counts = codes(partition(frame, RULE))
    whole = counts.groupby("group").sum()
    for (group, place), count in counts.items():
        assert count >= RULE.smallest or (place == "county" and whole[group] == count)


@given(frames())
def test_every_row_has_one_place_on_its_own_way_up(frame):
    places = partition(frame, RULE)
    assert len(places) == len(frame)
    for row in places.itertuples():
        own = [f"class/{row.unit}/{row[3]}", f"unit/{row.unit}", f"township/{row.township}"]
        assert row.place in [*own, f"stratum/{row.stage}/{row.locale}", "county"]
        assert row.level == row.place.split("/")[0]


@given(frames(), st.randoms())
def test_the_order_of_rows_changes_nothing(frame, random):
    order = random.sample(range(len(frame)), len(frame))
    shuffled = partition(frame.iloc[order], RULE)
    pd.testing.assert_frame_equal(shuffled.sort_index(), partition(frame, RULE))


@given(frames())
def test_the_difference_of_two_unions_never_isolates_fewer_than_the_smallest_number(frame):
    places = partition(frame, RULE)
    counts, chains = codes(places), place_chains(places)
    for group, whole in counts.groupby("group").sum().items():
        unions = {
            frozenset(owner for owner, chain in chains.items() if owner[0] == group and key in chain)
            for owner, chain in chains.items()
            if owner[0] == group
            for key in chain
            if key
        }
        for union, other in combinations(unions, 2):
            isolated = sum(counts[owner] for owner in union - other)
            assert isolated == 0 or isolated >= min(RULE.smallest, whole)


def test_three_teachers_of_one_school_and_the_principal_of_another_are_never_a_place_of_their_own():
    frame = frame_of(
        school("teacher", "P1", 3),
        school("teacher", "P2", 25),
        school("teacher", "P3", 14),
        *(school("principal", f"P{number}", 1) for number in range(1, 13)),
    )
    places = partition(frame, RULE)
    assert list(places["place"][:3]) == ["township/T1", "unit/P2", "township/T1"]
    assert set(places["place"][3:]) == {"township/T1"}


def test_a_class_left_over_takes_back_the_smallest_class_of_its_school_then_the_first_by_name():
    frame = frame_of(*(school("student", "P1", n, form=f) for f, n in zip("1234", (4, 30, 12, 12), strict=True)))
    assert list(partition(frame, RULE)["place"]) == ["unit/P1", "class/P1/2", "unit/P1", "class/P1/4"]


def test_a_place_across_two_townships_is_not_taken_back_into_either():
    frame = frame_of(
        school("public", "P9", 6, township="T1"),
        school("public", "P9", 6, township="T2"),
        school("public", "P1", 3, township="T1"),
    )
    assert set(partition(frame, RULE)["place"]) == {"stratum/primary/town"}


def test_a_small_group_has_the_county():
    frame = frame_of(school("cppcc", "D1", 5, stage=""), school("cppcc", "D2", 3, stage=""))
    assert set(partition(frame, RULE)["place"]) == {"county"}


def test_a_row_without_codes_belongs_where_its_neighbours_speak_for_it():
    frame = frame_of(
        school("student", "P1", 40, form="1"),
        school("student", "P1", 0, form="2"),
        school("student", "P2", 6, form="1", township="T2"),
        school("student", "P3", 6, form="1", township="T2"),
        school("student", "P4", 0, form="1", township="T2"),
        school("student", "P5", 0, form="1", township="T3", stage="junior"),
    )
    assert list(partition(frame, RULE)["place"]) == [
        "class/P1/1", "class/P1/2", "township/T2", "township/T2", "township/T2", "county",
    ]  # fmt: skip


def test_a_place_lies_in_no_township_when_its_schools_do_not_agree():
    frame = frame_of(school("teacher", "P1", 6, township="T1"), school("teacher", "P2", 6, township="T2"))
    chains = place_chains(partition(frame, RULE))
    assert chains == {("teacher", "stratum/primary/town"): ("", "", "", "stratum/primary/town", "county")}


def test_a_slash_in_a_name_is_no_step():
    frame = frame_of(school("student", "P/1", 20, form="3/2"))
    assert partition(frame, RULE)["place"].item() == "class/P／1/3／2"


def test_forms_by_class_keep_their_place_alone():
    frame = frame_of(school("student", "P1", 20, form="1"), school("student", "P2", 20, form="1"))
    forms = pd.DataFrame({"group": "student", "unit": ["P2", "P1"], "class": "1", "overall": [5, 4]})
    placed = place_forms(forms, partition(frame, RULE))
    assert placed.to_dict("list") == {
        "group": ["student"] * 2,
        "overall": [5, 4],
        "place": ["class/P2/1", "class/P1/1"],
    }


def test_forms_from_outside_the_frame_are_named():
    frame = frame_of(school("student", "P1", 20, form="1"))
    forms = pd.DataFrame({"group": "student", "unit": ["P1", "P9"], "class": "1"})
    with pytest.raises(ValueError, match="student/P9/1"):
        place_forms(forms, partition(frame, RULE))
