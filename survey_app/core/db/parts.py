"""What a store is made of besides rows, as the database itself lists it, and the server's settings."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from survey_app.core.db import is_file
from survey_app.core.models import Model

SQLITE_PARTS = (
    "SELECT type, name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_master "
    "WHERE NOT (type = 'table' AND name IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4'))"
)
"""What SQLite counts for itself is left out by its whole name: any other in `sqlite_` may be a foreign one."""
POSTGRESQL_PARTS = (
    "SELECT 'table', tablename FROM pg_tables WHERE schemaname = current_schema() "
    "UNION SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal "
    "UNION SELECT 'view', viewname FROM pg_views WHERE schemaname = current_schema() "
    "UNION SELECT 'view', matviewname FROM pg_matviews WHERE schemaname = current_schema() "
    "UNION SELECT 'rule', rulename FROM pg_rules WHERE schemaname = current_schema()"
)
SETTINGS_OFF = text("SELECT name FROM pg_settings WHERE name = ANY(:names) AND setting = 'off' ORDER BY name")
NEEDED_ON = ["fsync", "full_page_writes", "synchronous_commit"]
FILE_TRIGGERS = [f"{table}_no_{act}" for table in ("audit", "audit_link") for act in ("delete", "replace", "update")]
SERVER_TRIGGERS = ["audit_append_only", "audit_link_append_only"]
MIGRATED = "alembic_version"
NAMED = frozenset({"table", "trigger", "view", "rule"})
Part = tuple[str, str]


def list_parts(connection: Connection) -> set[Part]:
    """Kind and name of every table, trigger, view and rule that is there."""
    if is_file(connection):
        return {part for part in read_parts(connection) if part[0] in NAMED}
    return {(kind, name) for kind, name in connection.execute(text(POSTGRESQL_PARTS))}


def list_own_parts(connection: Connection) -> set[Part]:
    """Kind and name of those that the migrations make."""
    tables = {("table", name) for name in (*Model.metadata.tables, MIGRATED)}
    return tables | {("trigger", name) for name in (FILE_TRIGGERS if is_file(connection) else SERVER_TRIGGERS)}


def read_parts(connection: Connection) -> dict[Part, str]:
    """Kind and name of all that an SQLite file is made of, indexes too, each with its table and what made it."""
    return {(kind, name): sql for kind, name, sql in connection.execute(text(SQLITE_PARTS))}


def settings_off(connection: Connection) -> Sequence[str]:
    """Names of a server's settings that are off, and without which a receipt could be lost."""
    return () if is_file(connection) else connection.scalars(SETTINGS_OFF, {"names": NEEDED_ON}).all()
