"""Whether the files of an SQLite store are still those that a process writes into."""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine, PoolProxiedConnection, make_url

from survey_app.core.db import is_file

PROCESSES = Path("/proc")
DELETED = " (deleted)"
AHEAD = "-wal"
"""What the name of the write-ahead file ends in."""
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
        self._paths = (Path(str(path)), Path(f"{path}{AHEAD}")) if is_file(engine) else ()
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


def find_lost_files(url: str) -> list[tuple[int, str]]:
    """Processes that have a file of the store open which was deleted or replaced, each with the file's name.

    Asked of the kernel, which tells of the processes of our own user (root: of all), before the store is opened: what
    goes for one that lost its write-ahead file would be read by halves.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return []
    path = Path(str(address.database)).resolve()
    lost = {f"{path}{ending}{DELETED}" for ending in ("", AHEAD)}
    processes = PROCESSES.glob("[0-9]*")
    return sorted(
        (int(process.name), target.removesuffix(DELETED))
        for process in processes
        for target in lost.intersection(_list_open(process))
    )


def _list_open(process: Path) -> Iterator[str]:
    """The names of what a process has open; none of one that ended or is another user's."""
    with suppress(OSError):
        for descriptor in os.listdir(process / "fd"):
            with suppress(OSError):
                yield os.readlink(process / "fd" / descriptor)


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
