"""Who did what, when: rows are added and read, and the database refuses anything else."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from survey_app.core.models import Audit


def record(session: Session, actor: str, action: str, subject: str, /, at: datetime, **detail: Any) -> None:
    """Add what the actor did to the subject; it is kept if and only if the transaction is.

    `at` is Beijing time, by the clock that whoever acts was given; `detail` is anything JSON can hold.
    """
    session.add(Audit(at=at, actor=actor, action=action, subject=subject, detail=detail))


def load_audit(session: Session) -> list[Audit]:
    """Every audit row, the oldest first."""
    return list(session.scalars(select(Audit).order_by(Audit.id)))


def was_restored(session: Session | Connection) -> bool:
    """Whether the store was ever put back from a backup, which may lack what was sent in after it."""
    return session.execute(select(Audit.id).where(Audit.action == "restore").limit(1)).first() is not None
