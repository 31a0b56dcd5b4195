"""Joined groups: each keeps the rule's weight inside its label, and joining moves no county."""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate import half_estimates
from analysis.recognition.county_figure import county_figure
from analysis.recognition.measuring import measure_survey
from analysis.weights.rule_shares import keep_rule_shares
from questionnaires.rule import load_papers, load_rule
from tests.told_json import recognise

RULE = load_rule("quality-2024")
PAPERS = load_papers(RULE)
ITEMS = list(PAPERS[0].item_ids)
SMALL = {"deputy": 24, "cppcc": 12, "public": 3000}


def survey(deputies=6, cppcc=6, public=40):
    """Frame and forms: all satisfied but half of the deputies and a fifth of the public."""
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
    return frame, forms


def county(**came):
    """What files give."""
    frame, forms = survey(**came)
    return recognise(forms, frame, RULE, *PAPERS)


def figure(*, join, **came):
    """The county of files; with `join` that of a close, whose forms stand on joined places and under joined groups."""
    frame, forms = survey(**came)
    return county_figure(measure_survey(forms, frame, RULE, *PAPERS, join=join), "headline", RULE)


def closed(frame, forms):
    return measure_survey(forms, frame, RULE, *PAPERS, join=True)


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
    told = {deputies: figure(join=False, deputies=deputies).rate for deputies in (2, *range(7, 13), 22)}
    even = [rate for deputies, rate in told.items() if deputies % 2 == 0]
    assert max(even) - min(even) < 1e-9
    rates = [told[deputies] for deputies in range(7, 13)]
    share = 1 / 12
    own = [np.ceil(deputies / 2) / deputies for deputies in range(7, 13)]
    expected = [0.5 + (3 + (1 - part) + 1.0 + 0.8) * share for part in own]
    assert rates == pytest.approx(expected)


def test_a_group_without_forms_is_named_as_missing_though_its_neighbours_were_joined():
    found = county(deputies=0)
    assert found["recognition"]["incomplete"] == ["deputy"]
    assert found["recognition"]["rate"] == pytest.approx((0.5 + (3 + 1.0 + 0.8) / 12) / (11 / 12))


@pytest.mark.parametrize("join", [False, True])
def test_no_deputy_of_24_and_six_of_six_of_the_cppcc_make_88_65_percent_and_not_87_33(join):
    """Four groups at 78 of 89, the public at 108 of 125: by population the joined 3/12 hid who was missing."""
    came = {"parent": 890, "student": 89, "teacher": 89, "principal": 89, "deputy": 0, "cppcc": 6, "public": 125}
    people = {**came, "deputy": 24, "public": 30_000}
    satisfied = {"parent": 780, "cppcc": 6, "public": 108}
    frame = pd.DataFrame({"group": list(people), "population": list(people.values())})
    frame = frame.assign(unit="A", stage="", locale="", township="", grade=np.nan, **{"class": ""})
    frame["invited"] = frame.group.map({**people, "public": 125})
    forms = frame.loc[frame.index.repeat(frame.group.map(came)), ["group", "unit", "class"]].reset_index(drop=True)
    content = forms.groupby("group").cumcount() < forms.group.map(satisfied).fillna(78)
    forms = forms.assign(**dict.fromkeys(ITEMS, np.where(content, 5, 1)))
    found = county_figure(measure_survey(forms, frame, RULE, *PAPERS, join=join), "headline", RULE)
    assert found.rate == pytest.approx(0.8865, abs=5e-5)
    assert found.incomplete == ("deputy",)
    by_population = (9 * 78 / 89 + 3 * (6 + 30_000 * 108 / 125) / 30_006) / 12
    assert by_population == pytest.approx(0.8733, abs=5e-5)


def test_every_joined_group_tells_its_own_counts_before_it_was_joined():
    rows = {row["group"]: row for row in county()["suppressed"] if row["why"] == "joined"}
    assert {group: (row["invited"], row["valid"]) for group, row in rows.items()} == {
        "deputy": (24, 6),
        "cppcc": (12, 6),
    }


@pytest.mark.parametrize("deputies", [6, 9, 10])
def test_a_close_gives_joined_groups_the_same_weights_as_files_do(deputies):
    files, close = (figure(join=join, deputies=deputies, cppcc=6 if deputies < 10 else 12) for join in (False, True))
    assert close.rate == pytest.approx(files.rate)
    assert close.se == pytest.approx(files.se, rel=0.05)
    assert close.evidence == files.evidence


def test_in_a_close_too_one_more_form_moves_no_county_by_a_point():
    rates = [figure(join=True, deputies=deputies, cppcc=12, public=20).rate for deputies in (8, 10)]
    assert abs(rates[1] - rates[0]) < 0.001


def test_the_cells_of_a_close_tell_no_form_and_no_place_of_a_joined_group():
    measured = closed(*survey(deputies=6, cppcc=6))
    own = measured.tallied[measured.tallied.group == "deputy+cppcc"]
    headline = own[own.measure == "headline"]
    assert headline.y.isna().all()
    assert sorted(headline.n_forms[headline.n_forms > 0]) == [6, 6]
    assert own[own.measure == "quality_1"].n_forms.max() == 12
    assert own.place.nunique() == 1


def test_what_a_joined_group_of_a_close_could_hide_is_taken_at_its_worst():
    frame, forms = survey(deputies=6, cppcc=6)
    forms.loc[forms.group == "cppcc", ITEMS[:8]] = 1
    told = closed(frame, forms)
    half = half_estimates(told.cells, "headline").set_index(["domain", "measure"])
    p = told.estimates.set_index(["domain", "measure"]).estimate["deputy+cppcc", "headline"]
    worst = 0.5 * sum(rate / (2 - rate) for rate in (0.5, 0.5))
    assert half.estimate["deputy+cppcc", "headline|half"] <= worst + 1e-9 <= p
