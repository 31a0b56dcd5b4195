"""Storing: one transaction spends the tickets, adds the boxes and counts them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from secrets import token_bytes
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from questionnaires.vocabulary import CodeKind, Group, Mode
from survey_app.answering.access import (
    CODE_STATE,
    CodeAccess,
    CodeCondition,
    CodeState,
    read_code_state,
    read_spent_state,
)
from survey_app.answering.box import NUMBER, SealedForm, box_number, seal, seal_remark
from survey_app.answering.code_text import hash_holder, ticket_of
from survey_app.core.ledger_slots import ledger_slot
from survey_app.core.models import Batch, Box, FrameRow, RemarkBox, Round, Spent

Outcome = Literal["stored", "received", "used", "not_yet", "paused", "void", "closed"]


class _HeldBatch(NamedTuple):
    """A batch while its lock is held, in the order of the query's columns."""

    id: int
    kind: str
    issued: int
    public_key: bytes | None
    remarks: bool
    state: str
    opens: datetime
    closes: datetime
    batch_state: str

    @property
    def condition(self) -> CodeCondition:
        """What says whether its codes may be answered."""
        return CodeCondition(self.state, self.opens, self.closes, self.batch_state, self.revisit)

    @property
    def revisit(self) -> bool:
        """Whether its codes are re-contact slips, whose forms say so inside the box alone."""
        return self.kind == CodeKind.REVISIT


Batches = Mapping[int, _HeldBatch]


@dataclass(frozen=True, slots=True)
class Submission:
    """A phone's checked answers behind a code: one digit an item in the paper's order, and perhaps a remark.

    `box.REFUSED` for answers is a form like any other: it spends the ticket, is sealed and counted.
    """

    access: CodeAccess
    number: str
    answers: str
    now: datetime
    remark: str = ""
    mode: Mode = Mode.PHONE


_BATCHES = (
    select(Batch.id, Batch.kind, Batch.issued, Round.public_key, Round.remarks, *CODE_STATE)
    .join(FrameRow, Batch.frame_row_id == FrameRow.id)
    .join(Round, FrameRow.round_id == Round.id)
    .where(Batch.id.in_(bindparam("batches", expanding=True)))
    .order_by(Batch.id)
    .with_for_update(read=True, of=[Batch, Round])
)
_HOLDERS = select(Spent.ticket, Spent.holder).where(Spent.ticket.in_(bindparam("tickets", expanding=True)))
_SPEND = {
    "sqlite": sqlite.insert(Spent).on_conflict_do_nothing().returning(Spent.ticket),
    "postgresql": postgresql.insert(Spent).on_conflict_do_nothing().returning(Spent.ticket),
}
_COUNT = text(
    "INSERT INTO ledger (batch_id, five_minutes, n) VALUES (:batch_id, :five_minutes, :n) "
    "ON CONFLICT (batch_id, five_minutes) DO UPDATE SET n = ledger.n + excluded.n"
)


def store_forms(connection: Connection, submissions: Sequence[Submission]) -> list[Outcome]:
    """Store what may be stored, in the caller's transaction; returns what to tell each phone after it.

    The gates are read again, under a lock that pausing, closing and voiding wait for; the tickets' own key
    says who was first. Every process takes its rows in the same order, so that none blocks another for good.
    """
    batches = _load_batches(connection, submissions)
    gates = [
        read_code_state(batches[submission.access.batch_id].condition, submission.now) for submission in submissions
    ]
    tickets = [
        ticket_of(submission.access.kind, submission.access.digest, submission.number) for submission in submissions
    ]
    first: dict[bytes, int] = {}
    for index, (ticket, gate) in enumerate(zip(tickets, gates, strict=True)):
        if gate == "open":
            first.setdefault(ticket, index)
    spent = _spend(connection, {ticket: submissions[index] for ticket, index in first.items()})
    stored = {first[ticket] for ticket in spent}
    _add_stored(connection, [submissions[index] for index in stored], batches)
    holders = _load_holders(connection, [t for index, t in enumerate(tickets) if index not in stored])
    return [
        "stored" if index in stored else _refuse(submission, gate, holders.get(ticket))
        for index, (submission, gate, ticket) in enumerate(zip(submissions, gates, tickets, strict=True))
    ]


def add_to_ledger(connection: Connection, counts: Mapping[tuple[int, int], int]) -> None:
    """Raise the ledger by so many forms for each batch and slot of time."""
    ledger = [{"batch_id": batch, "five_minutes": at, "n": n} for (batch, at), n in sorted(counts.items())]
    _add(connection, _COUNT, ledger)


def forget_holders(session: Session, round_id: int) -> None:
    """Forget which phones spent the tickets of a closed round: none has anything left to send again."""
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    session.execute(update(Spent).where(Spent.batch_id.in_(batches)).values(holder=b""))


def _load_batches(connection: Connection, submissions: Sequence[Submission]) -> Batches:
    wanted = sorted({submission.access.batch_id for submission in submissions})
    held = [_HeldBatch._make(row) for row in connection.execute(_BATCHES, {"batches": wanted})]
    return {batch.id: batch for batch in held}


def _spend(connection: Connection, first: Mapping[bytes, Submission]) -> Sequence[bytes]:
    """The tickets that nobody had spent before."""
    rows = [
        {"ticket": ticket, "holder": hash_holder(submission.number), "batch_id": submission.access.batch_id}
        for ticket, submission in sorted(first.items(), key=itemgetter(0))
    ]
    return connection.scalars(_SPEND[connection.dialect.name], rows).all() if rows else []


def _add_stored(connection: Connection, stored: Sequence[Submission], batches: Batches) -> None:
    """Add what was sent in, sealed, and count it; refusals count as all others."""
    _add_boxes(connection, stored, batches)
    counts = Counter(
        (submission.access.batch_id, ledger_slot(submission.now, batches[submission.access.batch_id].issued))
        for submission in stored
    )
    add_to_ledger(connection, counts)


def _add_boxes(connection: Connection, stored: Sequence[Submission], batches: Batches) -> None:
    """Seal, and write only then; every form of a round with remarks brings a remark box, empty or not."""
    boxes = []
    remarks = []
    for submission in stored:
        access = submission.access
        batch = batches[access.batch_id]
        assert batch.public_key is not None
        form = SealedForm(
            group=Group(access.group),
            place=access.place_id,
            paper=access.paper,
            answers=submission.answers,
            mode=Mode.REVISIT if batch.revisit else submission.mode,
        )
        number = box_number(submission.number, access.digest, batch.public_key)
        boxes.append({"id": number, "sealed": seal(form, batch.public_key)})
        if batch.remarks:
            remark = seal_remark(Group(access.group), submission.remark, batch.public_key)
            remarks.append({"id": token_bytes(NUMBER), "sealed": remark})
    _add(connection, insert(Box), sorted(boxes, key=itemgetter("id")))
    _add(connection, insert(RemarkBox), sorted(remarks, key=itemgetter("id")))


def _add(connection: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _load_holders(connection: Connection, tickets: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(connection.execute(_HOLDERS, {"tickets": tickets}).all()) if tickets else {}


def _refuse(one: Submission, gate: CodeState, holder: bytes | None) -> Outcome:
    """What a phone is told whose submission added no form; a ticket that stood open is spent by now."""
    if holder is not None:
        return read_spent_state(one.access.kind, holder, one.number)
    if gate == "open":
        raise LookupError("a ticket was neither spent nor free")
    return gate
