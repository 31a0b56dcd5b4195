import gc
import json
import re
import signal
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier, Event
from types import ModuleType
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from questionnaires.paper import load_paper
from survey_app import app, phones
from survey_app.answering import hash_code, new_number
from survey_app.core.errors import ConflictError
from survey_app.core.models import Box, Ledger, Spent
from survey_app.core.settings import Settings, beijing_now
from tests.conftest import NOON, OpenRound
from tests.serving import Service, free_port, is_open, serving

COMPLETE = dict.fromkeys(load_paper("social-2026").item_ids, "4")
UNKNOWN = "0" * 16
Making = Callable[..., OpenRound]
Client = TestClient[Any]


class Clock:
    """A clock that breaks when told to."""

    error: Exception | None = None

    def __call__(self) -> Any:
        if self.error:
            raise self.error
        return NOON


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(sqlite_engine: Engine, tmp_path: Path, clock: Clock) -> Iterator[Client]:
    built = app.build(Settings(tmp_path, "", "http://testserver"), sqlite_engine, clock)
    with TestClient(built, raise_server_exceptions=False) as phone:
        phone.follow_redirects = False
        yield phone


@pytest.fixture
def living_round(open_round: Making) -> Making:
    """Makes a round whose window is open on the wall clock, too."""
    now = beijing_now()
    return lambda **changes: open_round(opens=now - timedelta(days=1), closes=now + timedelta(days=1), **changes)


@pytest.fixture
def service(engine: Engine, tmp_path: Path) -> Iterator[Service]:
    with serving(
        tmp_path / "service", free_port(), engine.url.render_as_string(hide_password=False), only="phones"
    ) as running:
        yield running


def count(engine: Engine, model: type) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def allowed_styles(page: httpx.Response) -> list[str]:
    return re.findall(r"style-src 'sha256-(.*?)'", page.headers["content-security-policy"])


def style_hashes(page: httpx.Response) -> list[str]:
    styles = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    return [b64encode(sha256(style.encode()).digest()).decode() for style in styles]


def test_every_answer_allows_its_own_style_and_nothing_else(client: Client, clock: Clock) -> None:
    answers = [
        client.get("/"),
        client.get("/nowhere"),
        client.get(f"/q/{UNKNOWN}"),
        client.delete(f"/q/{UNKNOWN}"),
        client.post(f"/q/{UNKNOWN}/next"),
    ]
    clock.error = RuntimeError()
    answers.append(client.get(f"/q/{UNKNOWN}"))

    assert [one.status_code for one in answers] == [200, 404, 404, 405, 303, 500]
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith("default-src 'none';")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.status_code == 303 or style_hashes(answer) == allowed_styles(answer) != []


@pytest.mark.parametrize(
    ("path", "status", "heading"), [("/nowhere", 404, "没有这个页面"), (f"/q/{UNKNOWN}/next", 405, "这次没有成功")]
)
def test_what_is_not_there_is_said_in_chinese(client: Client, path: str, status: int, heading: str) -> None:
    page = client.get(path)

    assert page.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<h1>{heading}</h1>" in page.text


def test_an_error_of_ours_carries_its_own_status(client: Client, clock: Clock) -> None:
    clock.error = ConflictError("现在不行。")

    assert client.get(f"/q/{UNKNOWN}").status_code == 409


def test_the_log_of_a_failure_tells_where_and_no_value(client: Client, clock: Clock) -> None:
    secret = "ABCDEFGH12345678"
    clock.error = RuntimeError(f"could not read {secret}")

    with capture_logs() as logs:
        page = client.post(f"/q/{secret}", data=COMPLETE, headers={"cookie": "number=" + "a" * 32})

    assert page.status_code == 500
    assert secret not in page.text
    (line,) = logs
    assert line["error"] == "RuntimeError"
    assert "test_app.py" in line["places"][-1]
    assert not re.search(f"{secret}|a{{32}}|virtue|testclient", json.dumps(logs))


def test_a_chore_that_fails_is_tried_again(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried_again = Event()
    results = iter([RuntimeError(), None])

    def remove_old_logs(*_: object) -> None:
        if error := next(results, None):
            raise error
        tried_again.set()

    monkeypatch.setattr(phones, "HOUR", 0.01)
    monkeypatch.setattr(phones, "remove_old_logs", remove_old_logs)
    with capture_logs() as logs, TestClient(app.build(Settings(tmp_path, "", ""), sqlite_engine)):
        assert tried_again.wait(10)

    assert [line["event"] for line in logs] == ["old logs are still there"]


def test_one_slip_posted_by_twenty_phones_at_once_is_stored_once(
    engine: Engine, living_round: Making, service: Service
) -> None:
    code = living_round().codes[0]
    ready = Barrier(20)

    def post(_: int) -> int:
        with httpx.Client(base_url=service.address) as phone:
            phone.get(f"/q/{code}")
            ready.wait(30)
            return phone.post(f"/q/{code}", data=COMPLETE).status_code

    with ThreadPoolExecutor(20) as phones:
        statuses = list(phones.map(post, range(20)))

    assert sorted(statuses) == [200] + [409] * 19
    assert [count(engine, model) for model in (Box, Spent, Ledger)] == [1, 1, 1]


def test_one_phone_that_posts_twenty_times_at_once_gets_one_receipt(
    engine: Engine, living_round: Making, service: Service
) -> None:
    code = living_round(kind="class").codes[0]
    number = {"cookie": f"number={new_number(lambda n: b'n' * n)}"}
    ready = Barrier(20)

    def post(_: int) -> str:
        ready.wait(30)
        return httpx.post(f"{service.address}/q/{code}", data=COMPLETE, headers=number).text

    with ThreadPoolExecutor(20) as tries:
        [receipt] = set(tries.map(post, range(20)))

    assert 'data-page="received"' in receipt
    assert count(engine, Box) == 1


def test_a_service_that_is_stopped_loses_no_form_it_gave_a_receipt_for(
    engine: Engine, living_round: Making, service: Service
) -> None:
    codes = living_round(codes=4000).codes

    def post(mine: list[str]) -> list[str]:
        receipts = []
        with suppress(httpx.TransportError), httpx.Client(base_url=service.address) as phone:
            for code in mine:
                if phone.post(f"/q/{code}", data=COMPLETE).status_code == 200:
                    receipts.append(code)  # noqa: PERF401 - those before an error count
        return receipts

    with ThreadPoolExecutor(8) as phones:
        posting = [phones.submit(post, codes[start::8]) for start in range(8)]
        time.sleep(1)
        service.process.send_signal(signal.SIGTERM)
        receipts = [code for one in posting for code in one.result(60)]

    assert service.process.wait(30) == 0
    with Session(engine) as session:
        spent = set(session.scalars(select(Spent.ticket)))
    assert 0 < len(receipts) < len(codes)
    assert {hash_code(code) for code in receipts} <= spent
    assert count(engine, Box) == len(spent)


def test_a_service_whose_first_process_is_killed_leaves_the_port_to_the_next(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port) as first:
        first.process.kill()
        first.process.wait()
        deadline = time.monotonic() + 30
        while is_open(first.address):
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.mark.parametrize("created", [app, phones])
def test_what_a_service_was_made_of_is_looked_through_no_more_and_who_computes_gives_way(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, created: ModuleType
) -> None:
    """Each full collection used to go through 280,000 objects of the program while phones waited."""
    monkeypatch.setattr(phones, "open_store", lambda: (Settings(tmp_path, "", ""), sqlite_engine))
    usual = sys.getswitchinterval()
    gc.unfreeze()
    try:
        created.create()
        assert gc.get_freeze_count() > 100_000
        assert len(gc.get_objects()) < 1_000
        assert sys.getswitchinterval() < usual / 5
    finally:
        sys.setswitchinterval(usual)
