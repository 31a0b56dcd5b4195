"""Issuing codes: slips for one person each, class codes for many; a reprint is a new code."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from survey_app.answering import hash_code, new_code
from survey_app.audit import record
from survey_app.errors import ConflictError, NotFoundError
from survey_app.models import Batch, Code, FrameRow, Round, School, Spent

Kind = Literal["slip", "class"]


class IssuedCode(NamedTuple):
    """A code on its way to paper: the only moment at which the code itself is known."""

    code: str
    kind: Kind
    group: str
    unit: str
    unit_name: str
    class_name: str
    people: int


def issue_codes(
    session: Session,
    round_: Round,
    kind: Kind,
    *,
    unit: str | None = None,
    reprint: bool = False,
    actor: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> list[IssuedCode]:
    """Make codes for everyone invited in the round (or in one unit) who has none yet.

    Slips go to every row of the frame, class codes to its classes. With `reprint` the unspent codes out
    there become void and everybody who has not answered gets a new one.
    Raises NotFoundError for a unit that is not in the frame, ConflictError when all have their codes.
    """
    if round_.state == "closed":
        raise ConflictError(f"调查批次 {round_.name} 已经结束，不能再发码。")
    rows = _invited_rows(session, round_, unit, kind)
    spent = _void_batches(session, rows, actor) if reprint else {}
    supplied = set(
        session.scalars(
            select(Batch.frame_row_id).where(Batch.state != "void", Batch.frame_row_id.in_([row.id for row in rows]))
        )
    )
    due = [row for row in rows if row.id not in supplied and row.invited > spent.get(row.id, 0)]
    if not due:
        raise ConflictError("这些单位都已经发过码；要作废旧码并重新印制，请加 --reprint。")
    names = dict(session.execute(select(School.code, School.name)).all())
    issued: list[IssuedCode] = []
    for row in due:
        people = row.invited - spent.get(row.id, 0)
        codes = [new_code(random) for _ in range(people if kind == "slip" else 1)]
        _store_batch(session, row, kind, codes, people, now)
        issued += [
            IssuedCode(code, kind, row.group, row.unit, names.get(row.unit, row.unit), row.class_name, people)
            for code in codes
        ]
    record(session, actor, "issue", f"round {round_.name}", kind=kind, unit=unit or "all", codes=len(issued))
    return issued


def _invited_rows(session: Session, round_: Round, unit: str | None, kind: Kind) -> list[FrameRow]:
    query = select(FrameRow).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)
    rows = list(session.scalars(query.where(FrameRow.unit == unit) if unit else query))
    if not rows:
        raise NotFoundError(f"名册中没有单位 {unit}。")
    return [row for row in rows if row.invited > 0 and (kind == "slip" or row.class_name)]


def _void_batches(session: Session, rows: list[FrameRow], actor: str) -> dict[int, int]:
    """Void the rows' live batches; returns how many of each row's people have answered already."""
    ids = [row.id for row in rows]
    live = list(session.scalars(select(Batch.id).where(Batch.state != "void", Batch.frame_row_id.in_(ids))))
    session.execute(update(Batch).where(Batch.id.in_(live)).values(state="void"))
    record(session, actor, "void", "batches", batches=len(live))
    counted = (
        select(Batch.frame_row_id, func.count())
        .join(Spent, Spent.batch_id == Batch.id)
        .where(Batch.frame_row_id.in_(ids))
        .group_by(Batch.frame_row_id)
    )
    return dict(session.execute(counted).all())


def _store_batch(session: Session, row: FrameRow, kind: Kind, codes: list[str], people: int, now: datetime) -> None:
    batch = Batch(frame_row_id=row.id, kind=kind, state="made", codes=len(codes), issued=people, made_at=now)
    session.add(batch)
    session.flush()
    session.execute(insert(Code), [{"digest": hash_code(code), "batch_id": batch.id} for code in codes])
