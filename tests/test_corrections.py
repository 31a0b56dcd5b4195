"""What was typed wrong is put right with a reason, by two once codes were made; a mistaken round is cancelled."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.accounts.account_scopes import read_scope
from survey_app.answering import find_access
from survey_app.codes.custody import correct_office, hand_over, list_batches, name_batches
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Account, Audit, Correction, FrameRow, Round
from survey_app.rounds.corrections import ask_correction, confirm_correction, correct_round, withdraw_correction
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.round_rows import find_round
from tests.console import Console, open_console
from tests.county import NOW, PLAN, answer, issue, open_county, row_id
from tests.postgresql import engine_mostly_sqlite

__all__ = ["engine_mostly_sqlite"]

NAME = {"organiser": "青山区人民政府教育督导室"}
WHY = "写成了简称"


def last_act(session: Session) -> Audit:
    return session.scalars(select(Audit).order_by(Audit.id.desc())).first() or Audit()


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as opened:
        yield opened


def correct(
    session: Session, wanted: dict[str, str], reason: str = WHY, *, actor: str = "admin", now: Any = NOW
) -> bool:
    return correct_round(session, find_round(session), wanted, reason, actor=actor, now=now)


def test_before_codes_were_made_one_person_corrects_and_the_log_says_what_and_why(session: Session) -> None:
    assert correct(session, NAME)
    session.flush()
    assert find_round(session).organiser == NAME["organiser"]
    act = last_act(session)
    assert act.action == "correct"
    assert act.detail == {"reason": WHY, "organiser": f"{PLAN.organiser}，改为 {NAME['organiser']}"}


def test_once_codes_were_made_another_administrator_has_to_agree(session: Session) -> None:
    issue(session, "P01")
    assert not correct(session, NAME)
    round_ = find_round(session)
    with pytest.raises(ConflictError, match="不能自己确认"):
        confirm_correction(session, round_, actor="admin", now=NOW)
    with pytest.raises(ConflictError, match="已经有一项更正"):
        correct(session, {"county": "青山县"}, actor="admin2")
    assert round_.organiser == PLAN.organiser
    confirm_correction(session, round_, actor="admin2", now=NOW)
    session.flush()
    assert (round_.organiser, last_act(session).actor) == (NAME["organiser"], "admin、admin2")
    assert session.scalars(select(Correction)).all() == []
    with pytest.raises(ConflictError, match="没有等待确认"):
        confirm_correction(session, round_, actor="admin2", now=NOW)


def test_what_only_documents_say_one_person_corrects_whatever_was_printed(session: Session) -> None:
    issue(session, "P01")
    assert correct(session, {"document": "青教督〔2025〕2号"})
    assert not correct(session, {"document": "青教督〔2025〕3号", **NAME})


def test_a_correction_that_is_taken_back_changes_nothing(session: Session) -> None:
    issue(session, "P01")
    correct(session, NAME)
    withdraw_correction(session, find_round(session), actor="admin2", now=NOW)
    session.flush()
    assert find_round(session).organiser == PLAN.organiser
    assert last_act(session).action == "withdraw_correction"


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({}, "没有改动"),
        ({"organiser": PLAN.organiser}, "没有改动"),
        ({"organiser": ""}, "“组织单位”不能改成空的"),
        ({"organiser": "满意办公室"}, "不能提到选项或目标"),
        ({"closes": "明天"}, "结束时间写成"),
        ({"opens": "2025-11-25 08:00"}, "结束时间应晚于开始时间"),
        ({"closes": f"{NOW:%Y-%m-%d %H:%M}"}, "结束时间已经过去"),
        ({"rule": "basic-2012"}, "没有改动"),
    ],
)
def test_what_cannot_stand_is_refused(session: Session, wanted: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConflictError, match=sentence):
        correct(session, wanted)


def test_a_correction_without_a_reason_is_refused(session: Session) -> None:
    with pytest.raises(ConflictError, match="请写明更正的理由"):
        correct(session, NAME, " ")


@pytest.mark.parametrize("by_console", [True, False])
def test_a_round_opened_for_the_wrong_hour_answers_at_the_right_one(sqlite_engine: Engine, by_console: bool) -> None:
    late = PLAN.opens + timedelta(hours=2)
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        code = issue(session, "P01")[0].code
        correct(session, {"opens": f"{late:%Y-%m-%dT%H:%M}" if by_console else f"{late}"})
        confirm_correction(session, find_round(session), actor="admin2", now=NOW)
    with Session(sqlite_engine) as session:
        states = [find_access(session, code, None, late + step).state for step in (timedelta(minutes=-1), timedelta())]
    assert states == ["not_yet", "open"]


def test_once_somebody_answered_the_beginning_stays_and_the_end_may_come_earlier(session: Session) -> None:
    answer(session, issue(session, "P01")[:1])
    with pytest.raises(ConflictError, match="已经有人作答"):
        correct(session, {"opens": f"{PLAN.opens - timedelta(hours=1)}"})
    correct(session, {"closes": f"{PLAN.closes - timedelta(days=1)}"})
    confirm_correction(session, find_round(session), actor="admin2", now=NOW)
    assert find_round(session).closes == PLAN.closes - timedelta(days=1)


def test_no_end_is_moved_once_it_has_passed_also_by_two(session: Session) -> None:
    issue(session, "P01")
    later = {"closes": f"{PLAN.closes + timedelta(days=1)}"}
    with pytest.raises(ConflictError, match="已按实数公布"):
        correct(session, later, now=PLAN.closes)
    correct(session, later)
    with pytest.raises(ConflictError, match="已按实数公布"):
        confirm_correction(session, find_round(session), actor="admin2", now=PLAN.closes)


def test_a_closed_round_is_not_corrected(session: Session) -> None:
    find_round(session).state = RoundState.CLOSED
    with pytest.raises(ConflictError, match="不能再更正"):
        correct(session, NAME)


def test_a_window_of_a_year_is_questioned_and_shown_with_its_year(session: Session) -> None:
    wanted = {"closes": "2026-11-24 08:00"}
    question = ask_correction(session, find_round(session), wanted, WHY, NOW)
    assert (question.days, question.changes[0].after) == (
        (datetime(2026, 11, 24, 8) - PLAN.opens).days,
        "2026-11-24 08:00",
    )


def test_every_field_that_may_be_corrected_has_a_label() -> None:
    assert {"county", "organiser", "telephone", "opens", "closes", "approver"} <= DRAFT_WORDS.fields.keys()


# ---- to whom codes went, and what an account sees


def test_a_wrong_office_is_corrected_and_the_log_has_both(session: Session) -> None:
    issue(session, "P02")
    round_ = find_round(session)
    row = row_id(session, "teacher", "P02")
    with pytest.raises(ConflictError, match="没有已交接的码"):
        correct_office(session, round_, [row], "第二小学教务处", "写错", actor="county", now=NOW)
    hand_over(session, round_, [row], "第一小学教务处", actor="county", now=NOW)
    for office, reason in {"": "写错", "第二小学教务处": " "}.items():
        with pytest.raises(SurveyError, match="请写明"):
            correct_office(session, round_, [row], office, reason, actor="county", now=NOW)
    correct_office(session, round_, [row], "第二小学教务处", "写错", actor="county", now=NOW)
    session.flush()
    [batch] = [batch for batch in list_batches(session, round_, "P02", NOW) if batch.row == row]
    assert (batch.state, batch.office) == ("handed_over", "第二小学教务处")
    told = {"reason": "写错", "before": "第一小学教务处", "after": "第二小学教务处", "batches": 1}
    assert last_act(session).detail == told | name_batches(session, [batch.id])


@pytest.mark.parametrize(
    ("role", "typed", "kept"),
    [
        ("unit", "P01", "P01"),
        ("unit", "第一小学", "P01"),
        ("township", "甲镇", "甲镇"),
        ("unit", "乙镇", "乙镇"),
        ("county", "", ""),
    ],
)
def test_an_account_is_confined_to_what_is_there_by_code_or_name(
    session: Session, role: str, typed: str, kept: str
) -> None:
    assert read_scope(session, role, typed) == kept


@pytest.mark.parametrize(
    ("role", "typed"), [("unit", "实验小学"), ("unit", "P1"), ("township", "P01"), ("township", "丙镇")]
)
def test_an_account_for_what_is_not_there_is_refused(session: Session, role: str, typed: str) -> None:
    with pytest.raises(ConflictError, match=typed):
        read_scope(session, role, typed)


# ---- in the console


@pytest.fixture
def console(engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(engine)
    with open_console(engine, tmp_path / "store") as opened:
        yield opened


def fill(page: str) -> dict[str, str]:
    """The fields of the form on a page as a browser would send them."""
    form = page.split('method="post" action="/console/round/correct"')[1].split("</form>")[0]
    return {name: value for name, value in re.findall(r'name="(\w+)" value="(.*?)"', form) if name != "csrf"}


def test_a_correction_shows_each_change_before_it_is_made_and_waits_for_the_other(console: Console) -> None:
    admin, admin2 = console.people["admin"], console.people["admin2"]
    with Session(console.engine) as session, session.begin():
        code = issue(session, "P01")[0].code
    sent = fill(admin.get("/console/round/correct").text) | NAME | {"reason": WHY}
    asked = admin.post("/console/round/correct", sent)
    assert "更正1项？" in asked.text
    assert f"改为 <strong>{NAME['organiser']}" in asked.text
    assert "要等另一位管理员确认" in asked.text
    done = admin.post("/console/round/correct", fill(asked.text))
    assert done.headers["location"].endswith("done=correction_proposed")
    assert "请另一位管理员登录后确认" in admin.get("/console/round").text
    assert WHY in admin2.get("/console/round").text
    assert admin.post("/console/round/confirm-correction").status_code == 409
    assert NAME["organiser"] not in console.client.get(f"/{code}").text
    assert "您口令卡上第1号" in admin2.post("/console/round/confirm-correction", {"card": ""}).text
    assert NAME["organiser"] not in console.client.get(f"/{code}").text
    assert admin2.post("/console/round/confirm-correction").status_code == 303
    assert NAME["organiser"] in admin.get("/console/round").text
    assert f"组织单位 {PLAN.organiser}，改为 {NAME['organiser']}" in admin.get("/console/log").text


def test_what_was_typed_wrong_in_a_correction_stays(console: Console) -> None:
    refused = console.people["admin"].post("/console/round/correct", {"organiser": "甲", "closes": "明天"})
    assert refused.status_code == 409
    assert 'value="明天"' in refused.text


def test_a_round_opened_by_mistake_is_cancelled_while_nobody_answered(console: Console) -> None:
    admin = console.people["admin"]
    with Session(console.engine) as session, session.begin():
        code = issue(session, "P01")[0].code
    page = admin.get("/console/round/cancel").text
    assert "已做给130人的码全部失效" in page
    assert "8个班级或对象退回" in page
    assert "请先勾选" in admin.post("/console/round/cancel", {"reason": "填错"}).text
    assert "请写明取消的理由" in admin.post("/console/round/cancel", {"sure": "1"}).text
    gone = admin.post("/console/round/cancel", {"sure": "1", "reason": "开始时间填错"})
    assert gone.headers["location"].endswith("done=cancelled")
    with Session(console.engine) as session:
        assert session.scalars(select(Round.state)).one() == RoundState.CANCELLED
        assert session.scalars(select(FrameRow).where(FrameRow.round_id.is_(None))).all()
        assert find_access(session, code, None, NOW).state != "open"
        assert last_act(session).detail["reason"] == "开始时间填错"
    assert "没有在进行" in admin.get("/console/round/cancel").text


def test_a_round_that_was_answered_is_not_cancelled_in_the_console(console: Console) -> None:
    admin = console.people["admin"]
    assert "取消开错的批次" in admin.get("/console/round").text
    with Session(console.engine) as session, session.begin():
        codes = issue(session, "P01")
        answer(session, codes[:1])
    assert "取消开错的批次" not in admin.get("/console/round").text
    told = admin.get("/console/round/cancel").text
    assert "已经有人作答，不能取消" in told
    refused = admin.post("/console/round/cancel", {"sure": "1", "reason": "填错"})
    assert refused.status_code == 409
    with Session(console.engine) as session, session.begin():
        answer(session, codes[1:3])
    assert admin.get("/console/round/cancel").text == told, "who asks again would see each form come"
    assert admin.post("/console/round/cancel", {"sure": "1", "reason": "填错"}).text == refused.text
    with Session(console.engine) as session:
        assert session.scalars(select(Round.state)).one() == RoundState.OPEN


def test_an_accounts_scope_is_corrected_with_a_reason_and_holds_at_once(console: Console) -> None:
    admin, unit = console.people["admin"], console.people["unit"]
    assert "负责哪里" in admin.get("/console/accounts/scope?name=unit").text
    for fields, sentence in (
        ({"scope": "实验小学", "reason": "填错"}, "没有单位“实验小学”"),
        ({"scope": "P02"}, "理由"),
        ({"scope": "第一小学", "reason": "填错"}, "没有改动"),
    ):
        refused = admin.post("/console/accounts/scope", {"name": "unit"} | fields)
        assert sentence in refused.text
    assert "第一小学" in unit.get("/console/unit").text
    assert (
        admin.post("/console/accounts/scope", {"name": "unit", "scope": "第二小学", "reason": "填错"}).status_code
        == 303
    )
    assert "第二小学" in unit.get("/console/unit").text
    with Session(console.engine) as session:
        assert session.get_one(Account, "unit").scope == "P02"
    assert admin.post("/console/accounts/scope", {"name": "county", "scope": "P02", "reason": "x"}).status_code == 409
    assert admin.get("/console/accounts/scope?name=nobody").status_code == 404


def test_an_account_for_a_school_that_is_not_there_is_not_made(console: Console) -> None:
    refused = console.people["admin"].post("/console/accounts/add", {"name": "li", "role": "unit", "scope": "实验小学"})
    assert refused.status_code == 422
    assert "没有单位“实验小学”" in refused.text
    made = console.people["admin"].post("/console/accounts/add", {"name": "li", "role": "unit", "scope": "第一小学"})
    assert made.status_code == 200
    with Session(console.engine) as session:
        assert session.get_one(Account, "li").scope == "P01"


def test_a_wrong_office_is_corrected_on_the_units_page(console: Console) -> None:
    county = console.people["county"]
    with Session(console.engine) as session, session.begin():
        issue(session, "P02")
        row = row_id(session, "teacher", "P02")
    county.post("/console/unit/hand-over", {"unit": "P02", "row": row, "office": "第一小学"})
    fields = {"unit": "P02", "row": row, "office": "第二小学教务处", "why": "写错"}
    assert county.post("/console/unit/correct-office", fields).headers["location"].endswith("done=office_corrected")
    assert "第二小学教务处" in county.get("/console/unit?unit=P02").text
    said = console.people["admin"].get("/console/log").text
    assert "更正领取单位" in said
    assert "原定 第一小学" in said
