"""The quick look-up behind a phone: it finds what the full one finds, and is believed for a second at most."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from survey_app.answering import CodeLookup, Submission, Writer, code_lookup, find_access
from survey_app.core.db import reading
from survey_app.core.models import Batch, Round
from tests.conftest import OpenRound, make_round

Making = Callable[..., OpenRound]
OWN, OTHER = "a" * 32, "b" * 32
ANSWERS = "4" * 17


@pytest.fixture
def lookup(engine: Engine) -> Iterator[CodeLookup]:
    lookup = CodeLookup(reading(engine))
    yield lookup
    lookup.close()


def spend(engine: Engine, made: OpenRound, code: str, number: str = OWN) -> str:
    writer = Writer(engine)
    with engine.connect() as connection:
        access = find_access(connection, code, number, made.now)
    told = writer.submit(Submission(access, number, ANSWERS, made.now)).result()
    writer.stop()
    return told


def change(engine: Engine, table: Any, **changes: Any) -> None:
    with engine.begin() as connection:
        connection.execute(update(table).values(changes))


@pytest.mark.parametrize("kind", ["slip", "class", "public"])
def test_every_code_gives_what_the_full_look_up_gives_the_first_time_and_the_second(
    engine: Engine, open_round: Making, lookup: CodeLookup, kind: str
) -> None:
    made = open_round(kind=kind, codes=2)
    spent, unspent = made.codes
    if kind != "public":
        assert spend(engine, made, spent) == "stored"
    far = timedelta(days=30)
    for now in (made.now, made.now - far, made.now + far):
        for code in (spent, unspent, "0" * 16, ""):
            for number in (None, OWN, OTHER):
                with engine.connect() as connection:
                    wanted = find_access(connection, code, number, now)
                assert [lookup.find(code, number, now) for _ in range(2)] == [wanted, wanted]


def test_an_open_slip_is_one_statement_once_its_batch_is_known(sqlite_engine: Engine) -> None:
    made = make_round(sqlite_engine, codes=2)
    lookup = CodeLookup(reading(sqlite_engine))
    lookup.find(made.codes[0], None, made.now)
    asked: list[str] = []
    assert lookup._held is not None
    driver: Any = lookup._held.connection.driver_connection
    driver.set_trace_callback(asked.append)
    assert lookup.find(made.codes[1], OWN, made.now).state == "open"
    driver.set_trace_callback(None)
    lookup.close()
    assert len(asked) == 1


def test_batches_stay_known_past_their_second_while_the_rounds_stand_as_they_did(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch used to be asked for anew after a second: with thousands of them nearly every time."""
    made = make_round(sqlite_engine, codes=2)
    now = 0.0
    monkeypatch.setattr(code_lookup, "monotonic", lambda: now)
    lookup = CodeLookup(reading(sqlite_engine))
    lookup.find(made.codes[0], None, made.now)
    asked: list[str] = []
    monkeypatch.setattr(lookup, "find_anew", lambda *about: asked.append("the full way"))
    for _ in range(3):
        now += code_lookup.REMEMBERED + 0.001
        assert lookup.find(made.codes[1], OWN, made.now).state == "open"
    assert not asked
    lookup.close()


def test_a_void_batch_is_seen_at_once(engine: Engine, open_round: Making, lookup: CodeLookup) -> None:
    made = open_round()
    lookup.find(made.codes[0], OWN, made.now)
    change(engine, Batch, state="void")
    assert lookup.find(made.codes[0], OWN, made.now).state == "void"


def test_a_slip_is_seen_as_spent_at_once_however_well_its_batch_is_remembered(
    engine: Engine, open_round: Making, lookup: CodeLookup
) -> None:
    made = open_round()
    assert lookup.find(made.codes[0], OWN, made.now).state == "open"
    assert spend(engine, made, made.codes[0]) == "stored"
    assert [lookup.find(made.codes[0], number, made.now).state for number in (OWN, OTHER)] == ["received", "used"]


@pytest.mark.parametrize(
    ("table", "changes", "told"),
    [
        (Round, {"state": "paused"}, "paused"),
        (Round, {"state": "closed"}, "closed"),
        (Batch, {"state": "void"}, "void"),
    ],
)
def test_a_batch_is_believed_open_for_a_second_in_which_nothing_can_be_stored(
    engine: Engine,
    open_round: Making,
    lookup: CodeLookup,
    monkeypatch: pytest.MonkeyPatch,
    table: Any,
    changes: dict[str, str],
    told: str,
) -> None:
    made = open_round()
    now = 0.0
    monkeypatch.setattr(code_lookup, "monotonic", lambda: now)
    lookup.find(made.codes[0], OWN, made.now)
    change(engine, table, **changes)
    believed = lookup.find(made.codes[0], OWN, made.now)
    writer = Writer(engine)
    outcome = writer.submit(Submission(believed, OWN, ANSWERS, made.now)).result()
    writer.stop()
    now = code_lookup.REMEMBERED + 0.001
    assert (outcome, lookup.find(made.codes[0], OWN, made.now).state) == (told, told)
    assert code_lookup.REMEMBERED <= 1


def test_a_connection_that_is_gone_is_replaced(engine: Engine, open_round: Making, lookup: CodeLookup) -> None:
    made = open_round()
    lookup.find(made.codes[0], None, made.now)
    assert lookup._held is not None
    driver: Any = lookup._held.connection.driver_connection
    driver.close()
    assert [lookup.find(made.codes[0], None, made.now).state for _ in range(2)] == ["open", "open"]


def test_batches_that_are_remembered_are_few(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_lookup, "MOST_BATCHES", 2)
    lookup = CodeLookup(reading(sqlite_engine))
    for _ in range(5):
        made = make_round(sqlite_engine)
        lookup.find(made.codes[0], None, made.now)
        assert len(lookup._open) <= 2
    lookup.close()
