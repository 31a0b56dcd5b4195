"""`survey revisit`: what it writes, and that it writes over nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.cli import survey
from survey_app.core.audit import load_audit
from survey_app.core.errors import SurveyError
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.trial_slips import UNTRIED, tell_trial
from tests.test_closing import hold


def test_a_list_and_a_slip_for_each_position_are_written_and_nothing_over_them(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(sqlite_engine, {"parent": 40}, answers=None)
    folder = Path(str(sqlite_engine.url.database)).parent
    monkeypatch.delenv("SURVEY_DATABASE_URL", raising=False)
    call = (
        "revisit",
        "--dir",
        str(folder),
        "--group",
        "parent",
        "--people",
        "12",
        "--seed",
        "7",
        "--until",
        "2099-12-05 18:00",
    )
    done = CliRunner().invoke(survey, (*call, "--out", str(tmp_path / "again")), prog_name="survey")
    assert done.exit_code == 0, done.exception
    assert "家长抽取 12 个名单序号" in done.output
    assert "至少要收回30份" in done.output
    assert "发码时没有试扫：网址 http://127.0.0.1:8000 没有" in done.output
    with Session(sqlite_engine) as session:
        [untried] = [act for act in load_audit(session) if act.action == UNTRIED]
        assert "没有写理由" in tell_trial(session, find_round(session))[0]
    assert (untried.detail["step"], untried.detail["reason"]) == ("issue", "")
    written = {path.suffix for path in (tmp_path / "again").rglob("*") if path.is_file()}
    assert written == {".docx", ".pdf"}
    again = CliRunner().invoke(survey, (*call, "--out", str(tmp_path / "again")), prog_name="survey")
    assert isinstance(again.exception, SurveyError)
