"""A declared design reaches the cells: what follows from it equals R's `survey` on the same design."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate import group_covariance, weighted_share
from analysis.sample.design import read_design
from analysis.weights.drawn_units import link_design

DATA = Path(__file__).parent / "data" / "designs"
REFERENCE = json.loads((DATA / "designs_ref.json").read_text(encoding="utf-8"))
ITEMS = ["q1", "q2", "q3", "q4", "q5", "q6"]
MEASURES = [*ITEMS, "headline"]


def forms_of(name):
    forms = pd.read_csv(DATA / f"designs_{name}.csv")
    forms = forms.assign(headline=forms[ITEMS].mean(axis=1), came=1 - forms.get("silent", 0))
    school = forms.school.astype(str) if "school" in forms else "S"
    return forms.assign(unit=school, cls=forms.get("class", ""))


def rows_of(forms, people):
    """A row of the frame for each class (or school) of each group: everyone who came was invited."""
    keys = ["group", "unit", "cls", "stratum"]
    rows = forms.groupby(keys, as_index=False).agg(population=(people, "first"), forms=("came", "sum"))
    place = "class/" + rows.unit + "/" + rows.cls if (rows.cls != "").all() else "unit/" + rows.unit
    rows = rows.assign(invited=np.maximum(rows.forms, 1), place=place, level="class", township="", stage="", locale="")
    return rows.rename(columns={"cls": "class"})


def design_of(forms, stages, chance, shared=True):
    """The design of the forms: `stages(rows)` of a stratum's forms, `chance` names (probability, classes) of a unit."""
    groups = {}
    for (group, stratum), rows in forms.groupby(["group", "stratum"]):
        drawn = forms[forms.stratum == stratum] if shared else rows
        units = [
            {"unit": unit, "class": cls} | chance(own.iloc[0]) for (unit, cls), own in drawn.groupby(["unit", "cls"])
        ]
        strata = groups.setdefault(group, {"strata": []})["strata"]
        strata.append({"stratum": stratum, "stages": stages(rows.iloc[0]), "units": units})
    return read_design({"rule": "quality-2024", "groups": groups})


def cells_of(forms, drawn):
    """Cells of the forms with what was drawn."""
    keys = ["group", "unit", "cls"]
    parts = []
    for measure in MEASURES:
        answered = forms[measure].notna() & (forms.came == 1)
        y = forms[measure].where(answered, 0.0)
        parts.append(
            forms[keys]
            .assign(measure=measure, n_forms=forms.came, n=answered.astype(int), total=y, total_sq=y**2)
            .groupby([*keys, "measure"], as_index=False)
            .sum()
        )
    table = drawn.rename(columns={"class": "cls", "design": "weight", "M_h": "stratum_psus", "N_c": "psu_size"})
    columns = ["stratum", "psu", "weight", "stratum_psus", "psu_size", "ssu", "psu_ssus", "ssu_size", "probability"]
    return pd.concat(parts, ignore_index=True).merge(table[[*keys, *columns]], on=keys)


def classes(first):
    return [
        {"unit": "class", "method": "srs", "frame": first.M1, "drawn": first.m1},
        {"unit": "person", "method": "srs"},
    ]


def schools_then_classes(first):
    school = {"unit": "school", "method": "srs", "frame": first.M1, "drawn": first.m1}
    return [school, {"unit": "class", "method": "srs"}, {"unit": "person", "method": "srs"}]


def schools_by_size(first):
    return [{"unit": "school", "method": "pps", "frame": 60}, {"unit": "person", "method": "srs"}]


def by_class(row):
    return {"probability": row.m1 / row.M1}


def by_school(row):
    return {"probability": row.m1 / row.M1 * row.m2 / row.M2, "classes": int(row.M2)}


def by_size(row):
    return {"probability": row.p1}


DESIGNS = {
    "a": (classes, by_class, "M2", "a"),
    "b": (schools_then_classes, by_school, "M3", "b"),
    "d": (schools_by_size, by_size, "M2", "d_brewer"),
    "e": (classes, by_class, "M2", "e"),
    "g": (classes, by_class, "M2", "g_two_stage"),
}


def linked(name):
    stages, chance, people, _ = DESIGNS[name]
    forms = forms_of(name)
    return cells_of(forms, link_design(rows_of(forms, people), design_of(forms, stages, chance)))


@pytest.mark.parametrize("name", DESIGNS)
def test_estimates_of_a_declared_design_equal_those_of_r(name):
    found = weighted_share(linked(name)).set_index(["domain", "measure"])
    for expected in REFERENCE["designs"][DESIGNS[name][3]]["results"]:
        row = found.loc[expected["domain"], expected["measure"]]
        assert row.estimate == pytest.approx(expected["estimate"], rel=1e-10)
        assert row.se == pytest.approx(expected["se"], rel=1e-10, abs=1e-14)


def test_groups_asked_in_the_same_draw_share_its_strata_and_covary_as_in_r():
    cells = linked("g")
    assert (cells.groupby("stratum").group.nunique() == 2).all()
    for expected in REFERENCE["designs"]["g_two_stage"]["county"]:
        found = group_covariance(cells, expected["measure"])
        assert found.loc["student", "parent"] == pytest.approx(expected["covariance"], rel=1e-10)


def test_groups_drawn_apart_share_nothing():
    forms = forms_of("g")
    design = design_of(forms, lambda row: [classes(row)[0] | {"drawn": None}, classes(row)[1]], by_class, shared=False)
    table = link_design(rows_of(forms, "M2"), design)
    assert table[table.stratum.str.endswith("A")].stratum.nunique() == 2


def frame_of(*rows):
    columns = ["group", "unit", "class", "place", "population", "invited", "forms"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(level=[place.split("/")[0] for place in frame.place], township="", stage="", locale="")


def one_stratum(stage, *units, group="parent"):
    person = {"unit": "person", "method": "srs"}
    stages = [stage, person] if stage["unit"] != "person" else [stage]
    strata = [{"stratum": "a", "stages": stages, "units": list(units)}]
    return read_design({"rule": "quality-2024", "groups": {group: {"strata": strata}}})


def test_joined_classes_are_one_unit_and_the_share_of_units_drawn_stays():
    frame = frame_of(
        ("parent", "A", "1", "class/A/1", 30, 30, 20),
        ("parent", "A", "2", "class/A/2~3", 8, 8, 4),
        ("parent", "A", "3", "class/A/2~3", 12, 12, 9),
    )
    units = [{"unit": "A", "class": name, "probability": 0.25} for name in "123"]
    table = link_design(frame, one_stratum({"unit": "class", "method": "srs", "frame": 12, "drawn": 3}, *units))
    assert table.psu.tolist() == ["class/A/1", "class/A/2", "class/A/2"]
    assert table.M_h.tolist() == [8, 8, 8]  # 12 x 2 units of 3 classes
    assert table.N_c.tolist() == [30, 20, 20]
    assert table.design.tolist() == [4, 4, 4]


def test_a_row_with_codes_that_was_not_drawn_speaks_for_itself_alone():
    frame = frame_of(
        ("parent", "A", "1", "class/A/1", 30, 30, 20),
        ("parent", "A", "2", "class/A/2", 30, 30, 20),
        ("parent", "B", "1", "class/B/1", 30, 30, 20),
    )
    units = [{"unit": "A", "class": name, "probability": 0.25} for name in "12"]
    table = link_design(frame, one_stratum({"unit": "class", "method": "srs", "frame": 8, "drawn": 2}, *units))
    assert table.design.tolist() == [4, 4, 1]
    assert table.M_h.tolist() == [8, 8, 1]
    assert table.stratum.nunique() == 2


def test_persons_drawn_from_a_stratum_weigh_all_its_people_over_those_drawn():
    frame = frame_of(("teacher", "A", "", "unit/A", 50, 7, 5), ("teacher", "B", "", "unit/B", 30, 3, 3))
    units = [{"unit": "A", "probability": 0.1}, {"unit": "B", "probability": 0.1}]
    stage = {"unit": "person", "method": "srs", "frame": 100, "drawn": 10}
    table = link_design(frame, one_stratum(stage, *units, group="teacher"))
    assert table.psu.tolist() == ["", ""]
    assert table.M_h.tolist() == [100, 100]
    assert table.design.tolist() == [10, 10]


def test_who_came_of_themselves_stands_for_no_counted_people():
    frame = frame_of(("public", "A", "", "unit/A", 5000, 5000, 40))
    table = link_design(frame, one_stratum({"unit": "person", "method": "open"}, group="public"))
    assert table.M_h.isna().all()


def test_strata_that_share_a_place_are_one():
    frame = frame_of(("teacher", "A", "", "township/T", 20, 6, 5), ("teacher", "B", "", "township/T", 30, 6, 5))
    strata = [
        {"stratum": name, "stages": [{"unit": "person", "method": "srs"}], "units": [{"unit": name}]} for name in "AB"
    ]
    design = read_design({"rule": "quality-2024", "groups": {"teacher": {"strata": strata}}})
    table = link_design(frame, design)
    assert table.stratum.nunique() == 1
    assert table.M_h.tolist() == [50, 50]
