"""When a closed round's time is up: its forms, remarks, codes and spent tickets go, and what is published stays."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Delete, Engine, delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from questionnaires.rule import load_rule
from survey_app.closing.closing_minute import EVIDENCE
from survey_app.core.audit import record
from survey_app.core.db.rewriting import drop_wal, give_back_room
from survey_app.core.errors import ConflictError, StorageError
from survey_app.core.models import (
    Batch,
    Code,
    DayCount,
    Form,
    FrameRow,
    Job,
    PaperEntry,
    Place,
    Published,
    Remark,
    Round,
    Spent,
)
from survey_app.core.settings import Settings
from survey_app.jobs.job_files import remove_folder
from survey_app.rounds.round_rows import find_round

REWRITTEN = (Form, Remark, Spent, Code, Published, PaperEntry, DayCount)


class Purged(NamedTuple):
    """How many rows went of each table, and a sentence for each trace that could not be removed."""

    rows: dict[str, int]
    remains: tuple[str, ...]


def purge_round(engine: Engine, settings: Settings, name: str | None, *, actor: str, now: datetime) -> Purged:
    """Delete what people sent in a closed round and the evidence made of it, and rewrite the files it lay in.

    Published figures, counts, the frame and the audit stay. A purge that was cut short is finished by calling again.
    Raises ConflictError while the round is not published or its retention period has not ended.
    """
    with Session(engine) as session, session.begin():
        round_ = find_round(session, name)
        check_purge(session, round_, now)
        store = session.connection()
        rows = {table: store.execute(statement).rowcount for table, statement in _deletions(round_.id)}
        done = session.scalars(select(Job.id).where(Job.round_id == round_.id)).all()
        session.execute(update(Job).where(Job.id.in_(done)).values(file=""))
        record(session, actor, "purge", f"round {round_.name}", at=now, **rows)
    for job_id in done:
        remove_folder(settings, job_id)
    try:
        remains = give_back_room(engine, REWRITTEN)
    except OperationalError as problem:
        raise StorageError("答卷已经删除，但数据库正忙，文件里还有旧内容。请再运行一次。") from problem
    return Purged(rows, (*remains, *drop_wal(engine)))


def check_purge(session: Session, round_: Round, now: datetime) -> None:
    """Raise ConflictError unless the round is closed, published, and past its rule's retention period."""
    if session.get(Published, (round_.id, "recognition")) is None:
        raise ConflictError(f"调查批次 {round_.name} 还没有结束，不能删除答卷。")
    end = purge_date(round_)
    if now < end:
        raise ConflictError(f"调查批次 {round_.name} 的答卷应保存到 {end:%Y-%m-%d}，现在不能删除。")


def purge_date(round_: Round) -> datetime:
    """When the retention period ends, counted from the end of the window."""
    years = pd.DateOffset(years=load_rule(round_.rule).retention_years.value)
    end: datetime = (pd.Timestamp(round_.closes) + years).to_pydatetime()
    return end


def _deletions(round_id: int) -> Iterator[tuple[str, Delete]]:
    places = select(Place.id).where(Place.round_id == round_id)
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    yield "form", delete(Form).where(Form.place_id.in_(places))
    yield "remark", delete(Remark).where(Remark.round_id == round_id)
    yield "spent", delete(Spent).where(Spent.batch_id.in_(batches))
    yield "code", delete(Code).where(Code.batch_id.in_(batches))
    yield "day_count", delete(DayCount).where(DayCount.batch_id.in_(batches))
    yield "evidence", delete(Published).where(Published.round_id == round_id, Published.name == EVIDENCE)
