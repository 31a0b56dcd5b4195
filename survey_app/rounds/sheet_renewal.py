"""A lost key sheet is printed anew by two administrators: one names it, the other gives the two that are left."""

from datetime import datetime

from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Round
from survey_app.rounds.key_custody import RENEW, Given, SheetAct, list_sheet_acts, mark_of, renew_sheet
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.round_rows import LIVE
from survey_app.rounds.sheet_text import KeySheet

PROPOSE = "propose_renew_key_sheet"


def find_renewal(session: Session, round_: Round) -> SheetAct | None:
    """Who proposed last to print which sheet anew, if that was not done since."""
    acts = list_sheet_acts(session, round_, PROPOSE, RENEW)
    return acts[-1] if acts and acts[-1].action == PROPOSE else None


def propose_renewal(session: Session, round_: Round, number: int, *, actor: str, now: datetime) -> None:
    """Say which sheet is lost; a later proposal takes the place of this one. Raises ConflictError."""
    _check_going_on(round_)
    record(session, actor, PROPOSE, f"round {round_.name}", at=now, sheet=number, mark=mark_of(round_))


def confirm_renewal(session: Session, round_: Round, given: Given, *, actor: str, now: datetime) -> KeySheet:
    """The sheet that was named, made of the two others, for another administrator than who proposed it.

    Raises ConflictError, and SurveyError for sheets that do not open the round: then nothing is noted.
    """
    _check_going_on(round_)
    proposed = find_renewal(session, round_)
    if proposed is None:
        raise ConflictError(KEY_WORDS.none_proposed)
    if proposed.actor == actor:
        raise ConflictError(KEY_WORDS.proposed_by_you)
    sheet = renew_sheet(session, round_, given, actor=actor, now=now)
    if sheet.number != proposed.number:
        letters = KEY_WORDS.letters
        wanted = letters[proposed.number - 1]
        raise ConflictError(KEY_WORDS.another_missing.format(wanted=wanted, found=letters[sheet.number - 1]))
    return sheet


def _check_going_on(round_: Round) -> None:
    if round_.custody != Custody.SHARED:
        raise ConflictError(KEY_WORDS.not_shared.format(round=round_.name))
    if round_.state not in LIVE:
        raise ConflictError(KEY_WORDS.not_going_on.format(round=round_.name))
