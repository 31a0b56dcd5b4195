"""A commit's statements, on many rows at once, and a look-up's, by the driver's cursor: SQLAlchemy's costs more."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

POSTGRESQL = "postgresql"


@dataclass(frozen=True, kw_only=True, slots=True)
class RowStatement:
    """A statement with {rows} where its rows come; `types` are PostgreSQL's of a row's columns, `shared` its lock."""

    text: str
    types: tuple[str, ...]
    shared: str = ""


BATCHES = RowStatement(
    text="SELECT batch.id, batch.kind, batch.issued, round.public_key, round.remarks, round.state, round.opens, "
    "round.closes, batch.state, batch.closes FROM batch JOIN frame_row ON batch.frame_row_id = frame_row.id "
    "JOIN round ON frame_row.round_id = round.id WHERE batch.id IN ({rows}) ORDER BY batch.id",
    types=("integer",),
    shared=" FOR SHARE OF batch, round",
)
SPEND = RowStatement(
    text="INSERT INTO spent (ticket, holder, batch_id) {rows} ON CONFLICT DO NOTHING RETURNING ticket",
    types=("bytea", "bytea", "integer"),
)
ADD_BOXES = RowStatement(text="INSERT INTO box (id, sealed) {rows}", types=("bytea", "bytea"))
ADD_REMARK_BOXES = RowStatement(text="INSERT INTO remark_box (id, sealed) {rows}", types=("bytea", "bytea"))
ADD_FORMS = RowStatement(
    text="INSERT INTO form (key, place_id, paper, answers) {rows}", types=("bytea", "integer", "text", "text")
)
COUNT = RowStatement(
    text="INSERT INTO ledger (batch_id, five_minutes, n) {rows} "
    "ON CONFLICT (batch_id, five_minutes) DO UPDATE SET n = ledger.n + excluded.n",
    types=("integer", "integer", "integer"),
)
FIND_CODE = (
    "SELECT code.batch_id, spent.ticket FROM code "
    "JOIN batch ON batch.id = code.batch_id AND batch.state <> 'void' AND batch.kind IN ('slip', 'class') "
    "LEFT JOIN spent ON spent.ticket = code.digest WHERE code.digest = ?"
)
FIND_TICKET = "SELECT ticket FROM spent WHERE ticket = ?"
ROUNDS = (
    "SELECT id, state, opens, closes, papers, name, county, organiser, invented, public_key, remarks FROM round "
    "ORDER BY id"
)


class RowStatements:
    """Runs such statements in a transaction that stands already."""

    def __init__(self, connection: Connection, cursor: Any):
        self._dialect = connection.dialect.name
        self._cursor = cursor

    def run(self, statement: RowStatement, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Run it on these rows, in their order; what it returns, if anything."""
        if not rows:
            return []
        values = map(list, zip(*rows, strict=True)) if self._dialect == POSTGRESQL else chain.from_iterable(rows)
        self._cursor.execute(_write(statement, self._dialect, len(rows)), tuple(values))
        return [] if self._cursor.description is None else list(self._cursor.fetchall())


@contextmanager
def row_statements(connection: Connection) -> Iterator[RowStatements]:
    """The statements on this connection; what the driver raises becomes what SQLAlchemy makes of it, without values."""
    driver = connection.dialect.loaded_dbapi.Error
    cursor = connection.connection.cursor()
    try:
        yield RowStatements(connection, cursor)
    except driver as error:
        raise DBAPIError.instance(None, None, error, driver, hide_parameters=True) from None
    finally:
        cursor.close()


def ask(connection: Connection, question: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The rows that answer a question, with ? where its values come; what the driver raises stays the driver's."""
    cursor = connection.connection.cursor()
    cursor.execute(_put_marks(question, connection.dialect.name), values)
    rows = cursor.fetchall()
    cursor.close()
    return list(rows)


def read_moment(stored: datetime | str) -> datetime:
    """A moment as a driver gives it: SQLite has it as a text."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


@lru_cache
def _put_marks(question: str, dialect: str) -> str:
    return question.replace("?", "%s") if dialect == POSTGRESQL else question


@lru_cache(maxsize=4096)
def _write(statement: RowStatement, dialect: str, rows: int) -> str:
    """The statement's text for so many rows: PostgreSQL takes a column as an array, so that it plans but once."""
    if dialect == POSTGRESQL:
        arrays = ", ".join(f"%s::{name}[]" for name in statement.types)
        return statement.text.format(rows=f"SELECT * FROM unnest({arrays})") + statement.shared
    row = f"({', '.join('?' * len(statement.types))})"
    return statement.text.format(rows="VALUES " + ", ".join([row] * rows))
