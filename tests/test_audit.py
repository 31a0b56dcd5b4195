from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey_app.core.audit import load_audit, record
from tests.county import NOW

NINE = datetime(2025, 11, 20, 9)


def test_what_was_recorded_is_read_back_in_order(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        record(session, "clerk", "open", "round 2025-1", at=NINE, rows=12)
        record(session, "clerk", "close", "round 2025-1", at=NINE)
    with Session(engine) as session:
        rows = [(row.at, row.actor, row.action, row.subject, row.detail) for row in load_audit(session)]
    assert rows == [
        (NINE, "clerk", "open", "round 2025-1", {"rows": 12}),
        (NINE, "clerk", "close", "round 2025-1", {}),
    ]


def test_what_is_rolled_back_is_not_recorded(engine: Engine) -> None:
    with Session(engine) as session:
        record(session, "clerk", "open", "round 2025-1", at=NOW)
        session.flush()
    with Session(engine) as session:
        assert load_audit(session) == []


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_an_audit_row_is_never_changed_or_deleted(engine: Engine, change: str) -> None:
    with Session(engine) as session, session.begin():
        record(session, "clerk", "open", "round 2025-1", at=NOW)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="the audit is only added to"):
        connection.execute(text(change))


def test_an_audit_row_is_never_replaced(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session, session.begin():
        record(session, "clerk", "open", "round 2025-1", at=NOW)
    with sqlite_engine.connect() as connection, pytest.raises(DBAPIError, match="the audit is only added to"):
        connection.execute(text("REPLACE INTO audit SELECT id, at, 'nobody', action, subject, detail FROM audit"))


def test_the_audit_cannot_be_truncated(postgresql_engine: Engine) -> None:
    with postgresql_engine.connect() as connection, pytest.raises(DBAPIError, match="the audit is only added to"):
        connection.execute(text("TRUNCATE audit"))
