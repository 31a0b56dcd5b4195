"""An administrator makes a second one, or takes another's account, and confirms alone: it takes a second person."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import Attempt, sign_in
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import ConflictError
from survey_app.core.four_eyes import check_two
from survey_app.core.models import Account
from survey_app.problems.closing_steps import apply_for_closing, verify_closing
from survey_app.problems.register import Finding, Remedy, add_problem
from survey_app.rounds.proposals import confirm_close
from survey_app.rounds.round_rows import find_round
from tests.console import Console, Desk, hand_card, open_console
from tests.county import NOW, open_county
from tests.keyring import keys_of

HOURS = timedelta(hours=1)


class Clock:
    """A clock that the test sets."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def console(sqlite_engine: Engine, clock: Clock) -> Iterator[Console]:
    """A console with two administrators and an open round."""
    open_county(sqlite_engine)
    with open_console(sqlite_engine, keys_of(sqlite_engine).parent, clock) as console:
        yield console


def come_in(console: Console, name: str, password: str, now: datetime) -> Desk:
    """Sign in, past the change of the first password."""
    with Session(console.engine) as session, session.begin():
        session.get_one(Account, name).must_change = False
    attempt = Attempt(name=name, password=password)
    return Desk(console.client, lambda: sign_in(console.engine, attempt, now=now, random=token_bytes).token)


def password_on(page: str) -> str:
    return re.findall('class="password">(.*?)<', page)[0]


def test_who_made_a_second_administrator_cannot_confirm_as_that_one(console: Console, clock: Clock) -> None:
    admin = console.people["admin"]
    page = admin.post("/console/accounts/add", {"name": "second", "role": "administrator", "scope": ""}).text
    assert admin.post("/console/round/propose-close").status_code == 303
    second = come_in(console, "second", password_on(page), NOW)
    assert second.post("/console/round/confirm-close").status_code == 403
    assert admin.post("/console/accounts/agree", {"name": "second"}).status_code == 409
    assert second.post("/console/accounts/agree", {"name": "second"}).status_code == 403
    assert console.people["admin2"].post("/console/accounts/agree", {"name": "second"}).status_code == 303
    assert second.get("/console/round").status_code == 403
    clock.now = NOW + 24 * HOURS
    late = come_in(console, "second", password_on(page), clock.now)
    assert late.get("/console/round").status_code == 200


def test_who_gave_another_administrator_a_new_password_cannot_confirm_as_that_one(console: Console) -> None:
    page = console.people["admin"].post("/console/accounts/reset", {"name": "admin2", "sure": "1"}).text
    second = come_in(console, "admin2", password_on(page), NOW)
    assert second.get("/console/round").status_code == 403


def test_who_knows_another_administrators_password_confirms_the_old_way_and_not_without_their_card(
    console: Console,
) -> None:
    admin, stolen = console.people["admin"], Desk(console.client, lambda: console.people["admin2"].token)
    assert admin.post("/console/round/propose-close").status_code == 303
    with Session(console.engine) as session:  # all that a confirmation was before there were cards
        assert confirm_close(session, find_round(session), actor="admin2", now=NOW) == "admin、admin2"
    refused = stolen.post("/console/round/confirm-close")
    assert (refused.status_code, "没有可用的" in refused.text) == (409, True)
    mine = hand_card(console.engine, "admin")
    hand_card(console.engine, "admin2")
    for guess in ("", "aaaa-2222", mine[::-1]):
        assert stolen.post("/console/round/confirm-close", {"card": guess}).status_code == 409, guess
    with Session(console.engine) as session:
        assert find_round(session).state == "open"
    assert console.people["admin2"].post("/console/round/confirm-close").status_code == 303


def let_in_by_admin(console: Console, way: str) -> str:
    """An account that does not wait, into which the administrator `admin` can get; its name."""
    admin = console.people["admin"]
    match way:
        case "add":
            admin.post("/console/accounts/add", {"name": "fenxi", "role": "analyst", "scope": ""})
            return "fenxi"
        case "reset":
            admin.post("/console/accounts/reset", {"name": "analyst", "sure": "1"})
            return "analyst"
        case _:
            sheet = "账号名,角色,负责的乡镇或单位\nfenxi,统计分析员,".encode("utf-8-sig")
            admin.post("/console/accounts/sheet", files={"file": ("账号.csv", sheet)})
            return "fenxi"


def are_two(console: Console, *names: str) -> bool:
    with Session(console.engine) as session:
        try:
            check_two(session, *names)
        except ConflictError:
            return False
    return True


@pytest.mark.parametrize("way", ["add", "reset", "sheet"])
def test_an_account_is_no_second_person_beside_who_let_it_in_until_another_administrator_agreed(
    console: Console, way: str
) -> None:
    name = let_in_by_admin(console, way)
    console.people["admin"].post("/console/accounts/add", {"name": "xianji", "role": "county", "scope": ""})
    for pair in ((name, "admin"), ("admin", name), (name, "xianji")):
        assert not are_two(console, *pair), pair
    assert are_two(console, name, "admin2")
    assert "先由另一位管理员同意" in console.people["admin"].get("/console/accounts").text
    assert console.people["admin"].post("/console/accounts/agree", {"name": name}).status_code == 409
    assert console.people["admin2"].post("/console/accounts/agree", {"name": name}).status_code == 303
    for pair in ((name, "admin"), (name, "xianji")):
        assert are_two(console, *pair), pair


def test_a_problem_is_not_verified_with_an_account_that_who_applied_let_in(console: Console) -> None:
    console.people["admin"].post("/console/accounts/add", {"name": "xianji", "role": "county", "scope": ""})
    act: dict[str, Any] = {"actor": "admin", "now": NOW}
    with Session(console.engine) as session:
        finding = Finding(text="门卫未持证上岗", source=ProblemSource.HAND)
        number = add_problem(session, finding, Remedy(measure="持证上岗", lead="区教委"), **act).number
        apply_for_closing(session, number, "admin", "整改报告", **act)
        with pytest.raises(ConflictError, match="还不能算两个人"):
            verify_closing(session, number, "xianji", **act)
        verify_closing(session, number, "admin2", **act)


def test_of_a_units_account_nobody_is_asked(console: Console) -> None:
    console.people["admin"].post("/console/accounts/add", {"name": "lianxi", "role": "unit", "scope": "P01"})
    assert are_two(console, "admin", "lianxi")


def test_whom_the_servers_owner_made_acts_at_once(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        password = add_account(session, "third", "administrator", actor=SERVER_OWNER, now=NOW, random=token_bytes)
    assert come_in(console, "third", password, NOW).get("/console/round").status_code == 200


@pytest.mark.parametrize(
    "name", ["..", "--", "аdmin", "ａdmin", "Admin", "adm1n", "adrnin", "ad.min", "admin\u200b", "ad\u0301min"]
)
def test_a_name_that_could_be_taken_for_another_is_refused(sqlite_engine: Engine, name: str) -> None:
    with Session(sqlite_engine) as session, session.begin():
        add_account(session, "admin", "administrator", actor=SERVER_OWNER, now=NOW, random=token_bytes)
        with pytest.raises(ConflictError):
            add_account(session, name, "administrator", actor=SERVER_OWNER, now=NOW, random=token_bytes)
