"""One sheet a school: its gaps, the cheapest repair, its problems, and of the survey what is published alone."""

from datetime import date
from io import BytesIO
from math import ceil
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import docx
import pandas as pd
import pytest
from msgspec.structs import replace
from sqlalchemy.orm import Session

from analysis.published import UnitRow
from analysis.standard import load_standard
from analysis.verdict.ledgers import UnmetRow, unmet_ledger
from analysis.verdict.repair_costs import RepairCost, find_cost, is_disputed, read_prices
from questionnaires.school_year import SchoolYear
from reports.schools.school_sheet import list_rates
from survey_app.core.db import connect
from survey_app.frame.schools import store_figures
from survey_app.problems.register import Remedy, Wanted, change_problem, list_problems
from survey_app.results.county_check import judge_stored
from survey_app.results.school_sheets import Sheets, gather_sheets, render_sheet, write_sheets
from tests.conftest import copy_store
from tests.county import NOW
from tests.program import survey
from tests.test_problems import feed, keep_year

NATIONAL = load_standard("national-2017")
YEAR = SchoolYear(2024)
SECONDS_A_SCHOOL = 60 / 94


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Path:
    """A store in which the primary school's sports ground and teaching rooms are short, and the register knows it."""
    folder = tmp_path_factory.mktemp("sheets")
    with copy_store(sqlite_model, folder / "data") as engine, Session(engine) as session, session.begin():
        keep_year(session, YEAR, sports_area=100, teaching_area=1000)
        feed(session, YEAR)
    return folder


def opened(folder: Path) -> Session:
    return Session(connect(f"sqlite:///{folder / 'data/survey.db'}"))


@pytest.fixture(scope="module")
def sheets(folder: Path) -> Sheets:
    with opened(folder) as session:
        return gather_sheets(session, NATIONAL, YEAR, NOW.date())


def read(content: bytes) -> str:
    word = docx.Document(BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in word.paragraphs), *cells])


def row(**changes: Any) -> UnitRow:
    usual = {"group": "parent", "place": "unit/P01", "level": "unit", "scope": "whole", "n": 40, "rate": 0.86}
    return UnitRow(**usual | {"state": "shown"} | changes)


def test_a_sheet_tells_the_gaps_of_its_school_in_natural_units_and_its_problems(folder: Path, sheets: Sheets) -> None:
    junior, primary = sheets.schools
    assert (junior.code, junior.gaps, junior.problems) == ("J01", (), ())
    text = read(render_sheet("docx", sheets.facts, primary))
    assert [gap.indicator for gap in primary.gaps] == ["R4", "R5"]
    assert all(gap.text in text for gap in primary.gaps)
    assert "学年学校填报的数据和《县域义务教育优质均衡发展督导评估办法》（教督〔2017〕6号）自评" in text
    assert "平方米体育运动场馆" in text
    with opened(folder) as session:
        numbers = [problem.number for problem in list_problems(session, Wanted(school="P01"), NOW.date())]
    assert [problem.number for problem in primary.problems] == numbers
    assert "没有未达标的指标" in read(render_sheet("docx", sheets.facts, junior))


def test_the_cheapest_repair_stands_beside_the_gap_that_needs_it(sheets: Sheets) -> None:
    text = read(render_sheet("docx", sheets.facts, sheets.schools[1]))
    assert any(gap.repair for gap in sheets.schools[1].gaps)
    assert all((gap.repair or "不补也能达标") in text for gap in sheets.schools[1].gaps)


def test_without_prices_it_is_said_that_none_is_known_and_no_cost_is_told(sheets: Sheets) -> None:
    assert all(gap.cost is None for gap in sheets.schools[1].gaps)
    text = read(render_sheet("docx", sheets.facts, sheets.schools[1]))
    assert "没有填报单价，不估算费用。" in text
    assert "合计约" not in text


def test_repairs_cost_what_the_countys_prices_say_and_a_schools_own_price_goes_before(folder: Path) -> None:
    figures = pd.DataFrame(
        [
            {"figure": "price_sports", "school": "", "stage": "", "value": 300.5},
            {"figure": "price_teaching", "school": "", "stage": "", "value": 2000},
            {"figure": "price_teaching", "school": "P01", "stage": "", "value": 2500},
        ]
    )
    with opened(folder) as session:
        store_figures(session, figures, YEAR, actor="test", now=NOW)
        problem = list_problems(session, Wanted(school="P01"), NOW.date())[0].number
        change_problem(session, problem, Remedy(funds=1_000_000, due=date(2027, 8, 31)), actor="test", now=NOW)
        found = gather_sheets(session, NATIONAL, YEAR, NOW.date())
    junior, primary = found.schools
    lacking = {row.indicator: row for row in unmet_of(folder)}
    repaired = {gap.indicator: gap.cost for gap in primary.gaps if gap.repair}
    assert repaired
    for indicator, price in (("R4", 2500), ("R5", 300.5)):
        if cost := repaired.get(indicator):
            units = ceil(round(lacking[indicator].repair_amount, 9))
            assert (cost.units, cost.price, cost.yuan) == (units, price, ceil(round(units * price, 2)))
    text = read(render_sheet("docx", found.facts, primary))
    assert f"合计约{primary.cost:,}元" in text
    assert "单价2,500" in text
    years = [(plan.year, plan.lines, plan.said, plan.yuan) for plan in primary.years]
    assert years == [(2027, 1, 1, 1_000_000), (None, len(primary.problems) - 1, 0, 0)]
    assert "2027年" in text
    assert (junior.cost, junior.years) == (0, [])


def unmet_of(folder: Path) -> list[UnmetRow]:
    with opened(folder) as session:
        return unmet_ledger(judge_stored(session, NATIONAL, YEAR), NATIONAL)


@pytest.mark.parametrize("price", [0, -5])
def test_a_price_that_is_none_is_no_price(price: float) -> None:
    assert read_prices(price_sports({"": [price]})) == {}


def price_sports(told: dict[str, list[float]]) -> pd.DataFrame:
    """What a square metre costs, by school; "" for all."""
    rows = [(school, price) for school, prices in told.items() for price in prices]
    return pd.DataFrame(
        [{"figure": "price_sports", "school": school, "stage": "", "value": price} for school, price in rows]
    )


def test_a_schools_price_told_twice_otherwise_is_said_and_the_countys_does_not_stand_in(
    folder: Path, sheets: Sheets
) -> None:
    prices = read_prices(price_sports({"": [300, 300.0], "P01": [2000, 3000]}))
    [lacking] = [row for row in unmet_of(folder) if row.indicator == "R5"]
    lacking = replace(lacking, repair=True, repair_amount=10.0)
    assert (find_cost(lacking, prices), is_disputed(lacking, prices)) == (None, True)
    other = replace(lacking, school="P02")
    assert (find_cost(other, prices), is_disputed(other, prices)) == (RepairCost(10, 300, 3000), False)
    primary = sheets.schools[1]
    gaps = tuple(replace(gap, bought=True, disputed=gap.indicator == "R5") for gap in primary.gaps)
    text = read(render_sheet("docx", sheets.facts, replace(primary, gaps=gaps)))
    assert "项没有填报单价，不估算费用。有1项的单价填报了不同的数，没有估算，请先核对。" in text
    assert "单价不一致" in text


def test_a_building_project_is_listed_apart_from_the_schools_problems(sheets: Sheets) -> None:
    primary = sheets.schools[1]
    project = replace(primary.problems[0], number=99, text="新建教学楼", is_project=True)
    apart = read(render_sheet("docx", sheets.facts, replace(primary, problems=(*primary.problems, project))))
    assert (
        apart.index("本校的问题") < apart.index("本校的建设项目（不是问题）") < apart.index("分年安排（包括建设项目）")
    )
    assert apart.index(primary.problems[0].text) < apart.index("新建教学楼")
    alone = read(render_sheet("docx", sheets.facts, replace(primary, problems=(project,))))
    assert "问题台账里没有本校的问题。" in alone
    assert "新建教学楼" in alone
    assert "建设项目" not in read(render_sheet("docx", sheets.facts, primary))


def test_nothing_of_a_survey_is_told_that_was_not_published_of_the_school_alone() -> None:
    hidden = [
        row(rate=None, state="withheld"),
        row(place="unit/P01~P02"),
        row(place="class/P01/三年级1班", level="class"),
        row(scope="some"),
        row(place="unit/P02"),
    ]
    assert list_rates(tuple(hidden), "P01") == ()
    told = list_rates((*hidden, row(), row(group="teacher", rate=None, at_least=0.95)), "P01")
    assert [(rate.group, rate.figure, rate.n) for rate in told] == [("parent", "86%", 40), ("teacher", "不低于95%", 40)]


def test_the_same_facts_give_the_same_bytes_and_ninety_four_schools_take_a_minute(sheets: Sheets) -> None:
    render_sheet("pdf", sheets.facts, sheets.schools[1])
    began = process_time()
    first = [render_sheet(kind, sheets.facts, sheets.schools[1]) for kind in ("docx", "pdf")]
    assert process_time() - began < SECONDS_A_SCHOOL
    assert first == [render_sheet(kind, sheets.facts, sheets.schools[1]) for kind in ("docx", "pdf")]


def test_the_program_writes_two_files_a_school_named_by_number_and_code(folder: Path) -> None:
    asked = ("schools", "--year", "2024-2025", "--standard", "national-2017")
    assert "2所学校" in survey(*asked, "--out", "sheets", folder=folder).stdout
    names = sorted(path.name for path in (folder / "sheets").iterdir())
    assert names == [f"{stem}.{kind}" for stem in ("001-J01-J01学校", "002-P01-P01学校") for kind in ("docx", "pdf")]
    for other in (("--year", "2030-2031"), ("--year", "abc")):
        refused = survey("schools", *other, "--standard", "national-2017", "--out", "no", folder=folder, code=2)
        assert refused.stderr.count("\n") == 1


@pytest.mark.soak
def test_ninety_four_schools_are_written_in_a_minute(sheets: Sheets, tmp_path: Path) -> None:
    many = sheets._replace(schools=[sheets.schools[1]] * 94)
    began = monotonic()
    assert len(write_sheets(tmp_path, many)) == 188
    assert monotonic() - began < 60
