"""Giving tables new files, giving back their room, and emptying write-ahead files: none holds what was deleted."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from time import sleep

from sqlalchemy import Connection, Engine, LargeBinary, String, Table
from sqlalchemy.exc import ProgrammingError

from survey_app.core.db import is_file
from survey_app.core.logs import get_logger
from survey_app.core.models import Model

TRIES, BETWEEN = 5, 0.5
"""To empty SQLite's write-ahead file while people answer, and seconds between them."""
PATIENCE = 5000
"""Milliseconds to wait for a long reader: others queue up behind us meanwhile."""
KEEPS_WAL = (
    "SELECT name FROM pg_settings WHERE name IN ('wal_recycle', 'archive_mode', 'wal_keep_size') "
    "AND setting NOT IN ('off', '0')"
)
OWNS_DATABASE = "SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()"
log = get_logger(__name__)


def rewrite(connection: Connection, tables: Sequence[type[Model]]) -> None:
    """Copy the tables aside, empty them and put the rows back in the order of their keys, in the caller's transaction.

    PostgreSQL gives an emptied table a new file and drops the old one with the commit; what its planner sampled of the
    values goes, too. SQLite overwrites what is deleted and needs nothing.
    """
    if is_file(connection):
        return
    for model in tables:
        table = _table_of(model)
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        for statement in (
            f"CREATE TEMPORARY TABLE waiting ON COMMIT DROP AS SELECT {columns} FROM {table.name}",
            f"TRUNCATE {table.name}",
            f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM waiting ORDER BY 1",
            "DROP TABLE waiting",
            *_forget_statistics(connection, table),
        ):
            connection.exec_driver_sql(statement)


def give_back_room(engine: Engine, tables: Sequence[type[Model]]) -> tuple[str, ...]:
    """Let the tables' files, and what the planner knows of them, hold no deleted row; a sentence for each that remains.

    On SQLite deleted rows were overwritten (secure_delete): what is given back is their room.
    Raises OperationalError where others keep the tables busy.
    """
    return _vacuum_file(engine) if is_file(engine) else _vacuum_server(engine, tables)


def empty_tables(connection: Connection, *tables: type[Model]) -> None:
    """Empty PostgreSQL's tables at once: they get new files."""
    connection.exec_driver_sql(f"TRUNCATE {_list_names(tables)}")


def empty_wal(engine: Engine, patience: int = PATIENCE) -> bool:
    """Carry SQLite's write-ahead file over and empty it, after at most so many milliseconds; tells whether it is."""
    if not is_file(engine):
        return True
    with closing(engine.raw_connection()) as connection:
        connection.detach()  # the shorter wait is for this connection alone
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {patience}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(busy, *_)] = cursor.fetchall()
    return not busy


def drop_wal(engine: Engine) -> tuple[str, ...]:
    """Remove the write-ahead files, which hold rows as they were; returns a sentence for each that remains."""
    remains = _drop_wal_file(engine) if is_file(engine) else _drop_wal_server(engine)
    if remains:
        log.warning("old rows left traces", remains=remains)
    return remains


def _drop_wal_file(engine: Engine) -> tuple[str, ...]:
    """Who answers goes on between two tries: while one waits for those who read, nobody writes."""
    for _ in range(TRIES):
        if empty_wal(engine):
            return ()
        sleep(BETWEEN)
    return ("有程序一直在读取数据库，WAL 文件没有清空。请过一会儿再运行一次。",)


def _drop_wal_server(engine: Engine) -> tuple[str, ...]:
    """Begin a new WAL file, which lets a checkpoint drop those before it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.exec_driver_sql("SELECT pg_switch_wal()")
            connection.exec_driver_sql("CHECKPOINT")
        except ProgrammingError:
            return ("数据库用户无权执行 pg_switch_wal 和 CHECKPOINT，旧的 WAL 文件还在。",)
        keeping = connection.exec_driver_sql(KEEPS_WAL).scalars().all()
    return tuple(f"PostgreSQL 的 {name} 没有关闭，旧的 WAL 文件会留下。" for name in keeping)


def _vacuum_file(engine: Engine) -> tuple[str, ...]:
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("VACUUM").close()
    return ()


def _vacuum_server(engine: Engine, tables: Sequence[type[Model]]) -> tuple[str, ...]:
    """New files for the tables, and for the planner's statistics, which quote values."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # the shorter wait is for this connection alone
        connection.exec_driver_sql(f"SET lock_timeout = {PATIENCE}")
        for model in tables:
            for statement in _forget_statistics(connection, _table_of(model)):
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"VACUUM FULL {_list_names(tables)}")
        if not connection.exec_driver_sql(OWNS_DATABASE).scalar():
            return ("数据库用户不是数据库的所有者，pg_statistic 里还有抽样的旧值。",)
        connection.exec_driver_sql("VACUUM FULL pg_statistic")
    return ()


def _forget_statistics(connection: Connection, table: Table) -> Iterator[str]:
    """Giving a column the type it has drops what PostgreSQL's planner knows of it, and rewrites nothing."""
    for column in table.columns:
        if isinstance(column.type, LargeBinary | String):
            kind = column.type.compile(connection.dialect)
            yield f'ALTER TABLE {table.name} ALTER COLUMN "{column.name}" TYPE {kind}'


def _table_of(model: type[Model]) -> Table:
    return Model.metadata.tables[model.__tablename__]


def _list_names(tables: Iterable[type[Model]]) -> str:
    return ", ".join(model.__tablename__ for model in tables)
