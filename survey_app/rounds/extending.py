"""A later end for a round that goes on."""

from datetime import datetime

from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Round
from survey_app.core.settings import MINUTE
from survey_app.rounds.draft import check_ministry_dates
from survey_app.rounds.round_rows import TAKEN
from survey_app.rounds.round_words import ROUND_WORDS


def extend_round(session: Session, round_: Round, closes: datetime, *, actor: str, now: datetime) -> None:
    """Let a round end later; raises ConflictError once it has ended, and for a time of the ministry's own survey.

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
    if problems := check_ministry_dates(session, round_, round_.opens, closes):
        raise ConflictError(*problems)
    record(session, actor, "extend", f"round {round_.name}", at=now, before=before, until=f"{closes:{MINUTE}}")
    round_.closes = closes
