"""The steps of a round with key sheets in the console: each account takes one sheet and tries one, none two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_bytes

from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody, RoundState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.four_eyes import check_two
from survey_app.core.models import Round
from survey_app.rounds.dealt_sheets import DealtSheets
from survey_app.rounds.key_custody import TRY, SheetAct, SheetTrial, give_key, list_sheet_acts, mark_of, try_sheet
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import SHEETS, SplitKey, key_mark
from survey_app.rounds.sheet_text import KeySheet

TAKE = "take_key_sheet"
DEAL = "deal_key_sheets"


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetState:
    """How far one sheet is: who took it, who tried it first, and whether it still waits here to be taken."""

    number: int
    taken: SheetAct | None
    tried: SheetAct | None
    here: bool


def list_sheets(session: Session, round_: Round, dealt: DealtSheets) -> Sequence[SheetState]:
    """The three sheets of a round; empty for a round without."""
    if round_.custody != Custody.SHARED or round_.public_key is None:
        return ()
    taken = {act.number: act for act in reversed(list_sheet_acts(session, round_, TAKE))}
    tried = {act.number: act for act in reversed(list_sheet_acts(session, round_, TRY))}
    mark = key_mark(round_.public_key)
    return [
        SheetState(
            number=number,
            taken=taken.get(number),
            tried=tried.get(number),
            here=number not in taken and dealt.find(mark, number) is not None,
        )
        for number in range(1, SHEETS + 1)
    ]


def take_sheet(
    session: Session, round_: Round, dealt: DealtSheets, number: int, *, actor: str, now: datetime
) -> KeySheet:
    """The sheet for its holder, once, to one account; the caller forgets it when it was set on paper and committed.

    Raises ConflictError for who has another sheet, and for a sheet that is no longer here.
    """
    _check_waiting(round_)
    taken = list_sheet_acts(session, round_, TAKE)
    own = next((act.number for act in taken if act.actor == actor), None)
    if own is not None:
        raise ConflictError(KEY_WORDS.has_a_sheet.format(number=own))
    if any(act.number == number for act in taken):
        raise ConflictError(KEY_WORDS.taken_already.format(number=number))
    for act in taken:
        check_two(session, act.actor, actor)
    sheet = dealt.find(key_mark(round_.public_key or b""), number)
    if sheet is None:
        raise ConflictError(KEY_WORDS.not_here.format(number=number))
    record(session, actor, TAKE, f"round {round_.name}", at=now, sheet=number, mark=mark_of(round_))
    return sheet


def try_own_sheet(session: Session, round_: Round, sheet: KeySheet, *, actor: str, now: datetime) -> SheetTrial:
    """As `try_sheet`, but an account that tried one sheet, or took one, tries no other; raises ConflictError."""
    acts = [*list_sheet_acts(session, round_, TAKE), *list_sheet_acts(session, round_, TRY)]
    other = next((act.number for act in acts if act.actor == actor and act.number != sheet.number), None)
    if other is not None and sheet.key_mark == key_mark(round_.public_key or b""):
        raise ConflictError(KEY_WORDS.one_each.format(number=sheet.number, own=other))
    for act in acts:
        if act.actor != actor and act.number != sheet.number:
            check_two(session, act.actor, actor)
    return try_sheet(session, round_, sheet, actor=actor, now=now)


def deal_again(session: Session, round_: Round, keys: Path, *, actor: str, now: datetime) -> SplitKey:
    """A new key and three new sheets for a round that has not begun; those of before are worth nothing from here on."""
    _check_waiting(round_)
    split = give_key(round_, keys, Custody.SHARED, token_bytes)
    assert split is not None
    record(session, actor, DEAL, f"round {round_.name}", at=now, mark=mark_of(round_))
    return split


def _check_waiting(round_: Round) -> None:
    if round_.state != RoundState.WAITING_FOR_SHEETS:
        raise ConflictError(KEY_WORDS.not_waiting.format(round=round_.name))
