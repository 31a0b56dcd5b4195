import numpy as np
import pandas as pd
import pytest

from analysis.cells.tallying import HEADLINE, OVERALL
from analysis.estimate import weighted_share
from analysis.recognition.sensitivity import sensitivity, tipping_point
from analysis.weights.margins import FrameCells
from questionnaires.rule import load_rule

RULE = load_rule("quality-2024")
WEIGHTS = {"parent": 0.5, "public": 0.5}
PEOPLE = {"parent": 100, "public": 300}
MEASURES = {HEADLINE: 0, f"{HEADLINE}|strict": 10, f"{HEADLINE}|unknown_as_not": 1, OVERALL: 2}


def cells_of(parent=45, public=38, **columns):
    """50 parents of weight 2 and 40 of the public of weight 7.5, that many of them satisfied."""
    rows = [
        {"measure": measure, "group": group, "weight": weight, "n_forms": n, "n": n, "total": total - less}
        for measure, less in MEASURES.items()
        for group, weight, n, total in (("parent", 2.0, 50, parent), ("public", 7.5, 40, public))
    ]
    table = pd.DataFrame(rows).assign(psu="", stratum_psus=np.nan, psu_size=np.nan, **columns)
    return table.assign(stratum=table["group"], total_sq=table["total"])


def choices(cells, weights=WEIGHTS, **more):
    found = sensitivity(cells, weighted_share(cells), weights, PEOPLE, RULE, **more)
    return {choice.name: (round(choice.rate, 6), choice.verdict) for choice in found}


def test_every_other_choice_gives_a_rate_and_a_verdict():
    assert choices(cells_of(parent=45, public=32)) == {
        "pooled": (round(77 / 90, 6), "met"),
        "mean_of_groups": (0.85, "met"),
        "population": (0.825, "not_met"),
        "strict": (0.625, "not_met"),
        "unknown_as_not": (round((44 / 50 + 31 / 40) / 2, 6), "not_met"),
        "overall_item": (round((43 / 50 + 30 / 40) / 2, 6), "not_met"),
        "without_parent": (0.8, "not_met"),
        "without_public": (0.9, "met"),
    }


def test_the_mean_score_is_of_another_scale_and_has_no_verdict():
    score = cells_of()[lambda cells: cells.measure == HEADLINE].assign(measure=f"{HEADLINE}|score")
    found = choices(pd.concat([cells_of(), score], ignore_index=True))
    assert found["mean_score"] == (round((45 / 50 + 38 / 40) / 2, 6), None)


def test_a_joined_group_counts_as_many_times_as_it_has_groups_in_the_mean():
    cells = cells_of(parent=45, public=32).replace({"group": {"public": "deputy+cppcc"}})
    found = sensitivity(
        cells,
        weighted_share(cells),
        {"parent": 0.5, "deputy+cppcc": 0.5},
        {"parent": 1, "deputy+cppcc": 1},
        RULE,
    )
    assert next(choice for choice in found if choice.name == "mean_of_groups").rate == pytest.approx(2.5 / 3)


def test_a_group_without_forms_is_left_out_of_every_choice():
    found = choices(cells_of(), weights={"parent": 0.25, "public": 0.25, "student": 0.5})
    assert found["mean_of_groups"] == (0.925, "undetermined")
    assert "without_student" not in found


def flagged_cells(flagged):
    """Of the 50 parents, that many (all dissatisfied) are flagged."""
    kept = cells_of(parent=40).assign(flagged=False)
    parents = kept["group"] == "parent"
    suspects = kept[parents].assign(flagged=True, n_forms=flagged, n=flagged, total=0, total_sq=0)
    kept.loc[parents, ["n_forms", "n"]] -= flagged
    return pd.concat([kept, suspects], ignore_index=True)


def test_flagged_forms_are_left_out_where_they_are_enough_to_hide_anyone():
    assert choices(flagged_cells(10))["without_flagged"] == (round((1 + 38 / 40) / 2, 6), "met")
    assert "without_flagged" not in choices(flagged_cells(9))
    assert "without_flagged" not in choices(cells_of())


def test_the_people_of_the_frame_add_the_raked_rate():
    cells = cells_of()
    two = pd.concat([cells, cells[cells["group"] == "parent"].assign(total=20, total_sq=20)], ignore_index=True)
    raked = two[two["measure"] == HEADLINE].assign(locale=["city", "town", "village"])
    frame_cells = FrameCells(raked, {"locale": {"city": 30.0, "village": 10.0, "town": 5.0}})
    rate = (0.75 * 45 / 50 + 0.25 * 20 / 50 + 38 / 40) / 2
    assert choices(cells, frame_cells=frame_cells)["raked"] == (round(rate, 6), "met")
    assert "raked" not in choices(cells)


def test_the_tipping_point_turns_the_verdict():
    rates, response = {"parent": 0.9, "public": 0.95}, {"parent": 0.5, "public": 0.8}
    q = tipping_point(rates, WEIGHTS, response, 0.85)
    everyone = sum(WEIGHTS[group] * (response[group] * rates[group] + (1 - response[group]) * q) for group in rates)
    assert everyone == pytest.approx(0.85)


def test_a_group_without_forms_did_not_answer_at_all():
    assert tipping_point({"parent": 1.0}, WEIGHTS, {"parent": 1.0}, 0.85) == pytest.approx(0.7)


def test_there_is_no_tipping_point_when_everybody_answered():
    assert tipping_point({"parent": 0.9}, {"parent": 1.0}, {"parent": 1.2}, 0.85) is None
