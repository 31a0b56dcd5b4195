"""Storing: one transaction spends the tickets, adds the forms and counts them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from secrets import token_bytes
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from survey_app.answering.access import GATE, Door, Gate, read_fate, read_gate
from survey_app.answering.code_text import hash_holder, ticket_of
from survey_app.core.models import Batch, Form, FrameRow, Place, Remark, Round, Spent
from survey_app.core.settings import BEIJING

Outcome = Literal["stored", "received", "used", "not_yet", "paused", "void", "closed"]


REFUSED = ""  # the answers of a person who takes no part


@dataclass(frozen=True, slots=True)
class Submission:
    """A phone's checked answers at a door: one digit an item in the paper's order, and perhaps a remark.

    REFUSED for answers spends the ticket as answers do, adds no form, and is counted for the batch alone.
    """

    door: Door
    number: str
    answers: str
    now: datetime
    remark: str = ""


_GATES = (
    select(Batch.id, *GATE)
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
_COUNT_REFUSED = text(
    "INSERT INTO refusal (batch_id, n) VALUES (:batch_id, :n) "
    "ON CONFLICT (batch_id) DO UPDATE SET n = refusal.n + excluded.n"
)


def store_forms(connection: Connection, submissions: Sequence[Submission]) -> list[Outcome]:
    """Store what may be stored, in the caller's transaction; returns what to tell each phone after it.

    The gates are read again, under a lock that pausing, closing and voiding wait for; the tickets' own key
    says who was first. Every process takes its rows in the same order, so that none blocks another for good.
    """
    gates = _load_gates(connection, submissions)
    tickets = [ticket_of(one.door.kind, one.door.digest, one.number) for one in submissions]
    first: dict[bytes, int] = {}
    for index, (ticket, gate) in enumerate(zip(tickets, gates, strict=True)):
        if gate == "open":
            first.setdefault(ticket, index)
    spent = _spend(connection, {ticket: submissions[index] for ticket, index in first.items()})
    stored = {first[ticket] for ticket in spent}
    _add_forms(connection, [submissions[index] for index in stored if submissions[index].answers != REFUSED])
    _count_refused(connection, [submissions[index] for index in stored if submissions[index].answers == REFUSED])
    holders = _load_holders(connection, [t for index, t in enumerate(tickets) if index not in stored])
    return [
        "stored" if index in stored else _refuse(one, gate, holders.get(ticket))
        for index, (one, gate, ticket) in enumerate(zip(submissions, gates, tickets, strict=True))
    ]


def forget_holders(session: Session, round_id: int) -> None:
    """Forget which phones spent the tickets of a closed round: none has anything left to send again."""
    batches = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_id)
    session.execute(update(Spent).where(Spent.batch_id.in_(batches)).values(holder=b""))


def five_minutes(now: datetime) -> int:
    """How many five minutes have passed since 1970 at a Beijing time: all that the ledger knows of time."""
    return int(now.replace(tzinfo=BEIJING).timestamp()) // 300


def _load_gates(connection: Connection, submissions: Sequence[Submission]) -> list[Gate]:
    batches = sorted({one.door.batch_id for one in submissions})
    found = {row.id: row for row in connection.execute(_GATES, {"batches": batches})}
    return [read_gate(found[one.door.batch_id], one.now) for one in submissions]


def _spend(connection: Connection, first: Mapping[bytes, Submission]) -> Sequence[bytes]:
    """The tickets that nobody had spent before."""
    rows = [
        {"ticket": ticket, "holder": hash_holder(one.number), "batch_id": one.door.batch_id}
        for ticket, one in sorted(first.items(), key=itemgetter(0))
    ]
    return connection.scalars(_SPEND[connection.dialect.name], rows).all() if rows else []


def _add_forms(connection: Connection, stored: Sequence[Submission]) -> None:
    """Add forms and remarks, each under a random key and in the order of the keys, and count the forms."""
    forms = [
        {
            "key": token_bytes(16),
            "place_id": one.door.place_id,
            "paper": one.door.paper,
            "answers": one.answers,
        }
        for one in stored
    ]
    remarked = [one for one in stored if one.remark]
    kept_in = _load_groups(connection, {one.door.place_id for one in remarked})
    remarks = [
        {
            "key": token_bytes(16),
            "round_id": one.door.round_id,
            "group": kept_in[one.door.place_id],
            "text": one.remark,
        }
        for one in remarked
    ]
    counts = Counter((one.door.batch_id, five_minutes(one.now)) for one in stored)
    ledger = [{"batch_id": batch, "five_minutes": at, "n": n} for (batch, at), n in sorted(counts.items())]
    _add(connection, insert(Form), sorted(forms, key=itemgetter("key")))
    _add(connection, insert(Remark), sorted(remarks, key=itemgetter("key")))
    _add(connection, _COUNT, ledger)


def _load_groups(connection: Connection, places: Collection[int]) -> dict[int, str]:
    """The group that each place's forms are kept in: a very small one together with its neighbours."""
    found = select(Place.id, Place.group).where(Place.id.in_(places))
    return dict(connection.execute(found).all()) if places else {}


def _count_refused(connection: Connection, refused: Sequence[Submission]) -> None:
    counts = Counter(one.door.batch_id for one in refused)
    _add(connection, _COUNT_REFUSED, [{"batch_id": batch, "n": n} for batch, n in sorted(counts.items())])


def _add(connection: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _load_holders(connection: Connection, tickets: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(connection.execute(_HOLDERS, {"tickets": tickets}).all()) if tickets else {}


def _refuse(one: Submission, gate: Gate, holder: bytes | None) -> Outcome:
    """What a phone is told whose submission added no form; a ticket that stood open is spent by now."""
    if holder is not None:
        return read_fate(one.door.kind, holder, one.number)
    if gate == "open":
        raise LookupError("a ticket was neither spent nor free")
    return gate
