"""The real service under kill -9, a full disk, a disk that takes nothing, a slow one: receipt by receipt."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from survey_app.core.db import connect, upgrade
from survey_app.core.settings import beijing_now
from tests.conftest import make_round
from tests.journeys import Journey, crowd, keep_coming, reconcile, wait_for_receipts
from tests.postgresql import Server, run_server
from tests.serving import Service, free_port, serving

SOAKED = pytest.param(50, marks=pytest.mark.soak)
SLIPS = 300  # that are spent first, before a kill
RANDOM = Random(8)


class House:
    """Services on one store, each on a port of its own; whatever is killed is started again."""

    def __init__(self, folder: Path, url: str, stack: ExitStack, services: int = 1):
        self._folder, self._url, self._stack = folder, url, stack
        self._ports = [free_port() for _ in range(services)]
        self.services = [self._start(number) for number in range(services)]

    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    def kill(self, number: int = 0) -> None:
        self.services[number].kill()
        self.services[number] = self._start(number)

    def _start(self, number: int) -> Service:
        folder = self._folder / f"service {number}"
        return self._stack.enter_context(serving(folder, self._ports[number], self._url, only="phones"))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL server of this test's own, which writes to disk as it would anywhere."""
    with run_server("wal_recycle=off", "shared_buffers=32MB") as server:
        yield server


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def living_journeys(engine: Engine, slips: int) -> Iterator[Journey]:
    """Journeys without end in a round that is open now: so many with a slip each, all others with one class code."""
    now = beijing_now()
    window = {"opens": now - timedelta(days=1), "closes": now + timedelta(days=1)}
    codes = make_round(engine, codes=slips, **window).codes
    (shared,) = make_round(engine, kind="class", **window).codes
    return keep_coming(codes, shared)


def some_time() -> None:
    time.sleep(RANDOM.uniform(0, 0.4))


@pytest.mark.parametrize("kills", [2, SOAKED])
def test_kill_9_of_the_service_loses_no_receipted_form_and_adds_none(
    sqlite_engine: Engine, tmp_path: Path, stack: ExitStack, kills: int
) -> None:
    waiting = living_journeys(sqlite_engine, kills * SLIPS)
    house = House(tmp_path, url_of(sqlite_engine), stack)
    with crowd(waiting, house.addresses) as people:
        for _ in range(kills):
            wait_for_receipts(people, 20)
            some_time()
            house.kill()
        wait_for_receipts(people, 20)
    assert people.refused == []
    reconcile(sqlite_engine, people.journeys, people.receipts())


@pytest.mark.parametrize("kills", [2, SOAKED])
def test_kill_9_of_postgresql_or_of_one_of_two_services_loses_no_receipted_form_and_adds_none(
    server: Server, tmp_path: Path, stack: ExitStack, kills: int
) -> None:
    engine = connect(server.url("postgres"))
    upgrade(engine)
    waiting = living_journeys(engine, kills * SLIPS)
    house = House(tmp_path, server.url("postgres"), stack, services=2)
    with crowd(waiting, house.addresses) as people:
        for number in range(kills):
            wait_for_receipts(people, 20)
            some_time()
            if number % 4 == 1:
                house.kill(number // 4 % 2)
            else:
                server.kill()
                some_time()
                server.start()
        wait_for_receipts(people, 20)
    assert people.refused == []
    reconcile(engine, people.journeys, people.receipts())
    engine.dispose()
