"""Whether the files of an SQLite store are still those that this process writes into."""

from pathlib import Path

from sqlalchemy import Engine

from survey_app.core.db import is_file

Inodes = tuple[int, int]


class StoreFiles:
    """The store's file and its write-ahead file, as they were when first asked.

    Whoever deletes the write-ahead file of a running service takes what comes from then on with the next restart: a
    commit into a file without a name is no commit.
    """

    def __init__(self, engine: Engine):
        path = str(engine.url.database)
        self._paths = (Path(path), Path(f"{path}-wal")) if is_file(engine) else None
        self._opened: Inodes | None = None
        self.lost = False

    def are_ours(self) -> bool:
        """Whether both are there and the same; once they are not, they never are again."""
        if self._paths is None or self.lost:
            return not self.lost
        try:
            store, ahead = (path.stat().st_ino for path in self._paths)
        except FileNotFoundError:
            self.lost = True
            return False
        self._opened = self._opened or (store, ahead)
        self.lost = self._opened != (store, ahead)
        return not self.lost
