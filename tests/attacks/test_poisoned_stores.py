"""A backup with something in it that is not ours, and files taken from under a running service."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.answering import Submission, Writer, find_access, new_number
from survey_app.cli import survey
from survey_app.core.audit import record
from survey_app.core.db.store_files import StoreFiles
from survey_app.core.errors import StorageError, SurveyError
from survey_app.upkeep.backup import backup_store, restore_store
from survey_app.upkeep.doctor import find_store_problems
from tests.county import NOW, issue, open_county

COPY = "CREATE TRIGGER helper AFTER INSERT ON spent BEGIN INSERT INTO kept SELECT NEW.ticket, NEW.batch_id; END"
CUT = "DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE id = 2;"


@pytest.fixture
def backup(sqlite_engine: Engine, tmp_path: Path) -> Path:
    """A backup of a store with three acts in its audit."""
    for actor in ("a", "b", "c"):
        with Session(sqlite_engine) as session, session.begin():
            record(session, actor, "open", "round 2025-1", at=NOW)
    backup_store(sqlite_engine, tmp_path / "backup", actor="test", now=NOW)
    return tmp_path / "backup"


@pytest.mark.parametrize(
    ("poison", "named"),
    [(f"CREATE TABLE kept (a, b); {COPY}", "helper"), (CUT, "audit_no_delete"), (CUT, "操作记录有1行对不上")],
)
def test_a_backup_that_is_not_as_it_was_made_is_refused_and_named(
    backup: Path, tmp_path: Path, poison: str, named: str
) -> None:
    with closing(sqlite3.connect(backup)) as file:
        file.executescript(poison)
    with pytest.raises(SurveyError) as caught:
        restore_store(f"sqlite:///{tmp_path / 'new' / 'survey.db'}", backup, actor="test", now=NOW)
    assert named in "".join(caught.value.problems)
    assert not (tmp_path / "new" / "survey.db").exists()


def test_a_sound_store_has_no_problem_on_either_database(engine: Engine) -> None:
    assert list(find_store_problems(engine)) == []


def test_a_foreign_trigger_on_postgresql_is_named(postgresql_engine: Engine) -> None:
    with postgresql_engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER helper AFTER INSERT ON spent FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()"
        )
    [problem] = find_store_problems(postgresql_engine)
    assert "helper" in problem


def test_the_command_says_so_and_ends_with_1(sqlite_engine: Engine) -> None:
    folder = str(Path(sqlite_engine.url.database or "").parent)
    sound = CliRunner().invoke(survey, ["doctor", "--dir", folder], env={"SURVEY_DATABASE_URL": ""})
    assert (sound.exit_code, "一致" in sound.output) == (0, True)
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW helper AS SELECT * FROM spent")
    found = CliRunner().invoke(survey, ["doctor", "--dir", folder], env={"SURVEY_DATABASE_URL": ""})
    assert (found.exit_code, "helper" in found.output) == (1, True)


def test_who_deletes_the_write_ahead_file_stops_receipts_at_once(sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        codes = issue(session, "P01")
    writer = Writer(sqlite_engine)

    def send(code: str, now: datetime = NOW) -> object:
        with Session(sqlite_engine) as session:
            access = find_access(session, code, None, now)
        assert access.paper
        submission = Submission(access, new_number(lambda n: bytes(range(n))), "5" * 17, now)
        return writer.submit(submission).result(20)

    assert send(codes[0].code) == "stored"
    assert writer.alive
    Path(f"{sqlite_engine.url.database}-wal").unlink()
    with pytest.raises(StorageError):
        send(codes[1].code)
    assert not writer.alive
    writer.stop()


def test_another_file_under_the_stores_name_is_not_the_store(sqlite_engine: Engine) -> None:
    files = StoreFiles(sqlite_engine)
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert files.are_ours()
    path = Path(sqlite_engine.url.database or "")
    shutil.copyfile(path, path.with_name("other"))
    path.with_name("other").replace(path)
    assert not files.are_ours()
