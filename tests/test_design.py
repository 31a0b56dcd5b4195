"""A design says how a sample was drawn; what is wrong in it is named, and what nobody declared is read carefully."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sample import DesignError, assumed_design, read_design_file, write_design
from analysis.sample.design import read_design

SPEC = {
    "rule": "quality-2024",
    "seed": "20261126",
    "groups": {
        "parent": {
            "strata": [
                {
                    "stratum": "primary/town",
                    "stages": [
                        {"unit": "class", "method": "srs", "frame": 120, "drawn": 1},
                        {"unit": "person", "method": "srs"},
                    ],
                    "units": [{"unit": "P01", "class": "三年级1班", "probability": 0.1667}],
                }
            ]
        }
    },
}


def stratum_of(**changes):
    (stratum,) = SPEC["groups"]["parent"]["strata"]
    return {**SPEC, "groups": {"parent": {"strata": [{**stratum, **changes}]}}}


def frame_of(*rows, group="parent"):
    """Rows are (unit, class, invited of 40 people)."""
    frame = pd.DataFrame(rows, columns=["unit", "class", "invited"])
    return frame.assign(group=group, population=40, stage="primary", locale="town", township="T")


def assumed(*rows, group="parent"):
    return assumed_design(frame_of(*rows, group=group)).groups[group].strata


def test_a_design_is_written_as_it_was_read():
    assert write_design(read_design(SPEC)) == SPEC


def test_a_file_that_is_no_design_is_refused_in_a_sentence(tmp_path):
    for content in ("[", "[]", "\udc80"):
        path = tmp_path / "design.json"
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
        with pytest.raises(DesignError, match=r"design\.json"):
            read_design_file(path)


def test_every_problem_of_a_design_is_named_at_once(tmp_path):
    broken = stratum_of(units=[{"unit": "P01", "probability": 2}, {"class": "1"}], colour="red")
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(DesignError) as refused:
        read_design_file(path)
    assert len(refused.value.problems) == 3
    assert all(problem.startswith("mine.json: groups.parent.strata.0") for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"stages": []}, "no stage"),
        ({"stages": [{"unit": "person", "method": "srs"}, {"unit": "class", "method": "srs"}]}, "from school to class"),
        ({"stages": [{"unit": "class", "method": "srs", "frame": 1, "drawn": 2}]}, "2 drawn of 1"),
        ({"stages": [{"unit": "class", "method": "srs", "frame": 9, "drawn": 2}]}, "2 drawn, but 1 listed"),
        ({"stages": [{"unit": "class", "method": "srs"}]}, "frame, the number of units"),
        ({"units": [{"unit": "P01", "class": "1"}] * 2}, "P01/1 stands twice"),
    ],
)
def test_a_design_that_contradicts_itself_is_refused(changes, problem):
    with pytest.raises(DesignError, match=problem):
        read_design(stratum_of(**changes))


def test_classes_left_out_make_classes_the_units_however_many_of_each_were_invited():
    (stratum,) = assumed(("A", "1", 20), ("A", "2", 0), ("A", "3", 20))
    assert [stage.unit.value for stage in stratum.stages] == ["class", "person"]
    assert (stratum.first.frame, stratum.first.drawn) == (3, 2)
    assert [unit.probability for unit in stratum.units] == pytest.approx([2 / 3] * 2)


def test_schools_left_out_make_schools_the_units_and_their_classes_a_second_stage():
    (stratum,) = assumed(("A", "1", 40), ("A", "2", 0), ("B", "1", 0), ("C", "1", 40))
    assert [stage.unit.value for stage in stratum.stages] == ["school", "class", "person"]
    assert (stratum.first.frame, stratum.first.drawn) == (3, 2)
    assert [(unit.unit, unit.classes, round(unit.probability, 12)) for unit in stratum.units] == [
        ("A", 2, round(1 / 3, 12)),
        ("C", 1, round(2 / 3, 12)),
    ]


def test_units_left_out_are_the_units_where_there_are_no_classes():
    (stratum,) = assumed(("A", "", 40), ("B", "", 0), group="teacher")
    assert [stage.unit.value for stage in stratum.stages] == ["school", "person"]


def test_nothing_left_out_makes_every_class_certain():
    strata = assumed(("A", "1", 20), ("A", "2", 40))
    assert [(stratum.first.frame, stratum.first.drawn) for stratum in strata] == [(2, 2)]
    assert all(unit.probability == 1 for stratum in strata for unit in stratum.units)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("1234"), st.sampled_from([0, 20, 40])), min_size=1))
def test_an_assumed_design_is_sound_whatever_the_frame(rows):
    places = {(unit, class_): invited for unit, class_, invited in rows}
    design = assumed_design(frame_of(*((*place, invited) for place, invited in places.items())), "quality-2024")
    assert design.assumed
    assert read_design(write_design(design)) == design
    listed = {(unit.unit, unit.class_) for strata in design.groups.values() for s in strata.strata for unit in s.units}
    assert listed == {place for place, invited in places.items() if invited}
