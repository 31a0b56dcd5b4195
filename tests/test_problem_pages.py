"""The register in the console: who sees what, closing by two people, what was wrong said beside what was typed."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.standard import load_standard
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import ProblemSource, ProblemState
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.models import Problem
from survey_app.jobs.running import Jobs
from survey_app.problems.proof_files import Proof, store_proof
from survey_app.problems.register import Finding, Remedy, add_problem
from survey_app.results.kept_judgements import JudgementRequest, judge_and_keep
from survey_app.rounds.draft import store_draft
from tests.console import Console, do_at_once, open_console
from tests.county import NOW, open_county
from tests.test_problem_letters import text_of
from tests.test_problems import keep_year

TOWN, OTHER, COUNTY = 1, 2, 3
PROOF = Proof(SchoolYear(2024), "indicator", "G1")
ARRANGED = {"measure": "招聘2名教师", "lead": "教师科", "post": "教师科科长", "due": "2026-06-30"}


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    """A problem of a school of 甲镇, one of 乙镇, one of the county."""
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        for school, text in (("P01", "缺2名教师"), ("P02", "缺1间教室"), ("", "教师交流不足")):
            finding = Finding(text=text, source=ProblemSource.HAND, school=school)
            add_problem(session, finding, Remedy(measure="甲", lead="乙"), actor="test", now=NOW)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def state_of(console: Console, number: int) -> str:
    with Session(console.engine) as session:
        return session.get_one(Problem, number).state


def post(console: Console, name: str, step: str, number: int, **fields: Any) -> Any:
    return console.people[name].post(f"/console/problem/{step}", {"number": number, **fields})


@pytest.mark.parametrize(("name", "theirs"), [("county", {1, 2, 3}), ("township", {1}), ("unit", {1})])
def test_a_town_and_a_school_see_their_own_problems_alone(console: Console, name: str, theirs: set[int]) -> None:
    desk = console.people[name]
    page = desk.get("/console/problems").text
    assert set(map(int, re.findall(r"problem\?number=(\d+)", page))) == theirs
    for number in (TOWN, OTHER, COUNTY):
        assert (desk.get(f"/console/problem?number={number}").status_code == 200) == (number in theirs)
    assert ("缺1间教室" in desk.get("/console/problems?township=乙镇&school=P02").text) == (OTHER in theirs)


def test_a_town_closes_no_problem_of_others(console: Console) -> None:
    assert post(console, "township", "apply", OTHER).status_code == 404
    assert post(console, "unit", "apply", COUNTY).status_code == 404
    assert {state_of(console, number) for number in (OTHER, COUNTY)} == {ProblemState.OPEN}


def test_the_school_applies_and_the_office_verifies(console: Console) -> None:
    assert post(console, "unit", "apply", TOWN).status_code == 303
    assert post(console, "unit", "verify", TOWN).status_code == 403
    assert post(console, "county", "send-back", TOWN).status_code == 422
    assert post(console, "county", "send-back", TOWN, reason="没有照片").status_code == 303
    assert state_of(console, TOWN) == ProblemState.OPEN
    post(console, "township", "apply", TOWN)
    assert post(console, "county", "verify", TOWN).status_code == 303
    assert state_of(console, TOWN) == ProblemState.CLOSED
    life = console.people["county"].get(f"/console/problem?number={TOWN}").text
    assert [word in life for word in ("登记问题", "申请销号", "退回整改", "没有照片", "核验销号")] == [True] * 5


def test_one_person_of_the_office_does_not_do_both_steps_and_proves_the_first(console: Console) -> None:
    assert post(console, "county", "apply", COUNTY).status_code == 422
    assert post(console, "county", "apply", COUNTY, proof="区教委函〔2026〕3号").status_code == 303
    refused = post(console, "county", "verify", COUNTY)
    assert "两个不同的人" in refused.text
    assert post(console, "admin", "verify", COUNTY).status_code == 303


def test_a_problem_is_entered_and_arranged(console: Console) -> None:
    county = console.people["county"]
    entered = county.post("/console/problems/add", {"text": "校门口无减速带", "school": "第二小学", "source": "city"})
    where = entered.headers["location"]
    number = int(re.findall(r"number=(\d+)", where)[0])
    assert post(console, "county", "change", number, **ARRANGED).status_code == 303
    page = county.get(where).text
    assert all(text in page for text in (*ARRANGED.values(), "市级复核", "第二小学"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"school": "第二小学"}, "请写明问题是什么"),
        ({"text": "甲", "school": "没有的学校"}, "没有的学校"),
        ({"text": "甲", "due": "明天"}, "2026-06-30"),
        ({"text": "甲", "source": "king"}, "请选择问题的来源"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(console: Console, fields: dict[str, str], said: str) -> None:
    page = console.people["county"].post("/console/problems/add", fields)
    assert page.status_code == 422
    assert said in page.text
    assert all(f'value="{value}"' in page.text for value in fields.values() if value != "king")


def test_a_name_in_place_of_a_post_is_refused_beside_what_was_typed(console: Console) -> None:
    page = post(console, "county", "change", TOWN, **ARRANGED | {"post": "张伟"})
    assert page.status_code == 422
    assert "不写姓名" in page.text
    assert 'value="张伟"' in page.text


def test_one_sheet_for_each_school_is_a_job_of_the_administrator(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs, "start", do_at_once)
    admin = console.people["admin"]
    assert admin.post("/console/problems/sheets", {"year": "2024-2025"}).status_code == 422
    with Session(console.engine) as session, session.begin():
        keep_year(session, SchoolYear(2024), sports_area=100)
    assert "一校一策" in admin.get("/console/problems").text
    job = admin.post("/console/problems/sheets", {"year": "2024-2025"}).headers["location"]
    assert console.people["county"].get(job).status_code == 404
    archive = ZipFile(BytesIO(admin.post(f"{job}/take").content))
    assert [name.split(".")[-1] for name in archive.namelist()] == ["docx", "pdf"] * 2


def test_sheets_are_made_before_any_round_by_the_standard_of_the_last_judgement(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs, "start", do_at_once)
    with Session(sqlite_engine) as session, session.begin():
        keep_year(session, SchoolYear(2024), sports_area=100)
        store_draft(session, {"county": "青山区", "organiser": "督导室"}, actor="test", now=NOW)
        judge_and_keep(
            session, JudgementRequest(load_standard("qianjiang-2020"), SchoolYear(2024)), actor=SERVER_OWNER, now=NOW
        )
        store_proof(session, PROOF, "a.pdf", b"%PDF-1", actor=SERVER_OWNER, now=NOW)
    with open_console(sqlite_engine, tmp_path / "store") as console:
        admin = console.people["admin"]
        job = admin.post("/console/problems/sheets", {"year": "2024-2025"}).headers["location"]
        assert "一校一策" in admin.get(job).text
        archive = ZipFile(BytesIO(admin.post(f"{job}/take").content))
        sheet = text_of(archive.read(archive.namelist()[0]))
        assert "青山区" in sheet
        assert "黔江区" in sheet
        assert job in admin.get("/console/problems").text
        for page in ("judgements", "proofs"):
            told = admin.get(f"/console/{page}").text
            assert "由服务器管理者单独执行" in told
            assert SERVER_OWNER not in told


def test_hundreds_of_problems_come_fifty_a_page(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        for number in range(120):
            finding = Finding(text=f"问题{number}", source=ProblemSource.HAND, school="P01")
            add_problem(session, finding, actor="test", now=NOW)
    first = console.people["admin"].get("/console/problems")
    assert len(re.findall(r"problem\?number=", first.text)) == 50
    assert "第 1 / 3 页" in first.text
    assert len(first.content) < 60_000
    assert "第 3 / 3 页" in console.people["admin"].get("/console/problems?page=99").text


def test_funds_and_day_are_written_down_shown_and_emptied_again(console: Console) -> None:
    desk = console.people["county"]
    assert post(console, "county", "change", TOWN, **ARRANGED, funds="8,500,000").status_code == 303
    page = desk.get(f"/console/problem?number={TOWN}").text
    assert "8,500,000" in page
    assert "2026-06-30" in page
    assert "其中1条写明了资金，共8,500,000元。" in desk.get("/console/problems").text
    refused = post(console, "county", "change", TOWN, **ARRANGED, funds="850万")
    assert refused.status_code == 422
    assert "整元" in refused.text
    assert post(console, "county", "change", TOWN, **ARRANGED | {"due": ""}, funds="").status_code == 303
    with Session(console.engine) as session:
        problem = session.get_one(Problem, TOWN)
        assert (problem.due, problem.funds) == (None, None)
    assert "条写明了资金" not in desk.get("/console/problems?source=project").text
