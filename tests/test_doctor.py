"""`survey doctor`: each thing that is wrong with a store, its server or its machine is named, with what to do."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from questionnaires.vocabulary import JobKind, JobState
from survey_app import phones
from survey_app.accounts.kept_accounts import disable_account, find_account, list_accounts, reset_account
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import change_password
from survey_app.cli import survey
from survey_app.core.audit import load_audit, record
from survey_app.core.db import connect
from survey_app.core.db.job_locks import Keeper, at_work
from survey_app.core.errors import SurveyError
from survey_app.core.four_eyes import agree_to
from survey_app.core.log_sentences import say_event
from survey_app.core.models import Account
from survey_app.core.settings import Settings
from survey_app.jobs.job_rows import ask_job
from survey_app.jobs.running import fail_lost_jobs
from survey_app.rounds.key_watch import look_for_key
from survey_app.upkeep.backup import backup_store
from survey_app.upkeep.doctor import find_store_problems, look_over
from tests.console import open_console
from tests.county import NOW, open_county
from tests.test_operations import ask

NEW = "一个新的口令 2025"


class Usage(NamedTuple):
    """What shutil.disk_usage returns."""

    total: int
    used: int
    free: int


def add(engine: Engine, name: str, role: str = "administrator") -> None:
    with Session(engine) as session, session.begin():
        add_account(session, name, role, "", actor="test", now=NOW, random=lambda n: bytes(range(n)))


def look(engine: Engine, tmp_path: Path, now: datetime = NOW) -> list[str]:
    return list(look_over(engine, tmp_path, now))


def test_a_store_as_it_was_made_has_no_problem_for_either_look(engine: Engine, tmp_path: Path) -> None:
    add(engine, "张甲")
    assert look(engine, tmp_path) == []
    assert list(find_store_problems(engine)) == []


@pytest.mark.parametrize(
    ("poison", "named"),
    [
        (
            "INSERT INTO account (name, role, scope, password, must_change, disabled, made_at) "
            "VALUES ('helper', 'administrator', '', 'x', FALSE, FALSE, '2025-01-01')",
            "helper",
        ),
        ("UPDATE account SET name = 'helper' WHERE name = '张乙'", "helper"),
        ("UPDATE account SET role = 'administrator' WHERE name = '张乙'", "张乙"),
        ("UPDATE account SET password = 'x' WHERE name = '张乙'", "张乙"),
        ("UPDATE account SET agreed_by = '张甲', acts_from = '2025-01-01' WHERE name = '张乙'", "张乙"),
        ("CREATE TABLE helper (ticket TEXT)", "helper"),
        ("CREATE VIEW helper AS SELECT * FROM spent", "helper"),
    ],
)
def test_what_was_added_by_hand_is_named_by_both_looks(engine: Engine, tmp_path: Path, poison: str, named: str) -> None:
    add(engine, "张乙", "county")
    with engine.begin() as connection:
        connection.exec_driver_sql(poison)
    for found in (look(engine, tmp_path), list(find_store_problems(engine))):
        [problem] = found
        assert named in problem


def test_who_was_let_out_and_is_let_in_again_by_hand_is_named(sqlite_engine: Engine, tmp_path: Path) -> None:
    for name in ("张甲", "张乙"):
        add(sqlite_engine, name)
    with Session(sqlite_engine) as session, session.begin():
        disable_account(session, "张乙", actor="张甲", now=NOW)
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET disabled = FALSE")
    [problem] = look(sqlite_engine, tmp_path)
    assert "张乙" in problem


def test_what_an_account_goes_through_in_the_program_is_no_problem(engine: Engine, tmp_path: Path) -> None:
    for name in ("张甲", "张乙", "张丙"):
        add(engine, name)
    with Session(engine) as session, session.begin():
        first = reset_account(session, "张丙", actor="张甲", now=NOW, random=token_bytes)
    assert look(engine, tmp_path) == []
    with Session(engine) as session, session.begin():
        agree_to(session, find_account(session, "张丙"), actor="张乙", now=NOW)
        change_password(session, "张丙", first, NEW, NEW, now=NOW, random=token_bytes)
    assert look(engine, tmp_path) == []
    with Session(engine) as session:
        logged = str([row.detail for row in load_audit(session)])
        assert [account.password in logged for account in list_accounts(session)] == [False] * 3


def test_an_account_of_an_earlier_release_is_not_compared_before_its_next_change(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with Session(sqlite_engine) as session, session.begin():
        session.add(
            Account(name="张甲", role="county", scope="", password="x", must_change=False, disabled=False, made_at=NOW)
        )
        record(session, "test", "account_add", "account 张甲", at=NOW, role="county", scope="")
    assert look(sqlite_engine, tmp_path) == []


def test_a_changed_table_and_a_dropped_index_are_named(sqlite_engine: Engine) -> None:
    with sqlite_engine.begin() as connection:
        index = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql != ''").scalar()
        connection.exec_driver_sql("ALTER TABLE spent ADD COLUMN seen_at TEXT")
        connection.exec_driver_sql(f"DROP INDEX {index}")
    found = "".join(find_store_problems(sqlite_engine))
    assert "table：spent" in found
    assert f"index：{index}" in found


def test_a_rule_that_copies_rows_is_named_on_postgresql(postgresql_engine: Engine, tmp_path: Path) -> None:
    with postgresql_engine.begin() as connection:
        connection.exec_driver_sql("CREATE RULE helper AS ON DELETE TO box DO ALSO NOTHING")
    assert "rule：helper" in "".join(look(postgresql_engine, tmp_path))


def test_a_server_that_may_lose_what_has_a_receipt_is_named(postgresql_engine: Engine, tmp_path: Path) -> None:
    with postgresql_engine.begin() as connection:
        database = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f"ALTER DATABASE {database} SET synchronous_commit = off")
    postgresql_engine.dispose()
    [problem] = look(postgresql_engine, tmp_path)
    assert "synchronous_commit" in problem


def test_who_was_let_out_again_is_no_problem(sqlite_engine: Engine, tmp_path: Path) -> None:
    add(sqlite_engine, "张甲")
    add(sqlite_engine, "张乙")
    with Session(sqlite_engine) as session, session.begin():
        disable_account(session, "张乙", actor="张甲", now=NOW)
        session.execute(text("UPDATE account SET role = 'analyst' WHERE name = '张乙'"))
    assert look(sqlite_engine, tmp_path) == []


def test_a_clock_behind_the_last_act_is_named(sqlite_engine: Engine, tmp_path: Path) -> None:
    with Session(sqlite_engine) as session, session.begin():
        record(session, "test", "open", "round 2025-1", at=NOW)
    [problem] = look(sqlite_engine, tmp_path, NOW - timedelta(hours=1))
    assert "请校准时间" in problem
    assert look(sqlite_engine, tmp_path, NOW) == []


def leave_job(engine: Engine, **values: object) -> int:
    """A job as a service leaves it that a power cut ended: with the number of a process that is somebody else's now."""
    with Session(engine) as session, session.begin():
        job = ask_job(session, JobKind.SHEETS, None, actor="test", now=NOW)
        for name, value in values.items():
            setattr(job, name, value)
        return job.id


def test_a_job_at_work_whose_process_is_gone_is_named_until_a_service_starts(engine: Engine, tmp_path: Path) -> None:
    job = leave_job(engine, state=JobState.RUNNING, pid=os.getpid())
    with at_work(engine, job):
        assert look(engine, tmp_path) == []
    [problem] = look(engine, tmp_path)
    assert f"任务{job}（一校一策）没有进程在做" in problem
    fail_lost_jobs(engine, Settings(tmp_path, "", ""), NOW)
    assert look(engine, tmp_path) == []


def test_a_job_that_waits_in_a_service_that_is_gone_is_named(postgresql_engine: Engine, tmp_path: Path) -> None:
    keeper = Keeper(postgresql_engine)
    leave_job(postgresql_engine, about={"keeper": keeper.hold()})
    assert look(postgresql_engine, tmp_path) == []
    keeper.release()
    [problem] = look(postgresql_engine, tmp_path)
    assert "没有进程在做" in problem


def test_a_job_that_nobody_began_is_no_problem_where_its_service_alone_knows(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    leave_job(sqlite_engine, about={"keeper": 17})
    assert look(sqlite_engine, tmp_path) == []


def test_a_disk_without_room_for_a_copy_is_named(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 400 << 20))
    [problem] = look(sqlite_engine, tmp_path)
    assert "只剩400 MB" in problem


def test_a_data_folder_that_is_not_made_yet_ends_no_look(sqlite_engine: Engine, tmp_path: Path) -> None:
    """The store may be elsewhere; the room is then that of the disk on which the folder will be."""
    look(sqlite_engine, tmp_path / "not" / "there")


def test_health_counts_the_problems_once_a_minute_and_names_none(sqlite_engine: Engine, tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, database_url=str(sqlite_engine.url), public_url="http://127.0.0.1:8000")
    clock = [NOW]
    service = phones.build(settings, sqlite_engine, lambda: clock[0], phones.Beside())
    with TestClient(service):
        assert ask(service, "/health").json() == {"status": "ok"}
        with sqlite_engine.begin() as connection:
            connection.exec_driver_sql("CREATE VIEW helper AS SELECT * FROM spent")
        assert ask(service, "/health").json() == {"status": "ok"}
        clock[0] += timedelta(minutes=1)
        assert ask(service, "/health").json() == {"status": "ok", "problems": "1"}


def test_a_start_logs_the_kinds_of_problems_without_names_and_sends_people_to_the_doctor(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(sqlite_engine, "张甲")
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW helper AS SELECT * FROM spent")
        connection.exec_driver_sql("CREATE VIEW another AS SELECT * FROM spent")
        connection.exec_driver_sql("UPDATE account SET name = '李四'")
    settings = Settings(tmp_path / "data", str(sqlite_engine.url), "http://127.0.0.1:8000")
    monkeypatch.setattr(phones, "read_settings", lambda: settings)
    monkeypatch.setattr(phones, "start_logs", lambda _: None)
    monkeypatch.setattr(phones, "_leave_with", lambda _: None)
    with capture_logs() as lines:
        phones.open_store()
    [line] = (line for line in lines if line["event"] == "something is wrong with the store or the machine")
    assert (line["problems"], line["kinds"]) == (3, ["foreign_part", "unknown_account"])
    assert not any(name in str(line) for name in ("helper", "another", "李四"))
    assert say_event(line).startswith(f"检查发现3处问题。请运行 survey doctor --dir {tmp_path / 'data'}，")


def test_an_office_sees_the_lines_and_copies_them_for_who_keeps_the_machine(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """运行状况: what `survey doctor` says of what a start looks at, and of the key."""
    with open_console(sqlite_engine, tmp_path / "store") as console:
        county = console.people["county"]
        page = county.get("/console/machine").text
        assert "没有发现问题" in page
        assert '<a href="/console/machine">运行状况</a>' in county.get("/console/setup").text
        assert "/console/machine" not in console.people["unit"].get("/console/password").text
        open_county(sqlite_engine)
        shutil.rmtree(console.folder / "keys")
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 400 << 20))
        with sqlite_engine.begin() as connection:
            connection.exec_driver_sql("CREATE VIEW helper AS SELECT * FROM spent")
        page = county.get("/console/machine").text
        with Session(sqlite_engine) as session:
            lost = look_for_key(session, console.folder / "keys").fault
        found = [*look(sqlite_engine, console.folder), lost]
        assert len([*filter(None, found)]) == 3
        assert "3件要请维护人员处理" in page
        copied = page.split("<textarea")[1].split("</textarea>")[0]
        assert [copied.count(line) for line in found] == [1, 1, 1]
        assert [page.count(f"<li>{line}</li>") for line in found] == [1, 1, 1]


@pytest.fixture
def folder(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a store with an account and hundreds of acts, closed: its file has what was written."""
    monkeypatch.delenv("SURVEY_DATABASE_URL", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 10**12))
    add(sqlite_engine, "张甲")
    with Session(sqlite_engine) as session, session.begin():
        for number in range(300):
            record(session, "test", "open", f"round {number}", at=NOW, about="x" * 200)
    sqlite_engine.dispose()
    return Path(sqlite_engine.url.database or "").parent


def doctor(folder: Path) -> tuple[int, list[str]]:
    """The exit code of `survey doctor` and the lines that it says."""
    done = CliRunner().invoke(survey, ["doctor", "--dir", str(folder)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output.splitlines()


def overwrite_pages(whole: bytes) -> bytes:
    """Some pages in the middle, lost to a disk that forgets."""
    return whole[: 4096 * 20] + random.Random(1).randbytes(4096 * 30) + whole[4096 * 50 :]


@pytest.mark.parametrize(
    "damage",
    [overwrite_pages, lambda whole: whole[: len(whole) // 2], lambda whole: whole[:300], lambda _: b"PK" + bytes(9000)],
)
def test_a_damaged_file_is_one_sentence_that_says_to_copy_it_and_restore_a_backup(
    folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = folder / "survey.db"
    assert doctor(folder)[0] == 0
    spoilt = damage(path.read_bytes())
    path.write_bytes(spoilt)
    code, [said] = doctor(folder)
    assert code == 1
    for word in (str(path), "损坏", "复制到别处", "备份"):
        assert word in said
    assert path.read_bytes() == spoilt


def test_no_backup_is_made_of_a_damaged_store(folder: Path) -> None:
    path = folder / "survey.db"
    path.write_bytes(overwrite_pages(path.read_bytes()))
    engine = connect(f"sqlite:///{path}")
    with pytest.raises(SurveyError, match="损坏"):
        backup_store(engine, folder / "kept", actor="test", now=NOW)
    engine.dispose()
    assert not [*folder.glob("kept*")]


@pytest.mark.parametrize("table", ["audit_link", "job", "audit", "round", "account", "published"])
def test_a_dropped_table_is_named_and_what_was_found_is_told_though_no_further_check_can_be_made(
    folder: Path, table: str
) -> None:
    with closing(sqlite3.connect(folder / "survey.db")) as connection:
        connection.execute("CREATE TABLE helper (ticket TEXT)")
        connection.execute(f"DROP TABLE {table}")
        connection.commit()
    code, said = doctor(folder)
    assert code == 1
    assert f"数据库里缺少 table：{table}。请从备份恢复。" in said
    assert "table：helper" in "".join(said)
    assert f"no such table: {table}" in said[-1]


@pytest.mark.parametrize("change", ["at = 'some day' WHERE id = 2", "detail = 'no JSON' WHERE action = 'account_add'"])
def test_an_act_that_cannot_be_read_is_named_as_changed(folder: Path, change: str) -> None:
    with closing(sqlite3.connect(folder / "survey.db")) as connection:
        [(trigger,)] = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'audit_no_update'").fetchall()
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute(f"UPDATE audit SET {change}")
        connection.execute(trigger)
        connection.commit()
    code, said = doctor(folder)
    assert code == 1
    assert said[0].startswith("操作记录有1行对不上（第")


@pytest.mark.parametrize("command", ["doctor", "audit", "status", "backup kept", "user add 张乙 --role county"])
def test_a_store_of_a_newer_version_is_one_sentence_from_every_command(folder: Path, command: str) -> None:
    with closing(sqlite3.connect(folder / "survey.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    done = CliRunner().invoke(survey, [*command.split(), "--dir", str(folder)])
    assert isinstance(done.exception, SurveyError)
    [said] = done.exception.problems
    assert "更新的版本" in said
