"""Cancelling a round that was opened by mistake: its boxes go unopened, and its frame waits for the next one."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.answering import forget_holders
from survey_app.closing.box_opening import drop_boxes
from survey_app.closing.round_keys import destroy_round_keys
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Correction, FrameRow, Proposal, Round
from survey_app.printed_forms.transcribing import forget_entries
from survey_app.rounds.round_rows import TAKEN, count_sent, find_round, holds_boxes
from survey_app.rounds.round_words import ROUND_WORDS

FRAME = ("group", "unit", "class_name", "grade", "population", "invited", "stage", "locale", "township")


def cancel_round(
    engine: Engine, name: str | None, *, keys: Path, actor: str, now: datetime, mistake: str | None = None
) -> int:
    """Cancel a round and return how many forms had been sent in; what was cut short is finished by calling again.

    `mistake`: why a round should never have been opened; it is cancelled only while nobody has answered. Without
    it the server's owner cancels whatever was sent in. Raises ConflictError for a round that is over, for one
    whose forms are readable, and for one that was opened by mistake and answered; SurveyError for an empty reason.
    """
    if mistake is not None and not mistake.strip():
        raise SurveyError(ROUND_WORDS.no_reason)
    with Session(engine) as session, session.begin():
        round_ = find_round(session, name)
        round_id = round_.id
        public = _check(session, round_)
        if round_.state != RoundState.CANCELLED:
            _take_no_more(session, round_, actor, now, mistake)
        sent = count_sent(session, round_.id)
    destroy_round_keys(keys, public)
    drop_boxes(engine, round_id)
    return sent


def _check(session: Session, round_: Round) -> bytes:
    """The public key of a round that may be cancelled."""
    unfinished = round_.state == RoundState.CANCELLED and holds_boxes(session, round_)
    if round_.state not in TAKEN and not unfinished:
        state = RoundState(round_.state).zh
        raise ConflictError(ROUND_WORDS.not_going_on.format(round=round_.name, state=state))
    if round_.public_key is None:
        raise ConflictError(ROUND_WORDS.no_key.format(round=round_.name))
    return round_.public_key


def _take_no_more(session: Session, round_: Round, actor: str, now: datetime, mistake: str | None) -> None:
    """No form comes from here on, so that what was sent in is counted for good."""
    round_.state = RoundState.CANCELLED
    session.flush()
    sent = count_sent(session, round_.id)
    if sent and mistake is not None:
        raise ConflictError(ROUND_WORDS.answered.format(round=round_.name))
    forget_holders(session, round_.id)
    forget_entries(session, round_.id)
    for waiting in (session.get(Proposal, round_.id), session.get(Correction, round_.id)):
        if waiting is not None:
            session.delete(waiting)
    _give_back_frame(session, round_)
    record(session, actor, "cancel", f"round {round_.name}", at=now, forms=sent, reason=(mistake or "").strip())


def _give_back_frame(session: Session, round_: Round) -> None:
    """The frame waits for the next round, unless another one waits already."""
    if session.scalar(select(FrameRow.id).where(FrameRow.round_id.is_(None)).limit(1)) is not None:
        return
    rows = session.scalars(select(FrameRow).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)).all()
    session.execute(insert(FrameRow), [{name: getattr(row, name) for name in FRAME} for row in rows])
