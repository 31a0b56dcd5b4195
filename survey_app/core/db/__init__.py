"""The store: how it is opened, locked and brought up to date; all that one kind of database does in its own way.

No module outside this room writes SQL of its own or asks which kind it is by the dialect (`tests/test_deploy.py`).
"""

import os
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, inspect, make_url, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from survey_app.core.database_words import say_database
from survey_app.core.errors import SurveyError
from survey_app.core.models import Model

if TYPE_CHECKING:
    from alembic.config import Config

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
MIGRATIONS = PYPROJECT.parent / "alembic" / "versions"
PRAGMAS = (
    "busy_timeout = 30000",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "temp_store = MEMORY",
)


class NewerStoreError(Exception):
    """The store was brought up to date by a newer version, whose migrations this one does not know."""


class StoreLock(IntEnum):
    """What `take_lock` and `try_lock` can be asked for."""

    UPGRADE = 1
    KEEPER = 2
    JOB = 3
    AUDIT = 4
    FIRST = 5
    IMPORTS = 6


def connect(url: str) -> Engine:
    """The store at a database URL; a new SQLite file can be read by its owner alone.

    A transaction may write, so on SQLite it takes the write lock when it begins: none is refused half-way.
    Errors never quote the values of a statement: they would show an answer beside its ticket.
    `?prepare_threshold=none` in the URL: no statement is prepared, as a pooler that lends connections for single
    transactions needs it.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        _check_address(address)
    unprepared = address.query.get("prepare_threshold") == "none"
    engine = create_engine(
        address.difference_update_query(["prepare_threshold"]) if unprepared else address,
        connect_args={"prepare_threshold": None} if unprepared else {},
        hide_parameters=True,
        pool_pre_ping=not url.startswith("sqlite"),
        pool_use_lifo=True,  # the writer gets its own connection again, which has its statements and pages in memory
    )
    if is_file(engine):
        _create_private(Path(engine.url.database or ""))
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def find_store(url: str) -> Engine | None:
    """The store at a database URL, of whatever version; None where there is none, and none is made."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not _has_bytes(Path(str(address.database))):
        return None
    engine = connect(url)
    if is_newest(engine) or _has_tables(engine):
        return engine
    engine.dispose()
    return None


def name_place(url: str) -> str:
    """Where a store is or would be: the whole path of SQLite's file, the name of PostgreSQL's database."""
    address = make_url(url)
    name = str(address.database)
    return str(Path(name).absolute()) if address.get_backend_name() == "sqlite" else name


def _check_address(address: URL) -> None:
    """Raise SurveyError for options and ports that a PostgreSQL URL cannot have; a driver would quote them."""
    from survey_app.core.db.faults import check_options

    check_options(address)
    try:
        address.get_dialect()().create_connect_args(address)
    except ArgumentError:
        raise SurveyError(say_database("wrong_port")) from None


def is_file(store: Engine | Connection) -> bool:
    """Whether the store is an SQLite file, which this machine alone reads, and no PostgreSQL server's database."""
    return store.dialect.name == "sqlite"


def reading(engine: Engine) -> Engine:
    """The same store for those who only read: on SQLite they do not wait for a writer.

    On PostgreSQL each statement stands alone, which saves two round trips: thrice as many pages a second.
    """
    if is_file(engine):
        return engine.execution_options(reading=True)
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest migration, all in one transaction; of several services at once, one does it.

    Alembic is read only where there is something to do: a command on a store that is up to date starts without it.
    Raises NewerStoreError.
    """
    if is_newest(engine):
        return
    from alembic import command
    from alembic.util import CommandError

    with engine.begin() as connection:
        take_lock(connection, StoreLock.UPGRADE)
        try:
            command.upgrade(migrations(connection), "head")
        except CommandError as unknown:
            raise NewerStoreError from unknown


def take_lock(connection: Connection, what: StoreLock, number: int = 0) -> None:
    """Wait until nobody else has this lock and keep it as long as the transaction; PostgreSQL drops it with us.

    On SQLite whoever may write has the whole store.
    """
    if not is_file(connection):
        connection.execute(select(func.pg_advisory_xact_lock(what.value, number)))


def try_lock(connection: Connection, what: StoreLock, number: int = 0) -> bool:
    """Take the lock if nobody else has it; tells whether it is ours until the transaction ends."""
    return is_file(connection) or bool(connection.scalar(select(func.pg_try_advisory_xact_lock(what.value, number))))


def add_unless_there(session: Session, model: type[Model], **values: object) -> None:
    """Add a row unless there is one with its key, by now or from somebody at this moment."""
    insert: Any = sqlite.insert
    if not is_file(session.connection()):
        from sqlalchemy.dialects import postgresql  # 0.05 s to load, which a SQLite store does without

        insert = postgresql.insert
    session.execute(insert(model).values(**values).on_conflict_do_nothing())


def is_newest(engine: Engine) -> bool:
    """Whether the tables are those of the newest migration; the numbers of migrations begin their files' names."""
    newest = max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.py"))
    try:
        with reading(engine).connect() as connection:
            return connection.scalars(text("SELECT version_num FROM alembic_version")).all() == [newest]
    except DBAPIError:
        return False


def migrations(connection: Connection) -> "Config":
    """Alembic's view of the migrations, to be run on this connection."""
    from alembic.config import Config

    config = Config(toml_file=PYPROJECT)
    config.attributes["connection"] = connection
    return config


def _has_bytes(path: Path) -> bool:
    """Whether there is a file in which something could stand: one that was made and never filled is no store."""
    try:
        return path.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False


def _has_tables(engine: Engine) -> bool:
    with reading(engine).connect() as connection:
        return not Model.metadata.tables.keys().isdisjoint(inspect(connection).get_table_names())


def _create_private(path: Path) -> None:
    """Make the file unless it is there: closing an open one would drop every lock this process holds on it.

    Raises SurveyError where it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError:
        raise SurveyError(say_database("not_made", file=path)) from None


def _set_up(connection: SQLiteConnection, _: object) -> None:
    """Leave BEGIN to us and set what SQLite forgets with every connection."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
