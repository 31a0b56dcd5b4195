"""A store copied into a file while others use it, by each database's own means, and a file read back."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import IO

from sqlalchemy import URL, Engine, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from survey_app.core.db import is_file
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import Box, Form

OWNER_ALONE = 0o600
SENT_IN = (Form, Box)
"""What people sent in: forms of closed rounds and, of an open one, boxes."""
PAGES = 250
"""Pages of SQLite's copied at a time, 1 MB: a commit's flush waits for what else the disk was given to write."""
BREATH = 0.01
"""Seconds after each of them in which the disk is the answering service's."""
PROGRAMS = Path("/usr/lib/postgresql")  # where Debian keeps those of each version
RESTORING = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
MAGIC = {b"SQLite format 3\0": "sqlite", b"PGDMP": "postgresql"}


class DamagedStoreError(Exception):
    """The store's file is damaged, and so is each copy of it; it says what SQLite found."""


def copy_store(engine: Engine, target: Path) -> int:
    """A copy of one moment, for which nobody who answers waits, into a file that is there and empty; its forms.

    Raises DamagedStoreError for an SQLite store of which a copy could not be restored.
    """
    return (_copy_file if is_file(engine) else _dump_server)(engine, target)


def load_dump(address: URL, path: Path) -> None:
    """Fill an empty PostgreSQL database from a dump."""
    _run(address, "pg_restore", *RESTORING, str(path))


def count_forms(session: Session) -> int:
    """What people sent in: forms and boxes."""
    return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in SENT_IN)


def read_kind(path: Path) -> str:
    """Which database made a copy, "sqlite" or "postgresql"; raises for any other file."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        raise NotFoundError(f"{path}：打不开。") from None
    for magic, kind in MAGIC.items():
        if start.startswith(magic):
            return kind
    raise SurveyError(f"{path.name} 不是本系统的备份。")


def find_damage(path: Path) -> str:
    """What SQLite finds wrong with the bytes of a file, in its words; nothing of one that it cannot open just now."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            [(said,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
    except sqlite3.OperationalError:
        return ""
    except sqlite3.DatabaseError as problem:
        return str(problem)
    return "" if said == "ok" else str(said)


def check_copy(part: Path, name: str) -> None:
    """Raise unless a file is a whole SQLite store; `name` is what its owner calls it."""
    said = find_damage(part)
    try:
        with closing(sqlite3.connect(part)) as connection:
            connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.DatabaseError as problem:
        said = said or str(problem)
    if said:
        raise SurveyError(f"{name} 不是本系统的备份，或者已经损坏：{said}。")


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A private file that takes its name once it is whole and on disk, and never another one's.

    Raises SurveyError where it could not be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ALONE))
        yield part
        _flush(part)
        os.link(part, path)
        _flush(path.parent)
    except (OSError, DatabaseError, sqlite3.Error) as problem:
        raise SurveyError(f"{path} 没有写成：{getattr(problem, 'orig', problem)}。") from None
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                path.with_name(f"{part.name}{ending}").unlink()


def _copy_file(engine: Engine, part: Path) -> int:
    try:
        return _copy_pages(engine, part)
    except sqlite3.OperationalError:  # locked, a full disk
        raise
    except sqlite3.DatabaseError as problem:
        raise DamagedStoreError(str(problem)) from None


def _copy_pages(engine: Engine, part: Path) -> int:
    """A copy of one moment, which nobody who answers waits for; returns its forms."""
    with closing(sqlite3.connect(part)) as target, closing(sqlite3.connect(str(engine.url.database))) as source:
        source.execute("BEGIN").close()
        source.execute("SELECT version_num FROM alembic_version").fetchall()  # the moment; else each commit begins anew
        source.backup(target, pages=PAGES, progress=lambda *_: _pause_after(part))
        target.execute("PRAGMA journal_mode = DELETE").close()
        if said := find_damage(part):
            raise DamagedStoreError(said)
        return sum(target.execute(f"SELECT count(*) FROM {table.__tablename__}").fetchone()[0] for table in SENT_IN)


def _pause_after(part: Path) -> None:
    _flush(part)
    sleep(BREATH)


def _dump_server(engine: Engine, part: Path) -> int:
    """A dump of one moment; returns its forms."""
    with Session(engine.execution_options(isolation_level="REPEATABLE READ")) as still:
        snapshot = still.scalar(select(func.pg_export_snapshot()))
        with part.open("wb") as file:
            _run(engine.url, "pg_dump", "--format=custom", f"--snapshot={snapshot}", output=file)
        return count_forms(still)


def _run(url: URL, program: str, *arguments: str, output: IO[bytes] | None = None) -> None:
    """One of PostgreSQL's programs on a database; the password goes where other users of the machine cannot look."""
    plain = url.set(drivername="postgresql")._replace(password=None).render_as_string()
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command = [_find_program(program), *arguments, f"--dbname={plain}"]
    done = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SurveyError(f"{program} 没有成功：{done.stderr.strip()}")


def _find_program(name: str) -> str:
    """The newest version: it reads what older servers hold."""
    newest = max(PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]), default=None)
    found = str(newest) if newest else shutil.which(name)
    if found is None:
        raise SurveyError(f"没有找到 {name}，请安装 postgresql-client。")
    return found


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
