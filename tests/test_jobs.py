import io
import os
import signal
import time
import zipfile
from datetime import datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import Engine, column, func, select, table, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from questionnaires.vocabulary import JobKind
from survey_app.core.db.job_locks import Keeper, at_work, looked_after
from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit, Batch, Job
from survey_app.core.settings import Settings
from survey_app.jobs import job_work as jobs
from survey_app.jobs import running
from survey_app.jobs.job_rows import ask_job, fail_job, find_job, list_jobs
from survey_app.jobs.job_taking import take_file
from survey_app.jobs.job_work import run_job
from survey_app.jobs.running import Jobs, fail_lost_jobs
from survey_app.rounds.round_rows import find_round
from tests.county import NOW, answer, issue, open_county, row_id
from tests.keyring import keys_of
from tests.postgresql import ON_POSTGRESQL_IN_SOAK
from tests.program import survey


@pytest.fixture
def settings(engine: Engine, tmp_path: Path) -> Settings:
    open_county(engine)
    return Settings(tmp_path / "data", "", "http://survey.example")


def clock() -> datetime:
    return NOW


def ask(engine: Engine, kind: str, unit: str = "P01", actor: str = "王老师", **about: Any) -> int:
    with Session(engine) as session, session.begin():
        return ask_job(session, JobKind(kind), find_round(session), unit=unit, actor=actor, now=NOW, **about).id


def load(engine: Engine, job_id: int) -> Job:
    with Session(engine, expire_on_commit=False) as session:
        return find_job(session, job_id)


def live_batches(engine: Engine) -> int:
    with Session(engine) as session:
        return len(session.scalars(select(Batch.id).where(Batch.state != "void")).all())


def take(engine: Engine, settings: Settings, job_id: int) -> tuple[str, bytes]:
    with Session(engine) as session, session.begin():
        return take_file(session, settings, find_job(session, job_id), actor="王老师", now=NOW)


def wait(engine: Engine, job_id: int, *states: str) -> Job:
    deadline = time.monotonic() + 60
    while (job := load(engine, job_id)).state not in states:
        assert time.monotonic() < deadline, job.state
        time.sleep(0.1)
    return job


@ON_POSTGRESQL_IN_SOAK
def test_slips_of_a_unit_are_one_pdf(engine: Engine, settings: Settings) -> None:
    job_id = ask(engine, "slips")
    run_job(engine, settings, job_id, clock)
    done = load(engine, job_id)
    assert (done.state, done.done, done.total) == ("done", 1, 1)
    name, content = take(engine, settings, job_id)
    assert name == "第一小学 答题条.pdf"
    assert len(pypdfium2.PdfDocument(content)) >= 4


@ON_POSTGRESQL_IN_SOAK
def test_codes_for_all_units_are_made_unit_by_unit_and_filed_by_name(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session, session.begin():
        issue(session, "P02")
    job_id = ask(engine, "slips", unit="")
    run_job(engine, settings, job_id, clock)
    done = load(engine, job_id)
    assert (done.state, done.done, done.total) == ("done", 4, 4)
    archive = zipfile.ZipFile(io.BytesIO(take(engine, settings, job_id)[1]))
    assert archive.namelist() == ["第一小学/答题条.pdf", "乙镇/答题条.pdf", "甲镇代表团/答题条.pdf"]


@ON_POSTGRESQL_IN_SOAK
def test_a_class_code_job_makes_posters_pictures_and_texts(engine: Engine, settings: Settings) -> None:
    job_id = ask(engine, "class")
    run_job(engine, settings, job_id, clock)
    names = zipfile.ZipFile(io.BytesIO(take(engine, settings, job_id)[1])).namelist()
    assert len(names) == 9
    assert {Path(name).suffix for name in names} == {".pdf", ".png", ".txt"}


@ON_POSTGRESQL_IN_SOAK
def test_a_reprint_of_one_class_leaves_the_others_alone(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session, session.begin():
        codes = issue(session, "P01")
        answer(session, [code for code in codes if code.class_name == "四年级1班"][:5])
        row = row_id(session, "parent", "P01", "四年级1班")
    job_id = ask(engine, "slips", rows=[row], reprint=True)
    run_job(engine, settings, job_id, clock)
    assert load(engine, job_id).state == "done"
    with Session(engine) as session:
        states = session.execute(select(Batch.frame_row_id, Batch.state, Batch.issued)).all()
    assert [(state, n) for one, state, n in states if one == row] == [("void", 30), ("made", 25)]
    assert {state for one, state, _ in states if one != row} == {"made"}


def test_a_job_that_fails_leaves_no_live_code_and_no_file(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "write_codes", lambda *_: 1 / 0)
        job_id = ask(engine, "slips")
        with pytest.raises(ZeroDivisionError):
            run_job(engine, settings, job_id, clock)
    failed = load(engine, job_id)
    assert (failed.state, failed.problem) == ("failed", jobs.JOB_WORDS.not_done)
    assert live_batches(engine) == 0
    assert not list((settings.folder / "jobs").iterdir())
    again = ask(engine, "slips")
    run_job(engine, settings, again, clock)
    assert load(engine, again).state == "done"


def test_a_job_that_has_begun_is_begun_by_nobody_else(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(engine, "slips", unit="P02")
    written = jobs.write_codes

    def write_twice(*arguments: Any) -> list[Path]:
        with pytest.raises(ConflictError, match="没有等待中的任务"):
            run_job(engine, settings, job_id, clock)
        return written(*arguments)

    monkeypatch.setattr(jobs, "write_codes", write_twice)
    run_job(engine, settings, job_id, clock)
    assert load(engine, job_id).state == "done"


@ON_POSTGRESQL_IN_SOAK
def test_a_job_tells_what_a_person_can_mend(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session, session.begin():
        issue(session, "P01")
    job_id = ask(engine, "slips")
    run_job(engine, settings, job_id, clock)
    failed = load(engine, job_id)
    assert failed.state == "failed"
    assert "发过码" in failed.problem


def test_the_same_job_is_not_asked_for_twice_at_once(engine: Engine, settings: Settings) -> None:
    ask(engine, "slips")
    with pytest.raises(ConflictError, match="正在进行"):
        ask(engine, "slips")
    ask(engine, "slips", unit="P02")


def test_a_job_runs_in_a_child_process(engine: Engine, settings: Settings) -> None:
    job_id = ask(engine, "slips", unit="P02")
    runner = Jobs(settings, engine, clock)
    runner.start(job_id)
    assert wait(engine, job_id, "done", "failed").state == "done"
    runner.stop()
    with Session(engine) as session:
        assert session.scalars(select(Audit.actor).where(Audit.action == "issue")).all() == ["王老师"]


@ON_POSTGRESQL_IN_SOAK
def test_what_a_job_is_given_in_secret_goes_through_its_standard_input_alone(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old way of a job was its row and its arguments, which every user of the machine may list."""
    secret = b"16 bytes of seed"
    told: list[object] = []
    heard: list[bytes] = []

    class Child(running.subprocess.Popen):  # type: ignore[name-defined,misc,type-arg]
        def __init__(self, *arguments: Any, **more: Any) -> None:
            told.append((arguments, more))
            super().__init__(*arguments, **more)

        def communicate(self, given: bytes) -> Any:  # type: ignore[override]
            heard.append(given)
            return super().communicate(given)

    monkeypatch.setattr(running.subprocess, "Popen", Child)
    job_id = ask(engine, "bundle", "")
    with capture_logs() as lines:
        Jobs(settings, engine, clock)._run(job_id, secret)
    assert heard == [secret]
    rows = [str(load(engine, job_id).about), str(told), str(lines)]
    for form in (secret.decode(), secret.hex(), repr(secret)):
        assert not any(form in row for row in rows)


def test_a_child_that_is_killed_has_failed_and_its_codes_are_void(
    engine: Engine, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = "import survey_app.jobs as j, time; j.write_codes = lambda *_: time.sleep(600); "
    monkeypatch.setattr(running, "COMMAND", stuck + running.COMMAND)
    job_id = ask(engine, "slips")
    runner = Jobs(settings, engine, clock)
    runner.start(job_id)
    deadline = time.monotonic() + 60
    while live_batches(engine) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    pid = load(engine, job_id).pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert wait(engine, job_id, "done", "failed").state == "failed"
    assert live_batches(engine) == 0
    runner.stop()


def test_at_start_what_nobody_works_on_any_more_becomes_failed(engine: Engine, settings: Settings) -> None:
    lost, waiting = ask(engine, "slips"), ask(engine, "slips", "P02", keeper=17)
    with Session(engine) as session, session.begin():
        issue(session, "P01")
        made = list(session.scalars(select(Batch.id)))
        session.get_one(Job, lost).about = {"batches": made}
        session.get_one(Job, lost).pid = 2**22 + 1  # above the largest there can be
    fail_lost_jobs(engine, settings, NOW)
    assert [load(engine, one).state for one in (lost, waiting)] == ["failed", "failed"]
    assert live_batches(engine) == 0


def test_at_start_a_child_that_is_still_at_work_goes_on(engine: Engine, settings: Settings) -> None:
    job_id = ask(engine, "slips")
    with Session(engine) as session, session.begin():
        session.get_one(Job, job_id).pid = os.getpid()
    with at_work(engine, job_id):
        fail_lost_jobs(engine, settings, NOW)
        assert load(engine, job_id).state == "waiting"
    with Session(engine) as session, session.begin():
        session.get_one(Job, job_id).pid = None
    fail_lost_jobs(engine, settings, NOW)
    assert load(engine, job_id).state == "failed"


def test_after_a_power_cut_a_job_is_not_kept_by_whoever_has_its_number_now(engine: Engine, settings: Settings) -> None:
    job_id = ask(engine, "close")
    with Session(engine) as session, session.begin():
        session.get_one(Job, job_id).state = "running"
        session.get_one(Job, job_id).pid = os.getpid()
    fail_lost_jobs(engine, settings, NOW)
    assert load(engine, job_id).state == "failed"
    ask(engine, "close")


def test_at_start_what_waits_in_another_service_on_the_same_database_goes_on(
    postgresql_engine: Engine, tmp_path: Path
) -> None:
    open_county(postgresql_engine)
    settings = Settings(tmp_path / "other machine", "", "")
    other = Keeper(postgresql_engine)
    job_id = ask(postgresql_engine, "slips", keeper=other.hold())
    fail_lost_jobs(postgresql_engine, settings, NOW)
    assert load(postgresql_engine, job_id).state == "waiting"
    other.release()
    fail_lost_jobs(postgresql_engine, settings, NOW)
    assert load(postgresql_engine, job_id).state == "failed"


def test_a_service_answers_for_its_jobs_again_after_the_database_was_away(postgresql_engine: Engine) -> None:
    keeper = Keeper(postgresql_engine)
    number = keeper.hold()
    with postgresql_engine.begin() as connection:
        held = select(func.pg_terminate_backend(column("pid"))).select_from(table("pg_locks", column("pid")))
        connection.execute(held.where(text("locktype = 'advisory' AND objid = :number")), {"number": number})
    assert keeper.hold() == number
    with looked_after(postgresql_engine, 1, number) as kept:
        assert kept
    keeper.release()


def test_a_child_that_was_taken_for_lost_leaves_no_live_code(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(engine, "slips")
    written = jobs.write_codes

    def write_late(*arguments: Any) -> list[Path]:
        fail_job(engine, settings, job_id, NOW)
        return written(*arguments)

    monkeypatch.setattr(jobs, "write_codes", write_late)
    run_job(engine, settings, job_id, clock)
    assert load(engine, job_id).state == "failed"
    assert live_batches(engine) == 0


def test_a_file_on_another_machine_is_said_to_be_there(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    job_id = ask(engine, "slips", unit="P02")
    run_job(engine, settings, job_id, clock)
    with pytest.raises(ConflictError, match="不在这台服务器"):
        take(engine, Settings(tmp_path / "other machine", "", ""), job_id)
    assert take(engine, settings, job_id)[1]


@ON_POSTGRESQL_IN_SOAK
def test_closing_seals_what_is_published_and_the_report_follows(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session, session.begin():
        answer(session, issue(session, "P01"))
    copytree(keys_of(engine), settings.keys)
    closing = ask(engine, "close", "", actor="甲、乙")
    run_job(engine, settings, closing, clock)
    assert load(engine, closing).state == "done"
    with Session(engine) as session:
        sealed = session.scalars(select(Audit).where(Audit.action == "seal")).one()
    assert (sealed.actor, len(sealed.detail["sha256"])) == ("甲、乙", 64)
    report = ask(engine, "report", "")
    run_job(engine, settings, report, clock)
    packed = zipfile.ZipFile(io.BytesIO(take(engine, settings, report)[1]))
    assert {Path(name).suffix for name in packed.namelist()} >= {".docx", ".pdf", ".xlsx"}
    names = {Path(name).name for name in packed.namelist()}
    assert {"附表.xlsx", "复算表.xlsx", "送审说明.docx", "送审说明.pdf"} <= names
    if engine.url.database and engine.dialect.name == "sqlite":
        written = report_by_command(Path(engine.url.database).parent)
        assert {name: written[Path(name).name] == packed.read(name) for name in packed.namelist()} == dict.fromkeys(
            packed.namelist(), True
        )


def report_by_command(folder: Path) -> dict[str, bytes]:
    """What `survey report` writes of the store's round: the other edge of the same act."""
    survey("report", "--part", "all", "--dir", folder, "--out", folder / "out", folder=folder)
    return {path.name: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}


def test_the_latest_jobs_come_first(engine: Engine, settings: Settings) -> None:
    first, second = ask(engine, "slips"), ask(engine, "slips", "P02")
    with Session(engine) as session:
        round_ = find_round(session)
        assert [job.id for job in list_jobs(session, round_)] == [second, first]
        assert [job.id for job in list_jobs(session, round_, "P01")] == [first]
