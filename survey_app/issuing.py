"""Issuing codes: slips for one person each, class and public codes for many; a reprint is a new code."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from survey_app.answering import hash_code, new_code, new_short_code
from survey_app.audit import record
from survey_app.errors import ConflictError, NotFoundError
from survey_app.models import Batch, Code, Custody, FrameRow, Ledger, Round, School, Spent

Kind = Literal["slip", "class", "public"]


class IssuedCode(NamedTuple):
    """A code on its way to paper: the only moment at which the code itself is known; `short` in digits, if any."""

    code: str
    kind: Kind
    group: str
    unit: str
    unit_name: str
    class_name: str
    people: int
    short: str = ""


def issue_codes(
    session: Session,
    round_: Round,
    kind: Kind,
    *,
    unit: str | None = None,
    rows: Collection[int] = (),
    reprint: bool = False,
    actor: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> list[IssuedCode]:
    """Make codes for everyone invited in the round (or in one unit, or some `rows` of its frame) who has none yet.

    Slips go to every row of the frame, class codes to its classes. A public code goes to each unit with a
    row of the group public; everyone in that unit's rows without a class may use it. With `reprint` the
    unspent codes out there become void and everybody who has not answered gets a new one.
    Raises NotFoundError for a unit that is not in the frame, ConflictError when all have their codes.
    """
    if round_.state == "closed":
        raise ConflictError(f"调查批次 {round_.name} 已经结束，不能再发码。")
    asked = [row for row in _invited_rows(session, round_, unit, kind) if not rows or row.id in rows]
    ids = [row.id for row in asked]
    if reprint:
        void_batches(session, ids, actor=actor, now=now)
    spent = _count_spent(session, ids)
    supplied = set(
        session.scalars(select(Batch.frame_row_id).where(Batch.state != "void", Batch.frame_row_id.in_(ids)))
    )
    due = [row for row in asked if row.id not in supplied and row.invited > spent.get(row.id, 0)]
    if kind == "public":
        open_to_all = {row.unit for row in due if row.group == "public"}
        due = [row for row in due if row.unit in open_to_all]
    if not due:
        raise ConflictError("这些单位都已经发过码；要作废旧码并重新印制，请加 --reprint。")
    names = dict(session.execute(select(School.code, School.name)).all())
    issued: list[IssuedCode] = []
    for row in due:
        people = row.invited - spent.get(row.id, 0)
        codes = [new_code(random) for _ in range(people if kind == "slip" else _has_code(row, kind))]
        short = _new_short(session, random) if codes and kind != "slip" else ""
        _store_batch(session, row, kind, codes, people, short, now)
        issued += [
            IssuedCode(code, kind, row.group, row.unit, names.get(row.unit, row.unit), row.class_name, people, short)
            for code in codes
        ]
    record(session, actor, "issue", f"round {round_.name}", kind=kind, unit=unit or "all", codes=len(issued))
    return issued


def issue_more(
    session: Session,
    round_: Round,
    row_id: int,
    people: int,
    *,
    actor: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> list[IssuedCode]:
    """Make slips for some more people of one row of the frame, as long as there are as many people."""
    row = session.get(FrameRow, row_id)
    if row is None or row.round_id != round_.id:
        raise NotFoundError("名册中没有这个班级或对象。")
    if round_.state == "closed":
        raise ConflictError(f"调查批次 {round_.name} 已经结束，不能再发码。")
    live = select(Batch.kind, Batch.issued).where(Batch.frame_row_id == row_id, Batch.state != "void")
    out = session.execute(live).all()
    if any(kind != "slip" for kind, _ in out):
        raise ConflictError("这里用的是班级码或公共码，一个码大家都能用，不用加印。")
    left = row.population - sum(issued for _, issued in out) - _count_void_spent(session, row_id)
    if not 0 < people <= left:
        raise ConflictError(f"名册中共 {row.population} 人，还可以加印 {max(0, left)} 张。")
    codes = [new_code(random) for _ in range(people)]
    _store_batch(session, row, "slip", codes, people, "", now)
    record(session, actor, "issue", f"round {round_.name}", at=now, kind="slip", unit=row.unit, codes=people)
    name = session.scalar(select(School.name).where(School.code == row.unit)) or row.unit
    return [IssuedCode(code, "slip", row.group, row.unit, name, row.class_name, people) for code in codes]


def _count_void_spent(session: Session, row_id: int) -> int:
    void = select(func.count()).select_from(Spent).join(Batch, Spent.batch_id == Batch.id)
    return session.scalar(void.where(Batch.frame_row_id == row_id, Batch.state == "void")) or 0


def _invited_rows(session: Session, round_: Round, unit: str | None, kind: Kind) -> list[FrameRow]:
    query = select(FrameRow).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)
    rows = list(session.scalars(query.where(FrameRow.unit == unit) if unit else query))
    if not rows:
        raise NotFoundError(f"名册中没有单位 {unit}。")
    invited = [row for row in rows if row.invited > 0]
    public = {row.unit for row in invited if row.group == "public"}
    match kind:
        case "slip":
            return invited
        case "class":
            return [row for row in invited if row.class_name]
        case "public":
            return [row for row in invited if row.unit in public and not row.class_name]


def _has_code(row: FrameRow, kind: Kind) -> bool:
    """A unit's public code hangs on its row of the group public; every class has its own."""
    return kind == "class" or row.group == "public"


def _new_short(session: Session, random: Callable[[int], bytes]) -> str:
    """Digits that no other code has, of this round or of an earlier one."""
    while session.get(Code, hash_code(short := new_short_code(random))):
        pass
    return short


def void_batches(session: Session, rows: Collection[int], *, actor: str, now: datetime) -> int:
    """Void the live batches of these rows of the frame; returns how many unspent codes that were.

    What was answered with them stays counted.
    """
    live = list(session.scalars(select(Batch).where(Batch.state != "void", Batch.frame_row_id.in_(rows))))
    answered = _count_forms(session, [batch.id for batch in live])
    for batch in live:
        batch.state = "void"
        session.add(Custody(batch_id=batch.id, at=now, actor=actor, state="void", office=""))
    unspent = sum(max(0, batch.issued - answered.get(batch.id, 0)) for batch in live)
    record(session, actor, "void", "batches", at=now, batches=len(live), unspent=unspent)
    return unspent


def _count_forms(session: Session, batches: list[int]) -> dict[int, int]:
    counted = select(Ledger.batch_id, func.sum(Ledger.n)).where(Ledger.batch_id.in_(batches)).group_by(Ledger.batch_id)
    return dict(session.execute(counted).all())


def _count_spent(session: Session, rows: list[int]) -> dict[int, int]:
    """How many people of each row have answered already, with codes of any batch."""
    counted = (
        select(Batch.frame_row_id, func.count())
        .join(Spent, Spent.batch_id == Batch.id)
        .where(Batch.frame_row_id.in_(rows))
        .group_by(Batch.frame_row_id)
    )
    return dict(session.execute(counted).all())


def _store_batch(
    session: Session, row: FrameRow, kind: Kind, codes: list[str], people: int, short: str, now: datetime
) -> None:
    batch = Batch(frame_row_id=row.id, kind=kind, state="made", codes=len(codes), issued=people, made_at=now)
    session.add(batch)
    session.flush()
    digests = [hash_code(code) for code in (*codes, short) if code]
    if digests:
        session.execute(insert(Code), [{"digest": digest, "batch_id": batch.id} for digest in digests])
