"""A later end for a round that goes on."""

from datetime import datetime

from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Round
from survey_app.rounds.round_rows import TAKEN
from survey_app.rounds.round_words import ROUND_WORDS

MINUTE = "%Y-%m-%d %H:%M"


def extend_round(session: Session, round_: Round, closes: datetime, *, actor: str, now: datetime) -> None:
    """Let a round end later; raises ConflictError once it has ended.

    From its end on counts are told as they are: going on from there would show who answers.
    """
    if round_.state not in TAKEN:
        state = RoundState(round_.state).zh
        raise ConflictError(ROUND_WORDS.not_going_on.format(round=round_.name, state=state))
    before = f"{round_.closes:{MINUTE}}"
    if now >= round_.closes:
        raise ConflictError(ROUND_WORDS.over.format(round=round_.name, closes=before))
    if closes <= round_.closes:
        raise ConflictError(ROUND_WORDS.later_only.format(closes=before))
    record(session, actor, "extend", f"round {round_.name}", at=now, before=before, until=f"{closes:{MINUTE}}")
    round_.closes = closes
