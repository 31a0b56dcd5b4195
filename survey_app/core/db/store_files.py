"""Whether the files of an SQLite store are still those that this process writes into."""

from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, PoolProxiedConnection

from survey_app.core.db import is_file

Place = tuple[int, int]
"""Device and inode."""


class StoreFiles:
    """The store's file and its write-ahead file, as they are when the store is opened; nothing on PostgreSQL.

    Whoever deletes the write-ahead file of a running service takes what comes from then on with the next restart: a
    commit into a file without a name is no commit, and the next command makes another file of that name. A connection
    of our own has read and stays open: both files are there from the start, and no other process that ends removes one.
    """

    def __init__(self, engine: Engine):
        path = engine.url.database
        self._paths = (Path(str(path)), Path(f"{path}-wal")) if is_file(engine) else ()
        self._held = _hold(engine) if self._paths else None
        self._opened = self._look()
        self._lost = False

    def are_ours(self) -> bool:
        """Whether both are there and the same; once they are not, they never are again."""
        self._lost = self._lost or self._look() != self._opened
        return not self._lost

    def close(self) -> None:
        """Let go of them."""
        if self._held is not None:
            self._held.close()

    def _look(self) -> list[Place | None]:
        return [_find(path) for path in self._paths]


def _hold(engine: Engine) -> PoolProxiedConnection:
    """A connection outside the pool that has read, which opens the write-ahead file."""
    held = engine.raw_connection()
    held.detach()
    with closing(held.cursor()) as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master")
        cursor.fetchall()
    return held


def _find(path: Path) -> Place | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
