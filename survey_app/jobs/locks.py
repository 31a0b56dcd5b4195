"""Who keeps a job: locks that the database drops with whoever had them, since services share nothing else."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from survey_app.core.db import JOB, KEEPER, take_lock, try_lock


class Keeper:
    """A service while it lives, under a number of its own: the jobs that wait in it are not lost.

    SQLite serves one process, on the machine where it lies; there the numbers of processes tell as much.
    """

    def __init__(self, engine: Engine):
        self._number = secrets.randbelow(2**31)
        self._engine = engine
        self._guard = Lock()
        self._held: Connection | None = None

    def hold(self) -> int:
        """Our number; from here on the database knows that we live, even if it was away meanwhile."""
        with self._guard:
            if self._engine.dialect.name == "postgresql" and (self._held is None or not _answers(self._held)):
                self._held = self._engine.connect()
                take_lock(self._held, KEEPER, self._number)
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
    if engine.dialect.name == "sqlite":
        yield
        return
    with engine.begin() as connection:
        take_lock(connection, JOB, job_id)
        yield


@contextmanager
def looked_after(engine: Engine, job_id: int, keeper: int | None, pid: int | None) -> Iterator[bool]:
    """Whether the service that was asked for a job lives or anybody works on it; if not, nobody begins meanwhile."""
    if engine.dialect.name == "sqlite":
        yield pid is not None and _is_alive(pid)
        return
    with engine.begin() as connection:
        kept = keeper is not None and not try_lock(connection, KEEPER, keeper)
        yield kept or not try_lock(connection, JOB, job_id)


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except DBAPIError:
        connection.invalidate()
        connection.close()
        return False
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
