"""The console's step 回访: who draws when, what is asked first, and the job that makes list and slips."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import CodeKind
from survey_app.core.models import Batch, Job, Ledger
from survey_app.jobs import revisit_job
from survey_app.jobs.running import Jobs
from survey_app.rounds.revisit_rows import list_revisits
from survey_app.rounds.round_rows import find_round
from tests.console import Console, do_at_once, open_console
from tests.county import NOW, PLAN, open_county

PAGE = "/console/revisit"
OVER = replace(PLAN, closes=NOW - timedelta(hours=1))
FIELDS = {"group": "parent", "people": "36", "seed": "20261127", "until": "2025-11-27T18:00"}
SURE = FIELDS | {"sure": "1"}


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    open_county(sqlite_engine, OVER)
    monkeypatch.setattr(Jobs, "start", do_at_once)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def drawn(engine: Engine) -> list[tuple[str, int, datetime | None]]:
    with Session(engine) as session:
        return [(found.group, found.people, found.until) for found in list_revisits(session, find_round(session))]


def take(console: Console, job: str) -> dict[str, bytes]:
    answer = console.people["admin"].post(f"{job}/take")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_before_the_windows_end_the_page_says_when_and_draws_nothing(sqlite_engine: Engine, tmp_path: Path) -> None:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as early:
        assert "到那时再抽取" in early.people["admin"].get(PAGE).text
        answer = early.people["admin"].post(PAGE, SURE)
    assert answer.status_code == 409
    assert "结束以后再抽取" in answer.text
    assert drawn(sqlite_engine) == []


def test_it_asks_first_and_draws_as_a_job_only_when_that_was_agreed_to(console: Console) -> None:
    admin = console.people["admin"]
    asked = admin.post(PAGE, FIELDS)
    assert asked.status_code == 200
    assert "抽取家长36人回访" in asked.text
    assert drawn(console.engine) == []
    job = admin.post(PAGE, SURE).headers["location"]
    assert drawn(console.engine) == [("parent", 36, datetime(2025, 11, 27, 18))]
    files = take(console, job)
    assert list(files) == ["000-list 回访名单.docx", "001-P01 第一小学.pdf", "002-P02 第二小学.pdf"]
    page = admin.get(PAGE).text
    assert "家长36人" in page
    assert "不满30份" in page
    assert '<option value="parent"' not in page


def test_a_group_is_drawn_once_here_too_and_what_was_typed_stays(console: Console) -> None:
    admin = console.people["admin"]
    admin.post(PAGE, SURE)
    again = admin.post(PAGE, FIELDS)
    assert again.status_code == 409
    assert "已经抽取过" in again.text
    other = admin.post(PAGE, FIELDS | {"group": "teacher"})
    assert "受邀 35 人" in other.text
    assert 'value="20261127"' in other.text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [("people", "0", "请写明抽取几人"), ("until", "soon", "2026-12-05 18:00 这样"),
     ("until", "2025-11-20T08:00", "晚于现在"), ("seed", "", "请写明随机种子"), ("group", "cats", "请选择哪类对象")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(console: Console, field: str, typed: str, said: str) -> None:
    answer = console.people["admin"].post(PAGE, SURE | {field: typed})
    assert answer.status_code >= 400
    assert said in answer.text
    assert drawn(console.engine) == []


@pytest.mark.parametrize(("who", "sees"), [("county", 200), ("township", 403), ("unit", 403), ("analyst", 403)])
def test_administrators_alone_draw_and_the_office_looks_on(console: Console, who: str, sees: int) -> None:
    assert console.people[who].get(PAGE).status_code == sees
    assert console.people[who].post(PAGE, SURE).status_code == 403
    assert drawn(console.engine) == []


def test_a_job_that_fails_leaves_void_slips_and_the_group_may_be_drawn_again(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise OSError

    admin = console.people["admin"]
    with monkeypatch.context() as broken:
        broken.setattr(revisit_job, "write_revisits", fail)
        admin.post(PAGE, SURE)
    with Session(console.engine) as session:
        assert [job.state for job in session.scalars(select(Job))] == ["failed"]
        batches = select(Batch.state).where(Batch.kind == CodeKind.REVISIT.value)
        assert set(session.scalars(batches)) == {"void"}
    assert drawn(console.engine) == []
    assert take(console, admin.post(PAGE, SURE).headers["location"])


def test_how_many_came_is_told_as_enough_or_not_and_never_as_a_number(console: Console) -> None:
    admin = console.people["admin"]
    admin.post(PAGE, SURE)
    with Session(console.engine) as session, session.begin():
        batch = session.scalars(select(Batch.id).where(Batch.kind == CodeKind.REVISIT.value)).first()
        session.add(Ledger(batch_id=batch, five_minutes=6_000_000, n=29))
    assert "不满30份" in admin.get(PAGE).text
    with Session(console.engine) as session, session.begin():
        session.execute(update(Ledger).where(Ledger.batch_id == batch).values(n=30))
    page = admin.get(PAGE).text
    assert "已满30份" in page
    assert "各类合起来已满30份" in page


def test_nobody_may_propose_to_close_while_the_slips_hold(console: Console) -> None:
    admin = console.people["admin"]
    admin.post(PAGE, SURE)
    answer = admin.post("/console/round/propose-close")
    assert answer.status_code == 409
    assert "可用到 2025-11-27 18:00" in answer.text
