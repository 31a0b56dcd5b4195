"""Findings of the city and of inspections come in as a sheet, once however often, with every fault by its row."""

from io import BytesIO
from pathlib import Path

import docx
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource, ProblemState
from reports.handouts.problem_letters import load_letter_words
from survey_app.core.errors import SurveyError
from survey_app.frame.importing import Import, read_import, store_import
from survey_app.frame.sheets import Upload
from survey_app.problems.problem_lines import problem_lines, say_funds
from survey_app.problems.register import Wanted, list_problems, read_funds
from survey_app.results.register_letters import gather_letters
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


def test_the_yearly_building_plan_is_a_ledger_of_its_own_with_school_units_day_and_funds(session: Session) -> None:
    head = "来源,学校,存在的问题,整改措施,牵头单位,配合单位,完成时限,资金（元）,进展\n"
    rows = (
        '建设项目,P01,学位不足,新建教学楼,县发展改革委,县财政局,2026-08-31,"8,500,000",已招标\n'
        "建设项目,,城南片区学位不足,新建城南小学,县教委,,2027-08-31,,\n"
        "市级复核,P01,食堂未公示,公示,,,,,\n"
    )
    store_import(
        session, Import(kind="problems", files=[Upload(name="plan.csv", content=(head + rows).encode())]), **ACT
    )
    plan = list_problems(session, Wanted(source=ProblemSource.PROJECT), NOW.date())
    assert [(project.school, project.funds, project.progress) for project in plan] == [
        ("P01", 8500000, "已招标"),
        ("", None, ""),
    ]
    told = "\n".join(problem_lines(plan))
    assert "其中1条写明了资金，共8,500,000元。" in told
    assert not say_funds(list_problems(session, Wanted(source=ProblemSource.CITY), NOW.date()))


@pytest.mark.parametrize("funds", ["850万", "-1", "1.5", "12,34", "1" * 13])
def test_funds_are_whole_yuan(session: Session, funds: str) -> None:
    rows = f'来源,存在的问题,资金\n建设项目,学位不足,"{funds}"\n'
    with pytest.raises(SurveyError, match="整元"):
        store_import(session, Import(kind="problems", files=[Upload(name="plan.csv", content=rows.encode())]), **ACT)
    with pytest.raises(SurveyError):
        read_funds(funds)


def test_a_building_project_is_counted_as_no_problem_and_reminded_of_when_it_is_late(session: Session) -> None:
    rows = (
        "来源,存在的问题,牵头单位,完成时限\n建设项目,新建城南小学,县教委,2020-08-31\n"
        "市级复核,食堂未公示,县教委,2020-08-31\n"
    )
    store_import(session, Import(kind="problems", files=[Upload(name="plan.csv", content=rows.encode())]), **ACT)
    told = {
        kind: "\n".join(
            cell.text
            for content in gather_letters(session, kind, Wanted(), NOW.date()).files.values()
            for table in docx.Document(BytesIO(content)).tables
            for row in table.rows
            for cell in row.cells
        )
        for kind in load_letter_words().kinds
    }
    assert {kind: "新建城南小学" in text for kind, text in told.items()} == {
        "circular": False, "order": False, "reminder": True,
    }  # fmt: skip
    assert all("食堂未公示" in text for text in told.values())
