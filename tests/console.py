"""The console in the test's own process, and people of every role who are signed in to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, delete, update
from sqlalchemy.orm import Session

from survey_app import app
from survey_app.accounts import new_accounts
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.passwords import hash_password
from survey_app.accounts.signing_in import Attempt, csrf_of, sign_in
from survey_app.answering import new_code
from survey_app.core.models import Account, CardPassword, TrialSlip
from survey_app.core.settings import Settings
from survey_app.jobs.job_rows import Clock
from survey_app.jobs.job_work import run_job
from survey_app.jobs.running import Jobs
from survey_app.rounds.trial_slips import find_going_on, find_trial
from survey_app.watching import live_counts as watching
from tests.county import NOW

ROLES = {
    "admin": ("administrator", ""),
    "admin2": ("administrator", ""),
    "county": ("county", ""),
    "township": ("township", "甲镇"),
    "unit": ("unit", "P01"),
    "analyst": ("analyst", ""),
}


def do_at_once(jobs: Jobs, job_id: int, secret: bytes = b"") -> None:
    """What `Jobs.start` does, in this process and before it returns."""
    run_job(jobs._engine, jobs._settings, job_id, lambda: NOW, secret)


CONFIRMED = {
    *("/console/round/confirm-close", "/console/round/confirm-correction", "/console/keys/confirm-renewal"),
    *("/console/results/confirm-bundle", "/console/accounts/agree"),
}
"""What takes a password of one's own card."""


def hand_card(engine: Engine, name: str) -> str:
    """Give somebody a card with a single password, which is told; the one before is gone."""
    password = "abcd2345"
    with Session(engine) as session, session.begin():
        session.execute(delete(CardPassword).where(CardPassword.account == name))
        session.add(CardPassword(account=name, number=1, hashed=hash_password(password)))
    return password


class Desk:
    """One person's browser; a person with a `card` has it at hand, and fills in what a page asks for."""

    def __init__(self, client: "TestClient[Any]", enter: Callable[[], str], card: Callable[[], str] = str):
        self._client, self._enter, self._card = client, enter, card

    @cached_property
    def token(self) -> str:
        """Who it is: signed in when first asked for, since a console has six people and a test one or two."""
        return self._enter()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._client.get(path, headers=self._headers | headers, follow_redirects=False)

    def post(self, path: str, fields: dict[str, Any] | None = None, files: Any = None) -> httpx.Response:
        card = {"card": self._card()} if path in CONFIRMED else {}
        data = {"csrf": csrf_of(self.token)} | card | (fields or {})
        return self._client.post(path, data=data, files=files, headers=self._headers, follow_redirects=False)

    @property
    def _headers(self) -> dict[str, str]:
        return {"cookie": f"console={self.token}"} if self.token else {}


class Console:
    """A running console; `people` are signed in."""

    def __init__(self, client: "TestClient[Any]", engine: Engine, folder: Path, clock: Clock):
        self.client, self.engine, self.folder = client, engine, folder
        entering = _employ(engine, clock)
        self.people = {name: Desk(client, entering[name], partial(hand_card, engine, name)) for name in entering}
        self.stranger = Desk(client, str)

    def sign_in_all(self) -> None:
        """For tests that count rows or let sessions grow old."""
        for desk in self.people.values():
            assert desk.token


SITE = "http://testserver"


@contextmanager
def open_console(engine: Engine, folder: Path, now: Any = NOW, *, tried: bool = True) -> Iterator[Console]:
    """The service on this store, at a moment that stands still (or on a clock that is given).

    `tried`: phones opened the trial slips of this address, so that nobody has to say why codes are made without.
    """
    clock: Clock = now if callable(now) else lambda: now
    built = app.build(Settings(folder, "", SITE), engine, clock)
    if tried:
        try_address(engine, SITE)
    with pytest.MonkeyPatch.context() as patch, TestClient(built, raise_server_exceptions=False) as client:
        patch.setattr(watching, "FRESH", timedelta(0))  # nothing is remembered while the clock stands still
        yield Console(client, engine, folder, clock)


def try_address(engine: Engine, address: str) -> None:
    """What two phones leave that opened the slips of the round that goes on, else of the one being prepared."""
    with Session(engine) as session, session.begin():
        round_ = find_going_on(session)
        if find_trial(session, round_, address).is_done:
            return
        shown = {"group": "parent", "paper": "social-2026", "county": "青山区", "organiser": "青山区督导室"}
        for number in (1, 2):
            slip = TrialSlip(code=new_code(token_bytes), number=number, address=address, shown=shown, opened_at=NOW)
            slip.round_id = round_.id if round_ else None
            session.add(slip)


def _employ(engine: Engine, clock: Clock) -> dict[str, Callable[[], str]]:
    """An account for everyone, whether or not the store knows their unit, and how each signs in."""
    with Session(engine) as session, session.begin(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(new_accounts, "read_scope", lambda _session, _role, scope: scope)
        passwords = {
            name: add_account(session, name, role, scope, actor="test", now=NOW, random=token_bytes)
            for name, (role, scope) in ROLES.items()
        }
        session.execute(update(Account).where(Account.name.in_(ROLES)).values(must_change=False))
    return {name: partial(_enter, engine, Attempt(name=name, password=passwords[name]), clock) for name in ROLES}


def _enter(engine: Engine, attempt: Attempt, clock: Clock) -> str:
    return sign_in(engine, attempt, now=clock(), random=token_bytes).token
