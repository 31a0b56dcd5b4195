"""The first administrators of an empty store are made in the browser, by the one link that the service prints."""

import re
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey_app import app
from survey_app.accounts.first_administrators import FirstLink
from survey_app.accounts.kept_accounts import list_accounts
from survey_app.accounts.signing_in import Attempt, sign_in
from survey_app.core.models import Audit
from survey_app.core.settings import Settings
from tests.console import open_console
from tests.county import NOW

LINK = re.compile(r"http://testserver(/console/login/first\?key=[0-9a-f]{32})")
SHEET = re.compile(r'<dd class="password">([^<]+)</dd>')


@pytest.fixture
def browser(capsys: pytest.CaptureFixture[str], sqlite_engine: Engine, tmp_path: Path) -> Iterator[Any]:
    built = app.build(Settings(tmp_path, "", "http://testserver"), sqlite_engine, lambda: NOW)
    with TestClient(built, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def link(browser: Any, capsys: pytest.CaptureFixture[str]) -> str:
    [found] = LINK.findall(capsys.readouterr().out)
    return str(found)


def post(browser: Any, link: str, *names: str) -> Any:
    page = browser.get(link).text
    csrf = re.search('name="csrf" value="([0-9a-f]+)"', page)
    fields = {f"name_{number}": name for number, name in enumerate(names, 1)}
    sent = {"csrf": csrf[1] if csrf else "", "key": link.split("=")[1]} | fields
    return browser.post("/console/login/first", data=sent)


def names_of(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return [account.name for account in list_accounts(session)]


def test_the_link_makes_three_administrators_who_act_at_once(sqlite_engine: Engine, browser: Any, link: str) -> None:
    page = post(browser, link, "王老师", "lihua", "third")
    assert page.status_code == 200
    shown = SHEET.findall(page.text)
    assert shown[::2] == ["王老师", "lihua", "third"]
    with Session(sqlite_engine) as session:
        assert {(account.role, account.acts_from) for account in list_accounts(session)} == {("administrator", None)}
        assert session.scalars(select(Audit.actor).where(Audit.action == "first_link")).all() == ["command line"]
    for name, password in zip(shown[::2], shown[1::2], strict=True):
        assert sign_in(sqlite_engine, Attempt(name=name, password=password), now=NOW, random=token_bytes).token


def test_who_comes_to_sign_in_before_there_is_anybody_is_told_of_the_link(browser: Any, link: str) -> None:
    assert "还没有管理员，现在还不能登录。" in browser.get("/console/login").text
    post(browser, link, "王老师", "lihua")
    assert "还没有管理员" not in browser.get("/console/login").text


def test_the_link_is_used_once(sqlite_engine: Engine, browser: Any, link: str) -> None:
    page = browser.get(link).text
    csrf = re.search('name="csrf" value="([0-9a-f]+)"', page)
    assert csrf
    sent = {"csrf": csrf[1], "key": link.split("=")[1], "name_1": "first", "name_2": "second"}
    assert browser.post("/console/login/first", data=sent).status_code == 200
    again = browser.post("/console/login/first", data=sent | {"name_1": "thief", "name_2": "thief2"})
    assert again.status_code in (404, 409)
    assert browser.get(link).status_code == 404
    assert names_of(sqlite_engine) == ["first", "second"]


@pytest.mark.parametrize("key", ["", "0" * 32, "x"])
def test_no_other_key_opens_it(sqlite_engine: Engine, browser: Any, key: str) -> None:
    assert browser.get(f"/console/login/first?key={key}").status_code == 404
    assert post(browser, f"/console/login/first?key={key}", "one", "two").status_code == 403
    assert names_of(sqlite_engine) == []


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("alone", ""), "至少填两位"),
        (("same", "same"), "填了两次"),
        (("admin", "adm1n"), "看上去一样"),
        (("a", "b"), "2到40个"),
    ],
)
def test_two_people_are_two_names(
    sqlite_engine: Engine, browser: Any, link: str, names: tuple[str, str], said: str
) -> None:
    refused = post(browser, link, *names)
    assert refused.status_code == 409
    assert said in refused.text
    assert f'value="{names[0]}"' in refused.text
    assert names_of(sqlite_engine) == []
    assert post(browser, link, "first", "second").status_code == 200


def test_where_an_administrator_is_no_link_is_printed(
    sqlite_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_console(sqlite_engine, tmp_path / "store"):
        capsys.readouterr()
    with open_again(sqlite_engine, tmp_path):
        assert not LINK.search(capsys.readouterr().out)


def open_again(engine: Engine, folder: Path) -> Any:
    return TestClient(app.build(Settings(folder, "", "http://testserver"), engine, lambda: NOW))


def test_a_link_of_an_earlier_start_opens_nothing() -> None:
    before = FirstLink()
    key = before.draw(token_bytes)
    assert before.fits(key)
    after = FirstLink()
    assert not after.fits(key)
    assert not after.fits("")
    after.draw(token_bytes)
    assert not after.fits(key)
