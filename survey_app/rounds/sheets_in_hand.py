"""The day before a round ends, each key sheet is asked for: while there is still time to print a lost one anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody
from survey_app.core.audit import SERVER_OWNER, record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Round
from survey_app.rounds.draft import list_holders
from survey_app.rounds.key_custody import RENEW, TRY, SheetAct, list_sheet_acts, mark_of
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import SHEETS
from survey_app.rounds.round_rows import LIVE
from survey_app.rounds.sheet_steps import TAKE

IN_HAND = "key_sheet_in_hand"
ASKED_BEFORE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedSheet:
    """One sheet: its post, whose account has it (nobody's after it was printed anew), and how it was answered for.

    `tried` is the last trial since it is asked for; a sheet that was tried is in hand.
    """

    number: int
    holder: str
    keeper: str
    said: SheetAct | None
    tried: SheetAct | None

    @property
    def is_answered(self) -> bool:
        """Whether somebody stands for it."""
        return self.said is not None or self.tried is not None


def ask_for_sheets(session: Session, round_: Round, now: datetime) -> Sequence[AskedSheet]:
    """The three sheets of a round whose last day has begun and that is not closed; empty when nothing is asked."""
    since = round_.closes - ASKED_BEFORE
    if round_.custody != Custody.SHARED or round_.state not in LIVE or now < since:
        return ()
    acts = list_sheet_acts(session, round_, TAKE, TRY, RENEW, IN_HAND)
    holders = list_holders(session, round_) or [""] * SHEETS
    return [
        _ask(number, holder, [act for act in acts if act.number == number], since)
        for number, holder in enumerate(holders, 1)
    ]


def record_in_hand(session: Session, round_: Round, number: int, *, actor: str, now: datetime) -> None:
    """The holder says that the sheet is there; raises ConflictError for who has another one, or where none is asked."""
    sheets = ask_for_sheets(session, round_, now)
    if not sheets:
        raise ConflictError(KEY_WORDS.hold_nothing_asked)
    own = next((sheet.number for sheet in sheets if sheet.number != number and _stands_for(sheet, actor)), None)
    if own is not None:
        raise ConflictError(KEY_WORDS.hold_another.format(number=number, own=own))
    if sheets[number - 1].keeper not in ("", actor):
        raise ConflictError(KEY_WORDS.hold_of_another.format(number=number))
    record(session, actor, IN_HAND, f"round {round_.name}", at=now, sheet=number, mark=mark_of(round_))


def _ask(number: int, holder: str, acts: Sequence[SheetAct], since: datetime) -> AskedSheet:
    renewed = max((place for place, act in enumerate(acts) if act.action == RENEW), default=-1)
    held = acts[renewed + 1 :]
    recent = [act for act in held if act.at >= since]
    first = next((act.actor for act in held if act.action != IN_HAND), "")
    return AskedSheet(
        number=number,
        holder=holder,
        keeper="" if first == SERVER_OWNER else first,
        said=next((act for act in reversed(recent) if act.action == IN_HAND), None),
        tried=next((act for act in reversed(recent) if act.action == TRY), None),
    )


def _stands_for(sheet: AskedSheet, actor: str) -> bool:
    return actor == sheet.keeper or (sheet.said is not None and sheet.said.actor == actor)
