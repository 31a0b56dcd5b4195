"""How a job goes on: time left, cancelled, short before long, its file again, and the truth about codes."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobKind
from survey_app.codes.custody import hand_over
from survey_app.core.audit import load_audit
from survey_app.core.errors import ConflictError
from survey_app.core.models import Batch, Custody, FrameRow, Job
from survey_app.core.settings import Settings
from survey_app.jobs import job_work, running
from survey_app.jobs.job_course import count_ahead, find_left, tell_codes
from survey_app.jobs.job_rows import ask_job, cancel_job, find_job
from survey_app.jobs.job_taking import KEPT, forget_taken, take_file
from survey_app.jobs.job_work import run_job
from survey_app.jobs.running import Jobs
from survey_app.rounds.round_rows import find_round
from tests.console import Console, do_at_once, open_console
from tests.county import NOW, issue, open_county

ACT: dict[str, Any] = {"actor": "王老师", "now": NOW}


@pytest.fixture
def settings(engine: Engine, tmp_path: Path) -> Settings:
    open_county(engine)
    return Settings(tmp_path / "data", "", "http://survey.example")


def clock() -> datetime:
    return NOW


def ask(engine: Engine, kind: str, unit: str = "P01", **about: Any) -> int:
    with Session(engine) as session, session.begin():
        return ask_job(session, JobKind(kind), find_round(session), unit=unit, **ACT, **about).id


def load(engine: Engine, job_id: int) -> Job:
    with Session(engine, expire_on_commit=False) as session:
        return find_job(session, job_id)


def told(engine: Engine, job_id: int) -> list[str]:
    with Session(engine) as session:
        return tell_codes(session, find_job(session, job_id))


def take(engine: Engine, settings: Settings, job_id: int, now: datetime = NOW, actor: str = "王老师") -> str:
    with Session(engine) as session, session.begin():
        return take_file(session, settings, find_job(session, job_id), actor=actor, now=now)[0]


def live_codes(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.sum(Batch.codes)).where(Batch.state != "void")) or 0


def files_of(settings: Settings) -> list[Path]:
    return list((settings.folder / "jobs").glob("*/*"))


def wait(when: Any) -> None:
    deadline = time.monotonic() + 60
    while not when():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_file_is_taken_again_for_two_hours_each_time_is_noted_and_then_it_is_gone(
    engine: Engine, settings: Settings
) -> None:
    job_id = ask(engine, "slips", "P02")
    run_job(engine, settings, job_id, clock)
    assert take(engine, settings, job_id) == take(engine, settings, job_id, NOW + KEPT / 2, "李老师")
    with Session(engine) as session:
        noted = [(row.actor, row.detail.get("again")) for row in load_audit(session) if row.action == "take_file"]
    assert noted == [("王老师", None), ("李老师", True)]
    with pytest.raises(ConflictError, match=r"只留两个小时.*作废并重印"):
        take(engine, settings, job_id, NOW + KEPT)
    forget_taken(engine, settings, NOW + KEPT / 2)
    assert files_of(settings)
    forget_taken(engine, settings, NOW + KEPT)
    assert not files_of(settings)
    with pytest.raises(ConflictError, match="服务器上没有了"):
        take(engine, settings, job_id)


def test_a_file_taken_while_the_clock_was_ahead_goes_two_hours_after_it_was_put_right(
    engine: Engine, settings: Settings
) -> None:
    job_id = ask(engine, "slips", "P02")
    run_job(engine, settings, job_id, clock)
    assert take(engine, settings, job_id, NOW + timedelta(days=365))
    forget_taken(engine, settings, NOW)
    assert take(engine, settings, job_id, NOW + KEPT / 2)
    forget_taken(engine, settings, NOW + KEPT)
    assert not files_of(settings)


def test_a_file_that_nobody_took_waits_however_long(engine: Engine, settings: Settings) -> None:
    job_id = ask(engine, "slips", "P02")
    run_job(engine, settings, job_id, clock)
    forget_taken(engine, settings, NOW + timedelta(days=30))
    assert take(engine, settings, job_id, NOW + timedelta(days=30))


@pytest.mark.parametrize("end", ["handed over", "void"])
def test_codes_in_somebodys_hands_or_void_are_not_had_again(engine: Engine, settings: Settings, end: str) -> None:
    job_id = ask(engine, "slips", "P02")
    run_job(engine, settings, job_id, clock)
    take(engine, settings, job_id)
    with Session(engine) as session, session.begin():
        rows = list(session.scalars(select(FrameRow.id).where(FrameRow.unit == "P02")))
        if end == "void":
            session.execute(update(Batch).values(state="void"))
        else:
            hand_over(session, find_round(session), rows[:1], "教务处", **ACT)
    if end != "void":
        take(engine, settings, job_id)
        with Session(engine) as session, session.begin():
            hand_over(session, find_round(session), rows[1:], "教务处", **ACT)
    with pytest.raises(ConflictError, match="都已交接或作废"):
        take(engine, settings, job_id)


def test_a_job_that_makes_nothing_says_that_no_code_is_touched(engine: Engine, settings: Settings) -> None:
    """The old page said of it: 这次做出的码都已作废，可以放心再做一次, a loop."""
    with Session(engine) as session, session.begin():
        issue(session, "P01")
    before = live_codes(engine)
    job_id = ask(engine, "slips")
    run_job(engine, settings, job_id, clock)
    assert load(engine, job_id).problem == "这些单位都已经发过码。"
    assert told(engine, job_id) == ["这次没有做出码，以前发的码不受影响。"]
    assert live_codes(engine) == before == 130


def break_down(engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, **about: Any) -> int:
    """A job whose codes are issued and cannot be set on paper."""
    with monkeypatch.context() as broken:
        broken.setattr(job_work, "write_codes", lambda *_: 1 / 0)
        job_id = ask(engine, "slips", **about)
        with pytest.raises(ZeroDivisionError):
            run_job(engine, settings, job_id, clock)
    return job_id


def test_codes_of_a_job_that_broke_down_are_counted_and_void(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = break_down(engine, settings, monkeypatch)
    assert load(engine, job_id).problem == "没有做完，可以再做一次。"
    assert told(engine, job_id) == ["这次做出的130个码没有交到任何人手里，都已作废。"]
    assert live_codes(engine) == 0


def test_a_reprint_that_broke_down_says_that_the_old_codes_are_void_too_and_the_next_one_mends_it(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(engine) as session, session.begin():
        issue(session, "P01")
        teachers = list(session.scalars(select(FrameRow.id).where(FrameRow.unit == "P01", FrameRow.group == "teacher")))
    job_id = break_down(engine, settings, monkeypatch, rows=teachers, reprint=True)
    assert told(engine, job_id) == [
        "这次做出的20个码没有交到任何人手里，都已作废。",
        "重印以前先作废了旧码：原来供20人用的码已不能再用，要再制作一次，他们才有码。",
    ]
    assert live_codes(engine) == 110
    again = ask(engine, "slips")
    run_job(engine, settings, again, clock)
    assert (load(engine, again).state, live_codes(engine)) == ("done", 130)


def test_a_job_that_waits_is_cancelled_and_never_begun(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.subprocess, "Popen", lambda *_, **__: pytest.fail("begun"))
    job_id = ask(engine, "slips")
    runner = Jobs(settings, engine, clock)
    runner.cancel(job_id, **ACT)
    runner._run(job_id)
    assert (load(engine, job_id).state, load(engine, job_id).problem) == ("failed", "王老师取消了这项任务。")
    with pytest.raises(ConflictError, match="已经结束"):
        runner.cancel(job_id, **ACT)
    with Session(engine) as session:
        [row] = [row for row in load_audit(session) if row.action == "job_cancelled"]
    assert (row.actor, row.detail) == ("王老师", {"kind": "slips", "unit": "P01"})
    runner.stop()


def test_a_job_at_work_is_cancelled_its_process_ends_and_nothing_is_left(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = "import survey_app.jobs.job_work as j, time; j.write_codes = lambda *_: time.sleep(600); "
    monkeypatch.setattr(running, "COMMAND", stuck + running.COMMAND)
    job_id = ask(engine, "slips")
    runner = Jobs(settings, engine, clock)
    runner.start(job_id)
    wait(lambda: live_codes(engine))
    child = runner._children[job_id]
    runner.cancel(job_id, **ACT)
    wait(lambda: child.poll() is not None and not runner._children)
    assert live_codes(engine) == 0
    assert told(engine, job_id) == ["这次做出的130个码没有交到任何人手里，都已作废。"]
    wait(lambda: not files_of(settings))
    runner.stop()


def test_a_job_that_is_cancelled_where_its_process_is_out_of_reach_keeps_nothing(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = job_work.write_codes

    def write_late(*arguments: Any) -> list[Path]:
        cancel_job(engine, settings, job_id, **ACT)
        return written(*arguments)

    monkeypatch.setattr(job_work, "write_codes", write_late)
    job_id = ask(engine, "slips", "")
    run_job(engine, settings, job_id, clock)
    assert load(engine, job_id).problem == "王老师取消了这项任务。"
    assert (live_codes(engine), files_of(settings)) == (0, [])


def test_a_close_is_not_cancelled(engine: Engine, settings: Settings) -> None:
    with pytest.raises(ConflictError, match="两位管理员"):
        cancel_job(engine, settings, ask(engine, "close", ""), **ACT)


def test_a_job_of_one_unit_never_waits_for_a_countys(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One lane made a row of slips wait behind all posters of the county."""
    county_goes_on = threading.Event()
    begun: list[int] = []

    def run(_: Jobs, job_id: int, secret: bytes = b"") -> None:
        begun.append(job_id)
        if job_id == long:
            county_goes_on.wait(60)

    monkeypatch.setattr(Jobs, "_run", run)
    long, later, short = ask(engine, "usual", ""), ask(engine, "opinion", ""), ask(engine, "more")
    runner = Jobs(settings, engine, clock)
    for job_id in (long, later, short):
        runner.start(job_id)
    wait(lambda: short in begun)
    assert later not in begun
    with Session(engine) as session:
        assert [count_ahead(session, find_job(session, job_id)) for job_id in (long, later, short)] == [0, 1, 0]
    county_goes_on.set()
    wait(lambda: later in begun)
    runner.stop()


def test_the_time_left_is_by_its_own_pace_or_by_the_last_of_its_kind(engine: Engine, settings: Settings) -> None:
    first, second = ask(engine, "slips", ""), ask(engine, "sheets", "")
    with Session(engine) as session, session.begin():
        job = find_job(session, first)
        assert find_left(session, job, 0, NOW) is None
        job.state, job.total, job.about = "running", 90, {"begun": NOW.isoformat()}
        assert find_left(session, job, 0, NOW + timedelta(seconds=30)) is None
        assert find_left(session, job, 30, NOW + timedelta(seconds=60)) == timedelta(seconds=120)
        sheets = find_job(session, second)
        sheets.state, sheets.about = "running", {"begun": NOW.isoformat()}
        assert find_left(session, sheets, 0, NOW) is None
        took = {"begun": NOW.isoformat(), "ended": (NOW + timedelta(seconds=40)).isoformat()}
        session.add(
            Job(
                kind="sheets", state="done", round_id=job.round_id, unit="", about=took,
                asked_by="", asked_at=NOW, done=0, total=0, problem="", file="",
            )
        )  # fmt: skip
        assert find_left(session, sheets, 0, NOW + timedelta(seconds=10)) == timedelta(seconds=30)


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    open_county(sqlite_engine)
    monkeypatch.setattr(Jobs, "start", lambda *_: None)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_the_page_of_a_job_says_its_place_the_time_left_and_cancels(console: Console) -> None:
    county = console.people["county"]
    county.post("/console/codes/issue", {"kind": "usual", "sure": "1"})
    job = county.post("/console/codes/issue", {"kind": "slips", "sure": "1"}).headers["location"]
    assert "前面还有1项任务" in county.get(job).text
    with Session(console.engine) as session, session.begin():
        begun = {"begun": (NOW - timedelta(minutes=1)).isoformat()}
        session.execute(update(Job).values(state="running", total=94, done=10, about=begun))
    assert "10 / 94 个单位，大约还要9分钟" in county.get(job).text
    assert county.post(f"{job}/cancel").headers["location"] == job
    page = county.get(job).text
    assert "county取消了这项任务。" in page
    assert "这次没有做出码，以前发的码不受影响。" in page
    assert "再做一次" not in page
    assert county.post(f"{job}/cancel").status_code == 409


def test_the_page_offers_the_file_again_until_it_is_gone(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Jobs, "start", do_at_once)
    county = console.people["county"]
    job = county.post("/console/codes/issue", {"kind": "class", "sure": "1"}).headers["location"]
    assert re.findall("<button>(.*?)</button>", county.get(job).text)[-1] == "下载"
    assert county.post(f"{job}/take").status_code == 201
    assert re.findall("<button>(.*?)</button>", county.get(job).text)[-1] == "再次下载"
    assert county.post(f"{job}/take").status_code == 201
    with Session(console.engine) as session, session.begin():
        for batch in session.scalars(select(Batch)):
            batch.state = "handed_over"
            session.add(Custody(batch_id=batch.id, at=NOW, actor="", state="handed_over", office="教务处"))
    page = county.get(job).text
    assert "这份文件里的码都已交接或作废，不能再下载。要重新印制，请到单位的页面作废并重印。" in page
    assert "/take" not in page
    assert county.post(f"{job}/take").status_code == 409
