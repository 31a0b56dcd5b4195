"""The way of raw figures: from a file, by console or command, to judgement, package, bundle and page."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.results import as_json
from analysis.verdict import read_surveyed
from analysis.verdict.judged import judge_tables
from reports.evidence.bundle_check import check_bundle
from reports.packages.county_package import read_package
from survey_app.core.models import RawFigure
from survey_app.frame.schools import load_figures
from tests.conftest import copy_store
from tests.console import Console, open_console
from tests.county import open_county
from tests.program import survey
from tests.survey_example import STANDARD, example
from tests.test_assigning import count, send, store
from tests.test_kept_judgements import YEARS
from tests.test_problems import keep_year

RETENTION = """原始数据,学校代码,学段,数量,数据来源
三年前初一入学人数,,,1000,教育事业统计
三年中转入人数,,,20,教育事业统计
三年中转出人数,,,50,教育事业统计
三年中死亡人数,,,1,教育事业统计
初三毕业人数,,,{graduates},教育事业统计
国家认定义务教育基本均衡的年月,,,202209,认定文件
"""
YEAR = "2024-2025"
ASKED = ("judge", "--standard", "national-2017", "--year", YEAR, "--county-code", "500114")
TOLD = "算法甲：（初三毕业人数900－三年中转入人数20＋三年中转出人数50）÷（三年前初一入学人数1000－三年中死亡人数1）×100"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Path:
    """A store whose county typed that all is met, with its raw figures."""
    folder = tmp_path_factory.mktemp("figures")
    with copy_store(sqlite_model, folder / "data") as engine, Session(engine) as session, session.begin():
        keep_year(session, YEARS[2])
    (folder / "figures.csv").write_text(RETENTION.format(graduates=900), encoding="utf-8")
    survey("import", "figures", "figures.csv", "--year", YEAR, folder=folder)
    return folder


def test_the_program_imports_them_and_judges_by_them_with_formula_and_clause(folder: Path) -> None:
    told = json.loads(survey(*ASKED, "--no-register", "--json", folder=folder, code=1).stdout)
    found = told["dimensions"]["quality"]["indicators"]["Q1"]
    assert (found["verdict"], round(found["value"], 2)) == ("not_met", 92.88)
    assert TOLD in found["reason"]
    assert "算法乙：初三毕业人数900÷" in found["reason"]
    assert found["clause"]
    assert told["preconditions"][0]["verdict"] == "not_met"
    assert "2022年9月认定，至2024年9月满24个月" in told["preconditions"][0]["reason"]
    assert len(told["provenance"]["inputs"]["figures"]) == 64
    said = survey(*ASKED, "--no-register", folder=folder, code=1).stdout
    assert TOLD in said


def test_other_figures_are_other_inputs(folder: Path) -> None:
    def sum_figures() -> str:
        told = json.loads(survey(*ASKED, "--no-register", "--json", folder=folder, code=1).stdout)
        return str(told["provenance"]["inputs"]["figures"])

    before = sum_figures()
    (folder / "more.csv").write_text(RETENTION.format(graduates=901), encoding="utf-8")
    survey("import", "figures", "more.csv", "--year", YEAR, folder=folder)
    assert sum_figures() != before
    survey("import", "figures", "figures.csv", "--year", YEAR, folder=folder)
    assert sum_figures() == before


def test_a_package_holds_the_raw_figures_and_is_computed_again_from_them(folder: Path) -> None:
    survey(*ASKED, "--no-register", "--package", "county.zip", folder=folder, code=1)
    assert "一致" in survey("verify", "county.zip", folder=folder).stdout
    package = read_package("county.zip", (folder / "county.zip").read_bytes())
    tables = json.loads(package.members["tables.json"])
    assert len(tables["figures"]["rows"]) == 6
    assert TOLD in package.judgement.dimensions.indicators("quality")["Q1"].reason


def test_a_rounds_bundle_holds_them_and_follows_from_them() -> None:
    sample = example()
    figures = pd.DataFrame(
        [("quota_total", 100, ""), ("quota_allotted", 49, "")], columns=["figure", "value", "school"]
    )
    judged = sample.judged._replace(figures=figures)
    judgement = judge_tables(STANDARD, judged, read_surveyed(sample.published["recognition"]), as_of=2025)
    assert judgement.dimensions.indicators("guarantee")["G14"].value == 49
    changed = sample._replace(judged=judged, published=sample.published | {"judgement": as_json(judgement)})
    assert check_bundle(changed.bundle()) == []


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        keep_year(session, YEARS[2])
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_the_console_takes_the_sheet_and_shows_the_formula(console: Console) -> None:
    page = send(console, RETENTION.format(graduates=900), kind="figures", year=YEAR)
    assert page.status_code == 200, page.text
    assert count(console, RawFigure) == 0
    assert store(console, page).status_code == 303
    assert count(console, RawFigure) == 6
    admin = console.people["admin"]
    assert f"{YEAR}学年6行" in admin.get("/console/import").text
    assert admin.post("/console/judgements/judge", {"year": YEAR, "standard": "national-2017"}).status_code == 303
    assert TOLD in admin.get("/console/problems").text
    with Session(console.engine) as session:
        assert load_figures(session, YEARS[2]).value.sum() == 1000 + 20 + 50 + 1 + 900 + 202209


def test_a_figure_of_a_school_that_no_list_has_is_refused(console: Console) -> None:
    page = send(console, "原始数据,学校代码,数量\n教师培训经费,P77,5\n", kind="figures", year=YEAR)
    assert page.status_code == 422
    assert "P77" in page.text


def test_figures_in_files_count_as_those_of_the_store_do(folder: Path) -> None:
    stored = json.loads(survey(*ASKED, "--no-register", "--json", folder=folder, code=1).stdout)
    tables = json.loads(read_package("c.zip", (folder / "county.zip").read_bytes()).members["tables.json"])
    for name in ("schools", "resources", "county"):
        pd.DataFrame(tables[name]["rows"], columns=tables[name]["columns"]).to_csv(folder / f"{name}.csv", index=False)
    given = ("--schools", "schools.csv", "--resources", "resources.csv", "--county", "county.csv")
    asked = ("judge", "--standard", "national-2017", *given, "--year", YEAR, "--figures", "figures.csv", "--json")
    told = json.loads(survey(*asked, folder=folder, code=1).stdout)
    assert told["dimensions"]["quality"] == stored["dimensions"]["quality"]
    assert told["preconditions"] == stored["preconditions"]
