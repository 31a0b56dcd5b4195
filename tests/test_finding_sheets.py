"""Findings of the city and of inspections come in as a sheet, once however often, with every fault by its row."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource, ProblemState
from survey_app.core.errors import SurveyError
from survey_app.frame.importing import Import, read_import, store_import
from survey_app.frame.sheets import Upload
from survey_app.problems.register import Wanted, list_problems
from tests.county import NOW
from tests.program import survey
from tests.test_problems import ACT, YEAR, close, keep_year
from tests.test_problems import folder as folder

HEAD = "问题来源,学校,指标,存在的问题,整改措施,牵头单位,责任岗位,完成时限\n"
ROWS = (
    "市级复核,P01学校,G3,音乐教室改作他用,腾退,体卫艺科,体卫艺科科长,2026-06-30\n督导检查,,,教师交流轮岗台账不全,,,,\n"
)


def sheet(rows: str) -> Import:
    return Import(kind="problems", files=[Upload(name="findings.csv", content=(HEAD + rows).encode())])


@pytest.fixture
def session(sqlite_engine: Engine) -> Session:
    session = Session(sqlite_engine)
    keep_year(session, YEAR)
    return session


def test_findings_are_entered_with_school_source_and_remedy(session: Session) -> None:
    store_import(session, sheet(ROWS), **ACT)
    city, inspection = list_problems(session, Wanted(), NOW.date())
    assert (city.school, city.source, city.lead, str(city.due)) == ("P01", ProblemSource.CITY, "体卫艺科", "2026-06-30")
    assert (inspection.school, inspection.source) == ("", ProblemSource.INSPECTION)


def test_the_same_sheet_again_adds_nothing_and_opens_nothing_that_was_closed(session: Session) -> None:
    store_import(session, sheet(ROWS), **ACT)
    close(session, 1)
    again = read_import(session, sheet(ROWS)).changes
    assert (again.added, again.removed) == ([], [])
    store_import(session, sheet(ROWS), **ACT)
    found = list_problems(session, Wanted(), NOW.date())
    assert {problem.number: problem.state for problem in found} == {1: ProblemState.CLOSED, 2: ProblemState.OPEN}


def test_another_sheet_takes_nothing_away(session: Session) -> None:
    store_import(session, sheet(ROWS), **ACT)
    store_import(session, sheet("督导检查,,,食堂未公示,,,,\n"), **ACT)
    assert len(list_problems(session, Wanted(), NOW.date())) == 3


def test_every_fault_is_told_by_its_row_and_nothing_is_half_imported(session: Session) -> None:
    bad = "市级复核,P99,,没有的学校,,,,\n县级自评,,,自评的不用导入,,,,\n"
    with pytest.raises(SurveyError) as refused:
        store_import(session, sheet(ROWS + bad), **ACT)
    assert len(refused.value.problems) == 2
    late = "市级复核,,,甲,,,张伟,\n市级复核,,,乙,,,,六月底\n"
    with pytest.raises(SurveyError) as refused:
        store_import(session, sheet(ROWS + late), **ACT)
    told = "\n".join(refused.value.problems)
    assert all(text in told for text in ("不写姓名", "2026-06-30", "4", "5"))
    assert list_problems(session, Wanted(), NOW.date()) == []


def test_the_program_imports_findings_and_writes_an_empty_sheet_for_them(folder: Path) -> None:
    (folder / "findings.csv").write_text(HEAD + ROWS, encoding="utf-8")
    assert "导入 2 行" in survey("import", "problems", "findings.csv", folder=folder).stdout
    survey("template", "problems", "--out", "empty.xlsx", folder=folder)
    assert (folder / "empty.xlsx").exists()
