"""A store that cannot be opened, read or written is one sentence with what to do, and no piece of its address."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from survey_app import phones
from survey_app.cli import survey
from survey_app.core.database_words import load_database_words
from survey_app.core.db.faults import say_fault
from survey_app.core.errors import StorageError, SurveyError
from survey_app.core.settings import Settings
from tests.postgresql import Cluster
from tests.serving import free_port

ROOT = Path(__file__).parents[1]
SERVER = "postgresql+psycopg://survey:geheim@127.0.0.1:{}/qianjiang"


def run(command: str, url: str) -> Result:
    return CliRunner().invoke(survey, [command], env={"SURVEY_DATABASE_URL": url})


def told(ended: Result) -> str:
    assert isinstance(ended.exception, StorageError), ended.exc_info
    [sentence] = ended.exception.problems
    assert "\n" not in sentence
    assert "geheim" not in sentence
    return sentence


def said_of(state: str) -> str:
    problem = psycopg.errors.lookup(state)("geheim")
    return say_fault(OperationalError("", {}, problem), SERVER.format(1))


@pytest.mark.parametrize("command", ["doctor", "status"])
def test_a_server_that_is_not_reached_is_told_with_its_place_and_what_to_check(command: str) -> None:
    port = free_port()
    sentence = told(run(command, SERVER.format(port)))
    assert sentence.startswith(f"连不上 PostgreSQL（主机 127.0.0.1，端口 {port}，库 qianjiang）：请检查")


def test_a_host_that_is_not_found_is_not_named_since_it_may_be_a_piece_of_a_password() -> None:
    sentence = told(run("doctor", "postgresql+psycopg://survey:P@geheim.invalid/qianjiang"))
    assert sentence.startswith("SURVEY_DATABASE_URL 里写的主机名查不到")
    assert "%40" in sentence


@pytest.mark.parametrize("option", ["connect_timeout", "sslmode", "keepalives", "service"])
def test_a_value_that_the_driver_refuses_is_told_by_the_name_of_its_option(option: str) -> None:
    assert option in told(run("doctor", f"{SERVER.format(1)}?{option}=geheim"))


def test_a_server_that_refuses_is_told_by_what_it_refuses(cluster: Cluster) -> None:
    assert told(run("doctor", cluster.url.format("nothere"))).startswith("PostgreSQL 上没有这个库")
    stranger = cluster.url.format("postgres").replace("tests@", "stranger:geheim@")
    assert "用户名和密码" in told(run("doctor", stranger))


@pytest.mark.parametrize(
    ("state", "said"), [("53100", "磁盘空间"), ("57P01", "稍后再试"), ("25006", "只能读"), ("42501", "权限")]
)
def test_what_a_server_cannot_do_is_told_with_its_number_and_without_its_words(state: str, said: str) -> None:
    sentence = said_of(state)
    assert said in sentence
    assert f"SQLSTATE {state}" in sentence
    assert "geheim" not in sentence


def test_errors_of_our_own_programming_have_no_sentence_and_stay_as_they_are(engine: Engine) -> None:
    for state in ("42P01", "42601", "23505", "22P02"):
        assert said_of(state) == ""
    for statement in ("SELECT * FROM nothere", "SELECT FROM WHERE", "INSERT INTO round (name) VALUES (NULL)"):
        with (
            pytest.raises((OperationalError, ProgrammingError, IntegrityError)) as caught,
            engine.begin() as connection,
        ):
            connection.exec_driver_sql(statement)
        assert say_fault(caught.value, "sqlite:///survey.db") == ""


def test_a_table_that_lacks_in_a_store_at_the_newest_schema_is_not_hidden(sqlite_engine: Engine) -> None:
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("ALTER TABLE round RENAME TO elsewhere")
    assert isinstance(run("status", str(sqlite_engine.url)).exception, OperationalError)


@pytest.mark.parametrize(
    ("name", "said"),
    [("READONLY_DBMOVED", "只能读"), ("FULL", "磁盘已满"), ("BUSY_SNAPSHOT", "占用"), ("IOERR_WRITE", "磁盘出错")],
)
def test_what_keeps_sqlite_from_its_file_is_told_with_the_file_and_what_to_do(name: str, said: str) -> None:
    problem = sqlite3.OperationalError("some words")
    problem.sqlite_errorname = f"SQLITE_{name}"
    sentence = say_fault(OperationalError("", {}, problem), "sqlite:////data/survey.db")
    assert said in sentence
    assert "/data/survey.db" in sentence
    assert "words" not in sentence


def test_a_file_that_is_no_database_or_is_damaged_is_told_as_that(sqlite_engine: Engine, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("no database" * 1000)
    assert "不是数据库" in told(run("status", f"sqlite:///{other}"))
    sqlite_engine.dispose()
    path = Path(sqlite_engine.url.database or "")
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    assert "已经损坏" in told(run("status", str(sqlite_engine.url)))


def test_a_folder_in_which_no_file_can_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    call = ["demo", "--no-serve", "--dir", f"{tmp_path}/file/data"]
    ended = CliRunner().invoke(survey, call, env={"SURVEY_DATABASE_URL": ""})
    assert isinstance(ended.exception, SurveyError)
    assert str(ended.exception).startswith(f"数据库文件 {tmp_path}/file/data/survey.db 建不了：请核对")


def test_a_full_disk_is_told_where_sqlite_says_so(sqlite_engine: Engine, tmp_path: Path) -> None:
    @event.listens_for(sqlite_engine, "connect")
    def keep_small(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 1").close()

    with pytest.raises(OperationalError) as caught, sqlite_engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE large AS SELECT randomblob(1000000) AS content")
    assert "磁盘已满" in say_fault(caught.value, str(sqlite_engine.url))


def test_each_sentence_says_what_to_do() -> None:
    words = load_database_words()
    for sentence in [*words["sqlite"].values(), *words["postgresql"].values()]:
        assert "请" in sentence


def test_a_service_that_cannot_have_its_store_ends_with_one_sentence(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(SystemExit, match=f"连不上 PostgreSQL（主机 127.0.0.1，端口 {port}"):
        phones._open_newest(Settings(tmp_path, SERVER.format(port), ""))
    with pytest.raises(SystemExit, match="prepare_treshold"):
        phones._open_newest(Settings(tmp_path, f"{SERVER.format(port)}?prepare_treshold=geheim", ""))


def test_the_program_ends_with_status_2_and_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "survey_app.cli", "doctor", "--dir", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"SURVEY_DATABASE_URL": f"{SERVER.format(1)}?connect_timeout=geheim"},
    )  # fmt: skip
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
