"""From the first released schema, with data in each of its tables, to the newest: nothing lost, and all goes on."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_parts
from survey_app.core.db import connect, migrations, upgrade
from survey_app.core.models import Audit, Model
from survey_app.rounds.round_rows import find_round
from tests.conftest import Cluster
from tests.county import NOW
from tests.keyring import keys_of

DUMP = (Path(__file__).parent / "data/first_release.sql").read_text(encoding="utf-8")
UNSPENT = re.findall("not spent: ([0-9A-Z]{16})", DUMP)[0]
FIRST = "0001"
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
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE first_release")
    engine = connect(cluster.url.format("first_release"))
    with engine.begin() as connection:
        command.upgrade(migrations(connection), FIRST)
        fill(connection, read_rows(released))
    yield engine
    engine.dispose()
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE first_release WITH (FORCE)")


@pytest.fixture(params=["released", "released_on_postgresql"])
def store(request: pytest.FixtureRequest) -> Engine:
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


def test_the_first_release_had_a_row_in_each_of_its_tables(released: Engine) -> None:
    assert [name for name, rows in read_rows(released).items() if not rows] == []


def test_the_first_migration_still_makes_the_tables_of_the_first_release(released: Engine, tmp_path: Path) -> None:
    made = connect(f"sqlite:///{tmp_path / 'made.db'}")
    with made.begin() as connection:
        command.upgrade(migrations(connection), FIRST)
    query = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    with made.connect() as now, released.connect() as then:
        assert dict(now.execute(query).all()) == dict(then.execute(query).all())
    made.dispose()


def test_every_row_is_there_after_the_upgrade_as_it_was(store: Engine) -> None:
    before = read_rows(store)
    upgrade(store)
    after = read_rows(store)
    assert sum(map(len, before.values())) > 400
    for name, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[name]]
        assert sorted(kept, key=repr) == sorted(rows, key=repr)


def test_the_upgraded_store_is_what_the_models_say(store: Engine) -> None:
    upgrade(store)
    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Model.metadata) == []
    assert {*Model.metadata.tables} <= {*inspect(store).get_table_names()}


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"])
def test_the_upgraded_audit_still_keeps_what_was_written(store: Engine, statement: str) -> None:
    upgrade(store)
    with pytest.raises(DBAPIError, match="only added to"), store.begin() as connection:
        connection.execute(text(statement))


def test_the_open_round_goes_on_and_closes_and_the_closed_one_is_shown(store: Engine) -> None:
    before = read_rows(store)
    upgrade(store)
    with Session(store) as session, session.begin():
        number = new_number(token_bytes)
        submission = Submission(find_access(session, UNSPENT, number, NOW), number, "4" * 17, NOW)
        assert store_forms(session.connection(), [submission]) == ["stored"]
        assert find_access(session, UNSPENT, new_number(token_bytes), NOW).state == "used"
    closed = close_round(store, None, keys=keys_of(store), actor="test", now=NOW)
    assert closed.published.estimate.received == 22
    assert [former.name for former in closed.published.former.rounds] == ["2024-1"]
    with Session(store) as session:
        earlier = load_parts(session, find_round(session, "2024-1"))
        assert session.scalars(select(Audit.id).where(Audit.action == "publish")).all()[-1] > len(before["audit"])
    assert earlier == {row["name"]: row["content"] for row in before["published"]}
