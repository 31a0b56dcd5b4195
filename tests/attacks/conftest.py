"""A round with known answers, opened as the program opens it or as it did before answers were sealed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.attacks.known_answers import KnownRound, Way, open_known


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
