"""A form that was filled in by somebody whose time had ended comes back after they signed in, and goes nowhere else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from survey_app.accounts.kept_accounts import reset_account
from survey_app.accounts.signing_in import csrf_of
from survey_app.core.models import Account, Audit, SignIn
from survey_app.pages.console.kept_forms import read_kept
from survey_app.rounds.draft import load_draft
from tests.console import Console, Desk, open_console
from tests.county import NOW

FIELDS = {"county": "青山“区”", "organiser": "督导室<b>", "telephone": "023-79220000", "population": "40000"}


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def end_all(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        session.execute(update(SignIn).values(seen=NOW - timedelta(hours=3)))


def renew(console: Console, name: str) -> str:
    with Session(console.engine) as session, session.begin():
        password = reset_account(session, name, actor="test", now=NOW, random=lambda n: b"\7" * n)
        session.execute(update(Account).values(must_change=False))
    return password


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def sign_in(console: Console, page: str, name: str, password: str) -> httpx.Response:
    fields = hidden(page) | {"name": name, "password": password}
    return console.client.post("/console/login", data=fields, follow_redirects=False)


def draft(console: Console) -> dict[str, str]:
    with Session(console.engine) as session:
        return dict(load_draft(session))


def send_late(console: Console, desk: Desk, path: str = "/console/setup") -> httpx.Response:
    desk.get("/console/setup")
    end_all(console)
    return desk.post(path, FIELDS)


def test_it_comes_back_after_the_sign_in_and_is_sent_when_they_say_so(console: Console) -> None:
    late = send_late(console, console.people["county"])
    password = renew(console, "county")
    assert late.status_code == 401
    assert "登录后可以接着提交" in late.text
    console.client.cookies.update(late.cookies)
    wrong = sign_in(console, late.text, "county", "something else")
    assert wrong.status_code == 401
    entered = sign_in(console, wrong.text, "county", password)
    assert "刚才填写的4项" in entered.text
    assert draft(console)["county"] == ""
    sent = hidden(entered.text)
    done = console.client.post("/console/setup", data=sent, follow_redirects=False)
    assert done.status_code == 303
    assert {name: draft(console)[name] for name in FIELDS} == FIELDS


def test_a_form_of_another_site_is_not_kept(console: Console) -> None:
    desk = console.people["county"]
    assert desk.token
    end_all(console)
    for cookie, mark in ((desk.token, "0" * 64), ("", csrf_of(desk.token))):
        headers = {"cookie": f"console={cookie}"} if cookie else {}
        fields = {"csrf": mark, "county": "别处"}
        answer = console.client.post("/console/setup", data=fields, headers=headers, follow_redirects=False)
        assert answer.status_code == 401
        assert "别处" not in answer.text


def test_no_password_and_no_key_sheet_is_written_into_a_page(console: Console) -> None:
    desk = console.people["admin"]
    assert desk.token
    end_all(console)
    page = desk.post("/console/password", {"old": "secret-one", "new": "secret-two", "again": "secret-two"}).text
    assert "secret-" not in page
    for path in ("/console/keys/try", "/console/round/confirm-close"):
        assert "secret-" not in desk.post(path, {"words_1": "secret-three"}).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"path": "https://evil.example/console/", "fields": []}',
        '{"path": "//evil", "fields": []}',
        '{"path": "/console/login", "fields": []}',
        '{"path": "/console/keys/try", "fields": []}',
        '{"path": "/console/a\\nb", "fields": []}',
        '{"path": "/q/1", "fields": []}',
    ],
)
def test_nothing_else_is_taken_for_one(text: str) -> None:
    assert read_kept(text) is None


def test_nothing_of_it_is_stored(console: Console) -> None:
    send_late(console, console.people["county"])
    with Session(console.engine) as session:
        assert all("023-79220000" not in str(row.detail) for row in session.query(Audit))
    assert draft(console)["telephone"] == ""
