"""The way of a table of scores: from a file, by command or console, to judgement and package; and of a folder's."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from reports.packages.county_package import read_package
from survey_app.core.models import Score
from survey_app.frame.schools import load_scores
from survey_app.results.county_folder import read_county
from tests.conftest import copy_store
from tests.console import Console, open_console
from tests.county import open_county
from tests.golden_counties import COUNTIES, write_county
from tests.program import survey
from tests.test_assigning import count, send, store
from tests.test_problems import keep_year
from tests.test_raw_figures_way import RETENTION, TOLD

YEAR = SchoolYear(2024)
ASKED = ("judge", "--standard", "national-2017", "--year", str(YEAR), "--county-code", "500114", "--no-register")
LEVELS = "".join(f"2023,{grade},{area},,,,,Ⅲ级\n" for grade in ("四年级", "8") for area in ("德育", "科学", "劳动"))
SCHOOLS = "".join(
    f"2023,{grade},{area},{school},50,{mean},100,\n"
    for grade in ("四年级", "8")
    for area in ("德育", "科学", "劳动")
    for school, mean in (("P01", 400), ("J01", 600))
)
SCORES = f"监测年度,年级,学科,学校代码,参测学生数,平均分,标准差,等级\n{LEVELS}{SCHOOLS}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Path:
    folder = tmp_path_factory.mktemp("scores")
    with copy_store(sqlite_model, folder / "data") as engine, Session(engine) as session, session.begin():
        keep_year(session, YEAR)
    (folder / "scores.csv").write_text(SCORES, encoding="utf-8")
    survey("import", "scores", "scores.csv", "--year", str(YEAR), folder=folder)
    return folder


def test_the_program_imports_scores_judges_by_them_and_a_package_follows_from_them(folder: Path) -> None:
    told = json.loads(survey(*ASKED, "--json", "--package", "county.zip", folder=folder, code=1).stdout)
    found = told["dimensions"]["quality"]["indicators"]["Q9"]
    assert found["verdict"] == "not_met"
    assert "2023年监测2所学校100人的成绩" in found["reason"]
    assert len(told["provenance"]["inputs"]["scores"]) == 64
    assert "一致" in survey("verify", "county.zip", folder=folder).stdout
    tables = json.loads(read_package("county.zip", (folder / "county.zip").read_bytes()).members["tables.json"])
    assert len(tables["scores"]["rows"]) == 18


def test_scores_in_a_file_count_as_those_of_the_store_do(folder: Path) -> None:
    stored = json.loads(survey(*ASKED, "--json", folder=folder, code=1).stdout)
    survey(*ASKED, "--package", "same.zip", folder=folder, code=1)
    tables = json.loads(read_package("c.zip", (folder / "same.zip").read_bytes()).members["tables.json"])
    for name in ("schools", "resources", "county"):
        pd.DataFrame(tables[name]["rows"], columns=tables[name]["columns"]).to_csv(folder / f"{name}.csv", index=False)
    given = ("--schools", "schools.csv", "--resources", "resources.csv", "--county", "county.csv")
    asked = ("judge", "--standard", "national-2017", *given, "--year", str(YEAR), "--scores", "scores.csv", "--json")
    told = json.loads(survey(*asked, folder=folder, code=1).stdout)
    assert told["dimensions"]["quality"] == stored["dimensions"]["quality"]


def test_the_figures_and_scores_of_a_countys_folder_are_read_and_judged(tmp_path: Path) -> None:
    folder = write_county(tmp_path, COUNTIES["E"])
    schools = pd.read_csv(folder / "schools.csv", dtype=str)
    code = schools.code[schools.kind == "primary"].iloc[0]
    before = read_county(folder).published.judgement
    (folder / "figures.csv").write_text(RETENTION.format(graduates=900), encoding="utf-8")
    (folder / "scores.csv").write_text(SCORES.replace("P01", code).replace(",J01,", f",{schools.code.iloc[-1]},"))
    judgement = read_county(folder).published.judgement
    assert before is not None
    assert judgement is not None
    quality = judgement.dimensions.indicators("quality")
    assert TOLD in quality["Q1"].reason
    assert "2023年监测2所学校100人的成绩" in quality["Q9"].reason
    assert before.dimensions.indicators("quality")["Q9"].reason != quality["Q9"].reason


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        keep_year(session, YEAR)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_the_console_takes_the_sheet_and_refuses_a_level_that_is_none(console: Console) -> None:
    refused = send(console, SCORES.replace("Ⅲ级", "优秀", 1), kind="scores", year=str(YEAR))
    assert refused.status_code == 422
    assert "优秀" in refused.text
    page = send(console, SCORES, kind="scores", year=str(YEAR))
    assert page.status_code == 200, page.text
    assert store(console, page).status_code == 303
    assert count(console, Score) == 18
    assert f"{YEAR}学年18行" in console.people["admin"].get("/console/import").text
    with Session(console.engine) as session:
        assert load_scores(session, YEAR)["level"].tolist()[:6] == ["3"] * 6
