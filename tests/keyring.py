"""Where the rounds' keys of a store that tests made lie: beside SQLite's file, as in a data folder."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine

_ELSEWHERE = TemporaryDirectory(prefix="keys-")


def keys_of(engine: Engine | Connection) -> Path:
    """The folder of a store's keys."""
    if engine.dialect.name == "sqlite":
        return Path(str(engine.engine.url.database)).parent / "keys"
    return Path(_ELSEWHERE.name)
