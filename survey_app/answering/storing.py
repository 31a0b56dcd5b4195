"""Storing: one transaction spends the tickets, adds the boxes and counts them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from secrets import token_bytes
from typing import Literal, NamedTuple

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import CodeKind, Group, Mode
from survey_app.answering.access import (
    CodeAccess,
    CodeCondition,
    CodeState,
    read_code_state,
    read_spent_state,
)
from survey_app.answering.answer_course import UNTOLD
from survey_app.answering.box import NUMBER, SealedForm, box_number, seal, seal_remark
from survey_app.answering.code_text import hash_holder, ticket_of
from survey_app.core.db.row_statements import (
    ADD_BOXES,
    ADD_REMARK_BOXES,
    BATCHES,
    COUNT,
    SPEND,
    RowStatements,
    read_moment,
    row_statements,
)
from survey_app.core.ledger_slots import ledger_slot
from survey_app.core.models import Batch, FrameRow, Spent

Outcome = Literal["stored", "received", "used", "not_yet", "paused", "void", "closed"]


class _HeldBatch(NamedTuple):
    """A batch while its lock is held."""

    kind: str
    issued: int
    public_key: bytes | None
    remarks: bool
    condition: CodeCondition


Batches = Mapping[int, _HeldBatch]
_MODE_OF: Mapping[str, Mode] = {CodeKind.REVISIT: Mode.REVISIT, CodeKind.OPINION: Mode.OPINION}
"""What the kind of a batch seals into a form, whatever its sender says."""


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
    course: bytes = UNTOLD


_HOLDERS = select(Spent.ticket, Spent.holder).where(Spent.ticket.in_(bindparam("tickets", expanding=True)))


def store_forms(connection: Connection, submissions: Sequence[Submission]) -> list[Outcome]:
    """Store what may be stored, in the caller's transaction; returns what to tell each phone after it.

    The states are read again, under a lock that pausing, closing and voiding wait for; the tickets' own key
    says who was first. Every process takes its rows in the same order, so that none blocks another for good.
    """
    with row_statements(connection) as statements:
        batches = _load_batches(statements, submissions)
        states = [
            read_code_state(batches[submission.access.batch_id].condition, submission.now) for submission in submissions
        ]
        tickets = [
            ticket_of(submission.access.kind, submission.access.digest, submission.number) for submission in submissions
        ]
        first: dict[bytes, int] = {}
        for index, (ticket, state) in enumerate(zip(tickets, states, strict=True)):
            if state == "open":
                first.setdefault(ticket, index)
        spent = _spend(statements, {ticket: submissions[index] for ticket, index in first.items()})
        stored = {first[ticket] for ticket in spent}
        _add_stored(statements, [submissions[index] for index in stored], batches)
    holders = _load_holders(connection, [t for index, t in enumerate(tickets) if index not in stored])
    return [
        "stored" if index in stored else _refuse(submission, state, holders.get(ticket))
        for index, (submission, state, ticket) in enumerate(zip(submissions, states, tickets, strict=True))
    ]


def add_to_ledger(connection: Connection, counts: Mapping[tuple[int, int], int]) -> None:
    """Raise the ledger by so many forms for each batch and slot of time."""
    with row_statements(connection) as statements:
        _count(statements, counts)


def forget_holders(session: Session, round_id: int) -> None:
    """Forget which phones spent the tickets of a round that is over: none has anything left to send again."""
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    session.execute(update(Spent).where(Spent.batch_id.in_(batches)).values(holder=b""))


def _load_batches(statements: RowStatements, submissions: Sequence[Submission]) -> Batches:
    wanted = sorted({submission.access.batch_id for submission in submissions})
    return {
        number: _HeldBatch(
            kind=kind,
            issued=issued,
            public_key=public_key,
            remarks=bool(remarks),
            condition=CodeCondition(
                state,
                read_moment(opens),
                read_moment(closes),
                batch_state,
                kind == CodeKind.REVISIT,
                None if until is None else read_moment(until),
            ),
        )
        for number, kind, issued, public_key, remarks, state, opens, closes, batch_state, until in statements.run(
            BATCHES, [(batch,) for batch in wanted]
        )
    }


def _spend(statements: RowStatements, first: Mapping[bytes, Submission]) -> list[bytes]:
    """The tickets that nobody had spent before."""
    rows = [
        (ticket, hash_holder(submission.number), submission.access.batch_id)
        for ticket, submission in sorted(first.items(), key=itemgetter(0))
    ]
    return [ticket for (ticket,) in statements.run(SPEND, rows)]


def _add_stored(statements: RowStatements, stored: Sequence[Submission], batches: Batches) -> None:
    """Add what was sent in, sealed, and count it; refusals count as all others."""
    _add_boxes(statements, stored, batches)
    counts = Counter(
        (submission.access.batch_id, ledger_slot(submission.now, batches[submission.access.batch_id].issued))
        for submission in stored
    )
    _count(statements, counts)


def _count(statements: RowStatements, counts: Mapping[tuple[int, int], int]) -> None:
    statements.run(COUNT, [(batch, slot, n) for (batch, slot), n in sorted(counts.items())])


def _add_boxes(statements: RowStatements, stored: Sequence[Submission], batches: Batches) -> None:
    """Seal, and write only then; every form of a round with remarks brings a remark box, empty or not."""
    boxes = []
    remarks = []
    for submission in stored:
        access = submission.access
        batch = batches[access.batch_id]
        assert batch.public_key is not None
        mode = _MODE_OF.get(batch.kind, submission.mode)
        form = SealedForm(
            group=Group(access.group),
            place=access.place_id,
            paper=access.paper,
            answers=submission.answers,
            mode=mode,
            arm=access.arm if mode == Mode.PHONE else 0,
            bins=submission.course,
        )
        boxes.append((box_number(submission.number, access.digest, batch.public_key), seal(form, batch.public_key)))
        if batch.remarks:
            text = "" if batch.kind == CodeKind.OPINION else submission.remark
            remark = seal_remark(Group(access.group), text, batch.public_key)
            remarks.append((token_bytes(NUMBER), remark))
    statements.run(ADD_BOXES, sorted(boxes))
    statements.run(ADD_REMARK_BOXES, sorted(remarks))


def _load_holders(connection: Connection, tickets: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(connection.execute(_HOLDERS, {"tickets": tickets}).all()) if tickets else {}


def _refuse(submission: Submission, state: CodeState, holder: bytes | None) -> Outcome:
    """What a phone is told whose submission added no form; a ticket that stood open is spent by now."""
    if holder is not None:
        return read_spent_state(submission.access.kind, holder, submission.number)
    if state == "open":
        raise LookupError("a ticket was neither spent nor free")
    return state
