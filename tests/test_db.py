import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from survey_app.core.db import connect, find_store, migrations, reading, upgrade
from survey_app.core.models import Model
from tests.postgresql import Cluster


def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Model.metadata) == []


def test_every_migration_can_be_taken_back_and_made_again(engine: Engine) -> None:
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    upgrade(engine)
    assert {*inspect(engine).get_table_names()} == {*Model.metadata.tables, "alembic_version"}


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    upgrade(engine)


def test_a_database_with_none_of_our_tables_is_no_store(cluster: Cluster) -> None:
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE elsewhere")
    url = cluster.url.format("elsewhere")
    engine = connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE somebodys (id integer)")
    assert find_store(url) is None
    upgrade(engine)
    engine.dispose()
    found = find_store(url)
    assert found is not None
    found.dispose()


@pytest.mark.parametrize("table", ["code", "spent", "form", "remark"])
def test_rows_have_no_hidden_number_on_sqlite(sqlite_engine: Engine, table: str) -> None:
    with sqlite_engine.connect() as connection, pytest.raises(OperationalError, match="no such column: rowid"):
        connection.execute(text(f"SELECT rowid FROM {table}"))


def test_a_new_sqlite_store_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/store/survey.db")
    upgrade(engine)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "store").iterdir()}
    folder = stat.S_IMODE((tmp_path / "store").stat().st_mode)
    engine.dispose()
    assert folder == 0o700
    assert modes == {"survey.db": 0o600, "survey.db-wal": 0o600, "survey.db-shm": 0o600}


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("temp_store", 2)],
)
def test_every_sqlite_connection_is_set_up(sqlite_engine: Engine, pragma: str, value: object) -> None:
    with sqlite_engine.connect(), sqlite_engine.connect() as second:
        assert second.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_sqlite_writers_that_read_first_wait_for_each_other(sqlite_engine: Engine) -> None:
    with sqlite_engine.begin() as connection:
        connection.execute(text("CREATE TABLE tally AS SELECT 0 AS n"))

    def add(_: int) -> None:
        with sqlite_engine.begin() as connection:
            n = connection.execute(text("SELECT n FROM tally")).scalar_one()
            connection.execute(text("UPDATE tally SET n = :n"), {"n": n + 1})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(80)))
    with sqlite_engine.connect() as connection:
        assert connection.execute(text("SELECT n FROM tally")).scalar() == 80


def test_reading_does_not_wait_for_a_writer(engine: Engine) -> None:
    with engine.begin() as writer:
        writer.execute(text("DELETE FROM school"))
        with reading(engine).connect() as reader:
            assert reader.execute(text("SELECT count(*) FROM school")).scalar() == 0


def test_an_error_does_not_quote_the_values_of_its_statement(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(text("INSERT INTO nowhere VALUES (:answers)"), {"answers": "53549"})
    assert "53549" not in str(caught.value)


def test_opening_a_store_again_keeps_the_locks_this_process_holds(tmp_path: Path) -> None:
    path = tmp_path / "survey.db"
    ours = connect(f"sqlite:///{path}")
    upgrade(ours)
    connect(f"sqlite:///{path}").dispose()

    visit = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM round').close()"
    subprocess.run([sys.executable, "-c", visit, str(path)], check=True)

    assert path.with_name("survey.db-wal").exists()  # the visitor did not take itself for the last to leave
    ours.dispose()
