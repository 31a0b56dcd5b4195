"""Officials see how far the opening of a round is while the store is locked by it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.closing import box_opening, evaluation
from survey_app.core.models import Job
from survey_app.jobs.running import Jobs
from tests.console import Console, do_at_once, open_console
from tests.county import answer, issue, open_county
from tests.keyring import keys_of


@pytest.fixture
def console(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    monkeypatch.setattr(Jobs, "start", do_at_once)
    with open_console(engine, tmp_path / "store") as opened:
        yield opened


def test_the_page_of_a_close_tells_how_many_boxes_were_opened_while_it_goes_on(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_county(console.engine)
    with Session(console.engine) as session, session.begin():
        answer(session, issue(session, "P01")[:9])
    if keys_of(console.engine) != console.folder / "keys":
        shutil.copytree(keys_of(console.engine), console.folder / "keys", dirs_exist_ok=True)
    seen: list[str] = []
    audited: list[str] = []
    write = box_opening.write_remarks
    secure = evaluation.secure_release

    def look_first(*about: Any) -> Any:
        """The boxes are opened, nothing is committed: what does the other administrator see?"""
        seen.append(console.people["admin"].get("/console/job/1").text)
        return write(*about)

    def audit_half(told: Any, tell: Any) -> Any:
        """Half of the hidden counts are audited: what does the other administrator see?"""
        tell(1, 2)
        audited.append(console.people["admin"].get("/console/job/1").text)
        return secure(told, tell)

    monkeypatch.setattr(box_opening, "PART", 2)
    monkeypatch.setattr(evaluation, "secure_release", audit_half)
    monkeypatch.setattr("survey_app.closing.close.write_remarks", look_first)
    console.people["admin"].post("/console/round/propose-close")
    done = console.people["admin2"].post("/console/round/confirm-close").headers["location"]
    assert "已启封 9 / 9 份" in seen[0]
    assert "公布前已核查 50%" in audited[0]
    assert "结果已经封存" in console.people["admin"].get(done).text
    with Session(console.engine) as session:
        assert session.get_one(Job, 1).state == "done"
    assert list((console.folder / "jobs").glob("*")) == []
