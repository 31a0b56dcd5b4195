import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from survey_app.accounts import signing_in
from survey_app.accounts.kept_accounts import disable_account, list_accounts, reset_account
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import (
    DEVICE_KEPT,
    FREE_TRIES,
    SKEW,
    TICK,
    Admitted,
    Attempt,
    Person,
    SignInError,
    change_password,
    find_person,
    knows_device,
    sign_in,
    sign_out,
)
from survey_app.cli.account_commands import user
from survey_app.core.audit import load_audit
from survey_app.core.db import reading
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import Account, FailedSignIn, SignIn

NOW = datetime(2025, 11, 20, 12)
Adding = Callable[..., str]


@pytest.fixture
def add(engine: Engine) -> Adding:
    """Makes an account and returns its first password: `add("王老师", "unit", "P01")`."""

    def make(name: str = "王老师", role: str = "county", scope: str = "") -> str:
        with Session(engine) as session, session.begin():
            return add_account(session, name, role, scope, actor="test", now=NOW, random=token_bytes)

    return make


def enter(engine: Engine, password: str, now: datetime = NOW, name: str = "王老师") -> str:
    return sign_in(engine, Attempt(name=name, password=password), now=now, random=token_bytes).token


def who(engine: Engine, token: str, now: datetime = NOW) -> Person | None:
    return find_person(engine, reading(engine), token, now)


def change(engine: Engine, old: str, new: str, again: str | None = None) -> str:
    with Session(engine) as session, session.begin():
        return change_password(session, "王老师", old, new, again or new, now=NOW, random=token_bytes)


def actions(engine: Engine) -> list[tuple[str, str]]:
    with Session(engine) as session:
        return [(row.actor, row.action) for row in load_audit(session)]


def test_the_right_password_opens_and_only_the_hash_of_the_token_is_stored(engine: Engine, add: Adding) -> None:
    token = enter(engine, add("王老师", "township", "甲镇"))
    assert who(engine, token) == Person("王老师", "township", "甲镇", must_change=True)
    with Session(engine) as session:
        [row] = session.scalars(select(SignIn))
        assert token.encode() not in row.digest
        assert bytes.fromhex(token) not in row.digest


def test_a_password_is_stored_as_an_argon2_hash(engine: Engine, add: Adding) -> None:
    password = add()
    with Session(engine) as session:
        stored = session.scalars(select(Account.password)).one()
    assert stored.startswith("$argon2id$")
    assert password not in stored


def test_a_password_costs_what_owasp_asks_at_least() -> None:
    made_at_start = signing_in._nobody  # before the tests make hashing cheap
    assert made_at_start.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("token", ["", "0" * 64, "../../etc"])
def test_a_token_that_was_never_given_is_nobody(engine: Engine, add: Adding, token: str) -> None:
    add()
    assert who(engine, token) is None


def test_a_wrong_password_and_a_name_that_is_not_there_are_told_alike(engine: Engine, add: Adding) -> None:
    add()
    said = []
    for name in ("王老师", "nobody"):
        with pytest.raises(SignInError) as caught:
            enter(engine, "wrong", name=name)
        said.append(caught.value.problems)
    assert said[0] == said[1]


def test_what_was_typed_as_a_name_that_is_not_there_is_kept_nowhere(engine: Engine) -> None:
    with pytest.raises(SignInError):
        enter(engine, "wrong", name="my-secret-password")
    with Session(engine) as session:
        rows = [str(vars(row)) for row in (*load_audit(session), *session.scalars(select(FailedSignIn)))]
    assert rows
    assert not [row for row in rows if "my-secret" in row]


@pytest.mark.parametrize("name", ["王老师", "nobody"])
def test_each_wrong_try_makes_the_next_wait_longer(engine: Engine, add: Adding, name: str) -> None:
    add()
    now, waits = NOW, []
    for _ in range(16):
        with pytest.raises(SignInError, match="不对"):
            enter(engine, "wrong", now, name)
        with Session(engine) as session:
            until = session.scalars(select(func.min(FailedSignIn.until))).one()
        waits.append((until - now).total_seconds())
        now = max(now, until)
    assert waits[: FREE_TRIES - 1] == [0, 0]
    assert waits[FREE_TRIES - 1 :][:4] == [5, 10, 20, 40]
    assert waits == sorted(waits)
    assert waits[-1] == 900


def test_tries_are_forgotten_an_hour_after_their_wait(engine: Engine, add: Adding) -> None:
    add()
    for now in (NOW, NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2, seconds=10)):
        with pytest.raises(SignInError, match="不对"):
            enter(engine, "wrong", now)
    with Session(engine) as session:
        assert session.scalars(select(FailedSignIn.times).order_by(FailedSignIn.until)).all() == [1, 4]


def test_while_one_has_to_wait_the_right_password_is_refused_too(engine: Engine, add: Adding) -> None:
    password = add()
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInError):
            enter(engine, "wrong")
    with pytest.raises(SignInError, match="12:00:05"):
        enter(engine, password, NOW + timedelta(seconds=4))
    assert enter(engine, password, NOW + timedelta(seconds=5))


def test_tries_made_at_once_are_no_more_than_tries_one_by_one(engine: Engine, add: Adding) -> None:
    add()

    def guess(_: int) -> str:
        with pytest.raises(SignInError) as caught:
            enter(engine, "wrong")
        return caught.value.problems[0][:3]

    with ThreadPoolExecutor(12) as threads:
        said = list(threads.map(guess, range(12)))
    assert said.count("账号或") <= FREE_TRIES
    assert said.count("连续输") >= 12 - FREE_TRIES


def test_who_got_in_starts_again_with_free_tries(engine: Engine, add: Adding) -> None:
    password = add()
    for _ in range(3):
        with pytest.raises(SignInError):
            enter(engine, "wrong")
        enter(engine, password)


def test_nobody_stays_in_without_use_for_two_hours(engine: Engine, add: Adding) -> None:
    token = enter(engine, add())
    assert who(engine, token, NOW + timedelta(minutes=119))
    assert who(engine, token, NOW + timedelta(minutes=119 + 119))
    assert who(engine, token, NOW + timedelta(minutes=119 + 119 + 120)) is None


def test_nobody_stays_in_for_more_than_twelve_hours(engine: Engine, add: Adding) -> None:
    token = enter(engine, add())
    for hour in range(1, 12):
        assert who(engine, token, NOW + timedelta(hours=hour))
    assert who(engine, token, NOW + timedelta(hours=12)) is None


def test_who_signs_out_is_out(engine: Engine, add: Adding) -> None:
    token, other = enter(engine, password := add()), enter(engine, password)
    with Session(engine) as session, session.begin():
        sign_out(session, token, actor="王老师", now=NOW)
    assert who(engine, token) is None
    assert who(engine, other)


@pytest.mark.parametrize("ending", [disable_account, reset_account])
def test_disabling_and_resetting_end_what_was_open(engine: Engine, add: Adding, ending: Any) -> None:
    password = add()
    token = enter(engine, password)
    more = {"random": token_bytes} if ending is reset_account else {}
    with Session(engine) as session, session.begin():
        ending(session, "王老师", actor="test", now=NOW, **more)
    assert who(engine, token) is None
    with pytest.raises(SignInError):
        enter(engine, password)


def test_a_reset_account_may_enter_again_at_once(engine: Engine, add: Adding) -> None:
    add()
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInError):
            enter(engine, "wrong")
    with Session(engine) as session, session.begin():
        password = reset_account(session, "王老师", actor="test", now=NOW, random=token_bytes)
    assert enter(engine, password)


def test_the_first_password_has_to_be_changed_and_the_change_ends_other_visits(engine: Engine, add: Adding) -> None:
    first = add()
    before = enter(engine, first)
    token = change(engine, first, "correct horse battery")
    changed = who(engine, token)
    assert changed
    assert not changed.must_change
    assert who(engine, before) is None
    assert enter(engine, "correct horse battery")


def test_a_new_password_is_told_everything_that_is_wrong_with_it(engine: Engine, add: Adding) -> None:
    first = add()
    with pytest.raises(SurveyError) as caught:
        change(engine, "not it", "王老师1", "王老师2")
    assert [problem[:4] for problem in caught.value.problems] == [
        "现在的口",
        "新口令至",
        "新口令里",
        "新口令用",
        "两次输入",
    ]
    with pytest.raises(SurveyError, match="不能和现在的一样"):
        change(engine, first, first)


def test_an_account_is_refused_with_every_problem_at_once(engine: Engine, add: Adding) -> None:
    add()
    for name, role, scope, count in [
        ("a b", "king", "", 2),
        ("王老师", "unit", "", 2),
        ("赵老师", "analyst", "甲镇", 1),
    ]:
        with pytest.raises(ConflictError) as caught:
            add(name, role, scope)
        assert len(caught.value.problems) == count


def test_the_last_administrator_cannot_be_disabled(engine: Engine, add: Adding) -> None:
    add("one", "administrator")
    add("two", "administrator")
    with Session(engine) as session, session.begin():
        disable_account(session, "one", actor="test", now=NOW)
        with pytest.raises(ConflictError):
            disable_account(session, "two", actor="test", now=NOW)
        with pytest.raises(NotFoundError):
            disable_account(session, "three", actor="test", now=NOW)
        assert [(account.name, account.disabled) for account in list_accounts(session)] == [
            ("one", True),
            ("two", False),
        ]


def test_every_coming_and_going_is_in_the_audit(engine: Engine, add: Adding) -> None:
    token = enter(engine, first := add())
    with pytest.raises(SignInError):
        enter(engine, "wrong")
    with pytest.raises(SignInError):
        enter(engine, "wrong", name="nobody")
    change(engine, first, "correct horse battery")
    with Session(engine) as session, session.begin():
        sign_out(session, token, actor="王老师", now=NOW)
    assert actions(engine) == [
        ("test", "account_add"),
        ("王老师", "sign_in"),
        ("王老师", "sign_in_failed"),
        ("unknown", "sign_in_failed"),
        ("王老师", "password_change"),
        ("王老师", "sign_out"),
    ]


def test_accounts_are_kept_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SURVEY_DATABASE_URL", raising=False)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(user, [*arguments, "--dir", str(tmp_path)])

    said = run("add", "王老师", "--role", "unit", "--scope", "P01").output
    password = said.split("：")[1].split("（")[0]
    assert len(password) == 14
    assert isinstance(run("add", "赵老师", "--role", "unit").exception, ConflictError)
    assert password not in run("reset", "王老师").output
    assert "停用" in run("disable", "王老师").output
    listed = json.loads(run("list", "--json").output)
    assert listed == [{"name": "王老师", "role": "unit", "scope": "P01", "disabled": True}]
    assert "单位联系人  P01  停用" in run("list").output
    assert isinstance(run("reset", "nobody").exception, NotFoundError)


def try_from(engine: Engine, password: str, address: str, device: str = "", now: datetime = NOW) -> Admitted:
    attempt = Attempt(name="王老师", password=password, address=address, device=device)
    return sign_in(engine, attempt, now=now, random=token_bytes)


def test_a_stranger_who_tries_every_two_seconds_never_bars_the_owner_from_elsewhere(
    engine: Engine, add: Adding
) -> None:
    password = add()
    now = NOW
    for _ in range(30):
        with pytest.raises(SignInError):
            try_from(engine, "wrong", "203.0.113.7", now=now)
        assert try_from(engine, password, "198.51.100.2", now=now)
        now += timedelta(seconds=2)
    with pytest.raises(SignInError, match="以后再试"):
        try_from(engine, password, "203.0.113.7", now=now)


def test_a_known_device_is_let_in_from_the_strangers_own_address(engine: Engine, add: Adding) -> None:
    password = add()
    device = try_from(engine, password, "203.0.113.7").device
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInError, match="不对"):
            try_from(engine, "wrong", "203.0.113.7")
    for unknown in ("", "f" * 32):
        with pytest.raises(SignInError, match="以后再试"):
            try_from(engine, password, "203.0.113.7", unknown)
    assert try_from(engine, password, "203.0.113.7", device).device == device


def test_a_device_is_known_for_its_owners_name_alone_and_not_after_a_reset(engine: Engine, add: Adding) -> None:
    device = try_from(engine, add(), "203.0.113.7").device
    mine, anothers = (Attempt(name=name, password="", device=device) for name in ("王老师", "赵老师"))
    assert knows_device(reading(engine), mine, NOW)
    assert not knows_device(reading(engine), anothers, NOW)
    with Session(engine) as session, session.begin():
        reset_account(session, "王老师", actor="test", now=NOW, random=token_bytes)
    assert not knows_device(reading(engine), mine, NOW)


def test_a_wrong_password_while_the_clock_was_ahead_bars_nobody_once_it_is_right(engine: Engine, add: Adding) -> None:
    password = add()
    for _ in range(FREE_TRIES + 2):
        with suppress(SignInError):
            enter(engine, "wrong", NOW + timedelta(days=1))
    assert enter(engine, password, NOW)


def test_a_token_of_a_clock_that_was_ahead_ends_when_the_clock_is_right(engine: Engine, add: Adding) -> None:
    """For good: the next who comes in sweeps it out, so that it does not open again on that later day."""
    password = add()
    token = enter(engine, password, NOW + timedelta(days=1))
    assert who(engine, token, NOW) is None
    enter(engine, password, NOW)
    assert who(engine, token, NOW + timedelta(days=1)) is None


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=365)])
def test_a_device_is_forgotten_half_a_year_after_it_was_seen_whatever_the_clock_said(
    engine: Engine, add: Adding, ahead: timedelta
) -> None:
    password = add()
    device = try_from(engine, password, "203.0.113.7", now=NOW + ahead).device
    again = Attempt(name="王老师", password="", device=device)
    enter(engine, password, NOW)
    assert knows_device(reading(engine), again, NOW + DEVICE_KEPT)
    assert not knows_device(reading(engine), again, NOW + DEVICE_KEPT + TICK)


@pytest.mark.parametrize("ahead", ["began", "seen"])
def test_a_token_ends_whichever_of_its_times_lies_ahead_by_more_than_clocks_differ(
    engine: Engine, add: Adding, ahead: str
) -> None:
    token = enter(engine, add())
    for at, is_open in ((NOW + SKEW, True), (NOW + SKEW + TICK, False)):
        with engine.begin() as connection:
            connection.execute(update(SignIn).values({ahead: at}))
        assert (who(engine, token) is not None) == is_open
