"""Whatever file the console gives, the API gives: the same bytes, to the same people, noted alike."""

import inspect
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.core.db import connect
from survey_app.core.models import Audit, Batch, Job
from survey_app.core.settings import Settings
from survey_app.jobs.job_files import folder_of
from survey_app.jobs.job_taking import KEPT
from survey_app.pages import console as console_pages
from survey_app.pages.console.console_access import GIVEN_AGAIN
from tests.console import Console, open_console
from tests.county import NOW, answer, issue, open_county

OF_ONE_SITTING = (
    "a copy of the file that was refused a moment before, with what is wrong marked; it is kept for no longer"
)
A_KEY = "part of the round's key: shown once, in its holder's presence, and never to a program"
NOT_GIVEN = {
    ("POST", "/import/marked"): OF_ONE_SITTING,
    ("POST", "/import/responses/marked"): OF_ONE_SITTING,
    ("POST", "/keys/take"): A_KEY,
    ("POST", "/keys/confirm-renewal"): A_KEY,
    ("POST", "/keys/export"): A_KEY,
}
ASKED = (
    *("/watch.xlsx", "/bulletin/docx", "/bulletin/png", "/accounts/template", "/template/frame", "/log.csv"),
    *("/data.xlsx?kind=schools", "/results/minute", "/proofs/package?year=2025-2026", "/problems/letters?kind=urging"),
    *("/sample/record/pdf", "/papers/sheets?batch=1", "/proofs/file?number=1", "/voice/sound?heard=x"),
    "/accounts/letter?name=admin",
)


@pytest.fixture(scope="module")
def console(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A county with forms, and with codes of one school that were made by a job of the county's official."""
    folder = tmp_path_factory.mktemp("files")
    engine = connect(f"sqlite:///{shutil.copyfile(sqlite_model, folder / 'survey.db')}")
    round_id = open_county(engine)
    with Session(engine) as session, session.begin():
        answer(session, issue(session, "P01")[:20])
    with open_console(engine, folder) as opened:
        with Session(engine) as session, session.begin():
            made = session.scalars(select(Batch.id)).all()
            job = Job(
                id=1, kind="slips", state="done", round_id=round_id, unit="P01", about={"batches": list(made)},
                asked_by="county", asked_at=NOW, pid=None, done=1, total=1, problem="", file="P01.zip",
            )  # fmt: skip
            session.add(job)
        yield opened


def find_files() -> set[tuple[str, str]]:
    """The addresses behind /console whose handler gives a file, itself or through what it calls in the console."""
    modules = [
        import_module(f"{console_pages.__name__}.{module.name}") for module in iter_modules(console_pages.__path__)
    ]
    handlers = [handler for module in modules for handler in getattr(module, "HANDLERS", [])]
    sources = {
        name: inspect.getsource(part)
        for module in modules
        for name, part in vars(module).items()
        if inspect.isfunction(part) and part.__module__ == module.__name__
    }
    giving: set[str] = set()
    while more := {name for name, source in sources.items() if _gives(source, giving)} - giving:
        giving |= more
    return {_way(handler) for handler in handlers if _gives(inspect.getsource(handler.fn), giving)}


def _gives(source: str, giving: set[str]) -> bool:
    return ".download(" in source or ".download_part(" in source or any(f"return {name}(" in source for name in giving)


def _way(handler: HTTPRouteHandler) -> tuple[str, str]:
    [path] = handler.paths
    return ("POST" if "POST" in handler.http_methods else "GET"), re.sub(r":\w+\}", "}", path)


def read_log(console: Console) -> list[tuple[Any, ...]]:
    with Session(console.engine) as session:
        rows = session.scalars(select(Audit).order_by(Audit.id))
        return [(row.actor, row.action, row.subject, row.detail) for row in rows if row.action != "sign_in"]


def take(console: Console, name: str) -> httpx.Response:
    bearer = {"authorization": f"Bearer {console.people[name].token}"}
    return console.client.post("/api/files/job/1/take", headers=bearer)


def test_every_file_of_the_console_is_given_by_the_api_or_for_a_reason_not() -> None:
    found = find_files()
    assert found == {*GIVEN_AGAIN, *NOT_GIVEN}
    assert not set(GIVEN_AGAIN) & set(NOT_GIVEN)


@pytest.mark.parametrize("path", ASKED)
def test_a_file_of_the_api_is_the_consoles_with_the_same_entry_in_the_log(console: Console, path: str) -> None:
    desk = console.people["admin"]
    assert desk.token
    logs = [read_log(console)]
    pages = []
    for room in ("/console", "/api/files"):
        pages.append(desk.get(room + path))
        logs.append(read_log(console))
    shown, given = pages
    assert given.status_code == shown.status_code
    noted = [after[len(before) :] for before, after in pairwise(logs)]
    assert noted[0] == noted[1]
    if shown.status_code == 200:
        assert given.headers["content-disposition"] == shown.headers["content-disposition"]
        assert given.headers["content-type"] == shown.headers["content-type"]
        assert given.headers["cache-control"] == "no-store"
        assert given.content == shown.content or path == "/log.csv"  # which tells that it was taken a moment ago
    else:
        assert given.headers["content-type"] == "application/problem+json"


def test_most_of_these_files_are_there(console: Console) -> None:
    """Nothing above means anything where nothing is given."""
    given = [path for path in ASKED if console.people["admin"].get(f"/api/files{path}").status_code == 200]
    assert {*given} >= {"/watch.xlsx", "/bulletin/docx", "/accounts/template", "/template/frame", "/log.csv"}
    assert len(given) >= 7


def test_who_watches_some_units_has_files_of_these_alone(console: Console) -> None:
    for name in ("township", "unit"):
        desk = console.people[name]
        given, shown = desk.get("/api/files/watch.xlsx"), desk.get("/console/watch.xlsx")
        assert given.content == shown.content
        assert given.content != console.people["county"].get("/api/files/watch.xlsx").content


def test_slips_are_taken_by_who_may_with_a_token_that_no_page_sends(console: Console) -> None:
    """One story: a stranger's cookie, another school's person, the official, once more, and codes that went out."""
    before = len(read_log(console))
    folder = folder_of(Settings(console.folder, "", ""), 1)
    folder.mkdir(parents=True)
    (folder / "P01.zip").write_bytes(b"slips")
    assert console.people["county"].post("/api/files/job/1/take").status_code == 401
    assert take(console, "unit").status_code == 404
    assert take(console, "analyst").status_code == 404
    first, second = take(console, "county"), take(console, "admin")
    assert (first.status_code, first.content, second.content) == (200, b"slips", b"slips")
    assert "P01.zip" in first.headers["content-disposition"]
    about = {"kind": "slips", "unit": "P01"}
    assert read_log(console)[before:] == [
        ("county", "take_file", "job 1", about),
        ("admin", "take_file", "job 1", about | {"again": True}),
    ]
    with Session(console.engine) as session, session.begin():
        job = session.get_one(Job, 1)
        job.about = job.about | {"taken": (NOW - KEPT - timedelta(minutes=1)).isoformat()}
    late = take(console, "county")
    assert (late.status_code, late.headers["content-type"]) == (409, "application/problem+json")
