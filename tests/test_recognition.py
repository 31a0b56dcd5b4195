import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis.disclosure.units import unit_table
from analysis.recognition.measuring import measure_survey
from questionnaires.paper import load_paper
from questionnaires.rule import choose_papers, load_papers, load_rule
from questionnaires.vocabulary import Group
from tests.told_json import recognise

RULE = load_rule("quality-2024")
PAPERS = tuple(load_paper(f"{kind}-2026") for kind in ("social", "staff", "student"))
ITEMS = list(PAPERS[0].item_ids)


def frame_of(**invited):
    """Two schools in two townships; every group has `invited` people in each, 30 unless told."""
    rows = [
        (group, unit, "", invited.get(group, 30), invited.get(group, 30), "primary", "town", f"T{unit}")
        for group, unit in product(Group, ["P1", "P2"])
    ]
    columns = ["group", "unit", "class", "population", "invited", "stage", "locale", "township"]
    return pd.DataFrame(rows, columns=columns).assign(grade=np.nan)


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
        *("rule", "received", "valid", "valid_return", "recognition", "coding", "groups", "items", "topics"),
        *("sensitivity", "tipping_point", "integrity", "shortfalls", "suppressed", "provenance"),
    ]
    assert list(result["recognition"]) == [
        *("rate", "se", "lower", "upper", "lower95", "upper95", "threshold"),
        *("verdict", "evidence", "ratio", "design", "probability_above", "incomplete"),
    ]
    assert set(result["groups"]["parent"]) == {
        *("rate", "se", "lower", "upper", "received", "valid", "n_eff", "response_rate", "unknown"),
        *("df", "deff", "target", "p_holm", "at_least", "at_most", "unknown_at_most"),
    }
    assert set(result["items"]["quality_1"]) == {"county", *Group}
    assert set(result["items"]["quality_1"]["county"]) == {"rate", "se", "lower", "upper", "n", "unknown"}
    assert set(result["topics"]["quality"]["county"]) == {"rate", "se", "lower", "upper", "n"}
    assert list(result["topics"]) == [topic.id for topic in PAPERS[0].topics]
    assert (result["integrity"]["flagged"], result["integrity"]["findings"]) == (0, [])
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
    told = {"group": "deputy", "measure": None, "why": "joined", "shown_in": "deputy+cppcc", "invited": 6, "valid": 6}
    assert told in result["suppressed"]
    assert "without_deputy+cppcc" in [one["name"] for one in result["sensitivity"]]


def test_a_small_group_that_cannot_be_joined_is_left_out_and_missed_by_name():
    result = found(frame_of(student=4))
    assert result["recognition"]["incomplete"] == ["student"]
    assert result["groups"]["student"] == {
        **dict.fromkeys(["rate", "se", "lower", "upper", "n_eff", "df", "deff", "unknown", "target", "p_holm"]),
        **dict.fromkeys(["at_least", "at_most", "unknown_at_most"]),
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


def test_forms_and_invited_give_the_valid_return_and_no_rule_changes_a_figure_for_it():
    basic, papers = load_rule("basic-2012"), load_papers(load_rule("basic-2012"))
    items = list(papers[0].item_ids)
    frame = frame_of()
    forms = forms_of(frame, share=0.6)[["group", "unit", "class", *ITEMS[: len(items)]]]
    forms = forms.set_axis(["group", "unit", "class", *items], axis=1).replace({1: 2, 5: 4})
    asked = forms[forms["group"] != "student"]
    result = recognise(asked, frame, basic, *papers)
    assert result["valid_return"] == {"rate": 0.6, "least": 0.7, "met": False}
    lenient = basic.model_copy(update={"valid_return": basic.valid_return.model_copy(update={"value": 0.6})})
    other = recognise(asked, frame, lenient, *papers)
    assert other.pop("valid_return") == {"rate": 0.6, "least": 0.6, "met": True}
    assert other == {key: value for key, value in result.items() if key != "valid_return"}


def test_a_rule_without_a_demand_on_the_return_only_tells_it():
    frame = frame_of()
    assert found(frame, forms_of(frame, share=0.5))["valid_return"] == {"rate": 0.5, "least": None, "met": None}


def test_groups_the_rule_does_not_ask_are_no_part_of_the_survey():
    basic, papers = load_rule("basic-2012"), load_papers(load_rule("basic-2012"))
    forms = pd.DataFrame({"group": "parent", "unit": ["P1"] * 20, "class": ""} | dict.fromkeys(papers[0].item_ids, 4))
    with_students, without = frame_of(), frame_of().query("group != 'student'")
    assert recognise(forms, with_students, basic, *papers) == recognise(forms, without, basic, *papers)
    with pytest.raises(ValueError, match="student/P1"):
        recognise(forms.assign(group="student"), with_students, basic, *papers)


def test_a_group_knows_its_target_and_a_joined_one_the_sum():
    groups = found(frame_of(deputy=3, cppcc=4), population=445_012)["groups"]
    assert (groups["parent"]["target"], groups["deputy+cppcc"]["target"]) == (60, 14)
    assert found(frame_of())["groups"]["parent"]["target"] is None


def test_holms_p_is_a_note_below_5_percent_only_for_groups_clearly_above_the_line():
    frame = frame_of()
    forms = forms_of(frame, share=0.8)
    forms.loc[forms["group"] == "parent", ITEMS] = 5
    result = found(frame, forms)
    assert result["groups"]["parent"]["p_holm"] < 0.05
    assert all(row["p_holm"] > 0.5 for group, row in result["groups"].items() if group != "parent")
    assert result["recognition"]["verdict"] == "not_met"


def test_an_items_unknown_share_counts_those_who_marked_something():
    frame = frame_of()
    forms = forms_of(frame)
    forms["quality_1"] = 4
    forms.loc[forms.index[forms["group"] == "parent"][:15], "quality_1"] = 9
    forms.loc[forms.index[forms["group"] == "parent"][15:30], "quality_1"] = 0
    item = found(frame, forms)["items"]["quality_1"]
    assert item["parent"]["unknown"] == pytest.approx(15 / 45)
    assert item["county"]["unknown"] == pytest.approx(15 / 45 / 2)


def test_every_response_rate_is_told_by_the_group_itself_even_where_groups_are_joined():
    frame = frame_of(deputy=3, cppcc=4)
    forms = forms_of(frame)
    kept = forms[(forms["group"] != "deputy") | (forms["unit"] != "P2")]
    told = found(frame, kept)["provenance"]["nonresponse"]
    rates = {(row["group"], row["response_class"]): row["rate"] for row in told["classes"]}
    assert rates["deputy", "county"] == 0.5
    assert rates["cppcc", "county"] == 1.0
    assert rates["parent", "unit/P1"] == 1.0


@pytest.mark.parametrize("locale", [["town", "village"], ["", ""]])
def test_every_named_choice_is_there_however_little_the_frame_tells(locale):
    frame = frame_of().assign(locale=locale * 7)
    names = [one["name"] for one in found(frame, forms_of(frame, share=0.6))["sensitivity"]]
    marked = ("without_flagged", "without_listed")
    assert [name for name in names if not name.startswith("without_") or name in marked] == [
        *("pooled", "mean_of_groups", "population", "strict", "mean_score", "unknown_as_not", "overall_item"),
        *("without_flagged", "without_listed", "raked"),
    ]
    assert {f"without_{group}" for group in RULE.groups} < set(names)


def test_stuffed_slips_are_flagged_and_the_verdict_is_shown_with_and_without_them():
    frame = frame_of()
    forms = forms_of(frame)
    stuffed = (forms["group"] == "parent") & (forms["unit"] == "P1")
    forms.loc[stuffed, ITEMS] = [4 if place % 3 else 5 for place in range(len(ITEMS))]
    result = found(frame, forms)
    assert result["integrity"]["flagged"] >= stuffed.sum()
    findings = result["integrity"]["findings"]
    assert {(one["group"], one["place"]) for one in findings if one["flagged"]} == {("parent", "unit/P1")}
    assert {name: type(value) for one in findings for name, value in one.items()} == {
        **dict.fromkeys(("group", "place", "check"), str),
        "flagged": bool,  # no figure of a place: it could tell a rate that is hidden
    }
    assert result["received"] == len(forms)
    without = next(one for one in result["sensitivity"] if one["name"] == "without_flagged")
    assert without["rate"] < result["recognition"]["rate"]


def test_what_is_only_listed_is_counted_and_the_verdict_without_it_is_said():
    frame = pd.concat([frame_of()] * 3, ignore_index=True)
    frame["unit"] += np.repeat(["a", "b", "c"], len(frame) // 3)
    forms = forms_of(frame)
    told = (forms["group"] == "parent") & forms["unit"].isin(["P1a", "P2b"])
    forms.loc[told, ITEMS] = 5
    result = found(frame, forms)
    check = result["integrity"]["checks"]["all_highest"]
    assert (check["listed_places"], check["listed_forms"], check["flagged_forms"]) == (2, 60, 0)
    without = next(choice for choice in result["sensitivity"] if choice["name"] == "without_listed")
    assert without["rate"] < result["recognition"]["rate"] - 0.02
    assert without["verdict"] == "not_met"


def test_two_of_six_schools_told_to_tick_five_are_named_with_the_rate_without_them():
    """Honest schools stand at 78 %, the other groups at 67 of 75: 87.33 % meets the line, 83.67 % does not."""
    people = {"parent": 50, **dict.fromkeys([group for group in RULE.groups if group != "parent"], 75)}
    rows = [(group, f"S{school}") for group in people for school in range(6 if group == "parent" else 1)]
    frame = pd.DataFrame(rows, columns=["group", "unit"]).assign(stage="", locale="", township="", grade=np.nan)
    frame["class"] = ""
    frame["population"] = frame.group.map(people)
    frame["invited"] = frame.population
    forms = frame.loc[frame.index.repeat(frame.invited), ["group", "unit", "class"]].reset_index(drop=True)
    satisfied = np.where(forms.group == "parent", 39, 67)
    content = (forms.groupby(["group", "unit"]).cumcount() < satisfied).to_numpy()[:, None]
    rng = np.random.default_rng(8)
    shape = (len(forms), len(ITEMS))
    forms[ITEMS] = np.where(content, rng.integers(3, 6, shape), rng.integers(1, 3, shape))
    forms.loc[(forms.group == "parent") & forms.unit.isin(["S1", "S4"]), ITEMS] = 5
    result = found(frame, forms)
    choices = {choice["name"]: choice for choice in result["sensitivity"]}
    assert result["integrity"]["checks"]["all_highest"]["listed_forms"] == 100
    assert (result["recognition"]["rate"], result["recognition"]["verdict"]) == (pytest.approx(0.8733, abs=5e-5), "met")
    without = choices["without_listed"]
    assert (without["rate"], without["verdict"]) == (pytest.approx(0.8367, abs=5e-5), "not_met")


@pytest.mark.parametrize(("answered", "bounds"), [(29, (27 / 30, 28 / 30)), (30, (0.9, 0.9))])
def test_where_nearly_everybody_answered_the_interval_is_what_is_possible(answered, bounds):
    frame = frame_of().groupby("group", sort=False, as_index=False).first().assign(**{"class": "", "unit": "P1"})
    forms = frame.loc[frame.index.repeat(answered), ["group", "unit", "class"]].reset_index(drop=True)
    content = forms.groupby("group").cumcount() < 27
    forms = forms.assign(**dict.fromkeys(ITEMS, np.where(content, 5, 1)))
    group = found(frame, forms)["groups"]["principal"]
    assert (group["lower"], group["upper"]) == pytest.approx(bounds)


def test_a_paper_that_counts_its_own_way_decides_and_the_rules_list_is_another_choice():
    """Everybody ticks the middle option: by the rule they are satisfied, by the balanced papers nobody is."""
    frame = frame_of()
    forms = forms_of(frame).assign(**dict.fromkeys(ITEMS, 3))
    papers = [load_paper(name) for name in choose_papers(RULE, "2027b")]
    result = recognise(forms, frame, RULE, *papers)
    choices = {choice["name"]: choice for choice in result["sensitivity"]}
    assert (result["recognition"]["rate"], result["recognition"]["verdict"]) == (0.0, "not_met")
    assert (choices["rule_options"]["rate"], choices["rule_options"]["verdict"]) == (1.0, "met")
    assert "rule_options" not in {choice["name"] for choice in found(frame, forms)["sensitivity"]}
