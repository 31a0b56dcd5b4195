"""Forty strangers try passwords at once: whom the service knows never stands behind them, and little is written."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from threading import Semaphore
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from survey_app import app
from survey_app.accounts import sign_in_queue, signing_in
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.password_cards import use_card
from survey_app.accounts.passwords import matches
from survey_app.accounts.sign_in_queue import MOST_OF_ONE, MOST_STRANGERS
from survey_app.accounts.signing_in import FREE_TRIES, Attempt, SignInError, csrf_of, sign_in
from survey_app.core.models import Audit, FailedSignIn
from survey_app.core.settings import Settings
from tests.console import SITE, hand_card
from tests.county import NOW
from tests.serving import PATIENCE

STRANGERS = 40
NAME = "admin2"
HOME = "198.51.100.2"
GUESS = "a strangers guess"
FORM = "0" * 64


class Door:
    """A service with one account; strangers' passwords are looked at as slowly as the test likes, one a `release`."""

    def __init__(self, service: Any, engine: Engine, password: str):
        self._service, self._engine, self.password = service, engine, password
        self.looked_at: list[str] = []
        self.written: list[str] = []
        self._gate = Semaphore(0)
        event.listen(engine, "before_cursor_execute", self._hear)

    def look(self, hashed: str, password: str) -> bool:
        """`passwords.matches`, held for strangers."""
        self.looked_at.append(password)
        if password == GUESS:
            assert self._gate.acquire(timeout=PATIENCE)
        return matches(hashed, password)

    def release(self, times: int = STRANGERS) -> None:
        self._gate.release(times)

    async def knock(self, address: str, password: str, device: str = "") -> httpx.Response:
        """Send the form once, from there."""
        transport = httpx.ASGITransport(self._service, client=(address, 4711))
        cookies = {"login_csrf": FORM} | ({"device": device} if device else {})
        fields = {"csrf": csrf_of(FORM), "name": NAME, "password": password}
        async with httpx.AsyncClient(transport=transport, base_url=SITE, cookies=cookies) as browser:
            return await browser.post("/console/login", data=fields)

    async def ask(self, address: str, password: str) -> httpx.Response:
        """The same of a program."""
        transport = httpx.ASGITransport(self._service, client=(address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as program:
            return await program.post("/api/sign-in", json={"name": NAME, "password": password})

    async def crowd(self, settled: Callable[[int], bool]) -> list["asyncio.Task[httpx.Response]"]:
        """Strangers, each from a network of its own, until so many of them as wanted were turned away."""
        knocks = [self.knock(f"2001:db8:0:{number:x}::1", GUESS) for number in range(STRANGERS)]
        strangers = [asyncio.create_task(knock) for knock in knocks]
        async with asyncio.timeout(PATIENCE):
            while not (self.looked_at and settled(sum(stranger.done() for stranger in strangers))):
                await asyncio.sleep(0.01)
        return strangers

    def _hear(self, *about: Any) -> None:
        if about[2].startswith(("INSERT", "UPDATE", "DELETE")):
            self.written.append(about[2])


@pytest.fixture
def door(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    with Session(sqlite_engine) as session, session.begin():
        password = add_account(session, NAME, "administrator", actor="test", now=NOW, random=token_bytes)
    opened = Door(app.build(Settings(tmp_path, "", SITE), sqlite_engine, lambda: NOW), sqlite_engine, password)
    monkeypatch.setattr(signing_in, "matches", opened.look)
    yield opened
    opened.release()


def all_but_the_queue(turned_away: int) -> bool:
    return turned_away == STRANGERS - MOST_STRANGERS


def come_before(door: Door) -> str:
    """The owner comes in once; what their device is known by from then on."""
    came = asyncio.run(door.knock(HOME, door.password))
    door.looked_at.clear()
    door.written.clear()
    return came.cookies["device"]


class OneForAll(ThreadPoolExecutor):
    """A queue without places, as the service's threads were."""

    asked = 0

    def submit(self, *work: Any) -> Any:  # type: ignore[override]
        self.asked += 1
        return super().submit(*work)


def test_strangers_stand_before_a_known_device_the_old_way(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """One queue for all, without an end: the owner's password is looked at when those of forty others were."""
    device = come_before(door)
    queue = OneForAll(1)
    monkeypatch.setattr(sign_in_queue, "MOST_STRANGERS", STRANGERS)
    monkeypatch.setattr(sign_in_queue.SignInQueue, "_threads_of", lambda *_: queue)

    async def attack() -> None:
        strangers = await door.crowd(lambda _: queue.asked == STRANGERS)
        owner = asyncio.create_task(door.knock(HOME, door.password, device))
        async with asyncio.timeout(PATIENCE):
            while queue.asked == STRANGERS:
                await asyncio.sleep(0.01)
        door.release()
        await asyncio.gather(owner, *strangers)

    asyncio.run(attack())
    assert door.looked_at == [GUESS] * STRANGERS + [door.password]
    queue.shutdown()


@pytest.mark.parametrize("address", [HOME, "2001:db8:0:1::1"])
def test_a_known_device_comes_in_while_forty_strangers_wait(door: Door, address: str) -> None:
    """From the strangers' own network, too; who finds no place costs neither a look nor a write, and is told so."""
    device = come_before(door)

    async def attack() -> list[httpx.Response]:
        strangers = await door.crowd(all_but_the_queue)
        assert (door.looked_at, door.written) == ([GUESS], [])
        came = await asyncio.wait_for(door.knock(address, door.password, device), PATIENCE)
        assert came.status_code == 303
        assert door.looked_at == [GUESS, door.password]
        door.release()
        return await asyncio.gather(*strangers)

    answers = asyncio.run(attack())
    assert [answer.status_code for answer in answers].count(401) == MOST_STRANGERS
    turned_away = [answer for answer in answers if answer.status_code == 429]
    assert len(turned_away) == STRANGERS - MOST_STRANGERS
    assert {answer.headers["retry-after"] for answer in turned_away} == {"5"}
    assert all("现在登录的人太多，请稍等几秒再试。" in answer.text for answer in turned_away)
    assert door.looked_at.count(GUESS) == MOST_STRANGERS


def test_a_program_is_let_in_where_its_owner_came_in_before(door: Door) -> None:
    """A program has no device; another address is a stranger's, and is told to come again."""
    come_before(door)

    async def attack() -> tuple[int, int]:
        strangers = await door.crowd(all_but_the_queue)
        came = await asyncio.wait_for(door.ask(HOME, door.password), PATIENCE)
        elsewhere = await door.ask("192.0.2.1", door.password)
        door.release()
        await asyncio.gather(*strangers)
        assert elsewhere.headers["retry-after"] == "5"
        return came.status_code, elsewhere.status_code

    assert asyncio.run(attack()) == (200, 429)


def test_who_has_one_known_device_fills_no_more_than_two_places(door: Door) -> None:
    device = come_before(door)

    async def crowd() -> list[int]:
        tries = [asyncio.create_task(door.knock(HOME, GUESS, device)) for _ in range(10)]
        async with asyncio.timeout(PATIENCE):
            while sum(task.done() for task in tries) < len(tries) - MOST_OF_ONE:
                await asyncio.sleep(0.01)
        door.release()
        return sorted(answer.status_code for answer in await asyncio.gather(*tries))

    assert asyncio.run(crowd()) == [401] * MOST_OF_ONE + [429] * (10 - MOST_OF_ONE)


def test_who_confirms_with_a_card_stands_behind_no_stranger(door: Door, sqlite_engine: Engine) -> None:
    """The old way strangers' tries filled the one queue that cards had to go through, too."""
    card = hand_card(sqlite_engine, NAME)

    async def attack() -> None:
        strangers = await door.crowd(all_but_the_queue)
        with Session(sqlite_engine) as session, session.begin():
            use_card(session, NAME, card, now=NOW)
        door.release()
        await asyncio.gather(*strangers)

    asyncio.run(attack())


def fail(engine: Engine, number: int, name: str = NAME) -> None:
    with suppress(SignInError):
        attempt = Attempt(name=name, password=GUESS, address=f"2001:db8:0:{number:x}::/64")
        sign_in(engine, attempt, now=NOW, random=token_bytes)


def test_who_has_to_wait_costs_no_look_and_no_write(door: Door, sqlite_engine: Engine) -> None:
    door.release()
    for _ in range(FREE_TRIES):
        fail(sqlite_engine, 1)
    before = len(door.looked_at), len(door.written)
    for _ in range(10):
        fail(sqlite_engine, 1)
    assert (len(door.looked_at), len(door.written)) == before


@pytest.mark.parametrize(("name", "actor"), [(NAME, NAME), ("nobody", "unknown")])
def test_the_log_of_a_day_grows_by_a_few_rows_however_many_fail(
    door: Door, sqlite_engine: Engine, name: str, actor: str
) -> None:
    door.release(100)
    for number in range(100):
        fail(sqlite_engine, number, name)
    failed = select(Audit.detail).where(Audit.actor == actor, Audit.action == "sign_in_failed").order_by(Audit.id)
    with Session(sqlite_engine) as session:
        told = [detail["today"] for detail in session.scalars(failed)]
        assert session.scalar(select(func.max(FailedSignIn.times))) == 100
    assert told == [1, 2, 4, 8, 16, 32, 64]
