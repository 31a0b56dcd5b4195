"""The console in the test's own process, and people of every role who are signed in to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app import app
from survey_app.accounts import Attempt, add_account, csrf_of, sign_in
from survey_app.core.models import Account
from survey_app.core.settings import Settings
from survey_app.jobs.job_work import run_job
from survey_app.jobs.running import Jobs
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


class Desk:
    """One person's browser."""

    def __init__(self, client: "TestClient[Any]", token: str):
        self._client, self.token = client, token

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path, headers=self._headers, follow_redirects=False)

    def post(self, path: str, fields: dict[str, Any] | None = None, files: Any = None) -> httpx.Response:
        data = {"csrf": csrf_of(self.token)} | (fields or {})
        return self._client.post(path, data=data, files=files, headers=self._headers, follow_redirects=False)

    @property
    def _headers(self) -> dict[str, str]:
        return {"cookie": f"console={self.token}"} if self.token else {}


class Console:
    """A running console; `people` are signed in."""

    def __init__(self, client: "TestClient[Any]", engine: Engine, folder: Path):
        self.client, self.engine, self.folder = client, engine, folder
        self.people = {name: Desk(client, _enter(engine, name, *ROLES[name])) for name in ROLES}
        self.stranger = Desk(client, "")


@contextmanager
def open_console(engine: Engine, folder: Path, now: Any = NOW) -> Iterator[Console]:
    """The service on this store, at a moment that stands still (or on a clock that is given)."""
    clock = now if callable(now) else lambda: now
    built = app.build(Settings(folder, "", "http://testserver"), engine, clock)
    with pytest.MonkeyPatch.context() as patch, TestClient(built, raise_server_exceptions=False) as client:
        patch.setattr(watching, "FRESH", timedelta(0))  # nothing is remembered while the clock stands still
        yield Console(client, engine, folder)


def _enter(engine: Engine, name: str, role: str, scope: str) -> str:
    with Session(engine) as session, session.begin():
        password = add_account(session, name, role, scope, actor="test", now=NOW, random=token_bytes)
        session.get_one(Account, name).must_change = False
    return sign_in(engine, Attempt(name=name, password=password), now=NOW, random=token_bytes).token
