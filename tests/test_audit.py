from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey_app.cli import survey
from survey_app.core.audit import find_breaks, find_chain_end, load_audit, record
from tests.conftest import drop_triggers
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


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "UPDATE audit_link SET position = 7",
        "DELETE FROM audit_link",
    ],
)
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


def test_the_audit_is_a_chain_in_which_every_row_has_its_place(engine: Engine) -> None:
    for actor in ("clerk", "admin"):
        with Session(engine) as session, session.begin():
            record(session, actor, "open", "round 2025-1", at=NINE, rows=12, names={"b": 1, "a": [2.5, None]})
            record(session, actor, "close", "round 2025-1", at=NINE)
    with Session(engine) as session:
        assert find_chain_end(session).rows == 4
        assert list(find_breaks(session)) == []


def test_nothing_of_a_transaction_that_was_rolled_back_is_in_the_chain(engine: Engine) -> None:
    with Session(engine) as session:
        record(session, "clerk", "open", "round 2025-1", at=NINE)
        session.flush()
        session.rollback()
        record(session, "clerk", "close", "round 2025-1", at=NINE)
        session.commit()
        assert find_chain_end(session).rows == 1
        assert list(find_breaks(session)) == []


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE id = 2", [2]),
        ("UPDATE audit SET at = '2025-11-20 10:00:00.000000' WHERE id = 3", [3]),
        ("UPDATE audit SET action = 'close' WHERE id = 2", [2]),
        ("UPDATE audit SET subject = 'round 2025-2' WHERE id = 1", [1]),
        ("""UPDATE audit SET detail = '{"rows":13}' WHERE id = 4""", [4]),
        ("DELETE FROM audit WHERE id = 3", [3]),
        ("DELETE FROM audit_link WHERE audit_id = 2", [3, 2]),
        ("INSERT INTO audit SELECT 9, at, actor, action, subject, detail FROM audit WHERE id = 1", [9]),
        ("UPDATE audit_link SET audit_id = -audit_id WHERE audit_id = 4", [-4, 4]),
    ],
)
def test_who_may_do_anything_to_the_database_leaves_a_break_in_the_chain(
    sqlite_engine: Engine, change: str, broken: list[int]
) -> None:
    for _ in range(4):
        with Session(sqlite_engine) as session, session.begin():
            record(session, "clerk", "open", "round 2025-1", at=NINE)
    drop_triggers(sqlite_engine)
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql(change)
    with Session(sqlite_engine) as session:
        assert list(find_breaks(session)) == broken


def test_many_who_act_at_once_make_one_chain(engine: Engine) -> None:
    def act(number: int) -> None:
        with Session(engine) as session, session.begin():
            record(session, f"clerk {number}", "open", "round 2025-1", at=NINE)
            record(session, f"clerk {number}", "close", "round 2025-1", at=NINE)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(act, range(40)))
    with Session(engine) as session:
        assert find_chain_end(session).rows == 80
        assert list(find_breaks(session)) == []


def test_the_command_says_which_row_was_changed_and_ends_with_1(sqlite_engine: Engine) -> None:
    folder = str(Path(sqlite_engine.url.database or "").parent)
    for _ in range(3):
        with Session(sqlite_engine) as session, session.begin():
            record(session, "clerk", "open", "round 2025-1", at=NINE)
    command = ["audit", "--verify", "--dir", folder]
    whole = CliRunner().invoke(survey, command, env={"SURVEY_DATABASE_URL": ""})
    assert whole.exit_code == 0
    assert whole.output.startswith("操作记录3行，首尾相接")
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE id = 2")
    broken = CliRunner().invoke(survey, command, env={"SURVEY_DATABASE_URL": ""})
    assert broken.exit_code == 1
    assert broken.output.splitlines() == ["操作记录第2行对不上：被改动、删除过，或者是后来插入的。"]
