"""A drawn sample: counts as planned, the same list from the same seed, chances that are those of the design."""

import json
from collections import Counter
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from analysis.plan.proposing import propose_sample
from analysis.sample import write_design
from analysis.sample.design import read_design
from analysis.sample.drawing import draw_positions, draw_sample
from analysis.sample.lot import Lot
from analysis.sample.sample_plan import SamplePlan, apply_changes
from questionnaires.rule import load_rule
from questionnaires.vocabulary import DrawMethod, DrawnUnit

RULE = load_rule("quality-2024")
COLUMNS = ["group", "unit", "class", "grade", "population", "stage", "locale", "township"]


def frame_of(schools=6, classes=4, size=30):
    """Parents in classes of grades 1 to 9 of town schools; teachers and deputies person by person."""
    rows = []
    for school in range(schools):
        for number in range(classes):
            grade = (school * classes + number) % 9 + 1
            people = size + (school + number) % 5
            rows.append(("parent", f"P{school:02d}", f"{number}班", float(grade), people, "", "town", "T"))
        rows.append(("teacher", f"P{school:02d}", "", np.nan, 20 + school, "", "town", "T"))
        rows.append(("deputy", f"D{school:02d}", "", np.nan, 3, "", "", ""))
    return pd.DataFrame(rows, columns=COLUMNS).assign(invited=lambda table: table["population"])


FRAME = frame_of()
PLAN = propose_sample(RULE, FRAME, 100_000)


def drawn_list(drawn):
    rows = drawn.frame[drawn.frame["invited"] > 0]
    return sorted(zip(rows["group"], rows["unit"], rows["class"], rows["invited"], strict=True))


def test_the_drawn_list_of_a_seed_is_known():
    parents = [
        (unit, class_) for group, unit, class_, _ in drawn_list(draw_sample(FRAME, PLAN, "7")) if group == "parent"
    ]
    assert parents == KNOWN


def test_the_same_list_is_drawn_with_nothing_but_sha_256():
    lots = [
        (sha256(f"7\nparent\n{stratum}\nclass\n{unit}\n{class_}".encode()).hexdigest(), stratum, unit, class_)
        for stratum, unit, class_ in zip(PLAN.rows, FRAME["unit"], FRAME["class"], strict=True)
        if class_
    ]
    wanted = {line.stratum: line.draw_classes for line in PLAN.strata if line.group == "parent"}
    drawn = [[lot for lot in sorted(lots) if lot[1] == stratum][:count] for stratum, count in wanted.items()]
    assert sorted((unit, class_) for part in drawn for _, _, unit, class_ in part) == KNOWN


KNOWN = [("P00", "3班"), ("P01", "0班"), ("P04", "0班"), ("P04", "1班"), ("P04", "2班"), ("P04", "3班")]


@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_frames_rows_changes_nothing(seed, random):
    order = list(range(len(FRAME)))
    random.shuffle(order)
    shuffled = FRAME.iloc[order].reset_index(drop=True)
    plan = propose_sample(RULE, shuffled, 100_000)
    assert plan.strata == PLAN.strata
    again = draw_sample(shuffled, plan, str(seed))
    first = draw_sample(FRAME, PLAN, str(seed))
    assert drawn_list(again) == drawn_list(first)
    assert write_design(again.design) == write_design(first.design)


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(DrawnUnit)), st.integers(5_000, 400_000))
@settings(max_examples=40, deadline=None)
def test_as_many_are_drawn_as_the_plan_says_and_the_design_can_be_read(seed, stage, population):
    plan = propose_sample(RULE, FRAME, population, stage=stage)
    drawn = draw_sample(FRAME, plan, str(seed))
    table = drawn.frame.assign(stratum=plan.rows)
    assert (table["invited"] <= table["population"]).all()
    for line in plan.strata:
        own = table[(table["group"] == line.group) & (table["stratum"] == line.stratum)]
        reached = own[own["invited"] > 0]
        if line.stage == DrawnUnit.PERSON:
            assert own["invited"].sum() == line.draw_people
        elif line.stage == DrawnUnit.CLASS:
            assert len(reached) == line.draw_classes
        else:
            assert reached["unit"].nunique() == line.draw_schools
    assert read_design(json.loads(json.dumps(write_design(drawn.design)))) == drawn.design


@given(st.integers(0, 2**32 - 1), st.sampled_from([DrawMethod.SRS, DrawMethod.SYSTEMATIC, DrawMethod.PPS]))
@settings(max_examples=40, deadline=None)
def test_the_weights_of_what_was_drawn_stand_for_the_frame(seed, method):
    plan, faults = apply_changes(
        PLAN, [replace(line, method=method, reason="x") for line in PLAN.strata if line.stage == DrawnUnit.CLASS]
    )
    assert faults == []
    drawn = draw_sample(FRAME, plan, str(seed))
    size = {(group, unit, class_): people for group, unit, class_, people in FRAME[
        ["group", "unit", "class", "population"]
    ].itertuples(index=False)}  # fmt: skip
    for line in plan.strata:
        (found,) = [part for part in drawn.design.groups[line.group].strata if part.stratum == line.stratum]
        if line.stage == DrawnUnit.PERSON:
            invited = drawn.frame[(drawn.frame["group"] == line.group) & (pd.Series(plan.rows) == line.stratum)][
                "invited"
            ]
            assert sum(invited) / found.units[0].probability == pytest.approx(line.people)
        elif method == DrawMethod.PPS:
            people = [size[line.group, unit.unit, unit.class_] / unit.probability for unit in found.units]
            certain = [n for n, unit in zip(people, found.units, strict=True) if unit.probability == 1]
            assert sum(people) == pytest.approx(line.people) or certain
        else:
            assert sum(1 / unit.probability for unit in found.units) == pytest.approx(line.classes)


def test_over_many_seeds_every_class_and_person_is_invited_as_often_as_the_design_says():
    small = frame_of(schools=3, classes=3)
    plan = propose_sample(RULE, small, 4_000)
    came: Counter[int] = Counter()
    expected: Counter[int] = Counter()
    seeds = 400
    for seed in range(seeds):
        drawn = draw_sample(small, plan, str(seed))
        for row, invited in enumerate(drawn.frame["invited"]):
            came[row] += invited
    for row, name in enumerate(plan.rows):
        (line,) = [line for line in plan.strata if line.group == small["group"][row] and line.stratum == name]
        people = small["population"][row]
        if line.stage == DrawnUnit.PERSON:
            expected[row] = seeds * people * line.draw_people / line.people
        else:
            expected[row] = seeds * line.draw_classes / line.classes * min(people, line.draw_people or people)
    for row in range(len(small)):
        assert came[row] == pytest.approx(expected[row], rel=0.35), (
            small.iloc[row].to_dict(),
            came[row],
            expected[row],
        )


def test_another_seed_draws_another_list():
    lists = [tuple(drawn_list(draw_sample(FRAME, PLAN, str(seed)))) for seed in range(20)]
    assert len(set(lists)) > 15


def test_everyone_of_a_group_can_be_invited():
    changes = [
        replace(line, method=DrawMethod.ALL, reason="班子决定") for line in PLAN.strata if line.group == "parent"
    ]
    plan, faults = apply_changes(PLAN, changes)
    drawn = draw_sample(FRAME, plan, "7")
    parents = drawn.frame[drawn.frame["group"] == "parent"]
    assert faults == []
    assert (parents["invited"] == parents["population"]).all()
    stages = {stage.method for part in drawn.design.groups["parent"].strata for stage in part.stages}
    assert stages == {DrawMethod.ALL}


def test_an_open_call_is_a_design_of_its_own():
    changes = [replace(line, method=DrawMethod.OPEN, reason="公共码") for line in PLAN.strata if line.group == "deputy"]
    plan, faults = apply_changes(PLAN, changes)
    assert faults == []
    assert draw_sample(FRAME, plan, "7").design.open_groups() == ("deputy",)


@given(st.integers(1, 60), st.data())
def test_positions_on_a_list_are_as_many_as_asked_and_inside_it(people, data):
    drawn = data.draw(st.integers(0, people))
    lot = Lot(seed="7", group="teacher", stratum="town", stage=DrawnUnit.PERSON)
    places = draw_positions(lot, "P01", "", people, drawn)
    assert len(set(places)) == drawn
    assert places == sorted(places)
    assert set(places) <= set(range(1, people + 1))


def test_a_plan_for_no_group_invites_nobody():
    plan = SamplePlan(rule=RULE.id, population=1, return_rate=0.6, strata=(), rows=("",) * len(FRAME))
    assert draw_sample(FRAME, plan, "7").frame["invited"].sum() == 0
