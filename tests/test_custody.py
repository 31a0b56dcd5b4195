from collections.abc import Iterator
from secrets import token_bytes

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import HandOverMeans
from survey_app.answering import find_access
from survey_app.codes.custody import hand_over, hand_over_units, list_batches, summarise_custody, take_back
from survey_app.codes.issuing import IssuedCode, issue_codes, issue_more, void_batches
from survey_app.core.audit import load_audit
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import Custody
from survey_app.rounds.round_rows import find_round
from tests.county import NOW, answer, issue, open_county, row_id


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    open_county(engine)
    with Session(engine) as session, session.begin():
        yield session


def more(session: Session, row: int, people: int) -> list[IssuedCode]:
    return issue_more(session, find_round(session), row, people, actor="test", now=NOW, random=token_bytes)


def test_a_batch_is_made_then_handed_over_to_an_office(session: Session) -> None:
    issue(session, "P01")
    rows = [one.row for one in list_batches(session, find_round(session), "P01")]
    assert hand_over(session, find_round(session), rows[:2], " 第一小学教务处 ", actor="王老师", now=NOW) == 2
    kept = {one.row: one for one in list_batches(session, find_round(session), "P01")}
    assert [kept[row].state for row in rows] == ["handed_over", "handed_over", "made", "made"]
    assert (kept[rows[0]].office, kept[rows[0]].actor, kept[rows[0]].at) == ("第一小学教务处", "王老师", NOW)


def test_what_was_handed_over_is_not_handed_over_again_and_never_to_nobody(session: Session) -> None:
    issue(session, "P01")
    round_ = find_round(session)
    rows = [one.row for one in list_batches(session, round_, "P01")]
    with pytest.raises(SurveyError, match="领取单位（领取人）"):
        hand_over(session, round_, rows, "  ", actor="王老师", now=NOW)
    hand_over(session, round_, rows, "教务处", actor="王老师", now=NOW)
    with pytest.raises(ConflictError, match="没有等待交接的码"):
        hand_over(session, round_, rows, "教务处", actor="王老师", now=NOW)


def test_a_lost_batch_is_void_in_one_step_and_what_was_answered_stays_counted(session: Session) -> None:
    codes = [one for one in issue(session, "P02") if one.group == "parent"]
    answer(session, codes[:8])
    row = row_id(session, "parent", "P02", "七年级1班")
    assert void_batches(session, [row], actor="王老师", now=NOW) == 42
    [batch] = [one for one in list_batches(session, find_round(session), "P02") if one.row == row]
    assert (batch.state, batch.forms, batch.actor) == ("void", 8, "王老师")
    assert {find_access(session, one.code, None, NOW).state for one in codes[8:]} == {"void"}
    assert session.scalars(select(Custody.state)).all() == ["void"]
    of = {"unit": "P02", "classes": "七年级1班 家长"}
    assert load_audit(session)[-1].detail == {"batches": 1, "unspent": 42} | of


def test_after_a_void_only_those_who_have_not_answered_get_new_codes(session: Session) -> None:
    codes = [one for one in issue(session, "P02") if one.group == "parent"]
    answer(session, codes[:8])
    void_batches(session, [row_id(session, "parent", "P02", "七年级1班")], actor="王老师", now=NOW)
    new = issue(session, "P02", now=NOW)
    assert [len([one for one in new if one.group == group]) for group in ("parent", "teacher")] == [42, 0]


def test_codes_can_be_made_for_some_rows_of_a_unit(session: Session) -> None:
    row = row_id(session, "student", "P01", "三年级1班")
    round_ = find_round(session)
    codes = issue_codes(session, round_, "slip", unit="P01", rows=[row], actor="test", now=NOW, random=token_bytes)
    assert {(one.group, one.class_name) for one in codes} == {("student", "三年级1班")}


def test_more_slips_are_printed_only_for_people_who_are_there(session: Session) -> None:
    row = row_id(session, "parent", "P02", "七年级1班")
    codes = [one for one in issue(session, "P02") if one.group == "parent"]
    with pytest.raises(ConflictError, match="可以加印 0 张"):
        more(session, row, 1)
    answer(session, codes[:8])
    void_batches(session, [row], actor="test", now=NOW)
    with pytest.raises(ConflictError, match="可以加印 42 张"):
        more(session, row, 43)
    assert len(more(session, row, 40)) == 40
    with pytest.raises(ConflictError, match="可以加印 2 张"):
        more(session, row, 3)


def test_more_slips_need_a_row_of_this_round_and_no_class_code(session: Session) -> None:
    with pytest.raises(NotFoundError):
        more(session, 999_999, 1)
    issue(session, "P02", "class")
    with pytest.raises(ConflictError, match="班级码"):
        more(session, row_id(session, "parent", "P02", "七年级1班"), 1)


def test_units_are_summed_up_by_state(session: Session) -> None:
    issue(session, "P01")
    issue(session, "P02")
    round_ = find_round(session)
    hand_over(session, round_, [row_id(session, "teacher", "P01")], "教务处", actor="test", now=NOW)
    void_batches(session, [row_id(session, "teacher", "P02")], actor="test", now=NOW)
    table = summarise_custody(session, round_).set_index("unit")
    assert table.loc["P01", ["invited", "made", "handed_over", "void"]].tolist() == [130, 110, 20, 0]
    assert table.loc["P02", ["invited", "made", "handed_over", "void"]].tolist() == [65, 50, 0, 15]
    assert table.loc["乙镇", ["invited", "made", "handed_over", "void"]].tolist() == [30, 0, 0, 0]


def test_the_log_of_custody_names_unit_and_classes(session: Session) -> None:
    issue(session, "P01")
    round_ = find_round(session)
    rows = [row_id(session, "parent", "P01", "三年级1班"), row_id(session, "teacher", "P01")]
    hand_over(session, round_, rows, "教务处", means=HandOverMeans.MEETING, actor="王老师", now=NOW)
    of = {"unit": "P01", "classes": "三年级1班 家长、教师"}
    assert load_audit(session)[-1].detail == {"batches": 2, "office": "教务处", "means": "meeting"} | of


def test_many_units_are_handed_over_at_once_each_to_itself(session: Session) -> None:
    issue(session, "P01")
    issue(session, "P02")
    round_ = find_round(session)
    names = {"P01": "第一小学", "P02": "第二小学", "乙镇": "乙镇"}
    assert hand_over_units(session, round_, names, HandOverMeans.EXCHANGE, actor="王老师", now=NOW) == 2
    assert {kept.office for unit in ("P01", "P02") for kept in list_batches(session, round_, unit)} == {
        "第一小学",
        "第二小学",
    }
    told = [row.detail.get("unit") for row in load_audit(session) if row.action == "hand_over"]
    assert sorted(map(str, told)) == ["P01", "P02"]
    with pytest.raises(ConflictError, match="没有等待交接的码"):
        hand_over_units(session, round_, names, HandOverMeans.EXCHANGE, actor="王老师", now=NOW)


def test_a_hand_over_noted_by_mistake_is_taken_back_with_a_reason(session: Session) -> None:
    codes = issue(session, "P02")
    round_ = find_round(session)
    rows = [kept.row for kept in list_batches(session, round_, "P02")]
    hand_over(session, round_, rows, "第一小学", actor="王老师", now=NOW)
    with pytest.raises(SurveyError, match="理由"):
        take_back(session, round_, rows, " ", actor="王老师", now=NOW)
    assert take_back(session, round_, rows, "登记错了单位", actor="王老师", now=NOW) == 2
    kept = list_batches(session, round_, "P02")
    assert {(batch.state, batch.office) for batch in kept} == {("made", "")}
    assert load_audit(session)[-1].detail["reason"] == "登记错了单位"
    assert find_access(session, codes[0].code, None, NOW).state == "open"
    with pytest.raises(ConflictError, match="没有已交接的码"):
        take_back(session, round_, rows, "又一次", actor="王老师", now=NOW)
    assert hand_over(session, round_, rows, "第二小学", actor="王老师", now=NOW) == 2
