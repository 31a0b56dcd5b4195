"""Two people, or two tabs of one: whoever saves second is told who changed what, and nothing is undone unseen."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource
from survey_app.core.audit import record
from survey_app.core.models import Batch, FrameRow, PaperEntry
from survey_app.pages.console import (
    account_pages,
    console_request,
    correction_pages,
    list_handlers,
    setup_pages,
    unit_pages,
)
from survey_app.problems.register import Finding, Remedy, add_problem
from survey_app.rounds.draft import load_draft
from tests.console import Console, open_console
from tests.county import NOW, issue, open_county
from tests.route_list import list_served

DRAFT = {"county": "青山区", "organiser": "青山区督导室", "telephone": "023-79220000", "population": "20000"}
PROBLEM = {"measure": "补充教师", "lead": "区教委", "due": "2026-08-31"}


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def see(console: Console, who: str, page: str, form: str) -> str:
    """What a person's page carries along in one of its forms."""
    shown = console.people[who].get(page).text.split(f'action="{form}"')[1].split("</form>")[0]
    return unescape(re.search('name="was" value="(.*?)"', shown)[1])  # type: ignore[index]


def told(page: Any) -> list[str]:
    assert page.status_code in (409, 422)
    return re.findall("<li>(.*?)</li>", page.text.split('role="alert"')[1].split("</div>")[0])


def test_of_two_who_prepare_a_round_the_second_is_told_and_what_they_typed_is_kept(console: Console) -> None:
    first, second = (see(console, who, "/console/setup", "/console/setup") for who in ("admin", "county"))
    saved = console.people["admin"].post("/console/setup", DRAFT | {"was": first})
    assert saved.status_code == 303
    late = console.people["county"].post("/console/setup", DRAFT | {"telephone": "12345", "was": second})
    assert told(late) == [
        "您打开这一页以后，admin在18:00也保存过，下面几处和您打开时不同。您填的都还在；核对后再保存，就以您填的为准。",
        "咨询电话：您打开时是（空），现在是023-79220000，您填的是12345。",
    ]
    assert 'name="telephone" value="12345"' in late.text
    with Session(console.engine) as session:
        assert load_draft(session)["telephone"] == "023-79220000"
    again = unescape(re.findall('name="was" value="(.*?)"', late.text)[0])
    sure = console.people["county"].post("/console/setup", DRAFT | {"telephone": "12345", "was": again})
    assert sure.status_code == 303
    with Session(console.engine) as session:
        assert load_draft(session)["telephone"] == "12345"


def test_two_tabs_that_say_the_same_or_save_without_a_page_are_told_nothing(console: Console) -> None:
    seen = see(console, "county", "/console/setup", "/console/setup")
    for was in (seen, seen, "", "no JSON", '{"county": 1}'):
        assert console.people["county"].post("/console/setup", DRAFT | {"was": was}).status_code == 303


def test_of_two_who_write_about_one_problem_the_second_is_told(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        number = add_problem(
            session, Finding(text="教师不足", source=ProblemSource.HAND), Remedy(), actor="test", now=NOW
        ).number
    page, form = f"/console/problem?number={number}", "/console/problem/change"
    first, second = (see(console, who, page, form) for who in ("admin", "county"))
    mine = {"number": str(number)} | PROBLEM
    assert console.people["admin"].post(form, mine | {"was": first}).status_code == 303
    late = console.people["county"].post(form, mine | {"measure": "购置设备", "was": second})
    assert told(late)[1:] == ["整改措施：您打开时是（空），现在是补充教师，您填的是购置设备。"]
    assert 'value="购置设备"' in late.text
    assert "补充教师" in console.people["county"].get(page).text


def test_of_two_who_write_texts_for_the_report_the_second_is_told(console: Console) -> None:
    open_county(console.engine)
    first, second = (see(console, who, "/console/words", "/console/words") for who in ("admin", "county"))
    texts = {"practice": "坚持每月督导。\n公开结果。"}
    assert console.people["admin"].post("/console/words", texts | {"was": first}).status_code == 303
    late = console.people["county"].post("/console/words", {"practice": "另一段话。", "was": second})
    assert any("admin在18:00也保存过" in line for line in told(late))
    assert "另一段话。</textarea>" in late.text
    assert "公开结果。" in console.people["county"].get("/console/words").text


def last(console: Console, who: str, page: str) -> str:
    """The last entry in the log that a person's page knows."""
    return re.search('name="last" value="([0-9]+)"', console.people[who].get(page).text)[1]  # type: ignore[index]


def test_of_two_who_change_an_account_the_second_is_told(console: Console) -> None:
    open_county(console.engine)
    page = "/console/accounts/scope?name=unit"
    first, second = (last(console, who, page) for who in ("admin", "admin2"))
    typed = {"name": "unit", "reason": "调动"}
    assert (
        console.people["admin"].post("/console/accounts/scope", typed | {"scope": "P02", "last": first}).status_code
        == 303
    )
    late = console.people["admin2"].post("/console/accounts/scope", typed | {"scope": "甲镇代表团", "last": second})
    assert "已有人做过下面的事" in told(late)[0]
    assert "admin：更正账号负责的单位" in told(late)[1]
    assert "P02" in told(late)[1]
    for act in ("reset", "disable"):
        stale = console.people["admin2"].post(f"/console/accounts/{act}", {"name": "unit", "sure": "1", "last": second})
        assert (stale.status_code, "更正账号负责的单位" in stale.text) == (409, True)
    again = re.search('name="last" value="([0-9]+)"', late.text)[1]  # type: ignore[index]
    sure = console.people["admin2"].post("/console/accounts/scope", typed | {"scope": "甲镇代表团", "last": again})
    assert sure.status_code == 303


def test_of_two_who_note_where_a_units_codes_are_the_second_is_told_and_what_was_ticked_stays(console: Console) -> None:
    open_county(console.engine)
    with Session(console.engine) as session, session.begin():
        issue(session, "P01")
        issue(session, "P02")
    page = "/console/unit?unit=P01"
    row = re.search('name="row" value="([0-9]+)"', console.people["county"].get(page).text)[1]  # type: ignore[index]
    seen = last(console, "county", page)
    other = console.people["admin"].post("/console/unit/hand-over", {"unit": "P02", "office": "教务处"})
    assert other.status_code == 303
    given = {"unit": "P01", "row": row, "office": "教务处", "last": seen}
    assert console.people["admin"].post("/console/unit/hand-over", given).status_code == 303
    for act in ("hand-over", "take-back", "correct-office", "reprint", "void"):
        fields = given | {"office": "德育处", "why": "记错", "kind": "class"}
        late = console.people["county"].post(f"/console/unit/{act}", fields)
        assert len(told(late)) == 2, act
        assert "admin：交接" in told(late)[1]
        assert "教务处" in told(late)[1]
        assert re.search(f'value="{row}" checked', late.text)
    fresh = given | {"last": last(console, "county", page), "office": "德育处", "why": "记错"}
    assert console.people["county"].post("/console/unit/correct-office", fresh).status_code == 303


def test_a_first_time_of_a_paper_form_that_another_typed_anew_is_not_dropped_unseen(console: Console) -> None:
    open_county(console.engine)
    with Session(console.engine) as session, session.begin():
        row = session.scalars(select(FrameRow.id).where(FrameRow.unit == "P01")).first()
        stack = Batch(frame_row_id=row, kind="paper", state="made", codes=5, issued=0, made_at=NOW)
        session.add(stack)
        session.flush()
        batch = stack.id
        session.add(PaperEntry(batch_id=batch, sheet=3, sitting=b"a" * 16, locked=b"x"))
    page = f"/console/papers/enter?batch={batch}&time=1"
    seen = see(console, "county", page, "/console/papers/drop")
    with Session(console.engine) as session, session.begin():
        session.get_one(PaperEntry, (batch, 3)).sitting = b"b" * 16
        record(session, "admin", "paper_first", f"batch {batch}", at=NOW)
    dropped = {"batch": str(batch), "sheet": "3"}
    late = console.people["county"].post("/console/papers/drop", dropped | {"was": seen})
    assert (late.status_code, "这批最近一次是admin在18:00录的" in late.text) == (409, True)
    fresh = see(console, "county", page, "/console/papers/drop")
    assert console.people["county"].post("/console/papers/drop", dropped | {"was": fresh}).status_code == 303


def test_what_was_looked_at_before_it_was_replaced_or_opened_is_looked_at_again(console: Console) -> None:
    """A draw, the list of process evidence, a corrected round and the question before opening."""
    open_county(console.engine)
    with Session(console.engine) as session, session.begin():
        for action, subject in (("sample", "frame"), ("own_words", "round 2025-1"), ("extend", "round 2025-1")):
            record(session, "county", action, subject, at=NOW)
    forms = {
        "/console/sample": {"seed": "1", "plan": "x"},
        "/console/words/drop": {"number": "1"},
        "/console/round/correct": {"organiser": "青山区督导室", "reason": "写错"},
        "/console/setup/open": {"sure": "1"},
    }
    for path, fields in forms.items():
        late = console.people["admin"].post(path, fields | {"last": "1"})
        assert "已有人做过下面的事" in late.text, path


COMPARED = {
    *("/setup", "/words", "/problem/change", "/data/correct", "/rows/decide", "/voice/approve", "/papers/drop"),
    *("/accounts/scope", "/accounts/reset", "/accounts/disable", "/setup/open", "/sample", "/round/correct"),
    *("/unit/issue", "/unit/more", "/unit/reprint", "/unit/void", "/unit/print", "/unit/hand-over", "/unit/take-back"),
    *("/calendar", "/unit/correct-office", "/import/store", "/words/drop", "/data/remove", "/revisit/answers"),
}
"""Forms that carry what they were made from."""
ADDING = "adds what is not there yet, and changes nothing that is"
REFUSED = "the state it starts from is checked as it is done: what another did before is refused in a sentence"
LATER = "moves a day only later, from what stands now"
ANEW = "begins anew what nobody typed in; the log says who did"
OWN = "is about whoever sends it alone"
NOTHING = "changes nothing that is kept, or asks for work that adds a file"
CANNOT_COLLIDE = {
    ADDING: {
        *("/accounts/add", "/accounts/sheet", "/words/process", "/problems/add", "/proofs/add", "/judgements/judge"),
        *("/problem/proof", "/own/proof"),
        *("/data/add", "/codes/issue", "/trial/without", "/import/responses/store", "/voice/store", "/login/first"),
    },
    REFUSED: {
        *("/accounts/agree", "/papers/until", "/papers/enter", "/papers/settle", "/rows/paper", "/codes/hand-over"),
        *("/round/pause", "/round/resume", "/round/propose-close", "/round/withdraw-close", "/round/confirm-close"),
        *("/round/confirm-correction", "/round/withdraw-correction", "/round/cancel", "/setup/from-last", "/revisit"),
        *("/keys/take", "/keys/try", "/keys/deal-again", "/keys/in-hand", "/keys/propose-renewal"),
        *("/keys/confirm-renewal", "/keys/destroyed", "/keys/export", "/keys/move", "/results/ask-bundle"),
        *("/results/withdraw-bundle", "/results/confirm-bundle", "/problem/apply", "/problem/verify"),
        *(
            "/problem/send-back",
            "/proofs/drop",
            "/problem/drop-proof",
            "/own/drop-proof",
            "/voice/drop",
            "/job/{job_id}/cancel",
        ),
    },
    LATER: {"/rows/until", "/round/extend"},
    ANEW: {"/trial"},
    OWN: {"/login", "/logout", "/password", "/card", "/since", "/own/reply"},
    NOTHING: {
        *("/judgements/package", "/judgements/verify"),
        *("/job/{job_id}/take", "/round/report", "/results/export", "/results/check", "/problems/sheets"),
        *("/import", "/import/assign", "/import/marked"),
        *("/import/responses", "/import/responses/assign", "/import/responses/marked"),
    },
}


def test_every_form_carries_what_it_was_made_from_or_cannot_collide(console: Console) -> None:
    posted = {
        path.removeprefix("/console")
        for method, path in list_served(console.client.app)
        if method == "POST" and path.startswith("/console")
    }
    told_apart = [COMPARED, *CANNOT_COLLIDE.values()]
    assert set().union(*told_apart) == posted
    assert sum(map(len, told_apart)) == len(posted)
    assert {*account_pages.CHANGING, *correction_pages.CORRECTING, *setup_pages.PREPARING, *unit_pages.HANDLING} < {
        *console_request.TOLD_ACTS
    }
    for handler in list_handlers():
        [path] = handler.paths
        field = getattr(handler, "parsed_data_field", None)
        if "POST" in handler.http_methods and path in COMPARED and field is not None:
            assert {"was", "last", "seen", "heard"} & set(field.annotation.model_fields), path
