"""Issuing: slips for one person each, class and public codes for many, paper forms; a reprint is a new code."""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import BatchState, CodeKind, Group, JobKind, RoundState
from survey_app.answering import hash_code, new_code, new_short_code
from survey_app.codes.custody import name_batches
from survey_app.core.audit import record
from survey_app.core.errors import AlreadyIssuedError, ConflictError, NotFoundError
from survey_app.core.models import ORDINARY, Batch, Code, Custody, FrameRow, PaperEntry, Round, School
from survey_app.rounds.opening import check_paper_time
from survey_app.rounds.sampling_words import SAMPLE_WORDS
from survey_app.watching.shown_ledger import count_shown

Kind = Literal["slip", "class", "public", "opinion"]
CODES: dict[JobKind, Kind] = {
    JobKind.SLIPS: "slip",
    JobKind.CLASS: "class",
    JobKind.PUBLIC: "public",
    JobKind.OPINION: "opinion",
}
"""What can be asked for, and the kind of code it is."""
SHARED = (CodeKind.CLASS, CodeKind.PUBLIC)
PAPER = CodeKind.PAPER
OPINION = CodeKind.OPINION.value
WITHOUT_CODES = (CodeKind.PAPER, CodeKind.IMPORTED)
DIGEST = 16
NO_ROW = "名册中没有这个班级或对象。"


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
    row of the group public; everyone in that unit's rows without a class may use it. Opinion codes go to the classes of
    which nobody was invited, where somebody else was. With `reprint` the
    unspent codes out there become void and everybody who has not answered gets a new one.
    Raises NotFoundError for a unit that is not in the frame, AlreadyIssuedError when all have their codes.
    """
    if round_.state == RoundState.CLOSED:
        raise ConflictError(f"调查批次 {round_.name} 已经结束，不能再发码。")
    asked = [row for row in _invited_rows(session, round_, unit, kind) if not rows or row.id in rows]
    ids = [row.id for row in asked]
    if reprint:
        void_batches(session, ids, actor=actor, now=now)
    lacking = find_lacking(session, asked, now) if kind != OPINION else find_unheard(session, asked)
    due = [row for row in asked if row.id in lacking]
    if kind == "public":
        open_to_all = {row.unit for row in due if row.group == Group.PUBLIC}
        due = [row for row in due if row.unit in open_to_all]
    if not due:
        raise AlreadyIssuedError(unit)
    names = dict(session.execute(select(School.code, School.name)).all())
    issued: list[IssuedCode] = []
    for row in due:
        people = lacking[row.id]
        codes = [new_code(random) for _ in range(people if kind == "slip" else _has_code(row, kind))]
        short = _new_short(session, random) if codes and kind != "slip" else ""
        _store_batch(session, row, kind, codes, people, short, now)
        issued += [
            IssuedCode(code, kind, row.group, row.unit, names.get(row.unit, row.unit), row.class_name, people, short)
            for code in codes
        ]
    record(session, actor, "issue", f"round {round_.name}", at=now, kind=kind, unit=unit or "all", codes=len(issued))
    return issued


def find_lacking(session: Session, rows: Collection[FrameRow], now: datetime) -> dict[int, int]:
    """For how many people of each row codes are to be made: none where there are live codes already."""
    ids = [row.id for row in rows]
    spent = count_shown(session, Batch.frame_row_id.in_(ids), "row", now)
    sheets = _count_sheets(session, ids, now)
    live = select(Batch.frame_row_id).where(Batch.state != BatchState.VOID, Batch.kind.not_in(WITHOUT_CODES), ORDINARY)
    supplied = set(session.scalars(live.where(Batch.frame_row_id.in_(ids))))
    lacking = {row.id: row.invited - spent.get(row.id, 0) - sheets.get(row.id, 0) for row in rows}
    return {row: people for row, people in lacking.items() if people > 0 and row not in supplied}


def find_unheard(session: Session, rows: Collection[FrameRow]) -> dict[int, int]:
    """How many people are in each row that has no live opinion code."""
    live = select(Batch.frame_row_id).where(Batch.state != BatchState.VOID, Batch.kind == OPINION)
    supplied = set(session.scalars(live.where(Batch.frame_row_id.in_([row.id for row in rows]))))
    return {row.id: row.population for row in rows if row.id not in supplied}


def issue_more(
    session: Session,
    round_: Round,
    row_id: int,
    people: int,
    *,
    reason: str = "",
    actor: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> list[IssuedCode]:
    """Make slips for some more people of one row of the frame, as long as there are as many people.

    In a round whose sample was drawn, more than were drawn of the row need a `reason`, which is noted in the audit.
    """
    row = _find_row(session, round_, row_id)
    if round_.state == RoundState.CLOSED:
        raise ConflictError(f"调查批次 {round_.name} 已经结束，不能再发码。")
    if _is_shared(session, row):
        raise ConflictError("这里用的是班级码或公共码，一个码大家都能用，不用加印。")
    _check_people(session, row, people, now)
    said = check_drawn(session, round_, row, people, reason)
    codes = [new_code(random) for _ in range(people)]
    _store_batch(session, row, "slip", codes, people, "", now)
    record(session, actor, "issue", f"round {round_.name}", at=now, kind="slip", unit=row.unit, codes=people, **said)
    name = session.scalar(select(School.name).where(School.code == row.unit)) or row.unit
    return [IssuedCode(code, "slip", row.group, row.unit, name, row.class_name, people) for code in codes]


def issue_paper(
    session: Session,
    round_: Round,
    row_id: int,
    people: int,
    *,
    reason: str = "",
    actor: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> int:
    """Note that paper forms for some people of one row of the frame are printed; returns the batch.

    Each sheet has a code that typing it in will spend: a random hash, of which nobody knows a code. Who can
    also use a class or public code is not counted as issued twice. `reason` as for `issue_more`.
    """
    row = _find_row(session, round_, row_id)
    check_paper_time(round_, now)
    _check_people(session, row, people, now)
    said = check_drawn(session, round_, row, people, reason)
    issued = 0 if _is_shared(session, row) else people
    batch = Batch(frame_row_id=row.id, kind=PAPER, state="made", codes=people, issued=issued, made_at=now)
    session.add(batch)
    session.flush()
    session.execute(insert(Code), [{"digest": random(DIGEST), "batch_id": batch.id} for _ in range(people)])
    record(session, actor, "issue", f"round {round_.name}", at=now, kind=PAPER, unit=row.unit, sheets=people, **said)
    return batch.id


def find_frame_row(session: Session, round_: Round, *, group: str, unit: str, class_: str) -> FrameRow:
    """The row of the round's frame; raises NotFoundError."""
    wanted = (FrameRow.group == group, FrameRow.unit == unit, FrameRow.class_name == class_)
    row = session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id, *wanted)).first()
    if row is None:
        raise NotFoundError(NO_ROW)
    return row


def _find_row(session: Session, round_: Round, row_id: int) -> FrameRow:
    row = session.get(FrameRow, row_id)
    if row is None or row.round_id != round_.id:
        raise NotFoundError(NO_ROW)
    return row


def _is_shared(session: Session, row: FrameRow) -> bool:
    live = select(Batch.id).where(Batch.frame_row_id == row.id, Batch.state != BatchState.VOID, Batch.kind.in_(SHARED))
    return session.scalars(live).first() is not None


def _check_people(session: Session, row: FrameRow, people: int, now: datetime) -> None:
    """Raise when there are not that many people who have neither a slip, a paper form nor, as shown, answered."""
    of_row = Batch.frame_row_id == row.id
    own = (Batch.state != BatchState.VOID) & Batch.kind.not_in(SHARED) & ORDINARY
    out = session.scalar(select(func.sum(Batch.codes)).where(of_row, own)) or 0
    others = sum(count_shown(session, of_row & ~own, "row", now).values())
    left = row.population - out - others
    if not 0 < people <= left:
        raise ConflictError(f"名册中共 {row.population} 人，还可以加印 {max(0, left)} 张。")


def check_drawn(session: Session, round_: Round, row: FrameRow, people: int, reason: str) -> dict[str, str]:
    """What the audit notes of codes beyond the draw; raises ConflictError for those without a reason."""
    own = (Batch.frame_row_id == row.id) & (Batch.state != BatchState.VOID) & Batch.kind.not_in(SHARED) & ORDINARY
    out = session.scalar(select(func.sum(Batch.codes)).where(own)) or 0
    if not round_.design or out + people <= row.invited:
        return {}
    if not reason.strip():
        raise ConflictError(SAMPLE_WORDS.not_in_draw.format(invited=row.invited, left=max(0, row.invited - out)))
    return {"beyond_draw": reason.strip()}


def _invited_rows(session: Session, round_: Round, unit: str | None, kind: Kind) -> list[FrameRow]:
    query = select(FrameRow).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)
    rows = list(session.scalars(query.where(FrameRow.unit == unit) if unit else query))
    if not rows:
        raise NotFoundError(f"名册中没有单位 {unit}。")
    invited = [row for row in rows if row.invited > 0]
    public = {row.unit for row in invited if row.group == Group.PUBLIC}
    match kind:
        case "slip":
            return invited
        case "class":
            return [row for row in invited if row.class_name]
        case "public":
            return [row for row in invited if row.unit in public and not row.class_name]
        case "opinion":
            return [row for row in rows if row.class_name and row.population and not row.invited]


def _has_code(row: FrameRow, kind: Kind) -> bool:
    """A unit's public code hangs on its row of the group public; every class has its own."""
    return kind in ("class", OPINION) or row.group == Group.PUBLIC


def _new_short(session: Session, random: Callable[[int], bytes]) -> str:
    """Digits that no other code has, of this round or of an earlier one."""
    while session.get(Code, hash_code(short := new_short_code(random))):
        pass
    return short


def void_batches(session: Session, rows: Collection[int], *, paper: bool = False, actor: str, now: datetime) -> int:
    """Void the live codes (or paper forms) of these rows of the frame; returns how many are shown as unspent.

    What was answered with them stays counted; a paper form that was typed in once is forgotten.
    """
    kind = Batch.kind == PAPER if paper else Batch.kind.not_in(WITHOUT_CODES) & ORDINARY
    of_rows = select(Batch).where(Batch.state != BatchState.VOID, Batch.frame_row_id.in_(rows), kind)
    live = list(session.scalars(of_rows))
    answered = count_shown(session, Batch.id.in_([batch.id for batch in live]), "id", now)
    for batch in live:
        batch.state = BatchState.VOID
        session.add(Custody(batch_id=batch.id, at=now, actor=actor, state=BatchState.VOID, office=""))
    out = {batch.id: batch.codes if paper else batch.issued for batch in live}
    unspent = sum(max(0, n - answered.get(batch, 0)) for batch, n in out.items())
    session.execute(delete(PaperEntry).where(PaperEntry.batch_id.in_(out)))
    of = name_batches(session, [batch.id for batch in live])
    record(session, actor, "void", "batches", at=now, batches=len(live), unspent=unspent, **of)
    return unspent


def _count_sheets(session: Session, rows: list[int], now: datetime) -> dict[int, int]:
    """How many people of each row have a paper form that was not typed in yet."""
    live = select(Batch).where(Batch.frame_row_id.in_(rows), Batch.kind == PAPER, Batch.state != BatchState.VOID)
    batches = list(session.scalars(live))
    answered = count_shown(session, Batch.id.in_([batch.id for batch in batches]), "id", now)
    waiting: Counter[int] = Counter()
    for batch in batches:
        waiting[batch.frame_row_id] += max(0, batch.issued - answered.get(batch.id, 0))
    return waiting


def _store_batch(
    session: Session, row: FrameRow, kind: Kind, codes: list[str], people: int, short: str, now: datetime
) -> None:
    batch = Batch(frame_row_id=row.id, kind=kind, state="made", codes=len(codes), issued=people, made_at=now)
    session.add(batch)
    session.flush()
    digests = [hash_code(code) for code in (*codes, short) if code]
    if digests:
        session.execute(insert(Code), [{"digest": digest, "batch_id": batch.id} for digest in digests])
