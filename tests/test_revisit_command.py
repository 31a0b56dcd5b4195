"""`survey revisit`: what it writes, and that it writes over nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from survey_app.cli import survey
from survey_app.core.errors import SurveyError
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
    written = {path.suffix for path in (tmp_path / "again").rglob("*") if path.is_file()}
    assert written == {".docx", ".pdf"}
    again = CliRunner().invoke(survey, (*call, "--out", str(tmp_path / "again")), prog_name="survey")
    assert isinstance(again.exception, SurveyError)
