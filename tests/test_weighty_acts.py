"""An administrator who comes in is told what the others did that cannot be taken back, once."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from survey_app.accounts.kept_accounts import reset_account
from survey_app.core.models import Account, Audit
from survey_app.core.weighty_acts import WEIGHTY, list_untold, note_told
from survey_app.pages.console.audit_pages import load_words
from tests.console import Console, open_console
from tests.county import NOW, open_county


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def untold(console: Console, name: str) -> list[str]:
    with Session(console.engine) as session:
        return [act.action for act in list_untold(session, name)]


def come_in(console: Console, name: str, to: str = "") -> Any:
    """Sign in through the page, with a password that was just given."""
    with Session(console.engine) as session, session.begin():
        password = reset_account(session, name, actor="admin2" if name == "admin2" else "admin", now=NOW, random=bytes)
        session.execute(update(Account).where(Account.name == name).values(must_change=False, acts_from=None))
    form = console.client.get("/console/login")
    csrf = re.search('name="csrf" value="(.*?)"', form.text)
    assert csrf
    fields = {"csrf": csrf[1], "name": name, "password": password, "to": to}
    return console.client.post("/console/login", data=fields, follow_redirects=False)


def test_who_comes_in_is_told_what_others_did_and_goes_on_to_where_they_were_going(console: Console) -> None:
    admin, admin2 = console.people["admin"], console.people["admin2"]
    assert admin2.token
    admin.post("/console/round/propose-close")
    admin.post("/console/accounts/disable", {"name": "analyst", "sure": "1"})
    entered = come_in(console, "admin2", "/console/accounts")
    assert entered.headers["location"] == "/console/since?to=%2Fconsole%2Faccounts"
    assert untold(console, "admin2") == ["account_disable", "propose_close"]
    assert untold(console, "admin") == ["account_reset"]  # what they did themselves is no news


def test_what_was_read_is_not_told_again_and_what_came_meanwhile_is(console: Console) -> None:
    admin, admin2 = console.people["admin"], console.people["admin2"]
    assert admin2.token
    admin.post("/console/round/propose-close")
    page = admin2.get("/console/since?to=/console/log").text
    assert "别人做了1件要紧的事" in page
    assert "提出结束" in page
    fields = dict(re.findall(r'name="(up_to|to)" value="(.*?)"', page))
    admin.post("/console/accounts/disable", {"name": "analyst", "sure": "1"})
    assert admin2.post("/console/since", fields).headers["location"] == "/console/log"
    assert untold(console, "admin2") == ["account_disable"]


def test_nobody_is_told_what_was_before_their_first_visit_nor_who_is_no_administrator(console: Console) -> None:
    console.people["admin"].post("/console/round/propose-close")
    assert untold(console, "admin2") == []
    assert console.people["county"].token
    console.people["admin"].post("/console/round/withdraw-close")
    console.people["admin"].post("/console/round/propose-close")
    assert untold(console, "county") == []


def test_a_number_beyond_the_log_silences_nothing_that_comes(console: Console) -> None:
    assert console.people["admin2"].token
    with Session(console.engine) as session, session.begin():
        note_told(session, 2**31 - 1, actor="admin2", now=NOW)
    console.people["admin"].post("/console/round/propose-close")
    assert untold(console, "admin2") == ["propose_close"]


def test_what_two_did_together_is_told_to_neither(console: Console) -> None:
    assert console.people["admin2"].token
    with Session(console.engine) as session, session.begin():
        session.add(Audit(at=NOW, actor="admin、admin2", action="close", subject="round 1", detail={}))
        session.add(Audit(at=NOW, actor="admin、third", action="correct", subject="round 1", detail={}))
    assert untold(console, "admin2") == ["correct"]


@pytest.mark.parametrize("to", ["https://example.org", "//example.org", "/console/login"])
def test_it_never_leads_out_of_the_console(console: Console, to: str) -> None:
    assert console.people["admin"].post("/console/since", {"to": to}).headers["location"] == "/console"


def test_every_act_that_is_told_has_words() -> None:
    assert set(WEIGHTY) <= load_words().actions.keys()
    assert len(set(WEIGHTY)) == len(WEIGHTY)
