"""Stores to test on: SQLite and a PostgreSQL server that the tests start themselves."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.orm import Session

from survey_app.answering import hash_code, new_code
from survey_app.db import connect, upgrade
from survey_app.models import Batch, Code, FrameRow, Place, Round

settings.register_profile("unhurried", deadline=None)  # a shared machine is slow at times
settings.load_profile("unhurried")

NOON = datetime(2025, 11, 20, 12)
SETTINGS = (
    "listen_addresses=''", "fsync=off", "wal_recycle=off", "max_connections=60", "shared_buffers=32MB",
    "autovacuum=off",
)  # fmt: skip
_numbers = count()


class Cluster(NamedTuple):
    """A running PostgreSQL server: its files, its socket, and an engine for its maintenance database."""

    data: Path
    url: str
    admin: Engine


class OpenRound(NamedTuple):
    """A round with one batch, the codes of that batch, and a moment in the round's window."""

    round_id: int
    batch_id: int
    codes: list[str]
    now: datetime


def find_postgresql() -> Path:
    """The newest server's programs, which Debian keeps off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail("PostgreSQL is not installed: run `apt-get install postgresql`.", pytrace=False)
    return found[-1].parent


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    programs = find_postgresql()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    data = folder / "data"
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **identity)

    run("initdb", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = " ".join(f"-c {one}" for one in (*SETTINGS, f"unix_socket_directories={folder}"))
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    url = f"postgresql+psycopg://tests@/{{}}?host={folder}"
    admin = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
    try:
        yield Cluster(data, url, admin)
    finally:
        admin.dispose()
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file at the newest migration, to be copied."""
    path = tmp_path_factory.mktemp("model") / "survey.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_model(cluster: Cluster) -> str:
    """The name of a database at the newest migration, to be copied."""
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE model")
    engine = connect(cluster.url.format("model"))
    upgrade(engine)
    engine.dispose()
    return "model"


@pytest.fixture
def sqlite_engine(tmp_path: Path, sqlite_model: Path) -> Iterator[Engine]:
    folder = tmp_path / "store"
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    shutil.copyfile(sqlite_model, folder / "survey.db")
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_engine(cluster: Cluster, postgresql_model: str) -> Iterator[Engine]:
    name = f"test_{next(_numbers)}"
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {postgresql_model}")
    engine = connect(cluster.url.format(name))
    yield engine
    engine.dispose()
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A fresh store at the newest migration, on each database in turn."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def open_round(engine: Engine) -> Callable[..., OpenRound]:
    """Makes a round with one batch: `open_round(kind="class", codes=1, state="paused")`."""

    def make(
        *, kind: str = "slip", codes: int = 1, batch: str = "handed_over", group: str = "parent", **changes: Any
    ) -> OpenRound:
        fields = {
            "name": f"2025-{next(_numbers)}", "state": "open", "county": "青山区", "organiser": "青山区政府教育督导室",
            "population": 400000, "population_source": "2020年人口普查", "school_year": "2025-2026",
            "standard": "national-2017", "rule": "quality-2024",
            "papers": ["social-2026", "staff-2026", "student-2026"],
            "opens": NOON - timedelta(days=1), "closes": NOON + timedelta(days=4), "invented": False,
        }  # fmt: skip
        with Session(engine) as session, session.begin():
            round_ = Round(**fields | changes)
            session.add(round_)
            session.flush()
            place = Place(round_id=round_.id, group=group, place="class/P01/101")
            session.add(place)
            session.flush()
            row = FrameRow(
                round_id=round_.id, place_id=place.id, group=group, unit="P01", class_name="101", grade=1,
                population=40, invited=40, stage="primary", locale="city", township="城东街道",
            )  # fmt: skip
            session.add(row)
            session.flush()
            made = Batch(frame_row_id=row.id, kind=kind, state=batch, codes=codes, issued=codes, made_at=NOON)
            session.add(made)
            session.flush()
            issued = [new_code(secrets.token_bytes) for _ in range(codes)]
            session.execute(insert(Code), [{"digest": hash_code(one), "batch_id": made.id} for one in issued])
            return OpenRound(round_.id, made.id, issued, NOON)

    return make
