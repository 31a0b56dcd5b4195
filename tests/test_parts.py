"""What the migrations make stands written out, so that every start compares a store with it in a moment.

After a change of the migrations write it anew: `SURVEY_GOLDEN=1 pytest tests/test_parts.py`.
"""

import json
import os

from sqlalchemy import Engine, text

from survey_app.core.db.parts import OWN_PARTS, Part, read_own_parts, read_parts


def keep(dialect: str, parts: dict[Part, str]) -> None:
    """Write down what the migrations make on this database."""
    kept = json.loads(OWN_PARTS.read_text()) if OWN_PARTS.exists() else {}
    kept[dialect] = {}
    for (kind, name), definition in parts.items():
        kept[dialect].setdefault(kind, {})[name] = definition.split("\n")
    OWN_PARTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def test_what_the_migrations_make_is_what_is_written_down(engine: Engine) -> None:
    with engine.connect() as connection:
        made = read_parts(connection)
        if os.environ.get("SURVEY_GOLDEN"):
            keep(connection.dialect.name, made)
        assert read_own_parts(connection) == made


def test_a_schema_of_another_name_holds_the_same_parts(postgresql_engine: Engine) -> None:
    with postgresql_engine.connect() as connection:
        connection.execute(text("ALTER SCHEMA public RENAME TO county"))
        connection.execute(text("SET LOCAL search_path = county"))
        assert read_own_parts(connection) == read_parts(connection)
        connection.rollback()
