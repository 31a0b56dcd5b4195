"""A copy of the store that tells nothing the store would not, and a store from a copy."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import IO

from alembic.util import CommandError
from sqlalchemy import URL, Engine, create_engine, func, inspect, make_url, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from survey_app.core.audit import record
from survey_app.core.db import connect, upgrade
from survey_app.core.errors import ConflictError, Fact, NotFoundError, SurveyError
from survey_app.core.models import Box, Form, Job
from survey_app.jobs.job_rows import UNFINISHED
from survey_app.rounds.round_words import ROUND_WORDS
from survey_app.upkeep.doctor import find_store_problems

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


def backup_store(engine: Engine, path: Path, *, actor: str, now: datetime) -> int:
    """Copy a store that may be in use into a new file of its owner alone; returns how many forms it holds.

    Raises ConflictError for a file that is there already.
    """
    if path.exists():
        raise ConflictError(f"{path} 已经存在，备份不覆盖已有的文件，请换一个文件名。")
    with _appearing(path) as part:
        forms = (_copy_sqlite if engine.dialect.name == "sqlite" else _dump_postgresql)(engine, part)
    with Session(engine) as session, session.begin():
        record(session, actor, "backup", "store", at=now, file=path.name)
    return forms


def restore_store(url: str, path: Path, *, actor: str, now: datetime) -> int:
    """Make a store of a copy, in an empty place alone, and bring it to the newest schema; returns its forms."""
    address = make_url(url)
    place = _find_place(address, _read_kind(path))
    try:
        if place is None:
            _run(address, "pg_restore", *RESTORING, str(path))
            return _finish_restore(address, path.name, actor, now)
        with _appearing(place) as part:
            shutil.copyfile(path, part)
            _check_sqlite(part, path.name)
            return _finish_restore(address.set(database=str(part)), path.name, actor, now)
    except CommandError:
        raise SurveyError(f"{path.name} 来自更新的版本，请先升级本系统。") from None


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A private file that takes its name once it is whole and on disk, and never another one's."""
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


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _copy_sqlite(engine: Engine, part: Path) -> int:
    """A copy of one moment, which nobody who answers waits for; returns its forms."""
    with closing(sqlite3.connect(part)) as target, closing(sqlite3.connect(str(engine.url.database))) as source:
        source.execute("BEGIN").close()
        source.execute("SELECT version_num FROM alembic_version").fetchall()  # the moment; else each commit begins anew
        source.backup(target, pages=PAGES, progress=lambda *_: _pause_after(part))
        target.execute("PRAGMA journal_mode = DELETE").close()
        return sum(target.execute(f"SELECT count(*) FROM {table.__tablename__}").fetchone()[0] for table in SENT_IN)


def _pause_after(part: Path) -> None:
    _flush(part)
    sleep(BREATH)


def _dump_postgresql(engine: Engine, part: Path) -> int:
    """A dump of one moment; returns its forms."""
    with Session(engine.execution_options(isolation_level="REPEATABLE READ")) as still:
        snapshot = still.scalar(select(func.pg_export_snapshot()))
        with part.open("wb") as file:
            _run(engine.url, "pg_dump", "--format=custom", f"--snapshot={snapshot}", output=file)
        return _count_forms(still)


def _count_forms(session: Session) -> int:
    return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in SENT_IN)


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


def _read_kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        raise NotFoundError(f"{path}：打不开。") from None
    for magic, kind in MAGIC.items():
        if start.startswith(magic):
            return kind
    raise SurveyError(f"{path.name} 不是本系统的备份。")


def _find_place(url: URL, kind: str) -> Path | None:
    """The file that an SQLite store will be, None for PostgreSQL; raises unless nothing is there yet."""
    if url.get_backend_name() != kind:
        raise SurveyError("备份和现在设置的数据库不是同一种：SQLite 的备份只能恢复为 SQLite，PostgreSQL 的也一样。")
    if kind == "sqlite":
        place = Path(str(url.database))
        taken = any(place.parent.glob(f"{place.name}*"))
    else:
        place = None
        engine = create_engine(url)
        taken = bool(inspect(engine).get_table_names())
        engine.dispose()
    if taken:
        raise ConflictError(Fact("not_empty", "这里已经有数据，恢复只能到空的地方。"))
    return place


def _check_sqlite(part: Path, name: str) -> None:
    try:
        with closing(sqlite3.connect(part)) as connection:
            [(said,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
            connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.DatabaseError as problem:
        said = str(problem)
    if said != "ok":
        raise SurveyError(f"{name} 不是本系统的备份，或者已经损坏：{said}。")


def _finish_restore(url: URL, name: str, actor: str, now: datetime) -> int:
    """The newest schema; what was being done when the copy was made is done by nobody any more."""
    engine = connect(url.render_as_string(hide_password=False))
    try:
        upgrade(engine)
        if problems := [ROUND_WORDS.not_restored.format(problem=problem) for problem in find_store_problems(engine)]:
            raise SurveyError(*problems)
        with Session(engine) as session, session.begin():
            session.execute(update(Job).where(Job.state.in_(UNFINISHED)).values(pid=None))
            record(session, actor, "restore", "store", at=now, file=name)
            return _count_forms(session)
    finally:
        engine.dispose()
