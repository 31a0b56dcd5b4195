import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from survey_app.answering import (
    Submission,
    Writer,
    find_access,
    forget_holders,
    hash_code,
    new_number,
    store_forms,
)
from survey_app.core.errors import StorageError
from survey_app.core.models import Batch, Box, Form, Ledger, Model, Remark, RemarkBox, Round, Spent

ANSWERS = "54321905432190543"
OpenRound = Callable[..., Any]
FAR = timedelta(days=30)


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    yield writer
    writer.stop()


def submission(engine: Engine, code: str, number: str, now: datetime, remark: str = "") -> Submission:
    with engine.connect() as connection:
        access = find_access(connection, code, number, now)
    return Submission(access, number, ANSWERS, now, remark)


def state(engine: Engine, code: str, number: str | None, now: datetime) -> str:
    with engine.connect() as connection:
        return find_access(connection, code, number, now).state


def post_at_once(writers: Sequence[Writer], submissions: Sequence[Submission]) -> Counter[str]:
    """What each submission is told when all are sent in the same moment, from a thread each."""
    barrier = Barrier(len(submissions))

    def post(index: int) -> str:
        barrier.wait()
        return writers[index % len(writers)].submit(submissions[index]).result(timeout=30)

    with ThreadPoolExecutor(len(submissions)) as threads:
        return Counter(threads.map(post, range(len(submissions))))


def count(engine: Engine, table: type[Model]) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def change(engine: Engine, table: type[Model], **values: Any) -> None:
    with Session(engine) as session, session.begin():
        session.execute(update(table).values(**values))


@contextmanager
def held_up(engine: Engine) -> Iterator[None]:
    """No writer can commit meanwhile, so whatever is submitted waits together."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE spent"))
        yield


@pytest.mark.parametrize("writers", [1, 4])
def test_one_slip_posted_by_20_phones_at_once_is_stored_once(
    engine: Engine, open_round: OpenRound, writers: int
) -> None:
    made = open_round()
    several = [Writer(engine) for _ in range(writers)]
    posts = [submission(engine, made.codes[0], f"phone {n}", made.now) for n in range(20)]
    outcomes = post_at_once(several, posts)
    for writer in several:
        writer.stop()
    assert outcomes == {"stored": 1, "used": 19}
    assert (count(engine, Box), count(engine, Spent)) == (1, 1)


@pytest.mark.parametrize("writers", [1, 4])
def test_one_phone_posting_20_times_at_once_is_stored_once_and_always_gets_a_receipt(
    engine: Engine, open_round: OpenRound, writers: int
) -> None:
    made = open_round()
    several = [Writer(engine) for _ in range(writers)]
    outcomes = post_at_once(several, [submission(engine, made.codes[0], "phone", made.now)] * 20)
    for writer in several:
        writer.stop()
    assert outcomes == {"stored": 1, "received": 19}
    assert (count(engine, Box), count(engine, Spent)) == (1, 1)


def test_many_slips_sent_at_once_through_several_writers_are_each_stored_once(
    engine: Engine, open_round: OpenRound
) -> None:
    made = open_round(codes=10)
    several = [Writer(engine) for _ in range(4)]
    posts = [submission(engine, code, f"phone {n}", made.now) for n in range(4) for code in made.codes]
    outcomes = post_at_once(several, posts)
    for writer in several:
        writer.stop()
    assert outcomes == {"stored": 10, "used": 30}
    assert count(engine, Box) == 10


def test_a_class_code_takes_one_form_from_each_number(engine: Engine, open_round: OpenRound, writer: Writer) -> None:
    made = open_round(kind="class")
    posts = [submission(engine, made.codes[0], f"phone {n}", made.now) for n in (1, 2, 3, 3, 2)]
    outcomes = [writer.submit(one).result() for one in posts]
    assert outcomes == ["stored", "stored", "stored", "received", "received"]
    assert count(engine, Box) == 3


@pytest.mark.parametrize(
    ("table", "values", "expected"),
    [
        (Round, {"state": "closed"}, "closed"),
        (Round, {"state": "paused"}, "paused"),
        (Round, {"state": "draft"}, "not_yet"),
        (Round, {"state": "waiting_for_sheets"}, "not_yet"),
        (Round, {"opens": datetime(2030, 1, 1), "closes": datetime(2030, 1, 5)}, "not_yet"),
        (Round, {"closes": datetime(2025, 1, 5)}, "closed"),
        (Batch, {"state": "void"}, "void"),
    ],
)
def test_a_round_that_is_not_open_or_a_void_batch_stores_nothing_even_from_a_paper_fetched_before(
    engine: Engine,
    open_round: OpenRound,
    writer: Writer,
    table: type[Model],
    values: dict[str, Any],
    expected: str,
) -> None:
    made = open_round()
    post = submission(engine, made.codes[0], "phone", made.now)
    change(engine, table, **values)
    assert writer.submit(post).result() == expected
    assert state(engine, made.codes[0], "phone", made.now) == expected
    assert [count(engine, one) for one in (Box, Spent, Ledger)] == [0, 0, 0]


@pytest.mark.parametrize(("table", "values"), [(Round, {"state": "closed"}), (Batch, {"state": "void"})])
def test_closing_and_voiding_wait_for_forms_that_are_being_stored(
    engine: Engine, open_round: OpenRound, table: type[Model], values: dict[str, str]
) -> None:
    made = open_round()
    post = submission(engine, made.codes[0], "phone", made.now)
    closer = Thread(target=change, args=(engine, table), kwargs=values)
    with engine.begin() as connection:
        assert store_forms(connection, [post]) == ["stored"]
        closer.start()
        closer.join(timeout=0.2)
        assert closer.is_alive()
    closer.join()


def test_once_a_close_is_committed_no_form_comes_in_any_more(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(codes=300)
    several = [Writer(engine) for _ in range(3)]
    posts = [submission(engine, code, "phone", made.now) for code in made.codes]
    futures = [several[index % 3].submit(post) for index, post in enumerate(posts[:150])]
    futures[0].result()
    with Session(engine) as session, session.begin():
        session.execute(update(Round).values(state="closed"))
        at_close = session.scalar(select(func.count()).select_from(Box))
    futures += [several[index % 3].submit(post) for index, post in enumerate(posts[150:])]
    outcomes = Counter(future.result() for future in futures)
    for writer in several:
        writer.stop()
    assert count(engine, Box) == at_close == outcomes["stored"]
    assert outcomes["closed"] == 300 - outcomes["stored"] >= 150


def test_an_unspent_code_is_open_and_names_its_round_group_and_paper(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(group="teacher", county="青山区")
    with engine.connect() as connection:
        access = find_access(connection, made.codes[0], None, made.now)
    assert (access.state, access.group, access.paper, access.county) == ("open", "teacher", "staff-2026", "青山区")


@pytest.mark.parametrize("code", ["", "0000-0000-0000-0000", "not a code"])
def test_a_code_nobody_issued_is_unknown(engine: Engine, open_round: OpenRound, code: str) -> None:
    made = open_round()
    assert state(engine, code, None, made.now) == "unknown"


def test_a_spent_slip_shows_its_receipt_to_its_own_phone_alone(
    engine: Engine, open_round: OpenRound, writer: Writer
) -> None:
    made = open_round()
    writer.submit(submission(engine, made.codes[0], "mine", made.now)).result()
    seen = [state(engine, made.codes[0], number, made.now) for number in ("mine", "yours", None)]
    assert seen == ["received", "used", "used"]


def test_a_class_code_is_open_again_for_the_next_number(engine: Engine, open_round: OpenRound, writer: Writer) -> None:
    made = open_round(kind="class")
    writer.submit(submission(engine, made.codes[0], "mine", made.now)).result()
    seen = [state(engine, made.codes[0], number, made.now) for number in ("mine", "yours", None)]
    assert seen == ["received", "open", "open"]


def test_a_retry_after_the_close_still_gets_the_receipt(engine: Engine, open_round: OpenRound, writer: Writer) -> None:
    made = open_round()
    post = submission(engine, made.codes[0], "phone", made.now)
    writer.submit(post).result()
    change(engine, Round, state="closed")
    assert writer.submit(replace(post, now=made.now + FAR)).result() == "received"


@pytest.mark.parametrize("kind", ["slip", "class"])
def test_forgetting_the_holders_of_a_closed_round_leaves_no_trace_of_a_phone(
    engine: Engine, open_round: OpenRound, writer: Writer, kind: str
) -> None:
    made = open_round(kind=kind)
    writer.submit(submission(engine, made.codes[0], "phone", made.now)).result()
    with Session(engine) as session, session.begin():
        session.execute(update(Round).values(state="closed"))
        forget_holders(session, made.round_id)
        assert session.scalars(select(Spent.holder)).all() == [b""]
    assert state(engine, made.codes[0], "phone", made.now) == "received"  # by the number of its box
    assert state(engine, made.codes[0], "another", made.now) == "closed"


def test_looking_writes_nothing(engine: Engine, open_round: OpenRound) -> None:
    made = open_round()
    forbid = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET TRANSACTION READ ONLY"}
    with engine.connect() as connection:
        connection.execute(text(forbid[engine.dialect.name]))
        assert find_access(connection, made.codes[0], "phone", made.now).state == "open"
        connection.invalidate()


def test_a_box_shares_nothing_with_its_ticket_and_a_form_that_is_opened_has_place_paper_and_answers_alone(
    engine: Engine, open_round: OpenRound, writer: Writer
) -> None:
    made = open_round()
    writer.submit(submission(engine, made.codes[0], "phone", made.now, remark="校门口车多")).result()
    with Session(engine) as session:
        box = session.scalars(select(Box)).one()
        remark = session.scalars(select(RemarkBox)).one()
        spent = session.scalars(select(Spent)).one()
    assert {*Box.__table__.columns.keys()} == {*RemarkBox.__table__.columns.keys()} == {"id", "sealed"}
    assert {*Form.__table__.columns.keys()} == {"key", "place_id", "paper", "answers"}
    assert {*Remark.__table__.columns.keys()} == {"key", "round_id", "group", "text"}
    assert len({box.id, remark.id, spent.ticket, spent.holder}) == 4
    assert spent.ticket == hash_code(made.codes[0])


def test_the_ledger_counts_forms_by_batch_and_five_minutes(
    engine: Engine, open_round: OpenRound, writer: Writer
) -> None:
    made = open_round(codes=10)
    for code, minutes in zip(made.codes, (0, 1, 4.9, 5), strict=False):
        now = made.now + timedelta(minutes=minutes)
        writer.submit(submission(engine, code, "phone", now)).result()
    noon = datetime.fromisoformat(f"{made.now.isoformat()}+08:00").timestamp() // 300
    with Session(engine) as session:
        rows = session.execute(select(Ledger.batch_id, Ledger.five_minutes, Ledger.n)).all()
    assert sorted(tuple(row) for row in rows) == [(made.batch_id, noon, 3), (made.batch_id, noon + 1, 1)]


def test_a_submission_that_cannot_be_stored_fails_alone(engine: Engine, open_round: OpenRound, writer: Writer) -> None:
    made = open_round(codes=4)
    first, good, bad, other = (submission(engine, code, "phone", made.now) for code in made.codes)
    bad = replace(bad, access=structs.replace(bad.access, paper="no paper of this round " * 2))
    with held_up(engine):
        before = writer.submit(first)
        together = [writer.submit(one) for one in (good, bad, other)]
    assert [before.result(), together[0].result(), together[2].result()] == ["stored"] * 3
    with pytest.raises(StorageError):
        together[1].result()
    assert (count(engine, Box), count(engine, Spent)) == (3, 3)


def test_after_the_store_was_away_the_writer_goes_on(engine: Engine, open_round: OpenRound, writer: Writer) -> None:
    made = open_round()
    post = submission(engine, made.codes[0], "phone", made.now)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE box RENAME TO away"))
    with pytest.raises(StorageError):
        writer.submit(post).result()
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO box"))
    assert writer.submit(post).result() == "stored"


def test_a_stopped_writer_finishes_what_it_accepted_and_accepts_no_more(engine: Engine, open_round: OpenRound) -> None:
    made = open_round(codes=20)
    posts = [submission(engine, code, "phone", made.now) for code in made.codes]
    writer = Writer(engine)
    futures = [writer.submit(post) for post in posts]
    writer.stop()
    assert [future.result(timeout=0) for future in futures] == ["stored"] * 20
    with pytest.raises(StorageError):
        writer.submit(posts[0])


def test_a_phone_that_hung_up_before_its_turn_is_not_stored(
    engine: Engine, open_round: OpenRound, writer: Writer
) -> None:
    made = open_round(codes=2)
    first, second = (submission(engine, code, "phone", made.now) for code in made.codes)
    with held_up(engine):
        taken = writer.submit(first)
        while not taken.running():
            pass
        assert writer.submit(second).cancel()
    assert taken.result() == "stored"
    writer.stop()
    assert count(engine, Box) == 1


def test_an_event_loop_is_woken_once_for_all_that_one_commit_stored(
    engine: Engine, open_round: OpenRound, writer: Writer
) -> None:
    made = open_round(codes=9)
    posts = [submission(engine, code, "phone", made.now) for code in made.codes]

    async def send_while_the_store_is_held() -> tuple[list[str], int]:
        loop = asyncio.get_running_loop()
        wake, woken = loop.call_soon_threadsafe, []
        loop.call_soon_threadsafe = lambda *task: (woken.append(task), wake(*task))[1]  # type: ignore[method-assign]
        with held_up(engine):
            waiting = [asyncio.ensure_future(writer.receive(post)) for post in posts]
            while writer.waiting < len(posts) - 1:
                await asyncio.sleep(0)
        return await asyncio.gather(*waiting), len(woken)

    told, woken = asyncio.run(send_while_the_store_is_held())
    assert told == ["stored"] * len(posts)
    assert woken == writer.counted.commits < len(posts) / 2


def test_a_phone_that_hung_up_in_an_event_loop_is_not_stored_and_spoils_nothing_for_the_others(
    engine: Engine, open_round: OpenRound, writer: Writer
) -> None:
    made = open_round(codes=3)
    posts = [submission(engine, code, "phone", made.now) for code in made.codes]

    async def hang_up() -> list[object]:
        with held_up(engine):
            waiting = [asyncio.ensure_future(writer.receive(post)) for post in posts]
            while writer.waiting < len(posts) - 1:
                await asyncio.sleep(0)
            waiting[1].cancel()
            await asyncio.sleep(0)
        return await asyncio.gather(*waiting, return_exceptions=True)

    first, gone, last = asyncio.run(hang_up())
    assert (first, type(gone), last) == ("stored", asyncio.CancelledError, "stored")
    assert count(engine, Box) == 2


def test_a_commit_that_fails_is_told_to_everybody_who_waits_in_an_event_loop(
    engine: Engine, open_round: OpenRound, writer: Writer
) -> None:
    made = open_round(codes=2)
    posts = [submission(engine, code, "phone", made.now) for code in made.codes]

    async def send() -> list[object]:
        return await asyncio.gather(*map(writer.receive, posts), return_exceptions=True)

    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE box RENAME TO away"))
    assert [type(told) for told in asyncio.run(send())] == [StorageError] * 2
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO box"))
    assert asyncio.run(send()) == ["stored"] * 2


def test_a_number_has_128_bits() -> None:
    assert new_number(lambda n: b"\xff" * n) == "f" * 32
