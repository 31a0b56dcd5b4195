from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_keypair

from questionnaires.answers import (
    REMARK_LIMIT,
    SENTENCES,
    AnswerProblem,
    check_answers,
    decode_answers,
    encode_answers,
)
from questionnaires.paper import list_papers, load_paper
from questionnaires.vocabulary import Group
from survey_app.answering.box import open_remark, seal_remark

PUBLIC, PRIVATE = crypto_box_keypair()
PAPER = load_paper("social-2026")
PUPILS = load_paper("student-2026")
VALUES = ["5", "4", "3", "2", "1", "9"]
Fields = Mapping[str, Sequence[str]]

some_values = st.lists(st.sampled_from([*VALUES, "", "0"]) | st.text(), max_size=3)
junk_fields = st.dictionaries(
    st.sampled_from([*PAPER.item_ids, "remark", "version", "blank_ok"]) | st.text(), some_values
)
valid_answers = st.lists(st.sampled_from(sorted(PAPER.values)), min_size=17, max_size=17)


def form(**changes: str | list[str] | None) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {name: ["4"] for name in PAPER.item_ids}
    for name, value in changes.items():
        fields[name] = [] if value is None else [value] if isinstance(value, str) else value
    return fields


def faults(fields: Fields) -> list[AnswerProblem]:
    return list(check_answers(PAPER, fields).problems)


def test_a_whole_form_has_no_problem() -> None:
    checked = check_answers(PAPER, form(overall="9"))
    assert checked.answers == (4,) * 16 + (9,)
    assert checked.problems == ()


def test_a_blank_item_is_asked_for_beside_it() -> None:
    assert faults(form(exams_1=None, exams_2="")) == [
        AnswerProblem("exams_1", "这一题还没有选，请选一项。"),
        AnswerProblem("exams_2", "这一题还没有选，请选一项。"),
    ]


def test_a_respondent_may_leave_items_blank_by_saying_so() -> None:
    checked = check_answers(PAPER, form(exams_1=None, exams_2="0", blank_ok="1"))
    assert checked.problems == ()
    assert checked.answers == (4,) * 10 + (0, 0) + (4,) * 5


@pytest.mark.parametrize("fields", [{}, {"blank_ok": ["1"]}, {"remark": ["话"], "virtue_1": [""]}])
def test_a_wholly_blank_form_is_always_refused(fields: Fields) -> None:
    assert faults(fields) == [AnswerProblem("", "还没有选任何一题，请至少选一题。")]


@pytest.mark.parametrize("value", ["6", "-1", "55", " 5", "５", "满意"])
def test_an_option_that_is_not_on_the_paper_is_refused(value: str) -> None:
    assert faults(form(quality_2=value)) == [AnswerProblem("quality_2", SENTENCES["option"])]


def test_two_different_choices_for_one_item_are_refused() -> None:
    checked = check_answers(PAPER, form(quality_2=["5", "1"]))
    assert checked.problems == (AnswerProblem("quality_2", SENTENCES["twice"]),)
    assert checked.answers[PAPER.item_ids.index("quality_2")] == 0


def test_the_same_choice_sent_twice_is_one_choice() -> None:
    assert faults(form(quality_2=["5", "5", ""])) == []


def test_a_field_that_is_not_on_the_paper_is_refused() -> None:
    assert faults(form(name="某某", phone="1")) == [AnswerProblem("", SENTENCES["field"])]


def test_an_older_version_of_the_paper_is_refused() -> None:
    assert faults(form(version="social-2026")) == []
    assert faults(form(version="social-2025")) == [AnswerProblem("", SENTENCES["version"])]


def test_a_remark_is_trimmed_and_loses_what_cannot_be_seen() -> None:
    checked = check_answers(PAPER, form(remark="  操场\r\n太\x00小\u202e了\u200b \ue000 "))
    assert checked.remark == "操场 太小了"
    assert checked.problems == ()


def test_a_remark_of_150_characters_is_the_longest_and_a_longer_one_is_refused_not_cut() -> None:
    assert faults(form(remark="话" * 150)) == []
    checked = check_answers(PAPER, form(remark="话" * 151))
    assert checked.problems == (AnswerProblem("remark", "留言最多150字（一个表情算两个字），请删短一些。"),)
    assert len(checked.remark) == 151


def test_no_remark_passes_the_check_that_its_box_has_no_room_for() -> None:
    assert faults(form(remark="😀" * 75)) == []
    assert open_remark(seal_remark(Group.PARENT, "😀" * 75, PUBLIC), PRIVATE).text == "😀" * 75
    assert faults(form(remark="😀" * 75 + "话")) == [AnswerProblem("remark", SENTENCES["remark_long"])]
    with pytest.raises(ValueError, match="no room"):
        seal_remark(Group.PARENT, "😀" * 75 + "话", PUBLIC)


def test_every_paper_with_a_remark_asks_for_no_more_than_the_check_takes() -> None:
    asked = {name: load_paper(name).remark for name in list_papers()}
    assert [name for name, remark in asked.items() if remark and f"最多{REMARK_LIMIT}字" not in remark] == []


def test_two_different_remarks_are_refused() -> None:
    assert faults(form(remark=["话", " 话 ", ""])) == []
    assert faults(form(remark=["话", "别的话"])) == [AnswerProblem("remark", SENTENCES["remark_twice"])]


def test_a_paper_without_a_remark_takes_none() -> None:
    checked = check_answers(PUPILS, form(remark="话"))
    assert checked.remark == ""
    assert checked.problems == (AnswerProblem("", SENTENCES["field"]),)
    assert check_answers(PUPILS, form(remark=" ")).problems == ()


def test_every_problem_is_said_at_once_and_no_answer_is_lost() -> None:
    checked = check_answers(
        PAPER, form(version="old", virtue_1="7", virtue_2=None, exams_1=["1", "2"], remark="话" * 151, x="1")
    )
    assert [problem.item for problem in checked.problems] == [
        "",
        "",
        "virtue_1",
        "virtue_2",
        "exams_1",
        "remark",
    ]
    assert checked.answers == (0, 0) + (4,) * 8 + (0,) + (4,) * 6


@given(junk_fields)
def test_no_junk_raises(fields: Fields) -> None:
    checked = check_answers(PAPER, fields)
    assert len(checked.answers) == 17
    assert checked.problems or any(checked.answers)


@given(junk_fields)
def test_each_single_choice_on_the_paper_is_kept_whatever_else_is_wrong(fields: Fields) -> None:
    kept = dict(zip(PAPER.item_ids, check_answers(PAPER, fields).answers, strict=True))
    for name in PAPER.item_ids:
        chosen = set(fields.get(name, [])) - {"", "0"}
        assert kept[name] == (int(*chosen) if len(chosen) == 1 and chosen <= set(VALUES) else 0)


@given(valid_answers)
def test_a_valid_post_is_stored_and_read_back_the_same(answers: list[int]) -> None:
    checked = check_answers(PAPER, {name: [str(a)] for name, a in zip(PAPER.item_ids, answers, strict=True)})
    assert checked.problems == ()
    assert decode_answers(encode_answers(checked.answers), PAPER) == tuple(answers)


@pytest.mark.parametrize("text", ["", "4" * 16, "4" * 18, "4" * 16 + "7", "4" * 16 + "４"])
def test_a_stored_form_of_another_paper_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="social-2026"):
        decode_answers(text, PAPER)


def test_answers_to_a_version_nobody_knows_are_kept_and_refused_once() -> None:
    checked = check_answers(PAPER, form(version="social-1999"))
    assert checked.answers == (4,) * 17
    assert checked.problems == (AnswerProblem("", SENTENCES["version"]),)


def test_answers_to_another_version_are_told_which_questions_read_otherwise() -> None:
    items = tuple(
        item.model_copy(update={"text": "新的说法"}) if item.id in ("fairness_1", "overall") else item
        for item in PAPER.items
    )
    newer = PAPER.model_copy(update={"id": "social-2099", "items": items})
    checked = check_answers(newer, form(version="social-2026", overall=None))
    assert checked.problems == (
        AnswerProblem("", SENTENCES["version"]),
        AnswerProblem("overall", SENTENCES["blank"]),
        AnswerProblem("fairness_1", SENTENCES["changed"]),
    )


def test_other_options_are_another_reading_of_every_question() -> None:
    newer = PAPER.model_copy(update={"id": "social-2099", "options": PUPILS.options})
    changed = [problem.item for problem in check_answers(newer, form(version="social-2026")).problems[1:]]
    assert changed == list(PAPER.item_ids)
