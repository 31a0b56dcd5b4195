"""Whether a store is what the program's migrations make: nothing added that could copy answers, nothing cut off."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from survey_app.core.audit import find_breaks
from survey_app.core.db import connect, upgrade
from survey_app.rounds.round_words import ROUND_WORDS

SQLITE_PARTS = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name"
POSTGRESQL_PARTS = (
    "SELECT 'trigger', tgname, md5(pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal "
    "UNION ALL SELECT 'view', viewname, '' FROM pg_views WHERE schemaname = current_schema()"
)
OURS = frozenset({"audit_append_only", "audit_link_append_only"})
Part = tuple[str, str]


def find_store_problems(engine: Engine) -> Iterator[str]:
    """What is wrong with a store at the newest schema, a sentence each: foreign or missing parts, a broken audit."""
    foreign, missing = compare_parts(engine)
    for kind, name in sorted(foreign):
        yield ROUND_WORDS.foreign_part.format(kind=kind, name=name)
    for kind, name in sorted(missing):
        yield ROUND_WORDS.missing_part.format(kind=kind, name=name)
    with Session(engine) as session:
        breaks = list(find_breaks(session))
    if breaks:
        yield ROUND_WORDS.broken_audit.format(rows="、".join(map(str, breaks[:5])), count=len(breaks))


def compare_parts(engine: Engine) -> tuple[set[Part], set[Part]]:
    """Triggers and views (kind, name) that are not as the migrations made them, and those that lack."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            found = {(kind, name) for kind, name, _ in connection.execute(text(POSTGRESQL_PARTS))}
            ours = {("trigger", name) for name in OURS}
            return found - ours, ours - found
        there = _read_parts(connection)
    with TemporaryDirectory() as folder:
        fresh = connect(f"sqlite:///{Path(folder) / 'survey.db'}")
        upgrade(fresh)
        with closing(fresh.connect()) as connection:
            expected = _read_parts(connection)
        fresh.dispose()
    foreign = {part for part, sql in there.items() if expected.get(part) != sql}
    return foreign, expected.keys() - there.keys()


def _read_parts(connection: Connection) -> dict[Part, str]:
    return {(kind, name): sql for kind, name, sql in connection.execute(text(SQLITE_PARTS))}
