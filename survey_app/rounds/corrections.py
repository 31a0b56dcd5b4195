"""What was typed wrong when a round was opened is put right, with a reason; by two once codes were made.

What stands on slips and pages is in people's hands from then on; what only documents say one person may mend. No end
is moved once it has passed: from then on counts are told as they are.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from reports.handouts.notices import Notice, WordingError, describe_notice
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.four_eyes import name_both
from survey_app.core.models import ORDINARY, Batch, Correction, FrameRow, Round
from survey_app.core.settings import MINUTE
from survey_app.rounds.correction_words import CORRECTION_WORDS
from survey_app.rounds.draft import check_ministry_dates, read_time
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.opening import check_paper_until
from survey_app.rounds.opening_question import LONG
from survey_app.rounds.round_rows import TAKEN, was_answered
from survey_app.rounds.round_words import ROUND_WORDS

TEXTS = ("county", "organiser", "telephone", "population_source", "approver", "document")
TIMES = ("opens", "closes")
SEEN = frozenset({"county", "organiser", "telephone", *TIMES})
"""What slips, posters and the respondents' pages say."""


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field before and after, as people read it."""

    name: str
    label: str
    before: str
    after: str


class CorrectionQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What a correction would change; `by_two` once respondents may have seen it.

    `days`: how long the window would be where that is unusual, else 0.
    """

    changes: list[FieldChange]
    by_two: bool
    days: int


def write_fields(round_: Round) -> dict[str, str]:
    """What may be put right, as it stands."""
    texts = {name: str(getattr(round_, name)) for name in TEXTS}
    return texts | {name: f"{getattr(round_, name):{MINUTE}}" for name in TIMES}


def find_correction(session: Session, round_: Round) -> Correction | None:
    """What waits for a second administrator, if anything does."""
    return session.get(Correction, round_.id)


def list_changes(round_: Round, wanted: Mapping[str, str]) -> list[FieldChange]:
    """The fields that would change; those that are not named stay."""
    before = write_fields(round_)
    after = before | {name: _write(name, value.strip()) for name, value in wanted.items() if name in before}
    labels = DRAFT_WORDS.fields
    return [
        FieldChange(name=name, label=labels[name], before=before[name], after=after[name])
        for name in before
        if after[name] != before[name]
    ]


def ask_correction(
    session: Session, round_: Round, wanted: Mapping[str, str], reason: str, now: datetime
) -> CorrectionQuestion:
    """What a correction would do; raises ConflictError with everything that keeps it from being done."""
    changes = list_changes(round_, wanted)
    problems = [
        *([] if changes else [CORRECTION_WORDS.nothing]),
        *([] if reason.strip() else [CORRECTION_WORDS.no_reason]),
        *_find_problems(session, round_, changes, now),
    ]
    if problems:
        raise ConflictError(*problems)
    return CorrectionQuestion(
        changes=changes,
        by_two=any(change.name in SEEN for change in changes) and has_codes(session, round_),
        days=find_long_window(round_, changes),
    )


def correct_round(
    session: Session, round_: Round, wanted: Mapping[str, str], reason: str, *, actor: str, now: datetime
) -> bool:
    """Put right what is wrong, or propose it where it takes two; returns whether it was done at once."""
    question = ask_correction(session, round_, wanted, reason, now)
    if find_correction(session, round_):
        raise ConflictError(CORRECTION_WORDS.one_waits)
    if not question.by_two:
        _apply(session, round_, question.changes, reason, actor=actor, now=now)
        return True
    fields = {change.name: change.after for change in question.changes}
    session.add(Correction(round_id=round_.id, actor=actor, at=now, reason=reason.strip(), fields=fields))
    told = _tell(question.changes, reason)
    record(session, actor, "propose_correction", f"round {round_.name}", at=now, **told)
    return False


def confirm_correction(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Agree to another one's correction; raises ConflictError where it no longer fits."""
    waiting = _need(session, round_)
    if waiting.actor == actor:
        raise ConflictError(CORRECTION_WORDS.not_yourself)
    changes = list_changes(round_, waiting.fields)
    problems = _find_problems(session, round_, changes, now)
    if problems:
        raise ConflictError(*problems)
    _apply(session, round_, changes, waiting.reason, actor=name_both(waiting.actor, actor), now=now)
    session.delete(waiting)


def withdraw_correction(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Take a correction back that waits; any administrator may."""
    session.delete(_need(session, round_))
    record(session, actor, "withdraw_correction", f"round {round_.name}", at=now)


def find_long_window(round_: Round, changes: list[FieldChange]) -> int:
    """How many days the window would have where that is unusual; 0 where it is usual, or stays as it is."""
    opens, closes = _read_window(round_, changes)
    moved = any(change.name in TIMES for change in changes)
    return (closes - opens).days if moved and closes - opens > LONG else 0


def has_codes(session: Session, round_: Round) -> bool:
    """Whether codes were ever made: they say what the round says."""
    made = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_.id, ORDINARY)
    return session.scalar(made.limit(1)) is not None


def _apply(
    session: Session, round_: Round, changes: list[FieldChange], reason: str, *, actor: str, now: datetime
) -> None:
    for change in changes:
        setattr(round_, change.name, read_time(change.after) if change.name in TIMES else change.after)
    record(session, actor, "correct", f"round {round_.name}", at=now, **_tell(changes, reason))


def _tell(changes: list[FieldChange], reason: str) -> dict[str, str]:
    """What the log holds of a correction."""
    told = {"reason": reason.strip()}
    for change in changes:
        before = change.before or CORRECTION_WORDS.empty
        told[change.name] = CORRECTION_WORDS.told.format(before=before, after=change.after)
    return told


def _need(session: Session, round_: Round) -> Correction:
    waiting = find_correction(session, round_)
    if waiting is None:
        raise ConflictError(CORRECTION_WORDS.none_waits)
    return waiting


def _write(name: str, value: str) -> str:
    """A time as it is always written; what is none stays as it was typed."""
    moment = read_time(value) if name in TIMES else None
    return f"{moment:{MINUTE}}" if moment else value


def _read_window(round_: Round, changes: list[FieldChange]) -> tuple[datetime, datetime]:
    after = {change.name: change.after for change in changes}
    return read_time(after.get("opens", "")) or round_.opens, read_time(after.get("closes", "")) or round_.closes


def _find_problems(session: Session, round_: Round, changes: list[FieldChange], now: datetime) -> list[str]:
    if round_.state not in TAKEN:
        return [CORRECTION_WORDS.not_going_on.format(round=round_.name, state=RoundState(round_.state).zh)]
    unread = [change.label for change in changes if change.name in TIMES and read_time(change.after) is None]
    if unread:
        return [DRAFT_WORDS.time.format(label=label) for label in unread]
    return [
        *[CORRECTION_WORDS.emptied.format(label=change.label) for change in changes if not change.after],
        *_check_window(session, round_, changes, now),
        *_check_wording(round_, changes),
    ]


def _check_window(session: Session, round_: Round, changes: list[FieldChange], now: datetime) -> list[str]:
    moved = {change.name for change in changes if change.name in TIMES}
    if not moved:
        return []
    opens, closes = _read_window(round_, changes)
    if now >= round_.closes:
        return [ROUND_WORDS.over.format(round=round_.name, closes=f"{round_.closes:{MINUTE}}")]
    answered = "opens" in moved and was_answered(session, round_)
    return [
        *([CORRECTION_WORDS.begun] if answered else []),
        *([DRAFT_WORDS.order] if opens >= closes else []),
        *([DRAFT_WORDS.over] if closes <= now else []),
        *check_paper_until(round_.paper_until, opens, closes),
        *check_ministry_dates(session, round_, opens, closes),
    ]


def _check_wording(round_: Round, changes: list[FieldChange]) -> list[str]:
    after = write_fields(round_) | {change.name: change.after for change in changes}
    day = datetime.min.date()
    try:
        describe_notice(Notice(after["county"], after["organiser"], DRAFT_WORDS.title, day, day, invented=False))
    except WordingError as problem:
        return [str(sentence) for sentence in problem.args]
    return []
