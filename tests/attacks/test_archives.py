"""What PostgreSQL keeps beside itself: archived write-ahead files, a base backup taken to two moments, a replica."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from survey_app.core.db import connect, upgrade
from tests.attacks.known_answers import KnownRound, Seen, Way, link_between, open_known
from tests.attacks.test_carving import carve
from tests.attacks.test_copies_compared import boxes_show_nothing, links_hold, look_at
from tests.postgresql import PATIENCE, Server, make_server

BEFORE, BETWEEN = 40, 20
SMALL = ("fsync=off", "max_connections=20", "shared_buffers=16MB", "autovacuum=off")
ARCHIVED = ("wal_level=replica", "archive_mode=on", "max_wal_senders=4")
LINKED = 3
WAYS: tuple[Way, ...] = ("old", "new")


@contextmanager
def running(server: Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()


@contextmanager
def archiving() -> Iterator[tuple[Server, Path]]:
    """A server that archives its write-ahead files as it does everywhere, and the folder where they go."""
    with make_server(*SMALL, *ARCHIVED) as server:
        archive = server.folder / "archive"
        server.set(f"archive_command=mkdir -p {archive} && cp %p {archive}/%f")
        with running(server):
            yield server, archive


@contextmanager
def open_both(server: Server) -> Iterator[dict[Way, KnownRound]]:
    """The same round the old way and the new, each in a database of its own name."""
    admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    rounds: dict[Way, KnownRound] = {}
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE old"))
        model = connect(server.url("old"))
        upgrade(model)
        model.dispose()
        connection.execute(text("CREATE DATABASE new TEMPLATE old"))
    admin.dispose()
    for way in WAYS:
        rounds[way] = open_known(connect(server.url(way)), way, 30)
    yield rounds
    for made in rounds.values():
        made.writer.stop()
        made.engine.dispose()


def answer(rounds: dict[Way, KnownRound], people: int) -> str:
    """So many people answer in each; where the write-ahead log stands then."""
    for made in rounds.values():
        made.answer(people)
    with rounds["new"].engine.connect() as connection:
        return str(connection.scalar(text("SELECT pg_current_wal_insert_lsn()")))


def look_once(server: Server, point: str) -> dict[Way, Seen]:
    """What a server that follows another shows once it has come to this point."""
    admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    arrived = text("SELECT pg_last_wal_replay_lsn() >= CAST(:point AS pg_lsn)")
    deadline = time.monotonic() + PATIENCE
    with admin.connect() as connection:
        while not connection.scalar(arrived, {"point": point}):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    admin.dispose()
    return {way: look_at(server.url(way)) for way in WAYS}


def send_archive(engine: Engine, archive: Path) -> None:
    """Finish the write-ahead file that is being written, and wait until it is in the archive."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = connection.scalar(text("SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))
        connection.execute(text("SELECT pg_switch_wal()"))
    deadline = time.monotonic() + PATIENCE
    while not (archive / str(name)).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def read_all(*folders: Path) -> Iterator[bytes]:
    return (path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file())


def carving_holds(rounds: dict[Way, KnownRound], folder: Path) -> None:
    """The old way's answers and remarks lie in these files, the new way's in none."""
    found = {way: carve(read_all(folder), made) for way, made in rounds.items()}
    assert min(map(len, found["old"])) > (BEFORE + BETWEEN) * 9 // 10
    assert found["new"] == (set(), set())


def links_of_both_hold(rounds: dict[Way, KnownRound], before: dict[Way, Seen], after: dict[Way, Seen]) -> None:
    for way, made in rounds.items():
        assert (len(before[way].spent), len(after[way].spent)) == (BEFORE, BEFORE + BETWEEN)
        links_hold(way, made, link_between(before[way], after[way]), LINKED)
    boxes_show_nothing(rounds["new"], before["new"], after["new"])


def test_a_base_backup_taken_to_two_moments_and_its_archive_link_codes_the_old_way_and_none_the_new() -> None:
    with archiving() as (server, archive), open_both(server) as rounds, make_server(*SMALL, copied=server) as copy:
        points = [answer(rounds, BEFORE), answer(rounds, BETWEEN)]
        answer(rounds, 1)  # a commit after the second point, where recovery stops
        send_archive(rounds["new"].engine, archive)
        copy.touch("recovery.signal")
        copy.set(f"restore_command=cp {archive}/%f %p", "recovery_target_action=pause", "hot_standby=on")
        seen = []
        for point in points:
            copy.set(f"recovery_target_lsn={point}")
            with running(copy):
                seen.append(look_once(copy, point))
        for folder in (archive, copy.data):
            carving_holds(rounds, folder)
        links_of_both_hold(rounds, *seen)


@pytest.mark.soak
def test_a_replica_that_is_read_twice_links_codes_the_old_way_and_none_the_new() -> None:
    with archiving() as (server, _), open_both(server) as rounds, make_server(*SMALL, copied=server) as replica:
        replica.touch("standby.signal")
        replica.set(f"primary_conninfo=host={server.folder} user=tests", "hot_standby=on")
        with running(replica):
            before = look_once(replica, answer(rounds, BEFORE))
            after = look_once(replica, answer(rounds, BETWEEN))
        carving_holds(rounds, replica.data)
        links_of_both_hold(rounds, before, after)
