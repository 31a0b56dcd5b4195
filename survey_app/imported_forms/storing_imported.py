"""Answers from files into an open round: each sealed as a box like any other, all of them or none, and never twice."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from secrets import token_bytes
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import BatchState, CodeKind, Group, Mode
from survey_app.answering.box import NUMBER, SealedForm, seal, seal_remark
from survey_app.answering.storing import add_to_ledger
from survey_app.core.audit import record
from survey_app.core.db import StoreLock, take_lock
from survey_app.core.errors import ConflictError
from survey_app.core.ledger_slots import ledger_slot
from survey_app.core.models import ORDINARY, Batch, Box, FrameRow, RemarkBox, Round, Spent
from survey_app.frame.assignments import keep_assignment
from survey_app.frame.sheets.sheet_files import read_content
from survey_app.imported_forms.form_files import FormFiles, FormsRead, ImportedForm, Place, check_open, read_forms
from survey_app.imported_forms.imported_words import IMPORTED_WORDS
from survey_app.imported_forms.row_sums import SUM, file_sum, load_or_make_sums_key, load_sums_key, row_sum
from survey_app.rounds.opening import paper_for
from survey_app.rounds.round_rows import find_round
from survey_app.watching.status import IMPORT_FORMS

RESPONSES = "responses"
PART = 5_000
Tickets = Mapping[bytes, ImportedForm]
Rows = Mapping[Place, FrameRow]


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """Files that were read for a round: how many forms are new, how many were imported before, by where they count."""

    read: FormsRead
    fresh: Counter[Place]
    known: Counter[Place]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ready:
    """What is written in one transaction: the forms by their tickets, the files by theirs, and the boxes of both."""

    forms: Tickets
    files: Mapping[bytes, str]
    boxes: Mapping[bytes, bytes]
    remarks: Mapping[bytes, bytes]


def look_at_forms(session: Session, asked: FormFiles, *, keys: Path, now: datetime) -> Intake:
    """What the files would bring to the open round; nothing is written. Raises SurveyError as `store_imported`."""
    round_ = find_round(session)
    check_open(round_, now)
    read = read_forms(session, round_, asked)
    key = load_sums_key(keys, _public(round_)) or token_bytes(SUM)
    _check_files(session.connection(), _sum_files(key, asked))
    forms = _give_tickets(key, asked, read)
    rows = _load_rows(session, round_)
    return _tell_known(session, rows, read, forms, _find_spent(session.connection(), forms))


def store_imported(engine: Engine, asked: FormFiles, *, keys: Path, actor: str, now: datetime) -> Intake:
    """Seal what is new in the files and store it, whole or not at all; raises SurveyError with every problem.

    Sealing comes before the transaction, so that phones wait for writing alone. A row that is known again by its
    platform's number is left out, and told; a file of the same bytes is refused.
    """
    with Session(engine) as session:
        round_ = find_round(session)
        check_open(round_, now)
        read = read_forms(session, round_, asked)
        key = load_or_make_sums_key(keys, _public(round_), is_first=not _has_imported(session, round_))
        ready = _make_ready(session, round_, asked, _give_tickets(key, asked, read), key)
        round_id = round_.id
    with Session(engine, expire_on_commit=False) as session, session.begin():
        take_lock(session.connection(), StoreLock.IMPORTS, round_id)
        round_ = session.scalars(select(Round).where(Round.id == round_id).with_for_update(read=True)).one()
        check_open(round_, now)
        _check_files(session.connection(), ready.files)
        spent = _find_spent(session.connection(), ready.forms)
        rows = _load_rows(session, round_)
        intake = _tell_known(session, rows, read, ready.forms, spent)
        if intake.fresh:
            _write(
                session, ready, {ticket: rows[ready.forms[ticket].place] for ticket in ready.forms.keys() - spent}, now
            )
        detail = {"forms": intake.fresh.total(), "known": intake.known.total(), "files": len(ready.files)}
        keep_assignment(session, RESPONSES, asked.mapping)
        record(session, actor, IMPORT_FORMS, f"round {round_.name}", at=now, **detail, coding=read.coding)
    return intake


def _public(round_: Round) -> bytes:
    assert round_.public_key is not None
    return round_.public_key


def _has_imported(session: Session, round_: Round) -> bool:
    wanted = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_.id, Batch.kind == CodeKind.IMPORTED)
    return session.scalars(wanted.limit(1)).first() is not None


def _give_tickets(key: bytes, asked: FormFiles, read: FormsRead) -> Tickets:
    """A ticket for each form: the sum of its own number, or a random one where it has none."""
    source = asked.mapping.source
    return {
        row_sum(key, source, form.place, form.number) if form.number else token_bytes(SUM): form for form in read.forms
    }


def _sum_files(key: bytes, asked: FormFiles) -> dict[bytes, str]:
    return {file_sum(key, read_content(file)): file.name for file in asked.files}


def _make_ready(session: Session, round_: Round, asked: FormFiles, forms: Tickets, key: bytes) -> _Ready:
    public = _public(round_)
    places = {place: row.place_id or 0 for place, row in _load_rows(session, round_).items()}
    papers = {group: paper_for(round_, group).id for group in {form.place.group for form in forms.values()}}
    boxes = {}
    for ticket, form in forms.items():
        sealed = SealedForm(
            group=Group(form.place.group),
            place=places[form.place],
            paper=papers[form.place.group],
            answers=form.answers,
            mode=Mode.IMPORTED,
        )
        boxes[ticket] = seal(sealed, public)
    remarks = {ticket: seal_remark(Group(form.place.group), "", public) for ticket, form in forms.items()}
    return _Ready(
        forms=forms,
        files=_sum_files(key, asked),
        boxes=boxes,
        remarks=remarks if round_.remarks else {},
    )


def _check_files(connection: Connection, files: Mapping[bytes, str]) -> None:
    spent = _find_spent(connection, files)
    again = [name for ticket, name in files.items() if ticket in spent]
    if again:
        raise ConflictError(*(IMPORTED_WORDS.imported_before.format(file=name) for name in again))


def _find_spent(connection: Connection, tickets: Iterable[bytes]) -> set[bytes]:
    wanted = list(tickets)
    found: set[bytes] = set()
    for start in range(0, len(wanted), PART):
        part = select(Spent.ticket).where(Spent.ticket.in_(wanted[start : start + PART]))
        found |= set(connection.scalars(part))
    return found


def _load_rows(session: Session, round_: Round) -> Rows:
    rows = session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id))
    return {Place(row.group, row.unit, row.class_name): row for row in rows}


def _tell_known(session: Session, rows: Rows, read: FormsRead, forms: Tickets, spent: set[bytes]) -> Intake:
    """New and known forms by place; raises ConflictError where more would come from a place than it has people."""
    fresh = Counter(form.place for ticket, form in forms.items() if ticket not in spent)
    before = _load_batches(session, [rows[place].id for place in fresh])
    problems = [
        _say_too_many(place, row.population, imported, n)
        for place, n in fresh.items()
        if (row := rows[place]).population < (imported := _count(before.get(row.id))) + n
    ]
    if problems:
        raise ConflictError(*problems)
    return Intake(
        read=read,
        fresh=fresh,
        known=Counter(form.place for ticket, form in forms.items() if ticket in spent),
    )


def _count(batch: Batch | None) -> int:
    return batch.codes if batch else 0


def _say_too_many(place: Place, population: int, before: int, n: int) -> str:
    where = " ".join(filter(None, (Group(place.group).zh, place.unit, place.class_name)))
    return IMPORTED_WORDS.too_many.format(where=where, population=population, before=before, n=n)


def _load_batches(session: Session, rows: Sequence[int]) -> dict[int, Batch]:
    """The batches of imported forms by row of the frame; there is one a row at most."""
    found: dict[int, Batch] = {}
    for start in range(0, len(rows), PART):
        of_rows = Batch.frame_row_id.in_(rows[start : start + PART])
        imported = select(Batch).where(of_rows, Batch.kind == CodeKind.IMPORTED)
        found |= {batch.frame_row_id: batch for batch in session.scalars(imported)}
    return found


def _write(session: Session, ready: _Ready, fresh: Mapping[bytes, FrameRow], now: datetime) -> None:
    """Tickets, boxes and counts of the new forms, and the tickets of the files."""
    counts = Counter(row.id for row in fresh.values())
    batches = _raise_batches(session, counts, now)
    connection = session.connection()
    tickets = [{"ticket": ticket, "holder": b"", "batch_id": batches[row.id]} for ticket, row in fresh.items()]
    anywhere = min(batches.values())
    tickets += [{"ticket": ticket, "holder": b"", "batch_id": anywhere} for ticket in ready.files]
    _insert(connection, Spent, tickets, "ticket")
    _insert(connection, Box, [{"id": token_bytes(NUMBER), "sealed": ready.boxes[ticket]} for ticket in fresh], "id")
    remarks = [{"id": token_bytes(NUMBER), "sealed": ready.remarks[ticket]} for ticket in fresh if ready.remarks]
    _insert(connection, RemarkBox, remarks, "id")
    slot = ledger_slot(now, 0)
    add_to_ledger(connection, {(batches[row], slot): n for row, n in counts.items()})


def _raise_batches(session: Session, counts: Mapping[int, int], now: datetime) -> dict[int, int]:
    """The batch of each row of the frame, for so many forms more.

    Each form was handed out to somebody: to one of those who have a code of ours, as far as there are such.
    """
    batches = _load_batches(session, list(counts))
    others = _count_others(session, list(counts))
    for row, n in counts.items():
        if row not in batches:
            batches[row] = Batch(
                frame_row_id=row, kind=CodeKind.IMPORTED, state=BatchState.HANDED_OVER, codes=0, issued=0, made_at=now
            )
            session.add(batches[row])
        batches[row].codes += n
        batches[row].issued = max(0, batches[row].codes - others[row])
    session.flush()
    return {row: batch.id for row, batch in batches.items()}


def _count_others(session: Session, rows: Sequence[int]) -> Counter[int]:
    """How many people of each row of the frame have a code or a sheet of ours."""
    found: Counter[int] = Counter()
    for start in range(0, len(rows), PART):
        live = (Batch.state != BatchState.VOID, Batch.kind != CodeKind.IMPORTED, ORDINARY)
        issued = select(Batch.frame_row_id, Batch.issued).where(
            *live, Batch.frame_row_id.in_(rows[start : start + PART])
        )
        for row, people in session.execute(issued):
            found[row] += people
    return found


def _insert(connection: Connection, table: type[Box | RemarkBox | Spent], rows: list[dict[str, Any]], key: str) -> None:
    """In an order of the rows' own, so that nothing tells which came from which line."""
    ordered = sorted(rows, key=itemgetter(key))
    for start in range(0, len(ordered), PART):
        connection.execute(insert(table), ordered[start : start + PART])
