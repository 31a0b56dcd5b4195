"""What every answer says to the browser, whoever made it."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app import app
from survey_app.core.settings import Settings
from survey_app.pages.console import watch_pages as watch
from survey_app.pages.response_headers import EVERYWHERE
from tests.console import Console, open_console
from tests.county import NOW, issue, open_county
from tests.route_list import list_served

SAMPLES = {"kind": "frame", "name": "social-2026"}
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE")


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    monkeypatch.setattr(watch, "STREAM_SECONDS", 0.0)
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def every_path(built: Any) -> list[str]:
    """Each route of the service with something in its blanks."""
    paths = dict.fromkeys(path for _, path in list_served(built))
    return [re.sub(r"\{(\w+).*?\}", lambda blank: SAMPLES.get(blank[1], "1"), path) for path in paths]


def problems_of(answer: httpx.Response) -> list[str]:
    """What an answer lacks, in the words of the header."""
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ") if " " in part)
    missing = [name for name, value in EVERYWHERE.items() if not answer.headers.get(name)]
    loose = [name for name, value in policy.items() if re.search(r"unsafe|\*|http", value) and name != "style-src"]
    wrong = [] if policy["default-src"] == "'none'" else ["default-src"]
    return missing + loose + wrong + unsealed(answer, policy)


def unsealed(answer: httpx.Response, policy: dict[str, str]) -> list[str]:
    """Inline code of a page that its policy does not name, and so would not run."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return []
    inline = re.findall(r"<(script|style)>(.*?)</\1>", answer.text, re.DOTALL)
    hashes = {(kind, b64encode(sha256(text.encode()).digest()).decode()) for kind, text in inline if text}
    strange = [
        f"{kind}-src"
        for kind, hashed in hashes
        if not re.search(f"unsafe-inline|{re.escape(hashed)}", policy[f"{kind}-src"])
    ]
    return strange + re.findall(r"<[^>]* on\w+=|javascript:", answer.text)


def test_every_answer_of_every_route_carries_every_header(console: Console) -> None:
    paths = [*every_path(console.client.app), "/nowhere", "/console/nowhere", "/q/" + "0" * 16, "/%ff", "/q/%00"]
    for person in (console.stranger, console.people["admin"]):
        for path in paths:
            answers = [person.get(path), person.post(path, {"csrf": "not ours"})]
            answers += [console.client.request(method, path, follow_redirects=False) for method in METHODS]
            assert {str(one.request.url): problems_of(one) for one in answers if problems_of(one)} == {}


def test_what_a_page_says_for_itself_stands_once(console: Console) -> None:
    for answer in (console.client.get("/"), console.people["admin"].get("/console/watch")):
        names = [name for name, _ in answer.headers.multi_items()]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(("address", "sealed"), [("https://survey.example", True), ("http://survey.example", False)])
def test_over_tls_browsers_are_told_to_stay_there_and_cookies_never_leave_it(
    sqlite_engine: Engine, tmp_path: Path, address: str, sealed: bool
) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        code = issue(session, "P01")[0].code
    built = app.build(Settings(tmp_path, "", address), sqlite_engine, lambda: NOW)
    with TestClient(built, raise_server_exceptions=False) as client:
        answers = [client.get(path) for path in ("/", f"/q/{code}", "/console/login", "/nowhere")]
    assert [one.headers.get("strict-transport-security") for one in answers] == (
        ["max-age=31536000"] if sealed else [None]
    ) * 4
    cookies = SimpleCookie[str]()
    for line in (line for answer in answers for line in answer.headers.get_list("set-cookie")):
        cookies.load(line)
    assert {name: (one["path"], one["samesite"], bool(one["httponly"])) for name, one in cookies.items()} == {
        "number": (f"/q/{code}", "lax", True),
        "mark": (f"/q/{code}", "lax", False),  # for the page's script: whether the number is still the same
        "login_csrf": ("/console/login", "strict", True),
    }
    assert {bool(one["secure"]) for one in cookies.values()} == {sealed}
