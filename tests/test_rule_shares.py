"""Joined groups: each keeps the rule's weight inside its label, and joining moves no county."""

import numpy as np
import pandas as pd
import pytest

from analysis.weights.rule_shares import keep_rule_shares
from questionnaires.rule import load_papers, load_rule
from tests.told_json import recognise

RULE = load_rule("quality-2024")
PAPERS = load_papers(RULE)
ITEMS = list(PAPERS[0].item_ids)
SMALL = {"deputy": 24, "cppcc": 12, "public": 3000}


def county(deputies=6, cppcc=6, public=40):
    """Everyone else satisfied; deputies half, CPPCC members and the public wholly, by 5 of 6 answers alike."""
    people = {"parent": 900, "student": 900, "teacher": 200, "principal": 60, **SMALL}
    came = {"parent": 300, "student": 300, "teacher": 100, "principal": 40}
    came |= {"deputy": deputies, "cppcc": cppcc, "public": public}
    invited = {**people, "public": 100}
    frame = pd.DataFrame(
        {
            "group": list(people),
            "unit": "A",
            "class": "",
            "population": list(people.values()),
            "invited": [invited[group] for group in people],
            "stage": "",
            "locale": "",
            "township": "",
            "grade": np.nan,
        }
    )
    forms = frame.loc[frame.index.repeat([came[group] for group in people]), ["group", "unit", "class"]]
    forms = forms.reset_index(drop=True).assign(**dict.fromkeys(ITEMS, 5))
    place = forms.groupby("group").cumcount()
    forms.loc[(forms.group == "deputy") & (place % 2 == 0), ITEMS] = 1
    forms.loc[(forms.group == "public") & (place % 10 < 2), ITEMS] = 2
    return recognise(forms, frame, RULE, *PAPERS)


def cells_of(**columns):
    base = {"measure": "overall", "group": ["deputy", "cppcc", "public"], "weight": [4.0, 1.0, 30.0], "n": [6, 6, 40]}
    return pd.DataFrame(base | columns)


LABEL = "deputy+cppcc+public"
EVEN = dict.fromkeys(SMALL, 1 / 12)


def test_each_joined_group_has_the_rules_share_whoever_has_more_people():
    weighed = keep_rule_shares(cells_of(), dict.fromkeys(SMALL, LABEL), EVEN)
    mass = weighed.weight * weighed.n
    assert mass.tolist() == pytest.approx([mass.sum() / 3] * 3)
    assert mass.sum() == pytest.approx((cells_of().weight * cells_of().n).sum())


def test_a_group_that_answered_nothing_of_a_measure_gives_its_share_to_the_others():
    weighed = keep_rule_shares(cells_of(n=[0, 6, 40]), dict.fromkeys(SMALL, LABEL), EVEN)
    mass = weighed.weight * weighed.n
    assert mass.tolist() == pytest.approx([0, mass.sum() / 2, mass.sum() / 2])


def test_groups_that_stand_alone_keep_their_weights():
    assert keep_rule_shares(cells_of(), {}, EVEN).weight.tolist() == [4.0, 1.0, 30.0]


def test_the_joined_figure_is_the_rules_mean_of_its_groups():
    found = county()
    (label,) = [name for name in found["groups"] if "+" in name]
    assert label == "deputy+cppcc"
    assert found["groups"][label]["rate"] == pytest.approx((0.5 + 1.0) / 2)
    assert found["recognition"]["rate"] == pytest.approx(0.5 + (3 + 0.5 + 1.0 + 0.8) / 12)


def test_one_more_form_moves_no_county_by_a_point_because_a_border_was_crossed():
    rates = {deputies: county(deputies=deputies)["recognition"]["rate"] for deputies in range(2, 24, 2)}
    assert max(rates.values()) - min(rates.values()) < 1e-9
    rates = [county(deputies=deputies)["recognition"]["rate"] for deputies in range(7, 13)]
    share = 1 / 12
    own = [np.ceil(deputies / 2) / deputies for deputies in range(7, 13)]
    expected = [0.5 + (3 + (1 - part) + 1.0 + 0.8) * share for part in own]
    assert rates == pytest.approx(expected)


def test_a_group_without_forms_is_named_as_missing_though_its_neighbours_were_joined():
    found = county(deputies=0)
    assert found["recognition"]["incomplete"] == ["deputy"]
    assert found["recognition"]["rate"] == pytest.approx((0.5 + (3 + 1.0 + 0.8) / 12) / (11 / 12))


def test_every_joined_group_tells_its_own_counts_before_it_was_joined():
    rows = {row["group"]: row for row in county()["suppressed"] if row["why"] == "joined"}
    assert {group: (row["invited"], row["valid"]) for group, row in rows.items()} == {
        "deputy": (24, 6),
        "cppcc": (12, 6),
    }
