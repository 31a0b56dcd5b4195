"""What a close fixes for its minute, and whether the store still holds it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, object_session

from reports.evidence.bundle import PUBLISHED_FILES
from reports.evidence.evidence_texts import digest
from reports.evidence.minute_record import ClosingSums, MinuteRecord, compare_sums, minute_sum, sums_of, write_record
from survey_app.closing.fixed_rows import ABOUT, PART, REMARKS, sum_about, sum_rows
from survey_app.core.audit import SERVER_OWNER, find_chain_end, find_link, record
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.core.models import Audit, Box, BoxNumber, Form, Place, Published, Round
from survey_app.rounds.box_numbers import find_stray_numbers
from survey_app.rounds.round_rows import was_purged
from survey_app.rounds.round_words import ROUND_WORDS

EVIDENCE = "evidence"
Parts = Mapping[str, Any]


class PublishedFiles(NamedTuple):
    """The published table by its parts, and the files of the evidence by their names."""

    parts: Parts
    texts: Mapping[str, str]


def note_minute(session: Session, round_: Round, files: PublishedFiles, *, actor: str, now: datetime) -> None:
    """Fix what was published: the audit keeps the sum of each file, and the record with the sum of the minute."""
    subject = f"round {round_.name}"
    end = find_chain_end(session)
    boxes = sum_boxes(session, round_)
    forms = sum_forms(session, round_)
    found = MinuteRecord(
        round=round_.name,
        county=round_.county,
        closed_at=now.isoformat(),
        closed_by=actor,
        boxes=boxes[0],
        boxes_sum=boxes[1],
        forms=forms[0],
        forms_sum=forms[1],
        published=sum_parts(files.parts),
        texts={name: digest(text) for name, text in sorted(files.texts.items())},
        audit_rows=end.rows,
        audit_link=end.link.hex(),
        sums=sum_rows(session, round_),
    )
    record(session, actor, "publish", subject, at=now, sha256=dict(found.texts))
    record(
        session,
        actor,
        "seal",
        subject,
        at=now,
        sha256=found.published,
        boxes=found.boxes,
        boxes_sum=found.boxes_sum,
        forms=found.forms,
        forms_sum=found.forms_sum,
        audit_rows=found.audit_rows,
        audit_link=found.audit_link,
        sums=dict(found.sums),
        minute=minute_sum(write_record(found)),
    )


def find_minute(session: Session, round_: Round) -> MinuteRecord | None:
    """The record of a round's close as the audit holds it; none of a round closed before there were minutes."""
    seal = _find_act(session, round_, "seal")
    publish = _find_act(session, round_, "publish")
    if seal is None or publish is None or "minute" not in seal.detail:
        return None
    kept = seal.detail
    return MinuteRecord(
        round=round_.name,
        county=round_.county,
        closed_at=seal.at.isoformat(),
        closed_by=seal.actor,
        boxes=kept["boxes"],
        boxes_sum=kept["boxes_sum"],
        forms=kept["forms"],
        forms_sum=kept["forms_sum"],
        published=kept["sha256"],
        texts=publish.detail["sha256"],
        audit_rows=kept["audit_rows"],
        audit_link=kept["audit_link"],
        sums=kept.get("sums", {}),
    )


def find_sums(round_: Round) -> ClosingSums | None:
    """The sums of a stored round's close that documents may print; None before minutes were kept."""
    session = object_session(round_)
    minute = find_minute(session, round_) if session else None
    return sums_of(minute) if minute else None


def was_closed_alone(round_: Round) -> bool:
    """Whether the server's owner closed a stored round alone, on the command line, as its minute says."""
    session = object_session(round_)
    minute = find_minute(session, round_) if session else None
    return minute is not None and minute.closed_by == SERVER_OWNER


def check_parts(session: Session, round_: Round, parts: Parts) -> None:
    """Raise ConflictError when what was published, or what the round says of itself, is not what the close fixed.

    Nothing is shown of it then.
    """
    minute = find_minute(session, round_)
    if minute is None:
        return
    if sum_parts(parts) != minute.published:
        raise ConflictError(ROUND_WORDS.not_as_closed.format(round=round_.name, what=ROUND_WORDS.published))
    check_about(session, round_, minute)


def check_about(session: Session, round_: Round, minute: MinuteRecord) -> None:
    """Raise ConflictError when a closed round says of itself what its close did not fix."""
    if ABOUT in minute.sums and sum_about(session, round_) != minute.sums[ABOUT]:
        raise ConflictError(ROUND_WORDS.not_as_closed.format(round=round_.name, what=ROUND_WORDS.fixed[ABOUT]))


def check_closed(session: Session, round_: Round) -> None:
    """Raise ConflictError that names all that a closed round holds otherwise than its close fixed it."""
    minute = find_minute(session, round_)
    if minute is not None and (changes := list(find_changes(session, round_, minute))):
        raise ConflictError(*changes)


def find_changes(session: Session, round_: Round, minute: MinuteRecord) -> Iterator[str]:
    """What the store holds otherwise than the record of the close says, a sentence each."""
    changed = ROUND_WORDS.changed.format
    purged = was_purged(session, round_)
    published = select(Published.name, Published.content).where(Published.round_id == round_.id)
    parts: dict[str, Any] = dict(session.execute(published).all())
    evidence = parts.pop(EVIDENCE, {})
    sums = sum_rows(session, round_)
    if sum_parts(parts) != minute.published:
        yield changed(what=ROUND_WORDS.published)
    if sum_boxes(session, round_) != (minute.boxes, minute.boxes_sum):
        yield changed(what=ROUND_WORDS.boxes)
    if find_link(session, minute.audit_rows) != bytes.fromhex(minute.audit_link):
        yield changed(what=ROUND_WORDS.acts)
    for name, noted in minute.sums.items():
        if sums.get(name) != noted and not (purged and name == REMARKS):
            yield changed(what=ROUND_WORDS.fixed.get(name, name))
    if purged:
        return
    kept = {name: digest(f"{text}") for name, text in evidence.items()}
    if kept != {name: noted for name, noted in minute.texts.items() if name not in PUBLISHED_FILES}:
        yield changed(what=ROUND_WORDS.evidence)
    if sum_forms(session, round_) != (minute.forms, minute.forms_sum):
        yield changed(what=ROUND_WORDS.forms)


def verify_store(session: Session, round_: Round, printed_sum: str) -> Iterator[str]:
    """What is wrong with a closed round and the audit before its close, a sentence each, by the sum on its minute.

    Raises NotFoundError for a round that was closed before there were minutes.
    """
    minute = find_minute(session, round_)
    if minute is None:
        raise NotFoundError(ROUND_WORDS.no_minute.format(round=round_.name))
    yield from find_changes(session, round_, minute)
    yield from find_stray_numbers(session)
    yield from compare_sums(printed_sum, minute_sum(write_record(minute)))


def sum_parts(parts: Parts) -> str:
    """SHA-256 over the published table, in hex."""
    return digest(json.dumps(parts, sort_keys=True))


def sum_boxes(session: Session, round_: Round) -> tuple[int, str]:
    """How many boxes a closed round had, and SHA-256 over their sorted numbers, in hex."""
    return _sum_numbers(session, select(BoxNumber.id).where(BoxNumber.round_id == round_.id).order_by(BoxNumber.id))


def sum_waiting_boxes(session: Session) -> tuple[int, str]:
    """The same of the boxes that wait to be opened."""
    return _sum_numbers(session, select(Box.id).order_by(Box.id))


def _sum_numbers(session: Session, numbers: Select[bytes]) -> tuple[int, str]:
    found = sha256()
    count = 0
    for number in session.scalars(numbers.execution_options(yield_per=PART)):
        found.update(number)
        count += 1
    return count, found.hexdigest()


def sum_forms(session: Session, round_: Round) -> tuple[int, str]:
    """How many forms of a round are kept, and SHA-256 over them in the order of their keys, in hex."""
    forms = select(Form.key, Form.place_id, Form.paper, Form.answers).join(Place, Form.place_id == Place.id)
    rows = forms.where(Place.round_id == round_.id).order_by(Form.key).execution_options(yield_per=PART)
    found = sha256()
    count = 0
    for key, place, paper, answers in session.execute(rows):
        found.update(b"%b%d %b %b\n" % (key, place, paper.encode(), answers.encode()))
        count += 1
    return count, found.hexdigest()


def _find_act(session: Session, round_: Round, action: str) -> Audit | None:
    acts = select(Audit).where(Audit.action == action, Audit.subject == f"round {round_.name}")
    return session.scalars(acts.order_by(Audit.id).limit(1)).first()
