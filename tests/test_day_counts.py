"""From how few networks a class's forms come: what is counted in memory, what is written, and what is not."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey_app.answering import DayCounts, day_counts
from survey_app.core.models import DayCount, Round
from survey_app.core.settings import Settings
from survey_app.upkeep.backup import backup_store
from tests.attacks.test_carving import unpacked
from tests.conftest import NOON, OpenRound, build_phones, make_round
from tests.test_respondent import COMPLETE

HOME = "203.0.113.7"
MIDNIGHT = NOON.replace(hour=0) + timedelta(days=1)
Making = Callable[..., OpenRound]
Rows = list[tuple[int, int]]


def look(engine: Engine) -> Rows:
    """What is kept: forms and the quarter, in the order in which it was written."""
    with Session(engine) as session:
        return [(row.forms, row.quarter) for row in session.scalars(select(DayCount).order_by(DayCount.id))]


def come(counts: DayCounts, batch: int, networks: Sequence[str], now: datetime = NOON) -> None:
    for network in networks:
        counts.count(batch, network, now)


def keep(counts: DayCounts, engine: Engine, now: datetime = NOON) -> Rows:
    counts.end(now)
    counts.store(engine, now)
    return look(engine)


@pytest.fixture
def batch(open_round: Making) -> int:
    return open_round(kind="class").batch_id


async def _send(app: Any, code: str, addresses: Sequence[str]) -> None:
    async with app.lifespan():
        for address in addresses:
            front = ASGITransport(app=app, client=("127.0.0.1", 1))
            heads = {"x-real-ip": address} if address else {}
            async with AsyncClient(transport=front, base_url="http://testserver", headers=heads) as phone:
                assert (await phone.post(f"/q/{code}", data=COMPLETE)).status_code == 200


def serve(engine: Engine, folder: Path, code: str, addresses: Sequence[str]) -> None:
    """A service that starts, takes a form from each address, each from a phone of its own, and stops."""
    asyncio.run(_send(build_phones(Settings(folder, "", "http://testserver"), engine), code, addresses))


# through the service


@pytest.mark.parametrize(
    ("addresses", "kept"),
    [
        ([HOME] * 12, [(12, 4)]),
        ([f"203.0.113.{number}" for number in range(12)], [(12, 4)]),  # one /24
        ([f"203.0.{number}.7" for number in range(12)], [(12, 1)]),
        ([f"2001:db8:1:2::{number}" for number in range(1, 13)], [(12, 4)]),  # one /64
        ([HOME] * 5 + [f"2001:db8:1:{number}::1" for number in range(7)], [(12, 3)]),
        ([HOME] * 9, []),
        ([""] * 12, []),  # the server itself
    ],
)  # fmt: skip
def test_of_a_day_only_forms_and_the_quarter_of_the_fullest_three_networks_are_kept(
    sqlite_engine: Engine, tmp_path: Path, addresses: list[str], kept: Rows
) -> None:
    serve(sqlite_engine, tmp_path, make_round(sqlite_engine, kind="class").codes[0], addresses)
    assert look(sqlite_engine) == kept


def test_slips_are_not_counted(sqlite_engine: Engine, tmp_path: Path) -> None:
    codes = make_round(sqlite_engine, codes=12).codes
    for code in codes:
        serve(sqlite_engine, tmp_path, code, [HOME])
    assert look(sqlite_engine) == []


def test_a_service_that_starts_anew_counts_anew_and_says_since_when(engine: Engine, batch: int) -> None:
    for began in (NOON, NOON + timedelta(hours=2)):
        counts = DayCounts(began)
        come(counts, batch, [HOME] * 11, began + timedelta(minutes=1))
        keep(counts, engine, began + timedelta(minutes=2))
    with Session(engine) as session:
        assert session.scalars(select(DayCount.since).order_by(DayCount.id)).all() == [NOON, NOON + timedelta(hours=2)]


def test_a_day_ends_at_midnight_and_the_next_has_another_key(sqlite_engine: Engine) -> None:
    batch = make_round(sqlite_engine, kind="class").batch_id
    keys = [bytes([number] * 32) for number in range(3)]
    waiting = iter(keys)
    counts = DayCounts(NOON, lambda _: next(waiting))
    come(counts, batch, [HOME] * 10)
    counts.store(sqlite_engine, NOON)
    assert look(sqlite_engine) == []
    counts.store(sqlite_engine, MIDNIGHT)
    assert look(sqlite_engine) == [(10, 4)]
    come(counts, batch, ["a", "b", "c", "d"] * 5, MIDNIGHT)
    assert set(counts._networks[batch]) == {
        blake2b(name.encode(), key=keys[1], digest_size=8).digest() for name in "abcd"
    }
    assert keep(counts, sqlite_engine, MIDNIGHT) == [(10, 4), (20, 3)]
    with Session(sqlite_engine) as session:
        assert session.scalars(select(DayCount.since).order_by(DayCount.id)).all() == [NOON, MIDNIGHT]


def test_when_the_window_is_over_the_last_day_is_written_before_anybody_closes(
    sqlite_engine: Engine,
) -> None:
    made = make_round(sqlite_engine, kind="class", closes=NOON + timedelta(hours=1))
    counts = DayCounts(NOON)
    come(counts, made.batch_id, [HOME] * 10)
    counts.store(sqlite_engine, NOON + timedelta(minutes=59))
    assert look(sqlite_engine) == []
    counts.store(sqlite_engine, NOON + timedelta(minutes=61))
    assert look(sqlite_engine) == [(10, 4)]


def test_what_is_counted_of_a_round_that_was_closed_meanwhile_is_forgotten(sqlite_engine: Engine) -> None:
    made = make_round(sqlite_engine, kind="class")
    counts = DayCounts(NOON)
    come(counts, made.batch_id, [HOME] * 10)
    with Session(sqlite_engine) as session, session.begin():
        session.get_one(Round, made.round_id).state = "closed"
    assert keep(counts, sqlite_engine) == []


def test_a_store_that_is_away_loses_no_count(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_round(sqlite_engine, kind="class").batch_id
    counts = DayCounts(NOON)
    come(counts, batch, [HOME] * 10)

    def fail(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as away:
        away.setattr(day_counts, "store_counted", fail)
        with pytest.raises(OperationalError):
            keep(counts, sqlite_engine)
    assert keep(counts, sqlite_engine) == [(10, 4)]
    assert keep(counts, sqlite_engine) == [(10, 4)]  # once


# several processes


def test_rows_of_several_processes_bound_what_one_that_saw_all_would_have_counted(sqlite_engine: Engine) -> None:
    """Any three networks have at most the sum of each row's fullest three, and at least what the fullest row shows."""
    batch = make_round(sqlite_engine, kind="class").batch_id
    random = Random(20)
    for draw in range(20):
        came = [f"10.0.{min(int(random.expovariate(0.2)), 60)}" for _ in range(120)]
        parts = [came[0:40], came[40:80], came[80:]]
        with Session(sqlite_engine) as session, session.begin():
            session.execute(delete(DayCount))
        for part in parts:
            counts = DayCounts(NOON)
            come(counts, batch, part)
            rows = keep(counts, sqlite_engine)
        fullest = sum(n for _, n in Counter(came).most_common(day_counts.FULLEST))
        assert fullest <= sum(forms * quarter / day_counts.QUARTERS for forms, quarter in rows), draw
        assert fullest > max(forms * (quarter - 1) / day_counts.QUARTERS for forms, quarter in rows), draw


@pytest.mark.parametrize(("processes", "kept"), [(1, [(10, 4), (10, 4), (10, 4)]), (4, [])])
def test_of_a_class_that_comes_in_parts_to_several_processes_nothing_is_told(
    sqlite_engine: Engine, processes: int, kept: Rows
) -> None:
    """Ten forms on each of three days; deploy/nginx.conf sends all requests of a code to one (tests/test_deploy.py)."""
    batch = make_round(sqlite_engine, kind="class").batch_id
    services = [DayCounts(NOON) for _ in range(processes)]
    for day in range(3):
        for form in range(10):
            come(services[form % processes], batch, [HOME], NOON + timedelta(days=day))
    for counts in services:
        keep(counts, sqlite_engine, NOON + timedelta(days=3))
    assert look(sqlite_engine) == kept


# what is kept in memory, and what nowhere


def test_memory_is_bounded_whoever_comes_from_wherever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_counts, "MOST_COUNTERS", 100)
    counts = DayCounts(NOON)
    for batch in range(3):
        come(counts, batch, [f"net {number}" for number in range(1000)])
    assert [len(own) for own in counts._networks.values()] == [
        day_counts.MOST_NETWORKS,
        100 - day_counts.MOST_NETWORKS,
        0,
    ]
    come(counts, 0, ["net 3"] * 9000)
    counts.end(NOON)
    assert [(row.forms, row.quarter) for row in counts._ended] == [(10_000, 4), (1000, 1), (1000, 1)]


def test_no_file_and_no_backup_holds_a_prefix_a_hash_of_one_or_the_key(
    engine: Engine, batch: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    key = blake2b(b"the day's key", digest_size=32).digest()
    counts = DayCounts(NOON, lambda _: key)
    networks = ["203.0.113", "2001:db8:1:2::/64", "198.51.100"]
    come(counts, batch, networks * 5)
    secrets = [
        form for name in networks for form in (name.encode(), blake2b(name.encode(), key=key, digest_size=8).digest())
    ]
    secrets += [bytes.fromhex("20010db800010002"), key]
    backups = []
    for name in ("before", "after"):
        backup_store(engine, tmp_path / name, actor="test", now=NOON)
        backups.append(unpacked(tmp_path / name))
        keep(counts, engine)
    server = [request.getfixturevalue("cluster").data] if engine.dialect.name == "postgresql" else []
    files = [path.read_bytes() for folder in (tmp_path, *server) for path in folder.rglob("*") if path.is_file()]
    written = [*files, *backups]
    assert look(engine) == [(15, 4)]
    hidden = [
        token for token in secrets if any(token in content or token.hex().encode() in content for content in written)
    ]
    assert hidden == []


def test_between_two_backups_of_a_day_a_network_shows_nothing_but_its_batchs_row(sqlite_engine: Engine) -> None:
    """Two days alike in counts, from other networks and in another order: what was written is the same to the byte."""
    seen = []
    for networks in (["a", "b", "c", "d"] * 4, ["w"] * 4 + ["x"] * 4 + ["y"] * 4 + ["z"] * 4):
        batch = make_round(sqlite_engine, kind="class").batch_id
        counts = DayCounts(NOON)
        come(counts, batch, networks)
        keep(counts, sqlite_engine)
        with Session(sqlite_engine) as session:
            row = session.scalars(select(DayCount).where(DayCount.batch_id == batch)).one()
        seen.append((row.since, row.forms, row.quarter))
    assert seen[0] == seen[1] == (NOON, 16, 3)
    assert set(DayCount.__table__.columns.keys()) == {"id", "batch_id", "since", "forms", "quarter"}
