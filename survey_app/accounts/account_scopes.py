"""What an account is confined to: a unit or township that is there, written as the frame writes it."""

from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Role
from survey_app.core.account_sums import record_account
from survey_app.core.errors import ConflictError
from survey_app.core.models import Account, FrameRow, School

TEMPLATES = Path(__file__).parents[1] / "templates"
MOST_NAMED = 6


class ScopeWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    no_unit: str
    no_township: str
    many: str
    empty: str
    not_confined: str
    no_reason: str
    same: str


SCOPE_WORDS = msgspec.toml.decode((TEMPLATES / "scopes.toml").read_bytes(), type=ScopeWords)


def read_scope(session: Session, role: str, typed: str) -> str:
    """The unit or township that was meant, a unit by its code or its name; raises ConflictError if it is not there.

    Before any school or frame was imported nothing can be looked up, and it stays as it was typed.
    """
    if role not in (Role.UNIT, Role.TOWNSHIP) or not typed:
        return typed
    known = list_units(session) if role == Role.UNIT else dict.fromkeys(list_townships(session), "")
    if not known or typed in known:
        return typed
    named = [unit for unit, name in known.items() if name == typed]
    if len(named) == 1:
        return named[0]
    if named:
        raise ConflictError(SCOPE_WORDS.many.format(name=typed, units="、".join(named[:MOST_NAMED])))
    sentence = SCOPE_WORDS.no_unit if role == Role.UNIT else SCOPE_WORDS.no_township
    raise ConflictError(sentence.format(name=typed))


def change_scope(session: Session, account: Account, typed: str, reason: str, *, actor: str, now: datetime) -> None:
    """Correct what an account is confined to, with a reason; it holds from the next page on."""
    if account.role not in (Role.UNIT, Role.TOWNSHIP):
        raise ConflictError(SCOPE_WORDS.not_confined)
    missing = [*([] if typed else [SCOPE_WORDS.empty]), *([] if reason else [SCOPE_WORDS.no_reason])]
    if missing:
        raise ConflictError(*missing)
    after = read_scope(session, account.role, typed)
    if after == account.scope:
        raise ConflictError(SCOPE_WORDS.same.format(scope=after))
    told = {"reason": reason, "before": account.scope, "after": after}
    account.scope = after
    record_account(session, account, actor, "account_scope", now=now, **told)


def list_units(session: Session) -> dict[str, str]:
    """Every unit with what it is called: the schools, and whoever stands in a frame."""
    names = dict(session.execute(select(School.code, School.name).order_by(School.code)).all())
    units = session.scalars(select(FrameRow.unit).distinct().order_by(FrameRow.unit))
    return names | {unit: names.get(unit, unit) for unit in units}


def list_townships(session: Session) -> list[str]:
    """Every township of a school or of the frame."""
    of_schools = set(session.scalars(select(School.township).distinct()))
    return sorted({*of_schools, *session.scalars(select(FrameRow.township).distinct())} - {""})
