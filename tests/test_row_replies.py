"""Schools see and dispute their own rows until a day; silence is no objection and marked so; the office decides."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import Account, Audit, RowReply
from survey_app.frame.correcting import CellCorrection, correct_cell
from survey_app.frame.row_replies import (
    CheckedRow,
    Decision,
    OwnRows,
    RowState,
    decide,
    list_checked,
    reply,
    reply_on_paper,
    set_term,
)
from survey_app.frame.shown_rows import say_cell
from survey_app.results.school_sheets import gather_sheets, render_sheet
from tests.console import Console, open_console
from tests.county import NOW, open_county
from tests.test_problems import ACT, NATIONAL, keep_year
from tests.test_school_sheets import read

YEAR = "2024-2025"
UNTIL = str((NOW + timedelta(days=10)).date())
AFTER = NOW + timedelta(days=11)
P01, J01 = OwnRows(YEAR, "P01"), OwnRows(YEAR, "J01")
WRONG = "体育运动场馆面积应为320平方米"


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with Session(sqlite_engine) as session, session.begin():
        keep_year(session, SchoolYear(2024), sports_area=100)
        set_term(session, YEAR, UNTIL, **ACT)
        yield session
        session.rollback()


def checked(session: Session, school: str, day: Any = NOW) -> CheckedRow:
    session.flush()
    return next(row for row in list_checked(session, YEAR, day.date()) if row.school == school)


def test_silence_is_no_objection_only_when_the_day_is_over(session: Session) -> None:
    last = NOW + timedelta(days=10)
    assert checked(session, "P01", last).state == RowState.OPEN
    silent = checked(session, "P01", AFTER)
    assert silent.state == RowState.SILENT
    assert silent.sentence == f"无异议（逾期未反馈，视为无异议；核对期到{UNTIL}）"


def test_a_school_agrees_or_disputes_until_the_day_and_not_after(session: Session) -> None:
    reply(session, P01, "", **ACT)
    assert checked(session, "P01", AFTER).sentence == f"无异议（{NOW.date()}确认）"
    reply(session, P01, WRONG, **ACT)
    assert checked(session, "P01").state == RowState.PENDING
    with pytest.raises(ConflictError, match="已经结束"):
        reply(session, P01, "", actor="P01", now=AFTER)
    reply(session, J01, "", actor="J01", now=NOW + timedelta(days=10))


def test_who_waits_for_an_answer_comes_first(session: Session) -> None:
    reply(session, P01, WRONG, **ACT)
    session.flush()
    assert [row.school for row in list_checked(session, YEAR, NOW.date())] == ["P01", "J01"]


@pytest.mark.parametrize("decision", ["upheld", "dismissed"])
def test_the_office_answers_once_what_it_read_and_with_a_reason(session: Session, decision: str) -> None:
    reply(session, P01, WRONG, **ACT)
    with pytest.raises(SurveyError, match="理由"):
        decide(session, P01, Decision(WRONG, decision, ""), **ACT)
    with pytest.raises(ConflictError, match="刚刚改了"):
        decide(session, P01, Decision("另一个理由", decision, "已实测"), **ACT)
    decide(session, P01, Decision(WRONG, decision, "已实测。"), **ACT)
    said = {"upheld": "异议成立", "dismissed": "异议不成立"}[decision]
    assert checked(session, "P01").sentence == f"{said}（{NOW.date()}提出：{WRONG}）；答复：已实测"
    with pytest.raises(ConflictError, match="没有等待答复"):
        decide(session, P01, Decision(WRONG, "upheld", "又"), **ACT)
    for again in (reply, reply_on_paper):
        with pytest.raises(ConflictError, match="已经答复"):
            again(session, P01, "", **ACT)


def test_who_agreed_or_said_nothing_is_not_answered(session: Session) -> None:
    reply(session, P01, "", **ACT)
    for rows in (P01, J01):
        with pytest.raises(ConflictError, match="没有等待答复"):
            decide(session, rows, Decision("", "upheld", "甲"), **ACT)


def test_a_signed_sheet_is_entered_after_the_day_too_and_never_over_a_schools_own_word(session: Session) -> None:
    reply_on_paper(session, P01, "", actor="督导室", now=AFTER)
    assert checked(session, "P01", AFTER).sentence.endswith("（学校签字的纸质件，代录）")
    reply(session, J01, WRONG, **ACT)
    with pytest.raises(ConflictError, match="不用再代录"):
        reply_on_paper(session, J01, "", actor="督导室", now=AFTER)


@pytest.mark.parametrize(
    ("year", "until", "said"),
    [
        (YEAR, str(NOW.date()), "只能推后"),
        (YEAR, "2020-01-01", "不能早于今天"),
        (YEAR, "明天", "2026-06-30"),
        (YEAR, "", "截止日期"),
        ("2019-2020", UNTIL, "2019-2020"),
    ],
)
def test_a_day_that_was_told_moves_only_later(session: Session, year: str, until: str, said: str) -> None:
    with pytest.raises(SurveyError, match=said):
        set_term(session, year, until, **ACT)
    set_term(session, YEAR, str(AFTER.date()), **ACT)
    assert checked(session, "P01", AFTER).state == RowState.OPEN


def test_nobody_is_asked_before_a_day_is_set(session: Session) -> None:
    assert list_checked(session, "2019-2020", NOW.date()) == []
    with pytest.raises(NotFoundError):
        reply(session, OwnRows("2019-2020", "P01"), "", **ACT)


def test_what_was_put_right_after_a_reply_is_said_of_that_school_alone(session: Session) -> None:
    for rows in (P01, J01):
        reply(session, rows, "", **ACT)
    cell = CellCorrection(
        kind="resources",
        year=SchoolYear(2024),
        key="P01/primary",
        column="sports_area",
        seen=say_cell(100),
        value="320",
        reason="实测",
    )
    correct_cell(session, cell, actor="督导室", now=AFTER)
    assert "此后数据有过更正" in checked(session, "P01", AFTER).sentence
    assert "此后" not in checked(session, "J01", AFTER).sentence
    keep_year(session, SchoolYear(2024))
    assert "此后" not in checked(session, "J01", AFTER).sentence


def test_the_sheet_of_a_school_says_what_the_school_said(session: Session) -> None:
    reply(session, P01, "甲|乙 # {丙} *丁* 表@x", **ACT)
    session.flush()
    sheets = gather_sheets(session, NATIONAL, SchoolYear(2024), AFTER.date())
    junior, primary = (read(render_sheet("docx", sheets.facts, sheet)) for sheet in sheets.schools)
    assert "学校核对本校数据的情况：无异议（逾期未反馈，视为无异议" in junior
    assert "有异议，尚待答复" in primary
    assert "甲｜乙 # {丙} *丁* 表＠x" in primary


def test_a_sheet_says_nothing_of_it_where_schools_were_not_asked(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session, session.begin():
        keep_year(session, SchoolYear(2024))
        session.flush()
        sheets = gather_sheets(session, NATIONAL, SchoolYear(2024), NOW.date())
    assert "核对本校数据" not in read(render_sheet("docx", sheets.facts, sheets.schools[0]))


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        keep_year(session, SchoolYear(2024), sports_area=123.5)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_a_school_sees_its_own_rows_alone_disputes_and_is_answered(console: Console) -> None:
    school, office = console.people["unit"], console.people["county"]
    assert "还没有请学校核对" in school.get("/console/own").text
    assert school.post("/console/own/reply", {"year": YEAR, "says": "agree"}).status_code == 404
    assert office.post("/console/rows/until", {"year": YEAR, "until": UNTIL}).status_code == 303
    page = school.get("/console/own").text
    assert [word in page for word in ("本校数据", "123.5", "体育运动场馆", "小学")] == [True] * 4
    assert "J01" not in page
    refused = school.post("/console/own/reply", {"year": YEAR, "says": "dispute"})
    assert refused.status_code == 422
    assert "哪一项有异议" in refused.text
    by_enter = school.post("/console/own/reply", {"year": YEAR, "says": "agree", "reason": WRONG})
    assert "点的却是" in by_enter.text
    assert f'value="{WRONG}"' in by_enter.text
    assert school.post("/console/own/reply", {"year": YEAR, "says": "dispute", "reason": WRONG}).status_code == 303
    page = office.get("/console/rows").text
    assert "1所学校有异议，等待答复" in page
    sent = {"year": YEAR, "school": "P01", "seen": WRONG, "decision": "upheld"}
    refused = office.post("/console/rows/decide", sent)
    assert refused.status_code == 422
    assert office.post("/console/rows/decide", sent | {"answer": "已实测更正"}).status_code == 303
    page = school.get("/console/own").text
    assert "答复：已实测更正" in page
    assert "/console/own/reply" not in page
    log = console.people["admin"].get("/console/log").text
    assert all(word in log for word in ("定学校核对数据的截止日期", "学校提出异议", "异议成立", WRONG))


def test_the_office_enters_a_signed_sheet_by_the_schools_name(console: Console) -> None:
    office = console.people["county"]
    office.post("/console/rows/until", {"year": YEAR, "until": UNTIL})
    sent = {"year": YEAR, "says": "agree"}
    assert office.post("/console/rows/paper", sent | {"school": "没有的学校"}).status_code == 422
    assert office.post("/console/rows/paper", sent | {"school": "P01"}).status_code == 303
    with Session(console.engine) as session:
        assert session.get_one(RowReply, P01).on_paper
        assert session.scalars(select(Audit).where(Audit.action == "row_agree")).one().subject == "school P01"


def test_an_account_of_no_school_has_nothing_to_look_at(console: Console) -> None:
    console.people["county"].post("/console/rows/until", {"year": YEAR, "until": UNTIL})
    with Session(console.engine) as session, session.begin():
        session.scalars(select(Account).where(Account.name == "unit")).one().scope = "区人大办"
    assert "不在学校名单里" in console.people["unit"].get("/console/own").text
