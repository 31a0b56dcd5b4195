"""Who did what, when: rows are added and read, the database refuses anything else, each is chained to all before it.

A link of the chain is SHA-256 over the link before it and the row: whoever changes, drops or slips in a row has to make
every later link anew, and then the last one is not the one that somebody wrote down.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Label, Row, event, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import NullType

from survey_app.core.db import StoreLock, take_lock
from survey_app.core.db.row_statements import read_moment
from survey_app.core.models import Audit, AuditLink

SERVER_OWNER = "command line"
"""Who acts on the command line: the server's owner, alone (由服务器管理者单独执行)."""
NO_LINK = bytes(32)
NEW = "new audit rows"


class ChainEnd(NamedTuple):
    """How many rows a chain has, and its last link."""

    rows: int
    link: bytes


def record(session: Session, actor: str, action: str, subject: str, /, at: datetime, **detail: Any) -> None:
    """Add what the actor did to the subject; it is kept if and only if the transaction is.

    `at` is Beijing time, by the clock that whoever acts was given; `detail` is anything JSON can hold.
    """
    row = Audit(at=at, actor=actor, action=action, subject=subject, detail=detail)
    session.add(row)
    session.info.setdefault(NEW, []).append(row)


def load_audit(session: Session) -> list[Audit]:
    """Every audit row, the oldest first."""
    return list(session.scalars(select(Audit).order_by(Audit.id)))


def was_restored(session: Session | Connection) -> bool:
    """Whether the store was ever put back from a backup, which may lack what was sent in after it."""
    return session.execute(select(Audit.id).where(Audit.action == "restore").limit(1)).first() is not None


def find_chain_end(session: Session) -> ChainEnd:
    """Where the chain ends at the moment."""
    last = session.execute(select(AuditLink.position, AuditLink.link).order_by(AuditLink.position.desc()).limit(1))
    found = last.first()
    return ChainEnd(rows=found.position, link=bytes(found.link)) if found else ChainEnd(rows=0, link=NO_LINK)


def next_link(link: bytes, row: Audit) -> bytes:
    """The link of a row after the link before it: SHA-256 over both, the row as JSON with sorted keys."""
    return _link(link, row.at, row.actor, row.action, row.subject, json.loads(json.dumps(row.detail)))


def find_breaks(session: Session) -> Iterator[int]:
    """The numbers of audit rows where the chain does not hold: changed, missing or slipped in; the earliest first.

    Read as the database holds them: a time that is none or a detail that is no JSON is a change like any other.
    """
    acts = select(Audit.id, _raw(Audit.at), Audit.actor, Audit.action, Audit.subject, _raw(Audit.detail))
    rows = {row.id: row for row in session.execute(acts)}
    link: Any = NO_LINK
    position = 0
    links = select(AuditLink.position, AuditLink.audit_id, _raw(AuditLink.link))
    for kept in session.execute(links.order_by(AuditLink.position)):
        row = rows.pop(kept.audit_id, None)
        if row is None or kept.position != position + 1 or _link_raw(link, row) != kept.link:
            yield kept.audit_id
        link = kept.link
        position = kept.position
    yield from sorted(rows)


def _raw(column: InstrumentedAttribute[Any]) -> Label[Any]:
    return type_coerce(column, NullType()).label(column.key)


def _link_raw(link: Any, row: Row[Any]) -> bytes | None:
    """The link of a row as it was read; None where it is no row that this program wrote."""
    try:
        detail = json.loads(row.detail) if isinstance(row.detail, str) else row.detail
        return _link(link, read_moment(row.at), row.actor, row.action, row.subject, detail)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _link(link: bytes, at: datetime, *content: Any) -> bytes:
    written = json.dumps([at.isoformat(timespec="microseconds"), *content], sort_keys=True)
    return sha256(link + written.encode()).digest()


def find_link(session: Session, position: int) -> bytes | None:
    """The link of the row at this place in the chain, if it is that long; place 0 is before the first."""
    if position == 0:
        return NO_LINK
    return session.scalar(select(AuditLink.link).where(AuditLink.position == position))


@event.listens_for(Session, "before_commit")
def _link_rows(session: Session) -> None:
    """Chain what this transaction recorded, at its very end: nobody else waits for the work before it."""
    rows: list[Audit] = session.info.pop(NEW, [])
    if not rows:
        return
    session.flush()
    take_lock(session.connection(), StoreLock.AUDIT)
    end = find_chain_end(session)
    link = end.link
    for position, row in enumerate(rows, end.rows + 1):
        link = next_link(link, row)
        session.add(AuditLink(position=position, audit_id=row.id, link=link))


@event.listens_for(Session, "after_rollback")
def _forget_rows(session: Session) -> None:
    session.info.pop(NEW, None)
