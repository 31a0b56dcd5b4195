import sqlite3
import stat
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobKind
from survey_app.answering import Submission, find_access, store_forms
from survey_app.answering.box import BOX, NUMBER
from survey_app.cli import main
from survey_app.core.audit import load_audit
from survey_app.core.db import connect, copying
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import Box, Job, Spent
from survey_app.core.settings import Settings
from survey_app.jobs.job_rows import ask_job
from survey_app.jobs.running import fail_lost_jobs
from survey_app.results.signing_key import load_or_make_signing_key
from survey_app.rounds.round_rows import find_round
from survey_app.upkeep.backup import backup_store, restore_store
from tests.attacks.test_carving import unpacked
from tests.conftest import make_round
from tests.county import NOW, answer, issue, open_county
from tests.postgresql import Cluster

Place = Callable[[], str]


def answered(engine: Engine) -> None:
    open_county(engine)
    with Session(engine) as session, session.begin():
        answer(session, issue(session, "P01")[:40])


def contents(engine: Engine) -> list[Any]:
    with Session(engine) as session:
        return [
            sorted(map(tuple, session.execute(select(Box.id, Box.sealed)))),
            sorted(map(tuple, session.execute(select(Spent.ticket, Spent.holder, Spent.batch_id)))),
        ]


def actions(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return [row.action for row in load_audit(session)]


def test_a_restored_store_is_the_store_that_was_backed_up(engine: Engine, place: Place, tmp_path: Path) -> None:
    answered(engine)
    copy, where = tmp_path / "copy", place()
    assert backup_store(engine, copy, actor="test", now=NOW) == 40
    assert restore_store(where, copy, actor="test", now=NOW) == 40
    restored = connect(where)
    assert contents(restored) == contents(engine)
    assert actions(restored)[-1] == "restore"
    assert actions(engine)[-1] == "backup"
    restored.dispose()


def test_a_round_that_was_open_comes_back_paused(engine: Engine, place: Place, tmp_path: Path) -> None:
    """Forms sent in after the copy are not there and their codes are free: nobody answers before somebody looked."""
    answered(engine)
    backup_store(engine, tmp_path / "copy", actor="test", now=NOW)
    restore_store(where := place(), tmp_path / "copy", actor="test", now=NOW)
    restored = connect(where)
    with Session(restored) as session:
        assert find_round(session).state == "paused"
    assert actions(restored)[-2:] == ["pause", "restore"]
    restored.dispose()


def test_a_backup_can_be_read_by_its_owner_alone_and_is_one_file(engine: Engine, tmp_path: Path) -> None:
    copy = tmp_path / "out" / "copy"
    backup_store(engine, copy, actor="test", now=NOW)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert list(copy.parent.iterdir()) == [copy]


def test_no_backup_holds_the_key_that_signs_packages_or_a_file_of_a_job(engine: Engine, tmp_path: Path) -> None:
    """Both lie in the data folder, beside SQLite's file."""
    folder = Path(engine.url.database or "").parent if engine.dialect.name == "sqlite" else tmp_path / "data"
    planted = [load_or_make_signing_key(folder).encode(), b"codes of a class, as a job leaves them to be taken"]
    (folder / "jobs" / "7").mkdir(parents=True)
    (folder / "jobs" / "7" / "codes.csv").write_bytes(planted[1])
    assert {path.name for path in folder.rglob("*") if path.is_file()} >= {"county.key", "codes.csv"}
    copy = tmp_path / "out" / "copy"
    backup_store(engine, copy, actor="test", now=NOW)
    assert list(copy.parent.iterdir()) == [copy]
    written = [form for secret in planted for form in (secret, secret.hex().encode(), b64encode(secret))]
    assert [form for form in written if form in unpacked(copy) or form in copy.read_bytes()] == []


def test_a_backup_overwrites_nothing(engine: Engine, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_text("mine")
    with pytest.raises(ConflictError, match="已经存在"):
        backup_store(engine, copy, actor="test", now=NOW)
    assert copy.read_text() == "mine"


def test_a_backup_that_cannot_be_written_says_so_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SurveyError, match="没有写成"):
        backup_store(engine, tmp_path / "file" / "copy", actor="test", now=NOW)
    assert "backup" not in actions(engine)


def test_what_is_restored_takes_no_place_that_is_taken(engine: Engine, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backup_store(engine, copy, actor="test", now=NOW)
    with pytest.raises(ConflictError, match="只能到空的地方"):
        restore_store(engine.url.render_as_string(hide_password=False), copy, actor="test", now=NOW)
    assert "restore" not in actions(engine)


def test_what_is_no_backup_of_ours_is_not_restored(engine: Engine, place: Place, tmp_path: Path) -> None:
    where, other = place(), tmp_path / "other"
    with pytest.raises(NotFoundError):
        restore_store(where, other, actor="test", now=NOW)
    other.write_bytes(b"PK\x03\x04" * 10)
    with pytest.raises(SurveyError, match="不是本系统的备份"):
        restore_store(where, other, actor="test", now=NOW)
    other.write_bytes(b"SQLite format 3\0" + b"PGDMP" * 100)
    with pytest.raises(SurveyError):
        restore_store(where, other, actor="test", now=NOW)
    assert not (tmp_path / "place").exists()


def test_a_damaged_backup_is_not_restored(engine: Engine, place: Place, tmp_path: Path) -> None:
    answered(engine)
    copy, where = tmp_path / "copy", place()
    backup_store(engine, copy, actor="test", now=NOW)
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SurveyError):
        restore_store(where, copy, actor="test", now=NOW)
    copy.write_bytes(whole)
    assert restore_store(where, copy, actor="test", now=NOW) == 40


def test_a_backup_of_the_other_database_is_refused(sqlite_engine: Engine, cluster: Cluster, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backup_store(sqlite_engine, copy, actor="test", now=NOW)
    with pytest.raises(SurveyError, match="不是同一种"):
        restore_store(cluster.url.format("postgres"), copy, actor="test", now=NOW)


def test_a_backup_from_a_newer_version_is_refused(sqlite_engine: Engine, tmp_path: Path) -> None:
    copy, where = tmp_path / "copy", tmp_path / "place" / "survey.db"
    backup_store(sqlite_engine, copy, actor="test", now=NOW)
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
    connection.close()
    with pytest.raises(SurveyError, match="更新的版本"):
        restore_store(f"sqlite:///{where}", copy, actor="test", now=NOW)
    assert not where.exists()


def test_work_that_was_going_on_when_the_copy_was_made_is_lost(engine: Engine, place: Place, tmp_path: Path) -> None:
    open_county(engine)
    with Session(engine) as session, session.begin():
        job = ask_job(session, JobKind.SLIPS, find_round(session), unit="P01", actor="test", now=NOW)
        job.pid = 1
        job_id = job.id
    copy, where = tmp_path / "copy", place()
    backup_store(engine, copy, actor="test", now=NOW)
    restore_store(where, copy, actor="test", now=NOW)
    restored = connect(where)
    fail_lost_jobs(restored, Settings(tmp_path, where, ""), NOW)
    with Session(restored) as session:
        assert session.get_one(Job, job_id).state == "failed"
    restored.dispose()


def test_a_backup_waits_for_nobody_who_answers_and_nobody_for_a_backup(engine: Engine, tmp_path: Path) -> None:
    """The copy is whole while a form is being stored whose commit is not done: before, the backup took its turn."""
    made = make_round(engine, codes=2)
    with engine.connect() as connection:
        accesses = [find_access(connection, code, "phone", made.now) for code in made.codes]
    first, second = (Submission(access, "phone", "4" * 17, made.now) for access in accesses)
    copy = tmp_path / "copy"
    with ThreadPoolExecutor(1) as office:
        with engine.begin() as writing:
            assert store_forms(writing, [first]) == ["stored"]
            copying = office.submit(backup_store, engine, copy, actor="test", now=NOW)
            deadline = time.monotonic() + 20
            while not copy.exists():
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert store_forms(writing, [second]) == ["stored"]
        assert copying.result() == 0
    assert backup_store(engine, tmp_path / "later", actor="test", now=NOW) == 2


def test_a_copy_is_flushed_part_by_part_and_is_of_one_moment_though_forms_come_between_parts(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flushed as a whole, a large copy held each commit up for as long; begun anew at each commit, it never ends."""
    answered(sqlite_engine)
    flushed: list[Path] = []
    flush = copying._flush

    def flush_and_commit(path: Path) -> None:
        flush(path)
        flushed.append(path)
        assert len(flushed) < 1000, "the copy begins anew at each commit"
        with sqlite_engine.begin() as connection:
            connection.execute(insert(Box).values(id=token_bytes(NUMBER), sealed=bytes(BOX)))

    monkeypatch.setattr(copying, "PAGES", 10)
    monkeypatch.setattr(copying, "_flush", flush_and_commit)
    copy = tmp_path / "copy"
    assert backup_store(sqlite_engine, copy, actor="test", now=NOW) == 40
    with sqlite3.connect(copy) as connection:
        [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
        assert connection.execute("SELECT count(*) FROM box").fetchone() == (40,)
    assert pages // 10 <= len(flushed) <= pages // 10 + 4


def test_the_commands_back_up_and_restore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SURVEY_DATABASE_URL", raising=False)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["survey", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        out, problems = capsys.readouterr()
        return int(left.value.code or 0), out + problems

    assert run("user", "add", "clerk", "--role", "county")[0] == 0
    assert run("backup", "kept")[0] == 0
    assert run("backup", "kept") == (2, "kept 已经存在，备份不覆盖已有的文件，请换一个文件名。\n")
    status, said = run("restore", "kept")
    assert (status, "只能到空的地方" in said) == (2, True)
    assert run("restore", "kept", "--dir", "new")[0] == 0
    assert "command line  restore  store" in run("audit", "--dir", "new")[1]
    status, said = run("purge")
    assert (status, "--yes" in said) == (2, True)
