import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.places import partition
from analysis.weights import design_weights, nonresponse_classes, silent_places
from questionnaires.rule import load_rule

RULE = load_rule("quality-2024")


def frame_of(*rows, group="student", township="T1", stage="primary", locale="town"):
    """Rows are (unit, class, population, invited) with a township of their own where they need one."""
    frame = pd.DataFrame([row[:4] for row in rows], columns=["unit", "class", "population", "invited"])
    towns = [row[4] if len(row) > 4 else township for row in rows]
    return frame.assign(group=group, township=towns, stage=stage, locale=locale)


def forms_of(group="student", **counts):
    return pd.DataFrame([(group, place) for place, n in counts.items() for _ in range(n)], columns=["group", "place"])


def weighed(frame, counts, group="student"):
    return design_weights(frame, forms_of(group, **counts), RULE)


def test_whole_classes_are_psus_and_each_speaks_for_its_share_of_the_schools_classes():
    frame = frame_of(("P1", "1", 40, 40), ("P1", "2", 30, 30), ("P1", "3", 35, 0), ("P1", "4", 35, 0))
    table = weighed(frame, {"class/P1/1": 20, "class/P1/2": 30})
    first, second = table.iloc[0], table.iloc[1]
    assert first["stratum"] == "student/class/county stratum/primary/town township/T1 unit/P1"
    assert (first["psu"], second["psu"]) == ("class/P1/1", "class/P1/2")
    assert (first["M_h"], first["m_h"], first["N_c"], first["design"]) == (4, 2, 40, 2.0)
    assert (first["weight"], second["weight"]) == (4.0, 2.0)


def test_classes_stay_the_psus_where_only_some_of_each_were_invited():
    frame = frame_of(("P1", "1", 40, 20), ("P1", "2", 30, 30), ("P1", "3", 50, 0))
    table = weighed(frame, {"class/P1/1": 20, "class/P1/2": 30})
    assert list(table["psu"]) == ["class/P1/1", "class/P1/2", ""]
    assert list(table["M_h"][:2]) == [3, 3]
    assert list(table["design"][:2]) == pytest.approx([40 / 20 * 3 / 2, 30 / 30 * 3 / 2])
    assert list(table["N_c"][:2]) == [40, 30]


def test_persons_are_the_psus_where_every_unit_without_classes_was_asked():
    frame = frame_of(("P1", "", 40, 20), ("P2", "", 30, 15), group="teacher")
    table = weighed(frame, {"unit/P1": 20, "unit/P2": 15}, group="teacher")
    assert list(table["psu"]) == ["", ""]
    assert list(table["M_h"]) == [40, 30]
    assert table["N_c"].isna().all()


def test_units_of_one_place_are_one_psu_with_weight_people_over_codes():
    frame = frame_of(("P1", "", 50, 6), ("P2", "", 30, 6), ("P3", "", 40, 0), group="teacher")
    table = weighed(frame, {"township/T1": 12}, group="teacher")
    assert set(table["place"]) == {"township/T1"}
    assert list(table["weight"][:2]) == [10.0, 10.0]
    assert list(table["M_h"][:2]) == [1.5, 1.5]
    assert list(table["N_c"][:2]) == [80, 80]


def test_the_weights_of_all_forms_add_up_to_the_people():
    frame = frame_of(("P1", "1", 40, 40), ("P1", "2", 30, 30), ("P2", "1", 20, 20), ("P2", "2", 60, 60))
    table = weighed(frame, {"class/P1/1": 20, "class/P1/2": 2, "class/P2/1": 20})
    assert (table["weight"] * table["forms"]).sum() == pytest.approx(150)


def test_classes_drawn_in_a_part_of_the_schools_speak_for_all_of_them():
    frame = frame_of(
        *(("P1", "1", 40, 40, "T1"), ("P1", "2", 40, 0, "T1"), ("P2", "1", 30, 0, "T1")),
        *(("P3", "1", 20, 20, "T2"), ("P3", "2", 20, 0, "T2"), ("P4", "1", 25, 25, "T2")),
    )
    table = weighed(frame, {"class/P1/1": 40, "class/P3/1": 20, "class/P4/1": 25})
    chosen = table[table["invited"] > 0]
    assert list(chosen["design"]) == [4.0, 2.0, 1.0]
    assert list(chosen["psu"]) == ["unit/P1", "unit/P3", "unit/P4"]
    assert list(chosen["M_h"]) == [2.0, 2.0, 2.0]
    assert list(chosen["psu_ssus"]) == [2.0, 2.0, 1.0]
    assert chosen["stratum"].str.split().str[-1].tolist() == ["township/T1", "township/T2", "township/T2"]


def test_a_small_class_that_was_drawn_speaks_for_as_many_classes_as_a_large_one():
    frame = frame_of(("P1", "1", 40, 40), ("P1", "2", 8, 8), ("P1", "3", 40, 0), ("P1", "4", 8, 0))
    table = weighed(frame, {"unit/P1": 48})
    assert list(table["design"][:2]) == [2.0, 2.0]


def test_nobody_is_left_without_weight_where_anyone_of_the_group_was_selected():
    frame = frame_of(("P1", "1", 40, 40, "T1"), ("P2", "1", 30, 0, "T2"), ("P3", "1", 30, 0, "T3"))
    table = weighed(frame, {"class/P1/1": 40})
    assert (table["design"] * 40)[0] == 120


def test_a_class_with_too_few_forms_is_merged_with_its_school_and_the_merge_is_reported():
    frame = frame_of(("P1", "1", 40, 40), ("P1", "2", 40, 40), ("P2", "1", 20, 20))
    table = weighed(frame, {"class/P1/1": 36, "class/P1/2": 4, "class/P2/1": 20})
    assert list(table["response_class"]) == ["unit/P1", "unit/P1", "class/P2/1"]
    assert list(table["weight"]) == [2.0, 2.0, 1.0]
    merge = nonresponse_classes(table).set_index("response_class").loc["unit/P1"]
    assert (merge["places"], merge["invited"], merge["forms"], merge["rate"]) == (2, 80, 40, 0.5)


def test_merging_goes_on_until_the_factor_is_no_larger_than_the_rule_allows():
    frame = frame_of(("P1", "", 80, 80, "T1"), ("P2", "", 20, 20, "T1"), ("P3", "", 30, 30, "T2"))
    table = weighed(frame, {"unit/P1": 10, "unit/P2": 9, "unit/P3": 30})
    assert list(table["response_class"]) == ["stratum/primary/town"] * 3
    assert table["response_rate"].iloc[0] == pytest.approx(49 / 130)


def test_places_without_forms_are_listed():
    frame = frame_of(("P1", "1", 40, 40), ("P1", "2", 40, 40))
    table = weighed(frame, {"class/P1/1": 30})
    assert silent_places(table).to_dict("records") == [{"group": "student", "place": "class/P1/2"}]


def test_a_group_without_forms_has_no_weights():
    assert weighed(frame_of(("P1", "1", 40, 40)), {})["weight"].isna().all()


def test_more_forms_than_people_make_the_frame_as_large_as_they_are():
    table = weighed(frame_of(("P1", "1", 40, 40)), {"class/P1/1": 50})
    assert (table["N_c"].item(), table["weight"].item()) == (50, 1.0)


def test_forms_by_class_weigh_the_same_as_forms_by_place():
    frame = frame_of(("P1", "1", 40, 40), ("P1", "2", 30, 30))
    forms = pd.DataFrame({"group": "student", "unit": "P1", "class": ["1"] * 20 + ["2"] * 15})
    pd.testing.assert_frame_equal(
        design_weights(frame, forms, RULE), weighed(frame, {"class/P1/1": 20, "class/P1/2": 15})
    )


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 60), st.integers(0, 60)), min_size=1))
def test_whoever_answers_where_everyone_was_invited_the_forms_weigh_up_to_all_people(rows):
    frame = partition(frame_of(*((unit, str(k), n, n) for k, (unit, n, _) in enumerate(rows))), RULE)
    came = frame["population"].where(frame["population"] < [n for _, _, n in rows], [n for _, _, n in rows])
    table = design_weights(frame, forms_of(**came.groupby(frame["place"]).sum()), RULE)
    places = table.drop_duplicates("place")
    assert came.sum() == 0 or (places["weight"] * places["forms"]).sum() == pytest.approx(frame["population"].sum())
