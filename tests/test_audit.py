from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey_app.cli import survey
from survey_app.core.audit import find_breaks, find_chain_end, load_audit, record
from survey_app.core.errors import SurveyError
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
        ("UPDATE audit SET detail = 'no JSON' WHERE id = 4", [4]),
        ("UPDATE audit SET detail = x'ff' WHERE id = 4", [4]),
        ("UPDATE audit SET at = 'some day' WHERE id = 2", [2]),
        ("UPDATE audit SET at = 7 WHERE id = 2", [2]),
        ("UPDATE audit SET actor = x'ff' WHERE id = 1", [1]),
        ("UPDATE audit_link SET link = 'no link' WHERE position = 4", [4]),
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


@pytest.fixture
def folder(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder of a store with three acts, of which the command line is to be told."""
    monkeypatch.delenv("SURVEY_DATABASE_URL", raising=False)
    for _ in range(3):
        with Session(sqlite_engine) as session, session.begin():
            record(session, "clerk", "open", "round 2025-1", at=NINE)
    return str(Path(sqlite_engine.url.database or "").parent)


@pytest.mark.parametrize(
    "change", ["actor = 'nobody' WHERE id = 2", "detail = 'no JSON' WHERE id = 2", "at = 'some day' WHERE id = 3"]
)
def test_the_command_says_which_row_was_changed_and_ends_with_1(
    sqlite_engine: Engine, folder: str, change: str
) -> None:
    command = ["audit", "--verify", "--dir", folder]
    whole = CliRunner().invoke(survey, command)
    assert whole.exit_code == 0
    assert whole.output.startswith("操作记录3行，首尾相接")
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql(f"UPDATE audit SET {change}")
    broken = CliRunner().invoke(survey, command)
    assert broken.exit_code == 1
    assert broken.output.splitlines() == [f"操作记录第{change[-1]}行对不上：被改动、删除过，或者是后来插入的。"]


def test_a_row_that_cannot_be_read_is_one_sentence_where_the_audit_is_listed(
    sqlite_engine: Engine, folder: str
) -> None:
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET at = 'some day' WHERE id = 2")
    listed = CliRunner().invoke(survey, ["audit", "--dir", folder])
    assert isinstance(listed.exception, SurveyError)
    assert "survey audit --verify" in str(listed.exception)


def test_what_was_noted_is_compared_and_nothing_but_a_number_of_rows_and_a_link_is_taken(
    sqlite_engine: Engine, folder: str
) -> None:
    def run(*noted: str) -> Result:
        return CliRunner().invoke(survey, ["audit", "--dir", folder, "--noted", *noted])

    with Session(sqlite_engine) as session:
        link = find_chain_end(session).link.hex()
    assert run("3", link.upper()).exit_code == 0
    assert run("4", link).exit_code == 1
    for rows, typed in (("4", ""), ("4", link[:63]), ("9" * 30, link), ("-1", link), ("", link), ("three", link)):
        refused = run(rows, typed)
        assert isinstance(refused.exception, SurveyError)
        assert "--noted" in str(refused.exception)
        assert "64" in str(refused.exception)
