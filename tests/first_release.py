"""The store as the first release left it, on both databases, with a round that is open and one that is closed."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, MetaData, select, text

from survey_app.core.db import connect, migrations
from tests.postgresql import Cluster

DUMP = (Path(__file__).parent / "data/first_release.sql").read_text(encoding="utf-8")
UNSPENT = re.findall("not spent: ([0-9A-Z]{16})", DUMP)[0]
FIRST = "0001"
_numbers = count()
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def released(tmp_path: Path) -> Iterator[Engine]:
    """The store as the first release left it, on SQLite."""
    engine = connect(f"sqlite:///{tmp_path / 'survey.db'}")
    with closing(sqlite3.connect(tmp_path / "survey.db")) as file:
        file.executescript(DUMP)
    yield engine
    engine.dispose()


@pytest.fixture
def released_on_postgresql(released: Engine, cluster: Cluster) -> Iterator[Engine]:
    """The same rows in the tables that the first release made on PostgreSQL."""
    name = f"first_release_{next(_numbers)}"
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine = connect(cluster.url.format(name))
    with engine.begin() as connection:
        command.upgrade(migrations(connection), FIRST)
        fill(connection, read_rows(released))
    yield engine
    engine.dispose()
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["released", "released_on_postgresql"])
def released_store(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


def read_rows(engine: Engine) -> Rows:
    """Every row of every table as it is, whatever the schema."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }


def fill(connection: Connection, rows: Rows) -> None:
    """Insert the rows and go on counting after them, as a server that had given out their numbers would."""
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if rows.get(table.name):
            connection.execute(table.insert(), rows[table.name])
        if "id" in table.columns:
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))")
            )
