"""The shuffle: forms, remarks, spent marks and entries are written anew, so that nothing tells their old order."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from survey_app.core.audit import record
from survey_app.core.db import SHUFFLE, reading, take_lock
from survey_app.core.errors import StorageError
from survey_app.core.models import Audit, Ledger, Model

TABLES = ("spent", "form", "remark", "paper_entry")
EVERY = timedelta(hours=1)
FEWEST = 10
PATIENCE = 5000  # ms to wait for a long reader: answers queue up behind us meanwhile
EMPTY = {"sqlite": "DELETE FROM {}", "postgresql": "TRUNCATE {}"}
RANDOM_KEY = {"sqlite": "randomblob(16)", "postgresql": "uuid_send(gen_random_uuid())"}
KEEPS_WAL = (
    "SELECT name FROM pg_settings WHERE name IN ('wal_recycle', 'archive_mode', 'wal_keep_size') "
    "AND setting NOT IN ('off', '0')"
)
log = structlog.get_logger(__name__)


class Shuffled(NamedTuple):
    """How many forms had been counted, and a sentence for each trace of the old order that is still there."""

    forms: int
    remains: tuple[str, ...]


def shuffle(engine: Engine, at: datetime) -> Shuffled:
    """Write the tables anew in one transaction, then remove the files that still hold the old order.

    Forms and remarks get new random keys and lie in their order; spent marks lie in the order of their hashes.
    Answers wait meanwhile, and so does another process that shuffles. Raises StorageError when the tables are busy.
    """
    done = _shuffle(engine, at, lambda _: True)
    assert done is not None
    return done


def shuffle_if_due(engine: Engine, now: datetime) -> Shuffled | None:
    """Shuffle if it is due, and not if the tables are busy: the next call will. Of several processes one does it."""
    with Session(reading(engine)) as session:
        if not due(session, now):
            return None
    try:
        return _shuffle(engine, now, lambda session: due(session, now))
    except StorageError as problem:
        log.warning("the shuffle was put off", problem=str(problem))
        return None


def _shuffle(engine: Engine, at: datetime, wanted: Callable[[Session], bool]) -> Shuffled | None:
    try:
        with Session(engine) as session, session.begin():
            _wait_for_turn(session.connection())
            if not wanted(session):
                return None
            forms = _rewrite_all(session)
            record(session, "service", "shuffle", "store", at=at, forms=forms)
    except OperationalError as problem:
        raise StorageError("数据库正忙，没有打乱顺序，请稍后再试。") from problem
    return Shuffled(forms, drop_wal(engine))


def drop_wal(engine: Engine) -> tuple[str, ...]:
    """Remove the write-ahead files, which hold rows as they were; returns a sentence for each that remains."""
    remains = _drop_wal_sqlite(engine) if engine.dialect.name == "sqlite" else _drop_wal_postgresql(engine)
    if remains:
        log.warning("old rows left traces", remains=remains)
    return remains


def due(session: Session, now: datetime) -> bool:
    """Whether at least ten forms came since the last shuffle, and that was an hour ago or more.

    A last shuffle in the future was dated by a clock that has been set back since.
    """
    last = last_shuffle(session)
    if last is None:
        return _count_forms(session) >= FEWEST
    return not last.at <= now < last.at + EVERY and _count_forms(session) - last.detail["forms"] >= FEWEST


def last_shuffle(session: Session) -> Audit | None:
    """What the audit says of the last shuffle."""
    return session.scalar(select(Audit).where(Audit.action == "shuffle").order_by(Audit.id.desc()).limit(1))


def _count_forms(session: Session) -> int:
    return session.scalar(select(func.coalesce(func.sum(Ledger.n), 0))) or 0


def _wait_for_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE}")
        take_lock(connection, SHUFFLE)


def _rewrite_all(session: Session) -> int:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE")
    for name in TABLES:
        _rewrite(connection, Model.metadata.tables[name])
    return _count_forms(session)


def _rewrite(connection: Connection, table: Table) -> None:
    """Copy aside (SQLite: in memory; PostgreSQL: unlogged), empty, and put back in the order of the key.

    SQLite overwrites what is deleted (secure_delete); PostgreSQL gives a truncated table a new file.
    """
    dialect = connection.dialect.name
    columns = [f'"{column.name}"' for column in table.columns]
    values = [RANDOM_KEY[dialect] if name == '"key"' else name for name in columns]
    for statement in (
        f"CREATE TEMPORARY TABLE waiting AS SELECT * FROM {table.name}",
        EMPTY[dialect].format(table.name),
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(values)} FROM waiting ORDER BY 1",
        "DROP TABLE waiting",
    ):
        connection.exec_driver_sql(statement)


def _drop_wal_sqlite(engine: Engine) -> tuple[str, ...]:
    """Carry the WAL over into the database file and empty it."""
    with closing(engine.raw_connection()) as connection:
        connection.detach()  # the shorter wait is for this connection alone
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(busy, *_)] = cursor.fetchall()
    return ("有程序一直在读取数据库，WAL 文件没有清空。",) if busy else ()


def _drop_wal_postgresql(engine: Engine) -> tuple[str, ...]:
    """Begin a new WAL file, which lets a checkpoint drop those before it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.exec_driver_sql("SELECT pg_switch_wal()")
            connection.exec_driver_sql("CHECKPOINT")
        except ProgrammingError:
            return ("数据库用户无权执行 pg_switch_wal 和 CHECKPOINT，旧的 WAL 文件还在。",)
        keeping = connection.exec_driver_sql(KEEPS_WAL).scalars().all()
    return tuple(f"PostgreSQL 的 {name} 没有关闭，旧的 WAL 文件会留下。" for name in keeping)
