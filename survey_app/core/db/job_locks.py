"""Who keeps a job: locks that are gone with whoever had them.

On PostgreSQL the database drops them, since services share nothing else; beside an SQLite file the kernel drops the
lock of a file. The number of a process tells nothing: after a power cut it is somebody else's.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from survey_app.core.db import StoreLock, is_file, take_lock, try_lock


class Keeper:
    """A service while it lives, under a number of its own: the jobs that wait in it are not lost.

    SQLite serves one process: what waited in another is lost.
    """

    def __init__(self, engine: Engine):
        self._number = secrets.randbelow(2**31)
        self._engine = engine
        self._guard = Lock()
        self._held: Connection | None = None

    def hold(self) -> int:
        """Our number; from here on the database knows that we live, even if it was away meanwhile."""
        with self._guard:
            if not is_file(self._engine) and (self._held is None or not _answers(self._held)):
                self._held = self._engine.connect()
                take_lock(self._held, StoreLock.KEEPER, self._number)
        return self._number

    def release(self) -> None:
        """We live no longer."""
        with self._guard:
            if self._held is not None:
                self._held.close()
            self._held = None


@contextmanager
def at_work(engine: Engine, job_id: int) -> Iterator[None]:
    """This process works on a job until the block ends, or the process."""
    if is_file(engine):
        with _lock_file(engine, job_id):
            yield
        return
    with engine.begin() as connection:
        take_lock(connection, StoreLock.JOB, job_id)
        yield


@contextmanager
def looked_after(engine: Engine, job_id: int, keeper: int | None) -> Iterator[bool]:
    """Whether the service that was asked for a job lives or anybody works on it; if not, nobody begins meanwhile."""
    if is_file(engine):
        with _lock_file(engine, job_id) as ours:
            yield not ours
        return
    with engine.begin() as connection:
        kept = keeper is not None and not try_lock(connection, StoreLock.KEEPER, keeper)
        yield kept or not try_lock(connection, StoreLock.JOB, job_id)


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(select(1))
    except DBAPIError:
        connection.invalidate()
        connection.close()
        return False
    return True


@contextmanager
def _lock_file(engine: Engine, job_id: int) -> Iterator[bool]:
    """Lock the file of a job beside the SQLite store, unless somebody has it; tells whether it is ours."""
    folder = Path(engine.url.database or "").parent / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / str(job_id)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        ours = _try_lock_file(descriptor)
        yield ours
        if ours:
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _try_lock_file(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
