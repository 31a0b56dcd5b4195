"""A round with known answers, opened as the program opens it or as it did before answers were sealed."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.attacks.known_answers import KnownRound, Way, open_known
from tests.postgresql import Cluster

_numbers = count()


@pytest.fixture
def known(engine: Engine) -> Iterator[Callable[..., KnownRound]]:
    """Opens such a round: `known("old", classes=30)` has thirty classes of twelve parents."""
    opened: list[KnownRound] = []

    def make(way: Way, *, classes: int) -> KnownRound:
        opened.append(open_known(engine, way, classes))
        return opened[-1]

    yield make
    for made in opened:
        made.writer.stop()


@pytest.fixture
def files(engine: Engine, request: pytest.FixtureRequest) -> Callable[[], Iterator[bytes]]:
    """Reads every file of the data folder or, on PostgreSQL, of the server's data directory."""
    if engine.dialect.name == "postgresql":
        folder = request.getfixturevalue("cluster").data
    else:
        folder = Path(str(engine.url.database)).parent
    return lambda: (path.read_bytes().rstrip(b"\0") for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def empty_place(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Names an empty place of the same kind, another one at each call."""
    if engine.dialect.name == "sqlite":
        return lambda: f"sqlite:///{tmp_path / f'found {next(_numbers)}' / 'survey.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")

    def create() -> str:
        name = f"found_{next(_numbers)}"
        with cluster.admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return cluster.url.format(name)

    return create
