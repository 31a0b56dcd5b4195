"""What one administrator did that cannot be taken back, or reaches everybody, the others are told when they come in."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Role
from survey_app.core.audit import record
from survey_app.core.four_eyes import BOTH
from survey_app.core.models import Account, Audit

WEIGHTY = (
    "open", "begin", "extend", "propose_correction", "correct", "cancel",
    "propose_close", "confirm_close", "close", "void", "revisit",
    "deal_key_sheets", "renew_key_sheet", "export_key", "move_key", "key_copy_destroyed",
    "release", "purge", "restore", "account_add", "account_scope", "account_reset", "account_disable", "make_card",
)  # fmt: skip
TOLD = "told_acts"


def list_untold(session: Session, name: str) -> list[Audit]:
    """What others did since this administrator was last told, the newest first; nothing before their first visit."""
    account = session.get(Account, name)
    if account is None or account.role != Role.ADMINISTRATOR:
        return []
    since = _find_last_told(session, name)
    if since is None:
        return []
    acts = select(Audit).where(Audit.id > since, Audit.action.in_(WEIGHTY)).order_by(Audit.id.desc())
    return [act for act in session.scalars(acts) if name not in act.actor.split(BOTH)]


def note_told(session: Session, up_to: int, *, actor: str, now: datetime) -> None:
    """Somebody read what others did, up to that row of the log; what came meanwhile is told the next time."""
    newest = session.scalar(select(func.max(Audit.id))) or 0
    record(session, actor, TOLD, "console", at=now, up_to=min(up_to, newest))


def _find_last_told(session: Session, name: str) -> int | None:
    """The row of the log up to which this person was told, else that of their first sign-in."""
    own = select(Audit).where(Audit.actor == name)
    told = session.scalars(own.where(Audit.action == TOLD).order_by(Audit.id.desc()).limit(1)).first()
    if told is not None:
        return int(told.detail.get("up_to", told.id))
    first = session.scalars(own.where(Audit.action == "sign_in").order_by(Audit.id).limit(1)).first()
    return first.id if first else None
