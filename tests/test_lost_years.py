from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.cli import survey
from survey_app.core.models import CountyValue, Resource, School
from survey_app.frame.lost_years import list_lost_rows
from survey_app.frame.schools import list_school_years


@pytest.fixture
def store(sqlite_engine: Engine) -> Engine:
    """A store as 0.1 left it after `survey import ... --year abc` and a good import of another year."""
    with Session(sqlite_engine) as session, session.begin():
        session.add(School(code="P01", name="城关小学", kind="primary"))
        session.flush()
        for year in ("abc", "2025-2026"):
            session.add(Resource(school_year=year, school="P01", stage="primary", values={"pupils": 100}))
            session.add(CountyValue(school_year=year, indicator="G1", values={"met": "yes"}))
    return sqlite_engine


def test_rows_of_no_school_year_are_named_and_those_of_one_are_not(store: Engine) -> None:
    with Session(store) as session:
        assert [str(year) for year in list_school_years(session)] == ["2025-2026"]
        found = [(lost.kind, lost.year, lost.named) for lost in list_lost_rows(session)]
    assert found == [("resources", "abc", ("P01 primary",)), ("county", "abc", ("G1",))]


def test_check_says_which_rows_nothing_reads_and_how_to_mend_it_and_changes_none(store: Engine, tmp_path: Path) -> None:
    folder = Path(str(store.url.database)).parent
    store.dispose()
    for _ in range(2):
        said = CliRunner(env={"SURVEY_DATABASE_URL": ""}).invoke(survey, ["check", "--dir", str(folder)])
        assert said.exit_code == 0
        lines = [line for line in said.output.splitlines() if "abc" in line]
        assert len(lines) == 2
        assert "P01 primary" in lines[0]
        assert "重新导入办学条件" in lines[0]
        assert "重新导入县级数据" in lines[1]


def test_check_without_a_store_looks_at_packs_alone(tmp_path: Path) -> None:
    said = CliRunner().invoke(survey, ["check"])
    assert (said.exit_code, said.output) == (0, "")
