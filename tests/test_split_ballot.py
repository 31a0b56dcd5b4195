"""A split ballot: halves by the code alone, sealed with the form, told with an interval and never mixed in silently."""

import dataclasses
import re
from secrets import token_bytes

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.recognition.split_ballot import FEWEST_FORMS, MeasuredFrom, compare_arms
from questionnaires.paper import load_paper, turn_options
from questionnaires.rule import load_rule
from questionnaires.vocabulary import Mode
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.answering.access import CodeAccess
from survey_app.pages.page_drawing import draw_paper, sheet_behind
from survey_app.rounds.opening import RoundPlan
from tests.county import OPENS, PLAN, issue, open_county
from tests.keyring import open_own
from tests.survey_example import ITEMS, PAPERS, RULE, _forms, _frame

SPLIT = load_rule("quality-2024-split")


def test_no_rule_splits_unless_it_says_so_and_the_one_that_does_is_the_usual_one_else() -> None:
    assert load_rule("quality-2024").split_ballot is None
    assert load_rule("basic-2012").split_ballot is None
    assert SPLIT.split_ballot
    assert SPLIT.split_ballot.clause
    kept = {"id", "title", "split_ballot"}
    assert SPLIT.model_dump(exclude=kept) == RULE.model_dump(exclude=kept)


def test_half_of_the_codes_are_in_either_half_by_the_code_alone() -> None:
    codes = [CodeAccess("open", digest=number.to_bytes(16, "big"), split="reversed") for number in range(1000)]
    arms = [code.arm for code in codes]
    assert 440 < arms.count(2) < 560
    assert arms.count(1) + arms.count(2) == 1000
    assert [code.arm for code in codes] == arms
    assert {replace(code, split="").arm for code in codes} == {0}


def test_the_second_half_sees_the_scale_in_the_other_order_with_the_same_codes_and_words() -> None:
    paper = load_paper("social-2026")
    turned = turn_options(paper, "reversed")
    assert set(turned.options) == set(paper.options)
    assert [option.value for option in turned.options] == [1, 2, 3, 4, 5, 9]
    assert turn_options(paper, "apart").apart
    assert turn_options(paper, "") == paper


def test_the_page_follows_the_half_and_the_box_holds_it(engine: Engine) -> None:
    open_county(engine, replace_rule("quality-2024-split"))
    with Session(engine) as session, session.begin():
        codes = [code for code in issue(session, "P01") if code.group == "parent"][:12]
        arms = []
        for code in codes:
            number = new_number(token_bytes)
            access = find_access(session, code.code, number, OPENS)
            page = draw_paper(sheet_behind(access, "zh-CN"), number).plain.decode()
            shown = [int(value) for value in re.findall('name="virtue_1" value="([0-9])"', page)]
            assert shown == ([5, 4, 3, 2, 1, 9] if access.arm == 1 else [1, 2, 3, 4, 5, 9])
            arms.append(access.arm)
            assert store_forms(session.connection(), [Submission(access, number, "4" * 17, OPENS)]) == ["stored"]
        typed = next(code for code in issue(session, "P02") if code.group == "parent")
        number = new_number(token_bytes)
        access = find_access(session, typed.code, number, OPENS)
        store_forms(session.connection(), [Submission(access, number, "5" * 17, OPENS, mode=Mode.TYPED)])
    boxes = open_own(engine)
    assert sorted(box.arm for box in boxes if box.mode == Mode.PHONE) == sorted(arms)
    assert [box.arm for box in boxes if box.mode == Mode.TYPED] == [0]


@pytest.mark.parametrize("effect", [0, 12])
def test_a_difference_between_the_halves_is_told_with_an_interval_and_one_that_is_not_there_is_not(effect: int) -> None:
    rng = np.random.default_rng(11)
    frame = _frame(rng)
    forms = _forms(frame, rng, 0.9)
    arms = rng.integers(1, 3, len(forms))
    turned = (arms == 2) & (rng.random(len(forms)) < effect / 100)
    forms.loc[turned, ITEMS] = 1
    found = compare_arms(MeasuredFrom(forms, frame, SPLIT, PAPERS, None), list(arms))
    assert found
    assert found.kind == "reversed"
    assert sum(found.forms) == len(forms)
    assert found.lower <= found.difference <= found.upper
    assert (found.upper < 0) == bool(effect)
    assert all(round(100 * share, 6) == round(100 * share) for share in (found.difference, found.lower, found.upper))


def test_nothing_is_told_without_a_split_or_of_a_few_forms() -> None:
    rng = np.random.default_rng(11)
    frame = _frame(rng)
    forms = _forms(frame, rng, 0.9)
    arms = [1] * (len(forms) - FEWEST_FORMS + 1) + [2] * (FEWEST_FORMS - 1)
    assert compare_arms(MeasuredFrom(forms, frame, SPLIT, PAPERS, None), arms) is None
    assert compare_arms(MeasuredFrom(forms, frame, RULE, PAPERS, None), [0] * len(forms)) is None
    assert compare_arms(MeasuredFrom(pd.DataFrame(columns=forms.columns), frame, SPLIT, PAPERS, None), []) is None


def replace_rule(rule: str) -> RoundPlan:
    return dataclasses.replace(PLAN, rule=rule)
