"""Stores to test on: SQLite and a PostgreSQL server that the tests start themselves."""

import gc
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any, NamedTuple

import httpx._transports.default as httpx_transport
import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from litestar import Litestar, router
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session
from xdist.scheduler import LoadFileScheduling

from survey_app import phones
from survey_app.accounts import passwords
from survey_app.answering import hash_code, new_code
from survey_app.core.db import connect, parts, upgrade
from survey_app.core.models import Batch, Code, FrameRow, Place, Round
from survey_app.core.settings import Settings
from tests.bounds import ended_after, seconds_for
from tests.first_release import released, released_on_postgresql, released_store
from tests.keyring import keep_known_key
from tests.postgresql import Cluster, run_cluster

__all__ = ["released", "released_on_postgresql", "released_store"]

settings.register_profile("unhurried", deadline=None, max_examples=25)  # a shared machine is slow at times
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.load_profile("unhurried")

NOON = datetime(2025, 11, 20, 12)
TESTS = Path(__file__).parent
GOLDEN = {
    f"tests/{path.relative_to(TESTS).as_posix()}"
    for path in TESTS.rglob("test_*.py")
    if "golden_counties" in path.read_text(encoding="utf-8")
}
RARELY = (100_000, 50, 100)
SETTINGS = (
    "fsync=off", "wal_recycle=off", "max_connections=60", "shared_buffers=32MB", "autovacuum=off",
)  # fmt: skip
_numbers = count()


class OpenRound(NamedTuple):
    """A round with one batch, the codes of that batch, and a moment in the round's window."""

    round_id: int
    batch_id: int
    codes: list[str]
    now: datetime


def pytest_collection_finish() -> None:
    """Look for rubbish rarely, and never among what was imported: a fifth of the tests' time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What a test needs, itself and what it leaves: all of it ends."""
    with ended_after(seconds_for(item)):
        return (yield)


class ByFileAndCounty(LoadFileScheduling):
    """Each file goes to one process; those that read the golden counties to the same one, which publishes them once."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "golden counties" if file in GOLDEN else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileAndCounty:
    """Used by `-n 4 --dist loadfile`."""
    return ByFileAndCounty(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_authorities() -> Iterator[None]:
    """No phone of the tests asks an authority: reading the list of authorities took 35 ms for each of thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx_transport, "create_ssl_context", _trust_as_told)
        yield


def _trust_as_told(verify: Any, **_: Any) -> SSLContext:
    return verify if isinstance(verify, SSLContext) else SSLContext(PROTOCOL_TLS_CLIENT)


@pytest.fixture(scope="session", autouse=True)
def _routers_of_their_own() -> Iterator[None]:
    """Copy no router: each service makes its own, and a third of the time to build one went into copies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(router, "deepcopy", lambda made: made)
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hash passwords in a moment: thousands of consoles are opened; test_accounts holds what the product's cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server without fsync, which is no news to the tests."""
    with run_cluster(*SETTINGS) as cluster, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "NEEDED_ON", [name for name in parts.NEEDED_ON if name != "fsync"])
        yield cluster


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


def build_phones(settings: Settings, engine: Engine) -> Litestar:
    """What answers phones at noon: a tenth of the handlers, and of the time, of the whole service."""
    return phones.build(settings, engine, lambda: NOON, phones.Beside())


@contextmanager
def copy_store(model: Path, folder: Path) -> Iterator[Engine]:
    """A copy of this SQLite file, in a folder of its own."""
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    shutil.copyfile(model, folder / "survey.db")
    yield engine
    engine.dispose()


def drop_triggers(engine: Engine) -> None:
    """What the owner of an SQLite store does first who wants to change what the program keeps from being changed."""
    with engine.begin() as connection:
        for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


@pytest.fixture
def sqlite_engine(tmp_path: Path, sqlite_model: Path) -> Iterator[Engine]:
    with copy_store(sqlite_model, tmp_path / "store") as engine:
        yield engine


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
def place(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Names an empty place for a store of the same kind, another one at each call."""
    if engine.dialect.name == "sqlite":
        return lambda: f"sqlite:///{tmp_path / f'place {next(_numbers)}' / 'survey.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")

    def create() -> str:
        name = f"place_{next(_numbers)}"
        with cluster.admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return cluster.url.format(name)

    return create


@pytest.fixture
def open_round(engine: Engine) -> Callable[..., OpenRound]:
    """Makes a round with one batch: `open_round(kind="class", codes=1, state="paused")`."""
    return partial(make_round, engine)


def make_round(
    engine: Engine, *, kind: str = "slip", codes: int = 1, batch: str = "handed_over", group: str = "parent",
    **changes: Any,
) -> OpenRound:  # fmt: skip
    """A round with one batch in this store; `changes` are fields of the round."""
    fields = {
        "name": f"2025-{next(_numbers)}", "state": "open", "county": "青山区", "organiser": "青山区政府教育督导室",
        "population": 400000, "population_source": "2020年人口普查", "school_year": "2025-2026",
        "standard": "national-2017", "rule": "quality-2024",
        "papers": ["social-2026", "staff-2026", "student-2026"],
        "opens": NOON - timedelta(days=1), "closes": NOON + timedelta(days=4), "invented": False, "remarks": True,
    }  # fmt: skip
    with Session(engine) as session, session.begin():
        round_ = Round(**fields | changes)
        round_.public_key = round_.public_key or keep_known_key(engine, round_.name)
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
        session.execute(insert(Code), [{"digest": hash_code(code), "batch_id": made.id} for code in issued])
        return OpenRound(round_.id, made.id, issued, NOON)
