"""Typing in paper forms: each twice, in two sittings; what agrees is stored as any other form, and nothing before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from questionnaires.answers import check_answers, decode_answers, encode_answers
from questionnaires.paper import BLANK, Paper
from questionnaires.vocabulary import BatchState, CodeKind, Mode
from survey_app.answering import CodeAccess, Submission, new_number, store_forms
from survey_app.answering.access import CODE_STATE, CodeCondition, read_code_state
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.ledger_slots import full_hour
from survey_app.core.models import Batch, Code, FrameRow, Ledger, PaperEntry, Round, School, Spent
from survey_app.printed_forms.entry_lock import load_or_make_lock, lock_entry, unlock_entry
from survey_app.rounds.opening import check_paper_time, paper_for

NOT_OPEN = {
    "not_yet": "还没有到答题开始时间，不能录入。",
    "paused": "批次正在暂停，恢复以后再录入。",
    "void": "这批纸质问卷已经作废，不能录入。",
    "closed": "批次已经结束，不能再录入。",
}


class Stack(NamedTuple):
    """The paper forms of one batch: how many sheets, how many are stored, how many wait for the second time."""

    id: int
    unit: str
    unit_name: str
    class_name: str
    group: str
    state: str
    sheets: int
    stored: int
    waiting: int


class Entry(NamedTuple):
    """One sheet as somebody typed it in: its number in the stack, and one option value an item."""

    stack: int
    sheet: int
    answers: tuple[int, ...]
    sitting: bytes


class Difference(NamedTuple):
    """An item that reads otherwise the second time."""

    item: str
    first: int
    second: int


def sitting_of(token: str) -> bytes:
    """A hash that tells one sign-in from another, and not whose it is."""
    return blake2b(token.encode(), digest_size=16, person=b"sitting").digest()


def list_stacks(session: Session, round_: Round, batch_id: int | None = None) -> list[Stack]:
    """The paper batches of a round that are not void (or the one of that number, whatever it is), by unit."""
    forms = select(func.sum(Ledger.n)).where(Ledger.batch_id == Batch.id).correlate(Batch).scalar_subquery()
    waiting = select(func.count()).where(PaperEntry.batch_id == Batch.id).correlate(Batch).scalar_subquery()
    query = (
        select(Batch, FrameRow, School.name, func.coalesce(forms, 0), waiting)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .outerjoin(School, School.code == FrameRow.unit)
        .where(FrameRow.round_id == round_.id, Batch.kind == CodeKind.PAPER)
        .order_by(FrameRow.unit, FrameRow.id, Batch.id)
    )
    wanted = Batch.id == batch_id if batch_id else Batch.state != BatchState.VOID
    rows = session.execute(query.where(wanted))
    return [
        Stack(
            id=batch.id,
            unit=row.unit,
            unit_name=name or row.unit,
            class_name=row.class_name,
            group=row.group,
            state=batch.state,
            sheets=batch.codes,
            stored=int(stored),
            waiting=int(left),
        )
        for batch, row, name, stored, left in rows
    ]


def find_stack(session: Session, round_: Round, batch_id: int) -> Stack:
    """The paper batch of that number."""
    found = list_stacks(session, round_, batch_id)
    if not batch_id or not found:
        raise NotFoundError("没有这批纸质问卷。")
    return found[0]


def list_waiting(session: Session, batch_id: int) -> dict[int, bytes]:
    """Sheets that were typed in once, in their order, and in which sitting."""
    query = select(PaperEntry.sheet, PaperEntry.sitting).where(PaperEntry.batch_id == batch_id)
    return dict(session.execute(query.order_by(PaperEntry.sheet)).all())


def read_entry(paper: Paper, fields: Mapping[str, str]) -> tuple[int, ...]:
    """The option values that were typed in, 0 for an item left blank; raises SurveyError with every problem."""
    known = {str(value) for value in paper.values | {BLANK}}
    typed = {name: fields.get(name, "") for name in paper.item_ids}
    problems = [
        f"第{number}题：{'还没有录，没有勾选的录0。' if not value else f'“{value}”不是这一题可以录的数字。'}"
        for number, value in enumerate(typed.values(), 1)
        if value not in known
    ]
    if not problems:
        return _check(paper, tuple(map(int, typed.values())))
    raise SurveyError(*problems)


def store_first(session: Session, round_: Round, entry: Entry, *, keys: Path, actor: str, now: datetime) -> None:
    """Keep what was typed in, locked, until the same sheet is typed in again in another sitting."""
    batch, _ = _hold(session, round_, entry, now)
    if session.get(PaperEntry, (batch.id, entry.sheet)):
        raise ConflictError(f"{entry.sheet}号已经录过第一遍。请核对编号，或者换一个人录第二遍。")
    locked = lock_entry(
        load_or_make_lock(keys, round_.public_key or b""), batch.id, entry.sheet, encode_answers(entry.answers)
    )
    session.add(PaperEntry(batch_id=batch.id, sheet=entry.sheet, sitting=entry.sitting, locked=locked))
    record(session, actor, "paper_first", f"batch {batch.id}", at=full_hour(now))


def store_second(
    session: Session,
    round_: Round,
    entry: Entry,
    settled: Mapping[str, int],
    *,
    keys: Path,
    actor: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> Sequence[Difference]:
    """Store the form when both times agree, or when each item that differs was `settled` by looking at the paper.

    Returns the differences that are left; with any of them nothing is stored. The form spends a code of its
    batch and is counted in the commit that forgets what was typed in the first time.
    """
    batch, row = _hold(session, round_, entry, now)
    first = session.get(PaperEntry, (batch.id, entry.sheet))
    if first is None:
        raise ConflictError(f"{entry.sheet}号没有等待第二遍的录入：可能还没有录第一遍，也可能已经入库。请核对编号。")
    if first.sitting == entry.sitting:
        raise ConflictError(f"{entry.sheet}号的第一遍是您这次登录录的，第二遍请换一个人，或者重新登录后再录。")
    paper = paper_for(round_, row.group)
    typed = unlock_entry(load_or_make_lock(keys, round_.public_key or b""), batch.id, entry.sheet, first.locked)
    if typed is None:
        raise ConflictError(f"{entry.sheet}号的第一遍读不出来：它的密钥不在这台服务器上。请删掉这一号的第一遍重录。")
    pairs = zip(paper.item_ids, decode_answers(typed, paper), entry.answers, strict=True)
    differences = [Difference(*pair) for pair in pairs if pair[1] != pair[2]]
    if any(difference.item not in settled for difference in differences):
        return differences
    right = {difference.item: settled[difference.item] for difference in differences}
    answers = [right.get(name, value) for name, value in zip(paper.item_ids, entry.answers, strict=True)]
    _store(session, round_, batch, row, encode_answers(_check(paper, answers)), now, random)
    session.delete(first)
    record(session, actor, "paper_stored", f"batch {batch.id}", at=full_hour(now), settled=len(differences))
    return []


def drop_first(session: Session, round_: Round, batch_id: int, sheet: int, *, actor: str, now: datetime) -> None:
    """Forget what was typed in the first time: it was another sheet, or another stack."""
    find_stack(session, round_, batch_id)
    first = session.get(PaperEntry, (batch_id, sheet))
    if first is None:
        raise ConflictError(f"{sheet}号没有等待第二遍的录入。")
    session.delete(first)
    record(session, actor, "paper_dropped", f"batch {batch_id}", at=full_hour(now))


def forget_entries(session: Session, round_id: int) -> None:
    """Forget everything that was typed in once and never again."""
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    session.execute(delete(PaperEntry).where(PaperEntry.batch_id.in_(batches)))


def _check(paper: Paper, answers: Sequence[int]) -> tuple[int, ...]:
    """The check that every form passes, blanks allowed."""
    fields = {name: [str(value)] for name, value in zip(paper.item_ids, answers, strict=True)}
    checked = check_answers(paper, fields | {"blank_ok": ["1"]})
    if not any(checked.answers):
        raise SurveyError("整张没有一题可以录：这样的问卷不用录入，请放到一边。")
    if checked.problems:
        raise SurveyError(*(problem.sentence for problem in checked.problems))
    return checked.answers


def _hold(session: Session, round_: Round, entry: Entry, now: datetime) -> tuple[Batch, FrameRow]:
    """The batch and its row while nobody else types in or voids it, and the round is not paused or closed meanwhile."""
    batch = session.get(Batch, entry.stack, with_for_update=True)
    row = session.get(FrameRow, batch.frame_row_id) if batch else None
    if batch is None or row is None or batch.kind != CodeKind.PAPER or row.round_id != round_.id:
        raise NotFoundError("没有这批纸质问卷。")
    check_paper_time(round_, now)
    states = select(*CODE_STATE).select_from(Batch).join(FrameRow).join(Round, FrameRow.round_id == Round.id)
    row_state = session.execute(states.where(Batch.id == batch.id).with_for_update(read=True, of=Round)).one()
    state = read_code_state(CodeCondition(*row_state), now)
    if state != "open":
        raise ConflictError(NOT_OPEN[state])
    if not 1 <= entry.sheet <= batch.codes:
        raise SurveyError(f"这批共{batch.codes}份，编号应在1到{batch.codes}之间。")
    return batch, row


def _store(
    session: Session,
    round_: Round,
    batch: Batch,
    row: FrameRow,
    answers: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> None:
    """Spend one of the batch's codes as a slip is spent, and store the form."""
    spent = select(Spent.ticket).where(Spent.batch_id == batch.id)
    unspent = select(Code.digest).where(Code.batch_id == batch.id, Code.digest.not_in(spent))
    digest = session.scalars(unspent.order_by(func.random()).limit(1)).first()
    if digest is None:
        raise ConflictError(f"这批印了{batch.codes}份，已经全部入库。多出来的请核实，不要录入。")
    access = CodeAccess(
        "open", digest, "slip", batch.id, row.place_id or 0, row.group, paper_for(round_, row.group).id, round_.id
    )  # fmt: skip
    [outcome] = store_forms(
        session.connection(), [Submission(access, new_number(random), answers, now, mode=Mode.TYPED)]
    )
    if outcome != "stored":
        raise ConflictError(NOT_OPEN.get(outcome, "没有入库，请再试一次。"))
