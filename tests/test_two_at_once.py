"""Two people, or two tabs of one: whoever saves second is told who changed what, and nothing is undone unseen."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource
from survey_app.problems.register import Finding, Remedy, add_problem
from survey_app.rounds.draft import load_draft
from tests.console import Console, open_console
from tests.county import NOW, open_county

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
