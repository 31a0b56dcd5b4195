"""HEAD: link previews and watchers get every page's head, and no body."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.console import Console, open_console
from tests.county import open_county

PATHS = (
    *("/", "/q/UNKNOWN", "/health", "/nowhere", "/console", "/console/login", "/console/watch", "/console/round"),
    *("/console/watch.xlsx", "/api", "/api/me", "/api/openapi.json", "/api/nowhere"),
)
BY_CHANCE = {"set-cookie", "content-length", "etag"}  # a form's token, and what it weighs compressed


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


@pytest.mark.parametrize("path", PATHS)
def test_a_head_is_that_of_the_page_without_its_body(console: Console, path: str) -> None:
    headers = {"cookie": f"console={console.people['admin'].token}"}
    page = console.client.get(path, headers=headers, follow_redirects=False)
    head = console.client.head(path, headers=headers, follow_redirects=False)
    assert (head.status_code, head.content) == (page.status_code, b"")
    told = {name: value for name, value in page.headers.items() if name not in BY_CHANCE}
    assert {name: value for name, value in head.headers.items() if name not in BY_CHANCE} == told


def test_the_head_of_a_stream_ends_at_once(console: Console) -> None:
    headers = {"cookie": f"console={console.people['admin'].token}"}
    began = time.monotonic()
    head = console.client.head("/console/events", headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert time.monotonic() - began < 20


def test_a_head_needs_the_rights_of_its_page(console: Console) -> None:
    assert console.client.head("/api/log").status_code == 401
    headers = {"cookie": f"console={console.people['unit'].token}"}
    assert console.client.head("/api/log", headers=headers).status_code == 403
