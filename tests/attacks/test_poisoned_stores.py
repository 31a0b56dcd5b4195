"""A backup with something in it that is not ours, and files taken from under a running service."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from litestar import Litestar
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.accounts.new_accounts import add_account
from survey_app.answering import Submission, Writer, find_access, new_number
from survey_app.cli import survey
from survey_app.core.audit import find_link, record
from survey_app.core.db import connect
from survey_app.core.db.store_files import StoreFiles, find_lost_files
from survey_app.core.errors import StorageError, SurveyError
from survey_app.core.models import SignIn
from survey_app.core.settings import Settings
from survey_app.pages.operations import operations
from survey_app.rounds.round_words import ROUND_WORDS
from survey_app.upkeep.backup import backup_store, restore_store
from survey_app.upkeep.doctor import find_lost_writers, find_store_problems, look_over
from tests.county import NOW, issue, open_county
from tests.postgresql import Cluster
from tests.test_operations import ask

COPY = "CREATE TRIGGER helper AFTER INSERT ON spent BEGIN INSERT INTO kept SELECT NEW.ticket, NEW.batch_id; END"
HIDDEN = f"""
PRAGMA writable_schema = ON;
INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql)
VALUES ('trigger', 'sqlite_helper', 'spent', 0, '{COPY.replace(" helper ", " sqlite_helper ")}');
"""
"""SQLite refuses this name to a statement, and keeps the trigger when it stands among the parts."""
CUT = "DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE id = 2;"


CUT_END = """
DELETE FROM audit WHERE id > 1;
DELETE FROM audit_link WHERE position > 1;
"""


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
    [
        (f"CREATE TABLE kept (a, b); {COPY}", "helper"),
        (HIDDEN, "trigger：sqlite_helper"),
        (CUT, "audit_no_delete"),
        (CUT, "操作记录有1行对不上"),
    ],
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


def cut_end(path: Path | str) -> None:
    """Drop what keeps the audit, delete its end with the links, and make the same triggers again."""
    with closing(sqlite3.connect(path)) as file:
        kept = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        file.executescript("".join(f"DROP TRIGGER {name};" for name, _ in kept) + CUT_END)
        file.executescript("".join(f"{sql};" for _, sql in kept))


def test_an_audit_cut_at_its_end_is_found_by_what_was_noted_of_it_and_by_nothing_else(
    sqlite_engine: Engine, backup: Path, tmp_path: Path
) -> None:
    """A chain alone shows no cut end: restore and --verify say so with the last row, and compare what was noted."""

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(survey, arguments, env={"SURVEY_DATABASE_URL": ""})
        return done.exit_code, done.output

    with Session(sqlite_engine) as session:
        noted = find_link(session, 3)
    assert noted
    audit = ("audit", "--verify", "--dir", str(tmp_path / "new"))
    cut_end(backup)
    code, said = run("restore", str(backup), "--dir", str(tmp_path / "new"))
    assert (code, f"操作记录到第1行（{NOW:%Y-%m-%d %H:%M}）为止" in said, "末尾有没有被删去" in said) == (0, True, True)
    code, said = run(*audit)
    assert (code, "没有改动" in said, "末尾有没有被删去" in said) == (0, False, True)
    code, said = run(*audit, "--noted", "3", noted.hex())
    assert (code, said) == (1, "操作记录第3行不是记下的那一行：末尾被删去过，或者整个重做过。\n")


def test_an_audit_cut_at_its_end_is_named_where_somebody_signed_in_later(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine) as session, session.begin():
        add_account(session, "张甲", "county", "", actor="test", now=NOW, random=token_bytes)
    with Session(sqlite_engine) as session, session.begin():
        session.add(SignIn(digest=b"1" * 16, account="张甲", began=NOW + timedelta(hours=1), seen=NOW))
        record(session, "张甲", "sign_in", "console", at=NOW + timedelta(hours=1))
    assert list(find_store_problems(sqlite_engine)) == []
    sqlite_engine.dispose()
    cut_end(str(sqlite_engine.url.database))
    [problem] = find_store_problems(sqlite_engine)
    assert "操作记录的末尾被删去过" in problem


def test_a_trigger_with_a_name_of_sqlites_own_is_named_at_a_start_too(sqlite_engine: Engine, tmp_path: Path) -> None:
    with closing(sqlite3.connect(str(sqlite_engine.url.database))) as file:
        file.executescript(HIDDEN)
    assert ["sqlite_helper" in problem for problem in look_over(sqlite_engine, tmp_path, NOW)] == [True]


def test_a_sound_store_has_no_problem_on_either_database(engine: Engine) -> None:
    assert list(find_store_problems(engine)) == []


def test_an_older_process_accuses_no_part_of_a_newer_version(engine: Engine, tmp_path: Path) -> None:
    """Processes are renewed one after another; whoever dropped what a newer one made would never get it again."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX helper ON spent (holder)")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert [problem for problem in look_over(engine, tmp_path, NOW) if "MB" not in problem] == [
        ROUND_WORDS.other_version
    ]


REPLACED = "FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
POISONS = {
    "CREATE INDEX helper ON spent (holder)": "不是本系统建立的 index：helper",
    "DROP INDEX ix_code_batch_id": "缺少 index：ix_code_batch_id",
    "ALTER TABLE box ADD COLUMN seen_at TEXT": "table：box 不再是",
    "ALTER TABLE spent DROP CONSTRAINT pk_spent": "table：spent 不再是",
    "ALTER TABLE remark_box ALTER COLUMN sealed DROP NOT NULL": "table：remark_box 不再是",
    "ALTER TABLE custody DISABLE TRIGGER ALL": "table：custody 不再是",
    "ALTER TABLE ledger SET UNLOGGED": "table：ledger 不再是",
    "ALTER TABLE paper_entry ALTER COLUMN locked SET STATISTICS 100": "table：paper_entry 不再是",
    "CREATE TRIGGER audit_append_only AFTER INSERT ON spent EXECUTE FUNCTION keep_audit()": (
        "不是本系统建立的 trigger：audit_append_only ON spent"
    ),
    "ALTER TABLE audit_link DISABLE TRIGGER audit_link_append_only": (
        "trigger：audit_link_append_only ON audit_link 不再是"
    ),
    "DROP TRIGGER audit_append_only ON audit; "
    "CREATE SCHEMA other; "
    f"CREATE {REPLACED.replace('keep', 'other.keep')}; "
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "EXECUTE FUNCTION other.keep_audit()": ("trigger：audit_append_only ON audit 不再是"),
    f"CREATE OR REPLACE {REPLACED}": "function：keep_audit() 不再是",
    "CREATE FUNCTION helper(a varchar, b varchar) RETURNS bool LANGUAGE sql AS 'SELECT true'": (
        "不是本系统建立的 function：helper(a character varying, b character varying)"
    ),
    "CREATE OPERATOR <> (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = helper)": "不是本系统建立的 operator：<>",
    "CREATE FUNCTION other.quiet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
    "CREATE EVENT TRIGGER helper ON ddl_command_end EXECUTE FUNCTION other.quiet()": (
        "不是本系统建立的 event trigger：helper"
    ),
    "CREATE SCHEMA another; CREATE TABLE another.helper () INHERITS (refusal)": (
        "不是本系统建立的 heir：another.helper OF refusal"
    ),
    "ALTER SEQUENCE county_value_id_seq MAXVALUE 3": "sequence：county_value_id_seq 不再是",
    "CREATE FUNCTION hidden() RETURNS int LANGUAGE sql AS 'SELECT 1'; "
    "ALTER EXTENSION plpgsql ADD FUNCTION hidden()": "扩展 plpgsql 在",
    "CREATE PUBLICATION helper FOR TABLE box": "不是本系统建立的 publication：helper",
    "CREATE RULE helper AS ON INSERT TO box DO ALSO NOTHING": "不是本系统建立的 rule：helper ON box",
    "CREATE POLICY helper ON refusal USING (true)": "不是本系统建立的 policy：helper ON refusal",
    "ALTER TABLE account ENABLE ROW LEVEL SECURITY": "table：account 不再是",
    "CREATE MATERIALIZED VIEW helper_view AS SELECT ticket FROM spent": "不是本系统建立的 view：helper_view",
}
"""Statements for a PostgreSQL store that let go of what holds answers or copy them, and how each is named."""


def test_each_part_that_was_changed_on_postgresql_is_named_once_and_at_a_start_too(
    postgresql_engine: Engine, tmp_path: Path
) -> None:
    """By the names of tables, triggers, views and rules alone all but the rule and the view passed."""
    with postgresql_engine.begin() as connection:
        for statement in POISONS:
            connection.exec_driver_sql(statement)
    for found in (find_store_problems(postgresql_engine), look_over(postgresql_engine, tmp_path, NOW)):
        problems = list(found)
        assert [sum(named in problem for problem in problems) for named in POISONS.values()] == [1] * len(POISONS)
        assert len(problems) == len(POISONS)


def test_a_schema_put_behind_ours_lends_no_function_unseen(postgresql_engine: Engine) -> None:
    """An operator that fits better than PostgreSQL's own is used wherever it stands in the search path."""
    with postgresql_engine.begin() as connection:
        database = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql("CREATE SCHEMA other")
        connection.exec_driver_sql("CREATE FUNCTION other.helper() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert list(find_store_problems(postgresql_engine)) == []
    with postgresql_engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {database} SET search_path = public, other")
    postgresql_engine.dispose()
    [problem] = find_store_problems(postgresql_engine)
    assert "function：other.helper()" in problem


def test_a_dump_with_a_changed_function_is_refused_and_what_it_left_is_named(
    postgresql_engine: Engine, cluster: Cluster, tmp_path: Path
) -> None:
    with postgresql_engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE OR REPLACE {REPLACED}")
    backup_store(postgresql_engine, tmp_path / "backup", actor="test", now=NOW)
    with cluster.admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE poisoned")
    with pytest.raises(SurveyError) as caught:
        restore_store(cluster.url.format("poisoned"), tmp_path / "backup", actor="test", now=NOW)
    assert ["keep_audit()" in problem for problem in caught.value.problems] == [True, False]
    assert "请删掉整个数据库poisoned" in caught.value.problems[1]


def test_the_command_says_so_and_ends_with_1(sqlite_engine: Engine) -> None:
    folder = str(Path(sqlite_engine.url.database or "").parent)
    sound = CliRunner().invoke(survey, ["doctor", "--dir", folder], env={"SURVEY_DATABASE_URL": ""})
    assert (sound.exit_code, "一致" in sound.output) == (0, True)
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW helper AS SELECT * FROM spent")
    found = CliRunner().invoke(survey, ["doctor", "--dir", folder], env={"SURVEY_DATABASE_URL": ""})
    assert (found.exit_code, "helper" in found.output) == (1, True)


class Sender(NamedTuple):
    """Who sends forms to a writer of an open county, and the codes there are for it."""

    engine: Engine
    writer: Writer
    codes: list[str]

    def send(self) -> object:
        """What becomes of a form with the next code."""
        with Session(self.engine) as session:
            access = find_access(session, self.codes.pop(), None, NOW)
        assert access.paper
        submission = Submission(access, new_number(lambda n: bytes(range(n))), "5" * 17, NOW)
        return self.writer.submit(submission).result(20)

    @property
    def ahead(self) -> Path:
        """The write-ahead file."""
        return Path(f"{self.engine.url.database}-wal")

    @property
    def health(self) -> int:
        """What /health answers of a service with this writer."""
        folder = Path(self.engine.url.database or "").parent
        settings = Settings(folder, "", "http://testserver")
        router = operations(self.engine, self.writer, lambda: NOW, settings, alone=True)
        return ask(Litestar([router], logging_config=None), "/health").status_code


@pytest.fixture
def sender(sqlite_engine: Engine) -> Iterator[Sender]:
    """Of a service that just began on a store in which nothing waits to be carried over."""
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        codes = [code.code for code in issue(session, "P01")]
    sqlite_engine.dispose()
    assert not Path(f"{sqlite_engine.url.database}-wal").exists()
    writer = Writer(sqlite_engine)
    yield Sender(sqlite_engine, writer, codes)
    writer.stop()


def test_who_deletes_the_write_ahead_file_stops_receipts_at_once(sender: Sender) -> None:
    assert sender.send() == "stored"
    assert (sender.writer.alive, sender.health) == (True, 200)
    sender.ahead.unlink()
    assert (sender.writer.alive, sender.health) == (False, 503)
    with pytest.raises(StorageError):
        sender.send()


def test_doctor_names_who_writes_into_a_deleted_file_and_a_proper_stop_keeps_what_has_a_receipt(sender: Sender) -> None:
    path = str(sender.engine.url.database)
    doctor = ["doctor", "--dir", str(Path(path).parent)]
    assert sender.send() == "stored"
    assert find_lost_files(str(sender.engine.url)) == []
    sender.ahead.unlink()
    said = CliRunner().invoke(survey, doctor, env={"SURVEY_DATABASE_URL": ""})
    assert (said.exit_code, said.output.count(f"进程{os.getpid()}还在写"), str(sender.ahead) in said.output) == (
        1,
        1,
        True,
    )
    sender.writer.stop()
    sender.engine.dispose()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM box").fetchall() == [(1,)]
    assert "还在写" not in CliRunner().invoke(survey, doctor, env={"SURVEY_DATABASE_URL": ""}).output


def test_what_has_a_receipt_is_brought_back_from_a_deleted_database_as_doctor_says(
    sender: Sender, tmp_path: Path
) -> None:
    """Stopping the process first would leave nothing: the file is in its hands alone."""
    path = Path(str(sender.engine.url.database))
    assert sender.send() == "stored"
    path.unlink()
    [said] = find_lost_writers(str(sender.engine.url))
    assert "不要停止这个进程" in said
    held = {
        os.readlink(file).removesuffix(" (deleted)"): file
        for file in Path("/proc/self/fd").iterdir()
        if file.is_symlink()
    }
    for ending in ("", "-wal"):
        shutil.copyfile(held[f"{path}{ending}"], tmp_path / f"saved{ending}")
    sender.writer.stop()
    sender.engine.dispose()
    for ending in ("", "-wal"):
        (tmp_path / f"saved{ending}").replace(f"{path}{ending}")
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM box").fetchall() == [(1,)]


def test_a_write_ahead_file_replaced_before_the_first_form_stops_receipts_too(sender: Sender) -> None:
    """The next command makes a new one of that name; what the service commits goes into the deleted one."""
    sender.ahead.unlink(missing_ok=True)
    with closing(connect(str(sender.engine.url)).connect()) as other:
        other.exec_driver_sql("SELECT count(*) FROM box")
    assert sender.ahead.exists()
    with pytest.raises(StorageError):
        sender.send()
    assert (sender.writer.alive, sender.health) == (False, 503)


def test_a_command_that_ends_leaves_the_service_its_write_ahead_file(sender: Sender) -> None:
    """Where nothing was written yet, it would go with the last connection that is closed."""
    sender.engine.dispose()
    other = connect(str(sender.engine.url))
    with other.begin() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM box")
    other.dispose()
    assert sender.send() == "stored"


def test_another_file_under_the_stores_name_is_not_the_store(sqlite_engine: Engine) -> None:
    files = StoreFiles(sqlite_engine)
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert files.are_ours()
    path = Path(sqlite_engine.url.database or "")
    shutil.copyfile(path, path.with_name("other"))
    path.with_name("other").replace(path)
    assert not files.are_ours()
    files.close()
