"""Copies of a round's key that people hold and destroy after the close: sheets, also renewed ones, and exports."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody, RoundState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Audit, Round
from survey_app.rounds.key_custody import EXPORT, RENEW, mark_of
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import SHEETS
from survey_app.rounds.round_words import name_actor

DESTROYED = "key_copy_destroyed"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyCopy:
    """One thing that opens the round, or half of it, as the closing minute names it; who destroyed it before whom."""

    name: str
    line: str
    destroyed_by: str = ""
    witness: str = ""
    day: str = ""


def list_copies(session: Session, round_: Round) -> Sequence[KeyCopy]:
    """All that people hold of the round's key, as far as the audit knows, destroyed or not; in the minute's order."""
    acts = session.scalars(
        select(Audit)
        .where(Audit.subject == f"round {round_.name}", Audit.action.in_((EXPORT, RENEW, DESTROYED)))
        .order_by(Audit.id)
    ).all()
    destroyed = {str(act.detail.get("copy")): act for act in acts if act.action == DESTROYED}
    lines = _sheet_lines(round_) | {f"{act.action} {act.id}": _line(act) for act in acts if _is_copy(round_, act)}
    return [_copy(name, line, destroyed.get(name)) for name, line in lines.items()]


def note_destroyed(
    session: Session, round_: Round, names: Collection[str], people: tuple[str, str], *, actor: str, now: datetime
) -> None:
    """Note which copies were destroyed by whom (`people`: who did it, who saw it), as the signed minute says.

    Raises ConflictError before the close and for what is not there; SurveyError without copies or two names.
    """
    if round_.state != RoundState.CLOSED:
        raise ConflictError(KEY_WORDS.not_closed.format(round=round_.name))
    if not names:
        raise SurveyError(KEY_WORDS.no_copies)
    if "" in people or people[0] == people[1]:
        raise SurveyError(KEY_WORDS.two_names)
    left = {copy.name for copy in list_copies(session, round_) if not copy.destroyed_by}
    if not left.issuperset(names):
        raise ConflictError(KEY_WORDS.unknown_copy)
    for name in sorted(names):
        record(
            session,
            actor,
            DESTROYED,
            f"round {round_.name}",
            at=now,
            copy=name,
            destroyed_by=people[0],
            witness=people[1],
        )


def _sheet_lines(round_: Round) -> dict[str, str]:
    if round_.custody != Custody.SHARED:
        return {}
    letters = KEY_WORDS.letters
    return {f"sheet {number}": KEY_WORDS.copy_of_sheet.format(letter=letters[number - 1]) for number in _numbers()}


def _numbers() -> range:
    return range(1, SHEETS + 1)


def _is_copy(round_: Round, act: Audit) -> bool:
    return act.action == EXPORT or (act.action == RENEW and act.detail.get("mark") == mark_of(round_))


def _line(act: Audit) -> str:
    day = f"{act.at:%Y-%m-%d}"
    if act.action == EXPORT:
        return KEY_WORDS.copy_of_export.format(actor=name_actor(act.actor), day=day)
    return KEY_WORDS.copy_of_renewed.format(letter=KEY_WORDS.letters[act.detail.get("sheet", 1) - 1], day=day)


def _copy(name: str, line: str, act: Audit | None) -> KeyCopy:
    if act is None:
        return KeyCopy(name=name, line=line)
    return KeyCopy(
        name=name,
        line=line,
        destroyed_by=str(act.detail.get("destroyed_by")),
        witness=str(act.detail.get("witness")),
        day=f"{act.at:%Y-%m-%d}",
    )
