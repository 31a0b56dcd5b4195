"""A copy of the store that tells nothing the store would not, and a store from a copy."""

import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, inspect, make_url, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.core.audit import find_chain_end, record
from survey_app.core.db import NewerStoreError, connect, upgrade
from survey_app.core.db.copying import (
    DamagedStoreError,
    appearing,
    check_copy,
    copy_store,
    count_forms,
    load_dump,
    read_kind,
)
from survey_app.core.errors import ConflictError, Fact, SurveyError
from survey_app.core.models import Job, Round
from survey_app.jobs.job_rows import UNFINISHED
from survey_app.rounds.opening import set_paused
from survey_app.rounds.round_words import ROUND_WORDS
from survey_app.upkeep.doctor import find_store_problems, until_broken


def backup_store(engine: Engine, path: Path, *, actor: str, now: datetime) -> int:
    """Copy a store that may be in use into a new file of its owner alone; returns how many forms it holds.

    Raises ConflictError for a file that is there already, SurveyError for a damaged store: a copy of it is none.
    """
    if path.exists():
        raise ConflictError(f"{path} 已经存在，备份不覆盖已有的文件，请换一个文件名。")
    try:
        with appearing(path) as part:
            forms = copy_store(engine, part)
    except DamagedStoreError as said:
        raise SurveyError(ROUND_WORDS.damaged.format(file=engine.url.database, said=said)) from None
    with Session(engine) as session, session.begin():
        record(session, actor, "backup", "store", at=now, file=path.name)
    return forms


def restore_store(url: str, path: Path, *, actor: str, now: datetime) -> int:
    """Make a store of a copy, in an empty place alone, and bring it to the newest schema; returns its forms."""
    address = make_url(url)
    place = _find_place(address, read_kind(path))
    try:
        if place is None:
            load_dump(address, path)
            return _finish_loaded(address, path.name, actor, now)
        with appearing(place) as part:
            shutil.copyfile(path, part)
            check_copy(part, path.name)
            return _finish_restore(address.set(database=str(part)), path.name, actor, now)
    except NewerStoreError:
        raise SurveyError(f"{path.name} 来自更新的版本，请先升级本系统。") from None


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


def _finish_loaded(url: URL, name: str, actor: str, now: datetime) -> int:
    """The same of a dump, which is in the database by now: who is told that it is refused is told that, too."""
    try:
        return _finish_restore(url, name, actor, now)
    except SurveyError as refused:
        raise SurveyError(*refused.problems, ROUND_WORDS.loaded_dump.format(database=url.database)) from None


def _finish_restore(url: URL, name: str, actor: str, now: datetime) -> int:
    """The newest schema; what was being done when the copy was made is done by nobody any more.

    A round that was open is paused: what was sent in after the copy is not there, and its codes are free again. The
    audit notes where the copy's own ended.
    """
    engine = connect(url.render_as_string(hide_password=False))
    try:
        upgrade(engine)
        if problems := [*until_broken(find_store_problems(engine))]:
            raise SurveyError(*(ROUND_WORDS.not_restored.format(problem=problem) for problem in problems))
        with Session(engine) as session, session.begin():
            session.execute(update(Job).where(Job.state.in_(UNFINISHED)).values(pid=None))
            end = find_chain_end(session)
            for round_ in session.scalars(select(Round).where(Round.state == RoundState.OPEN)).all():
                set_paused(session, round_, True, actor=actor, now=now)
            record(
                session, actor, "restore", "store", at=now, file=name, audit_rows=end.rows, audit_link=end.link.hex()
            )
            return count_forms(session)
    finally:
        engine.dispose()
