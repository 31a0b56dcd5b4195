import json

import numpy as np
import pandas as pd
import pytest

from analysis.plan import planning
from analysis.plan.proposing import propose_sample
from analysis.results import as_json
from analysis.sample.drawing import draw_sample
from questionnaires.rule import load_rule

QUALITY, BASIC = load_rule("quality-2024"), load_rule("basic-2012")


def plan_survey(*asked, **told):
    return as_json(planning.plan_survey(*asked, **told))


def frame_of(classes=60, size=40, invited=None, principals=71):
    """Parents in classes of one size over nine grades; single teachers, and principals one a school."""
    rows = [
        ("parent", f"P{k % 20}", f"C{k}", k % 9 + 1, size, size if invited is None else invited(k), "town")
        for k in range(classes)
    ]
    rows += [("teacher", f"P{k}", "", np.nan, 30, 30, "town") for k in range(20)]
    rows += [("principal", f"P{k}", "", np.nan, 1, 1, "town") for k in range(principals)]
    columns = ["group", "unit", "class", "grade", "population", "invited", "locale"]
    return pd.DataFrame(rows, columns=columns).assign(stage="", township="")


def test_the_small_county_of_2012_needs_600_forms_half_of_them_parents():
    plan = plan_survey(BASIC, None, 300_000)
    assert plan["county"]["target"] == 600
    assert {group: row["target"] for group, row in plan["groups"].items()} == {
        "parent": 300,
        **dict.fromkeys(["teacher", "principal", "deputy", "cppcc", "public"], 60),
    }


def test_the_parts_of_a_plan_add_up():
    plan = plan_survey(QUALITY, frame_of(), 445_012)
    for parts in (plan["strata"], plan["units"]):
        for name in ("target", "slips", "population"):
            by_group = pd.DataFrame(parts).groupby("group")[name].sum()
            assert all(total == plan["groups"][group][name] for group, total in by_group.items())
    assert plan["county"]["slips"] == sum(row["slips"] for row in plan["groups"].values())


def test_a_group_too_small_for_its_quota_is_said_and_proves_less():
    principal = plan_survey(QUALITY, frame_of(principals=10), 445_012)["groups"]["principal"]
    assert (principal["quota"], principal["target"], principal["shortfall"], principal["slips"]) == (56, 10, 46, 10)
    assert (principal["expected"], principal["smallest_rate"]) == (6, None)
    assert set(principal["power"].values()) == {0.0}


def test_a_group_the_frame_does_not_have_is_missing_in_full():
    deputy = plan_survey(QUALITY, frame_of(), 445_012)["groups"]["deputy"]
    assert (deputy["population"], deputy["quota"], deputy["target"], deputy["shortfall"]) == (0, 56, 0, 56)


def test_people_who_cannot_all_be_reached_are_not_expected_back():
    principal = plan_survey(QUALITY, frame_of(principals=60), 445_012, return_rate=0.7)["groups"]["principal"]
    assert (principal["target"], principal["slips"], principal["expected"]) == (56, 60, 42)


@pytest.mark.parametrize(
    ("frame", "deff"),
    [
        (None, 2.0),
        (frame_of(classes=60), 1 + (334 / 18 - 1) * 0.05),
        (frame_of(classes=60, invited=lambda k: 40 * (k < 12)), 1 + (334 / 12 - 1) * 0.05),
        (frame_of(classes=400, size=6), 1 + (334 / 94 - 1) * 0.05),
    ],
)
def test_the_fewer_classes_share_the_forms_of_parents_the_larger_the_design_effect(frame, deff):
    plan = plan_survey(QUALITY, frame, 445_012)
    assert plan["groups"]["parent"]["deff"] == pytest.approx(deff)
    assert plan["groups"]["teacher"]["deff"] == pytest.approx(1.0)


def test_the_return_rate_of_the_rule_is_used_unless_another_is_told():
    assert plan_survey(BASIC, None, 445_012)["return_rate"] == 0.7
    told = plan_survey(BASIC, None, 445_012, return_rate=0.5)
    assert (told["return_rate"], told["groups"]["teacher"]["slips"]) == (0.5, 134)


def test_the_plan_tells_power_and_forms_needed_for_every_rate_of_the_rule():
    parent = plan_survey(QUALITY, None, 445_012)["groups"]["parent"]
    assert parent["forms_needed"] == {"0.88": 1647, "0.9": 565, "0.95": 119}
    assert list(parent["power"]) == ["0.88", "0.9", "0.95"]
    assert sorted(parent["power"].values()) == list(parent["power"].values())


def test_a_plan_is_ready_for_json():
    for frame in (None, frame_of()):
        plan = plan_survey(QUALITY, frame, 445_012)
        assert json.loads(json.dumps(plan, allow_nan=False)) == plan


def test_without_a_frame_the_chance_is_that_of_so_many_classes_and_not_of_so_many_forms():
    plan = plan_survey(QUALITY, None, 487_281)
    assert plan["county"]["power"]["0.88"] == pytest.approx(0.497, abs=0.0005)


def test_a_plan_counts_on_the_design_that_will_be_drawn_and_on_the_one_that_was():
    frame = frame_of(classes=90)
    proposed = plan_survey(QUALITY, frame, 445_012)
    drawn = draw_sample(frame, propose_sample(QUALITY, frame, 445_012), "7")
    after = plan_survey(QUALITY, drawn.frame, 445_012, design=drawn.design)
    for group, row in proposed["groups"].items():
        assert after["groups"][group]["deff"] == pytest.approx(row["deff"]), group
        assert after["groups"][group]["power"] == pytest.approx(row["power"], abs=0.02), group


def test_a_group_of_two_invited_people_is_named_before_anybody_is_asked():
    frame = pd.concat(
        [frame_of(), pd.DataFrame({"group": "deputy", "unit": ["甲团", "乙团"], "class": "", "population": 9,
                                   "invited": 1, "stage": "", "township": "", "locale": ""})]
    )  # fmt: skip
    plan = plan_survey(QUALITY, frame, 20_000)
    (told,) = [line for line in plan["unshown"] if line["group"] == "deputy"]
    assert (told["invited"], told["expected"]) == (2, 1)
    assert set(told["shown_with"]) == {"parent", "deputy"}
    assert "parent" not in {line["group"] for line in plan["unshown"]}
