"""The calendar before a round is counted back from its opening day, told in the log, and begun anew each year."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.calendar import LineState, Mark, lay_calendar, load_calendar
from reports.report.calendar_sheet import FILE
from reports.report.paperwork import LETTERS, REQUIRED, write_paperwork
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import Round, TrialSlip
from survey_app.round_path import find_path, find_walked
from survey_app.rounds.calendar_marks import find_item, list_calendar, load_marks, mark_item
from survey_app.rounds.draft import load_draft, store_draft
from survey_app.rounds.next_draft import SAME
from tests.console import SITE, Console, open_console, try_address
from tests.county import NOW, PLAN, open_county
from tests.test_paperwork import FACTS

ASKED = ("域名备案", "微信内试开", "社会事务进校园审批", "致家长的一封信", "统计局批准或备案")
"""What offices named as standing in it."""
DONE = Mark(done=date(2025, 9, 1), number="渝ICP备1号")


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with Session(sqlite_engine) as opened:
        yield opened


def draft(session: Session, opens: str) -> None:
    store_draft(session, load_draft(session) | {"opens": opens}, actor="test", now=NOW)
    session.flush()


def told(session: Session, now: datetime = NOW) -> dict[str, tuple[str, str, int]]:
    lines = list_calendar(session, find_walked(session), now)
    return {line.item.id: (str(line.due), line.state, line.late) for line in lines}


def test_all_that_offices_named_is_in_it_and_what_nobody_verified_says_so() -> None:
    items = {item.name: item for item in load_calendar()}
    assert set(items) == set(ASKED)
    assert items["统计局批准或备案"].doubt == "这类调查是否需要统计局批准或备案"
    assert items["统计局批准或备案"].number == "批准或备案文号"
    assert all("本系统的选择" in item.days.clause for item in items.values())


@pytest.mark.parametrize(
    ("opens", "days"),
    [
        (date(2025, 11, 20), ["2025-09-21", "2025-10-06", "2025-10-21", "2025-11-06", "2025-11-13"]),
        (date(2026, 1, 10), ["2025-11-11", "2025-11-26", "2025-12-11", "2025-12-27", "2026-01-03"]),
        (date(2028, 3, 5), ["2028-01-05", "2028-01-20", "2028-02-04", "2028-02-20", "2028-02-27"]),
    ],
    ids=["autumn", "over new year", "leap year"],
)
def test_days_are_counted_back_from_the_opening_day(opens: date, days: list[str]) -> None:
    """By hand with a calendar: 60, 45, 30, 14 and 7 days before."""
    assert [str(line.due) for line in lay_calendar(opens, {})] == days


def test_what_is_late_stands_first_and_what_is_done_last() -> None:
    opens = date(2025, 11, 20)
    lines = lay_calendar(opens, {"filing": DONE}, date(2025, 10, 23))
    assert [(line.item.id, line.state, line.late) for line in lines] == [
        ("statistics", LineState.OVERDUE, 17),
        ("school_affairs", LineState.OVERDUE, 2),
        ("phones", LineState.OPEN, 0),
        ("parents_letter", LineState.OPEN, 0),
        ("filing", LineState.DONE, 0),
    ]


@pytest.mark.parametrize(("today", "state"), [(date(2025, 11, 13), "open"), (date(2025, 11, 14), "overdue")])
def test_the_last_day_itself_is_in_time(today: date, state: str) -> None:
    (letter,) = [line for line in lay_calendar(date(2025, 11, 20), {}, today) if line.item.id == "parents_letter"]
    assert letter.state == state


def test_without_an_opening_day_nothing_has_a_day_and_nothing_is_late(session: Session) -> None:
    assert {line[0] for line in told(session).values()} == {"None"}
    assert {line[1] for line in told(session).values()} == {"open"}


def test_a_moved_opening_day_moves_all_days(session: Session) -> None:
    draft(session, "2026-03-05 08:00")
    assert told(session)["parents_letter"] == ("2026-02-26", "open", 0)
    draft(session, "2026-03-12 08:00")
    assert told(session)["parents_letter"] == ("2026-03-05", "open", 0)


def test_marks_go_with_the_round_and_next_year_begins_anew(sqlite_engine: Engine, session: Session) -> None:
    mark_item(session, "filing", DONE, actor="county", now=NOW)
    session.commit()
    open_county(sqlite_engine, replace(PLAN, opens=NOW + timedelta(days=9), closes=NOW + timedelta(days=14)))
    assert told(session)["filing"][1] == "done"
    assert told(session)["phones"] == ("2025-11-15", "overdue", 5)
    round_ = session.scalars(select(Round)).one()
    record(session, "test", "close", f"round {round_.name}", at=NOW)
    round_.state = "closed"
    session.commit()
    draft(session, "2026-11-20 08:00")
    assert {line[1] for line in told(session).values()} == {"open"}
    marks, before = load_marks(session)
    assert not marks
    assert before["filing"].number == "渝ICP备1号"
    mark_item(session, "filing", Mark(note="换了域名"), actor="county", now=NOW)
    session.commit()
    assert load_marks(session)[0]["filing"].note == "换了域名"
    assert load_marks(session, round_)[0]["filing"].done == DONE.done


def test_a_cancelled_round_keeps_what_was_done(sqlite_engine: Engine, session: Session) -> None:
    open_county(sqlite_engine)
    mark_item(session, "filing", DONE, actor="county", now=NOW)
    session.scalars(select(Round)).one().state = "cancelled"
    session.commit()
    assert told(session)["filing"][1] == "done"


def test_the_trial_is_the_mark_of_its_item_where_nobody_noted_a_day(sqlite_engine: Engine, session: Session) -> None:
    """Phones opened both slips: no page goes on reminding of what another says is done."""
    draft(session, f"{NOW + timedelta(days=40):%Y-%m-%d %H:%M}")
    session.commit()
    try_address(sqlite_engine, SITE)
    tried = Mark(done=NOW.date(), note=f"{SITE}：两张试扫条已从手机微信打开（11-20 18:00、11-20 18:00）")
    assert load_marks(session)[0] == {"phones": tried}
    assert told(session)["phones"][1] == "done"
    slip = session.scalars(select(TrialSlip)).first()
    assert slip
    slip.opened_at = None
    assert not load_marks(session)[0]
    session.rollback()
    mark_item(session, "phones", DONE, actor="county", now=NOW)
    assert load_marks(session)[0]["phones"].number == DONE.number
    session.rollback()
    open_county(sqlite_engine)
    round_ = session.scalars(select(Round)).one()
    assert load_marks(session)[0] == load_marks(session, round_)[0] == {"phones": tried}
    record(session, "test", "close", f"round {round_.name}", at=NOW)
    round_.state = "closed"
    session.flush()
    assert load_marks(session) == ({}, {"phones": tried})
    assert load_marks(session, round_)[0] == {"phones": tried}


def test_a_day_to_come_or_an_item_of_nowhere_is_refused(session: Session) -> None:
    with pytest.raises(SurveyError, match="办成日期"):
        mark_item(session, "filing", Mark(done=NOW.date() + timedelta(days=1)), actor="county", now=NOW)
    with pytest.raises(NotFoundError):
        find_item("nowhere")


def test_the_path_names_what_is_late_else_what_is_next_and_nothing_once_it_began(session: Session) -> None:
    draft(session, f"{NOW + timedelta(days=40):%Y-%m-%d %H:%M}")
    [reminder] = find_path(session, NOW, SITE).reminders
    assert (reminder.page, reminder.missing) == ("/console/calendar", "已过日期2件，最早的是域名备案")
    for item in load_calendar():
        if item.id != "phones":
            mark_item(session, item.id, DONE, actor="county", now=NOW)
    [reminder] = find_path(session, NOW, SITE).reminders
    assert reminder.missing == "还有1件，先办微信内试开，最迟2025-12-16"
    mark_item(session, "phones", DONE, actor="county", now=NOW)
    assert not find_path(session, NOW, SITE).reminders


def test_it_stands_in_the_paperwork_with_its_marks(tmp_path: Path) -> None:
    marks = {"filing": DONE, "phones": Mark(note="@甲|乙")}
    [path] = [path for path in write_paperwork(tmp_path, FACTS, marks) if path.stem == FILE]
    rows = [[cell.text for cell in row.cells] for row in docx.Document(str(path)).tables[0].rows]
    due = FACTS.opens - timedelta(days=60)
    assert rows[1][0] == "域名备案"
    assert rows[1][2] == f"{due.year}年{due.month}月{due.day}日"
    assert (rows[1][3], rows[1][4]) == ("2025年9月1日", "渝ICP备1号")
    told = "".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    assert "未核实：这类调查是否需要统计局批准或备案。" in told
    assert rows[4][5] == "＠甲｜乙"


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    with open_console(sqlite_engine, tmp_path / "store", tried=False) as opened:
        yield opened


def test_letters_are_written_before_there_is_a_round_and_what_they_lack_is_named(console: Console) -> None:
    county = console.people["county"]
    with Session(console.engine) as session, session.begin():
        draft(session, "2025-12-01 08:00")
    lacking = county.get("/console/paperwork.zip")
    assert (lacking.status_code, "还没有填写：组织单位" in lacking.text) == (409, True)
    asked = dict.fromkeys(("opens", "closes", *SAME, "population", "school_year"), "")
    filled = {name: str(getattr(PLAN, name)) for name in asked} | {"telephone": "023-79220000"}
    with Session(console.engine) as session, session.begin():
        store_draft(session, load_draft(session) | filled, actor="test", now=NOW)
    with ZipFile(BytesIO(county.get("/console/paperwork.zip").content)) as archive:
        assert {f"{name}.docx" for name in (*LETTERS, *REQUIRED, FILE)} < set(archive.namelist())
        letter = docx.Document(BytesIO(archive.read("致家长的一封信.docx")))
    assert "11月20日至11月24日" in "".join(paragraph.text for paragraph in letter.paragraphs)


def test_an_official_notes_what_was_done_and_the_second_is_told(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        draft(session, "2025-12-01 08:00")
    county, admin = console.people["county"], console.people["admin"]
    assert "4件已过日期" in county.get("/console/calendar").text
    sent = {"item": "filing", "done": "2025-09-01", "number": "渝ICP备1号", "note": "周科长经办"}
    assert county.post("/console/calendar", sent).status_code == 303
    page = county.get("/console/calendar").text
    assert "3件已过日期" in page
    assert "渝ICP备1号" in page
    assert "county 记于 2025-11-20" in page
    assert "<b>未核实</b>：这类调查是否需要统计局批准或备案" in page
    late = admin.post("/console/calendar", sent | {"last": "1", "number": "2号"})
    assert (late.status_code, "county：倒排日程" in late.text, 'value="2号"' in late.text) == (409, True, True)
    wrong = county.post("/console/calendar", sent | {"done": "2025-12-02"})
    assert (wrong.status_code, "办成日期" in wrong.text) == (400, True)
    assert "域名备案" in admin.get("/console/log").text
    sheet = docx.Document(BytesIO(county.get("/console/calendar.docx").content))
    assert "渝ICP备1号" in [cell.text for cell in sheet.tables[0].rows[1].cells]
    assert "倒排日程" in county.get("/console/setup").text
