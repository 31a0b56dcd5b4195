"""The county's evidence as a survey gives it: response, silence, missing and open groups."""

import numpy as np
import pandas as pd
import pytest
from msgspec import convert

from analysis.results import Estimate
from analysis.sample.design import read_design
from questionnaires.rule import load_papers, load_rule
from questionnaires.vocabulary import Evidence
from survey_app.cli.rate_lines import estimate_lines, load_sentences
from tests.told_json import recognise

RULE = load_rule("quality-2024")
PAPERS = load_papers(RULE)
ITEMS = list(PAPERS[0].item_ids)
GROUPS = list(RULE.groups)


def county(**asked):
    """What is found of the county (`survey`)."""
    return survey(**asked)["recognition"]


def survey(rate=0.97, answered=0.7, people=400, missing=(), **more):
    """Seven groups of `people`, asked one by one; `answered` of them come, `rate` of these wholly satisfied."""
    frame = pd.DataFrame(
        {"group": GROUPS, "unit": "A", "class": "", "population": people, "invited": people, "stage": ""}
    ).assign(locale="", township="", grade=np.nan)
    came = round(people * answered)
    asked = frame[~frame.group.isin(missing)]
    forms = asked.loc[asked.index.repeat(came), ["group", "unit", "class"]].reset_index(drop=True)
    satisfied = forms.groupby("group").cumcount() < round(rate * came)
    forms = forms.assign(**{item: np.where(satisfied, 5, 1) for item in ITEMS})
    return recognise(forms, frame, RULE, *PAPERS, **more)


def test_what_holds_though_the_dissatisfied_answered_half_as_often_is_established():
    found = county(rate=0.97)
    assert (found["evidence"], found["verdict"]) == ("established_above", "met")
    assert found["ratio"] <= 0.5


def test_what_holds_among_those_who_answered_alone_says_so_with_the_smallest_ratio():
    found = county(rate=0.90)
    assert found["evidence"] == "above_among_answered"
    assert 0.5 < found["ratio"] < 1


def test_where_everybody_answered_nobody_could_turn_it():
    assert county(rate=0.88, answered=1.0)["evidence"] == "established_above"


def test_below_the_line_the_mirror_holds():
    assert county(rate=0.60)["evidence"] == "established_below"
    assert county(rate=0.81, answered=0.6)["evidence"] == "below_among_answered"


def test_in_between_nothing_is_said_and_there_is_no_ratio():
    found = county(rate=0.85)
    assert (found["evidence"], found["ratio"]) == ("not_distinguishable", None)


def test_three_missing_groups_establish_nothing_that_they_could_turn():
    low = county(rate=0.95, missing=("deputy", "cppcc", "public"))
    assert low["incomplete"] == ["cppcc", "deputy", "public"]
    assert low["evidence"] == "established_above"
    uneven = county_with_a_low_group(missing=("deputy", "cppcc", "public"))
    assert uneven["evidence"] == "above_among_answered"
    assert uneven["ratio"] is None


def county_with_a_low_group(missing):
    """Principals all but dissatisfied: were the missing like them, the county would fall."""
    frame = pd.DataFrame(
        {"group": GROUPS, "unit": "A", "class": "", "population": 400, "invited": 400, "stage": ""}
    ).assign(locale="", township="", grade=np.nan)
    asked = frame[~frame.group.isin(missing)]
    forms = asked.loc[asked.index.repeat(390), ["group", "unit", "class"]].reset_index(drop=True)
    forms = forms.assign(**dict.fromkeys(ITEMS, 5))
    forms.loc[(forms.group == "principal") & (forms.groupby("group").cumcount() < 200), ITEMS] = 1
    return recognise(forms, frame, RULE, *PAPERS)["recognition"]


def test_a_group_open_to_whoever_came_counts_like_a_missing_one():
    open_call = {"stratum": "county", "stages": [{"unit": "person", "method": "open"}]}
    one_by_one = {"stratum": "county", "stages": [{"unit": "person", "method": "srs"}], "units": [{"unit": "A"}]}
    groups = {group: {"strata": [one_by_one]} for group in GROUPS}
    closed = read_design({"rule": RULE.id, "groups": groups})
    opened = read_design({"rule": RULE.id, "groups": groups | {"public": {"strata": [open_call]}}})
    assert county(rate=0.97, design=closed)["ratio"] <= county(rate=0.97, design=opened)["ratio"]
    assert county(rate=0.97, design=opened)["design"] == "declared"
    assert county(rate=0.97)["design"] == "assumed"


@pytest.mark.parametrize("evidence", Evidence)
def test_every_evidence_has_its_sentence_on_the_command_line(evidence):
    said = load_sentences()
    assert evidence in said.evidence
    assert (evidence in said.silence) == (evidence != "not_distinguishable")


@pytest.mark.parametrize(("rate", "end"), [(0.99, "最低"), (0.60, "最高")])
def test_the_command_line_says_beside_what_is_established_what_it_takes_missing_groups_to_be(rate, end):
    whole, part = (
        [line for line in estimate_lines(convert(survey(rate=rate, missing=missing), Estimate), RULE) if "足以" in line]
        for missing in ((), ("deputy",))
    )
    assert len(whole) == len(part) == 2
    assert all(f"缺答卷或公开征集的对象按其他对象中{end}的认可度推算" in line for line in part)
    assert not any("推算" in line for line in whole)


def test_the_command_line_says_nothing_of_the_silent_where_there_are_none():
    lines = list(estimate_lines(convert(survey(rate=0.97, answered=1.0), Estimate), RULE))
    assert any("足以说明" in line for line in lines)
    assert not any("参与填答的比例" in line for line in lines)


def test_the_command_line_says_what_the_evidence_hangs_on_and_how_the_design_is_known():
    frame = pd.DataFrame(
        {"group": GROUPS, "unit": "A", "class": "", "population": 400, "invited": 400, "stage": ""}
    ).assign(locale="", township="", grade=np.nan)
    forms = frame.loc[frame.index.repeat(280), ["group", "unit", "class"]].reset_index(drop=True)
    dissatisfied = forms.groupby("group").cumcount() < 28
    forms = forms.assign(**{item: np.where(dissatisfied, 1, 5) for item in ITEMS})
    found = convert(recognise(forms, frame, RULE, *PAPERS), Estimate)
    lines = list(estimate_lines(found, RULE))
    assert any(f"不低于满意的群众的 {found.county.ratio} 倍" in line for line in lines)
    assert any("没有抽样设计文件" in line for line in lines)
