"""What a store is made of besides rows: as the database itself lists it, and as the migrations make it.

And the server's settings.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Connection, text

from survey_app.core.db import is_file

HERE = Path(__file__).parent
SQLITE_PARTS = (
    "SELECT type, name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_master "
    "WHERE NOT (type = 'table' AND name IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4'))"
)
"""What SQLite counts for itself is left out by its whole name: any other in `sqlite_` may be a foreign one."""
POSTGRESQL_PARTS = (HERE / "parts_postgresql.sql").read_text(encoding="utf-8")
OWN_PARTS = HERE / "own_parts.json"
"""For each database kind, name and definition of what the migrations make; tests/test_parts.py writes and holds it."""
SETTINGS_OFF = text("SELECT name FROM pg_settings WHERE name = ANY(:names) AND setting = 'off' ORDER BY name")
NEEDED_ON = ["fsync", "full_page_writes", "synchronous_commit"]
Part = tuple[str, str]
"""Kind and name."""


def read_parts(connection: Connection) -> dict[Part, str]:
    """The definition of every part that is there: tables, indexes, triggers, views, and what else can copy rows."""
    query = SQLITE_PARTS if is_file(connection) else POSTGRESQL_PARTS
    return {(kind, name): definition for kind, name, definition in connection.exec_driver_sql(query)}


def read_own_parts(connection: Connection) -> dict[Part, str]:
    """The same of a store as the migrations make it on this kind of database."""
    kept = msgspec.json.decode(OWN_PARTS.read_bytes(), type=dict[str, dict[str, dict[str, list[str]]]])
    own = kept[connection.dialect.name]
    return {(kind, name): "\n".join(lines) for kind, parts in own.items() for name, lines in parts.items()}


def settings_off(connection: Connection) -> Sequence[str]:
    """Names of a server's settings that are off, and without which a receipt could be lost."""
    return () if is_file(connection) else connection.scalars(SETTINGS_OFF, {"names": NEEDED_ON}).all()
