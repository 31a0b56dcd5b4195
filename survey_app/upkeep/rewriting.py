"""Giving tables new files, so that none holds what was deleted from them."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from sqlalchemy import Connection, Engine, LargeBinary, String, Table

from survey_app.core.models import Model

PATIENCE = 5000
"""Milliseconds to wait for a long reader: others queue up behind us meanwhile."""


def rewrite(connection: Connection, tables: Sequence[type[Model]]) -> None:
    """Copy the tables aside, empty them and put the rows back in the order of their keys, in the caller's transaction.

    PostgreSQL gives an emptied table a new file and drops the old one with the commit; what its planner sampled of the
    values goes, too. SQLite overwrites what is deleted and needs nothing.
    """
    if connection.dialect.name != "postgresql":
        return
    for model in tables:
        table = Model.metadata.tables[model.__tablename__]
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        for statement in (
            f"CREATE TEMPORARY TABLE waiting ON COMMIT DROP AS SELECT {columns} FROM {table.name}",
            f"TRUNCATE {table.name}",
            f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM waiting ORDER BY 1",
            "DROP TABLE waiting",
            *forget_statistics(connection, table),
        ):
            connection.exec_driver_sql(statement)


def forget_statistics(connection: Connection, table: Table) -> Iterator[str]:
    """Giving a column the type it has drops what PostgreSQL's planner knows of it, and rewrites nothing."""
    for column in table.columns:
        if isinstance(column.type, LargeBinary | String):
            kind = column.type.compile(connection.dialect)
            yield f'ALTER TABLE {table.name} ALTER COLUMN "{column.name}" TYPE {kind}'


def empty_wal(engine: Engine) -> bool:
    """Carry SQLite's write-ahead file over and empty it; tells whether nobody was in the way."""
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as connection:
        connection.detach()  # the shorter wait is for this connection alone
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(busy, *_)] = cursor.fetchall()
    return not busy
