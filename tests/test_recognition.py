import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis.recognition import measure_survey, recognise
from analysis.units import unit_table
from questionnaires.paper import GROUPS, load_paper
from questionnaires.rule import load_rule

RULE = load_rule("quality-2024")
PAPERS = tuple(load_paper(f"{kind}-2026") for kind in ("social", "staff", "student"))
ITEMS = list(PAPERS[0].item_ids)


def frame_of(**invited):
    """Two schools in two townships; every group has `invited` people in each, 30 unless told."""
    rows = [
        (group, unit, "", invited.get(group, 30), invited.get(group, 30), "primary", "town", f"T{unit}")
        for group, unit in product(GROUPS, ["P1", "P2"])
    ]
    columns = ["group", "unit", "class", "population", "invited", "stage", "locale", "township"]
    return pd.DataFrame(rows, columns=columns)


def forms_of(frame, seed=1, share=1.0):
    """`share` of the invited answer, at random."""
    counts = (frame["invited"] * share).round().astype(int)
    forms = frame.loc[frame.index.repeat(counts), ["group", "unit", "class"]].reset_index(drop=True)
    codes = np.random.default_rng(seed).choice([1, 2, 3, 4, 5, 5, 9], (len(forms), len(ITEMS)))
    return pd.concat([forms, pd.DataFrame(codes, columns=ITEMS)], axis=1)


def found(frame, forms=None, **more):
    return recognise(forms_of(frame) if forms is None else forms, frame, RULE, *PAPERS, **more)


def test_the_object_has_the_fields_of_the_published_interface():
    result = found(frame_of(), population=445_012)
    assert list(result) == [
        *("rule", "received", "valid", "recognition", "groups", "items", "topics", "sensitivity"),
        *("tipping_point", "integrity", "shortfalls", "suppressed", "provenance"),
    ]
    assert list(result["recognition"]) == [
        *("rate", "se", "lower", "upper", "lower95", "upper95", "threshold"),
        *("verdict", "evidence", "probability_above", "incomplete"),
    ]
    assert set(result["groups"]["parent"]) == {
        *("rate", "se", "lower", "upper", "received", "valid", "n_eff", "response_rate", "unknown")
    }
    assert set(result["items"]["quality_1"]) == {"county", *GROUPS}
    assert set(result["items"]["quality_1"]["county"]) == {"rate", "se", "n"}
    assert list(result["topics"]) == [topic.id for topic in PAPERS[0].topics]
    assert result["integrity"] == {"flagged": 0, "checks": {}, "note": "尚未核查"}
    assert json.loads(json.dumps(result)) == result


def test_the_county_weighs_its_groups_by_the_rule():
    result = found(frame_of())
    weighted = sum(float(RULE.weights.value[group]) * row["rate"] for group, row in result["groups"].items())
    assert result["recognition"]["rate"] == pytest.approx(weighted, abs=1e-11)


def test_a_census_answered_in_full_has_no_error_and_its_rate_is_the_mean_of_the_forms():
    frame = frame_of()
    forms = forms_of(frame)
    body = forms.loc[forms["group"] == "parent", ITEMS[:-1]]
    means = body.isin([3, 4, 5]).sum(axis=1) / body.isin([1, 2, 3, 4, 5]).sum(axis=1)
    parent = found(frame, forms)["groups"]["parent"]
    assert (parent["rate"], parent["se"]) == (pytest.approx(means.mean()), 0)


def test_the_order_of_forms_and_frame_changes_no_digit():
    frame = frame_of(teacher=7)
    forms = forms_of(frame, share=0.6)
    turned = found(frame.sample(frac=1, random_state=3), forms.sample(frac=1, random_state=4))
    assert json.dumps(turned) == json.dumps(found(frame, forms))


def test_invalid_forms_are_received_but_not_counted():
    frame = frame_of()
    forms = forms_of(frame)
    forms.loc[forms.index[forms["group"] == "parent"][:5], ITEMS[:6]] = 0
    result = found(frame, forms)
    assert (result["received"], result["valid"]) == (len(forms), len(forms) - 5)
    assert (result["groups"]["parent"]["received"], result["groups"]["parent"]["valid"]) == (60, 55)


def test_small_groups_are_joined_before_any_figure_and_their_weights_add():
    result = found(frame_of(deputy=3, cppcc=4))
    assert {"deputy", "cppcc"}.isdisjoint(result["groups"])
    assert result["groups"]["deputy+cppcc"]["valid"] == 14
    assert result["provenance"]["weights"]["deputy+cppcc"] == pytest.approx(1 / 6)
    assert {"group": "deputy", "measure": None, "why": "joined", "shown_in": "deputy+cppcc"} in result["suppressed"]
    assert "without_deputy+cppcc" in [one["name"] for one in result["sensitivity"]]


def test_a_small_group_that_cannot_be_joined_is_left_out_and_missed_by_name():
    result = found(frame_of(student=4))
    assert result["recognition"]["incomplete"] == ["student"]
    assert result["groups"]["student"] == {
        **dict.fromkeys(["rate", "se", "lower", "upper", "n_eff", "unknown"]),
        **{"received": 8, "valid": 8, "response_rate": 1.0},
    }
    assert "student" not in result["items"]["quality_1"]


def test_a_group_without_forms_is_incomplete():
    frame = frame_of()
    forms = forms_of(frame)
    result = found(frame, forms[forms["group"] != "cppcc"])
    assert result["recognition"]["incomplete"] == ["cppcc"]
    assert result["groups"]["cppcc"]["received"] == 0


def test_an_item_that_too_few_of_a_group_answered_is_hidden_there_and_left_out_of_the_county():
    frame = frame_of()
    forms = forms_of(frame)
    silent = forms.index[forms["group"] == "cppcc"][:-9]
    forms.loc[silent, "quality_2"] = 9
    result = found(frame, forms)
    assert "cppcc" not in result["items"]["quality_1"]
    assert "cppcc" not in result["topics"]["quality"]
    shown = [row["n"] for group, row in result["items"]["quality_2"].items() if group != "county"]
    assert result["items"]["quality_2"]["county"]["n"] == sum(shown)


def test_without_any_form_nothing_is_decided():
    frame = frame_of()
    result = found(frame, forms_of(frame)[:0])
    assert result["recognition"]["verdict"] == "undetermined"
    assert result["recognition"]["rate"] is None
    assert (result["received"], result["sensitivity"], result["tipping_point"]) == (0, [], None)


def test_groups_with_fewer_people_than_asked_for_are_reported_only_with_a_population():
    result = found(frame_of(principal=6), population=445_012)
    assert {"group": "principal", "population": 12, "quota": 56, "target": 12, "shortfall": 44} in result["shortfalls"]
    assert found(frame_of())["shortfalls"] == []


def test_merged_nonresponse_and_people_out_of_reach_are_told():
    frame = frame_of()
    forms = forms_of(frame)
    kept = forms[(forms["group"] != "parent") | (forms["unit"] != "P2")]
    told = found(frame, kept)["provenance"]["nonresponse"]
    assert {"group": "parent", "place": "unit/P2"} in told["without_forms"]
    assert told["merged"] == [
        {
            "group": "parent",
            "response_class": "stratum/primary/town",
            "places": 2,
            "invited": 60,
            "forms": 30,
            "rate": 0.5,
        }
    ]


def test_neither_three_teachers_of_one_school_nor_the_principal_of_another_can_be_seen_alone():
    few = pd.DataFrame(
        [("teacher", f"P{k}", 3 if k == 1 else 20) for k in range(1, 5)]
        + [("principal", f"P{k}", 1) for k in range(1, 5)]
        + [("parent", f"P{k}", 40) for k in range(1, 5)],
        columns=["group", "unit", "invited"],
    )
    frame = few.assign(population=few["invited"], stage="primary", locale="town", township="T1", **{"class": ""})
    forms = forms_of(frame)
    survey = measure_survey(forms, frame, RULE, *PAPERS)
    units = unit_table(survey.cells, survey.places, RULE)
    result = found(frame, forms)
    assert "teacher+principal" in result["groups"]
    assert {"teacher", "principal"}.isdisjoint(result["groups"])
    assert set(units["group"]) == {"teacher+principal", "parent"}
    assert (units["n"] >= RULE.smallest).all()
    staff = units[units["group"] == "teacher+principal"]
    assert "unit/P1" not in set(staff["place"])
    assert sorted(zip(staff["place"], staff["scope"], staff["n"], strict=True)) == [
        ("county", "rest", 24),
        ("township/T1", "rest", 23),
        ("township/T1", "some", 43),
        ("unit/P4", "some", 20),
    ]
