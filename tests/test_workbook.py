"""The annex: numbers are numbers, what is short shows without colour, the data's source stands on every sheet."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from analysis.standard import list_standards, load_standard
from reports.annex.tables import AnnexFacts
from reports.annex.workbook import annex_tables, write_workbook
from tests.judged_json import typed
from tests.test_verdict import JUNIOR, PRIMARY, verdict_on

STANDARD = load_standard("qianjiang-2020")
FACTS = AnnexFacts("明江县", "2025—2026学年教育事业统计", date(2026, 3, 1))
POOR = PRIMARY | {
    "school": "P02", "teaching_area": 4499.5, "sports_area": 5000, "music_rooms": 1, "largest_class": 48,
    "music_rooms_all": 2,
}  # fmt: skip
NINE_YEAR = (
    PRIMARY | {"school": "N01", "pupils": 300, "music_rooms": None, "art_rooms": None},
    JUNIOR | {"school": "N01", "pupils": 200, "music_rooms": None, "art_rooms": None},
    {"school": "N01", "stage": "whole", "music_rooms": 4, "art_rooms": 4},
)


@pytest.fixture(scope="module")
def judgement() -> dict[str, Any]:
    return verdict_on(
        STANDARD, schools=[PRIMARY, POOR, JUNIOR, *NINE_YEAR], kinds={"N01": "nine_year"}, G14a=55, Q9b=0.2
    )


@pytest.fixture(scope="module")
def book(judgement: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    return openpyxl.load_workbook(write_workbook(tmp_path_factory.mktemp("annex"), typed(judgement), STANDARD, FACTS))


def rows(sheet: Worksheet) -> list[dict[str, Any]]:
    """The rows under the header (row 4) by column name, which may be broken before its bracket."""
    heads = [str(cell.value).replace("\n", "") for cell in sheet[4]]
    return [
        dict(zip(heads, values, strict=True))
        for values in sheet.iter_rows(min_row=5, values_only=True)
        if values[1] is not None
    ]


def cell_of(sheet: Worksheet, school: str, head: str) -> Any:
    column = next(cell.column for cell in sheet[4] if str(cell.value).startswith(head))
    return next(sheet.cell(row[1].row, column) for row in sheet.iter_rows(min_row=5) if row[1].value == school)


def test_every_table_of_the_annex_has_a_sheet(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == [
        "目录",
        "小学资源配置", "初中资源配置", "校际差异系数", "政府保障15项", "教育质量9项", "学校规模与班额", "音乐美术教室",
        "未达标及整改台账", "已达标台账", "前置条件和否决情形", "文件不一致之处",
    ]  # fmt: skip


def test_every_sheet_says_where_its_data_come_from_and_what_they_are_judged_by(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert sheet["A1"].value.split("　")[-1].startswith("明江县")
        assert "数据口径：2025—2026学年教育事业统计" in sheet["A2"].value
        assert STANDARD.document.number in sheet["A2"].value
        assert "自评" in sheet["A3"].value


def test_numbers_are_numbers_and_keep_all_their_digits(book: openpyxl.Workbook) -> None:
    cell = cell_of(book["小学资源配置"], "P02", "生均体育运动场馆面积")
    assert (cell.value, cell.data_type) == (5.0, "n")
    assert cell_of(book["小学资源配置"], "P02", "生均教学仪器设备值").number_format == "#,##0"


def test_what_is_short_is_bold_shaded_and_marked(book: openpyxl.Workbook) -> None:
    short = cell_of(book["小学资源配置"], "P02", "生均体育运动场馆面积")
    passing = cell_of(book["小学资源配置"], "P01", "生均体育运动场馆面积")
    assert (short.number_format, short.font.b, short.fill.fill_type) == ('#,##0.00"※"', True, "solid")
    assert (passing.number_format, passing.font.b, passing.fill.fill_type) == ("#,##0.00", False, None)


def test_a_figure_is_never_shown_rounded_across_its_line(book: openpyxl.Workbook) -> None:
    assert cell_of(book["小学资源配置"], "P02", "生均教学及辅助用房面积").number_format == '#,##0.0000"※"'


def test_the_variations_stand_beside_their_limits_and_what_lifting_would_do(book: openpyxl.Workbook) -> None:
    found = [row for row in rows(book["校际差异系数"]) if row["指标"] == "生均体育运动场馆面积"]
    assert [row["学段"] for row in found] == ["小学", "初中"]
    assert found[0]["差异系数"] == pytest.approx(found[0]["补齐这几所后差异系数"])
    assert found[0]["全部补齐后差异系数"] < found[0]["差异系数"]
    assert "P02学校" in found[0]["占差异最大的学校（占比）"]


def test_each_requirement_of_the_government_has_its_line_clause_and_units(book: openpyxl.Workbook) -> None:
    quota = next(row for row in rows(book["政府保障15项"]) if row["编号"] == "G14a")
    assert (quota["数值"], quota["要求"], quota["结论"]) == (55, 60, "未达到")
    assert (quota["依据"], quota["责任单位"]) == ("黔江府办发〔2020〕77号 正文四（一）3：不低于60%", "区教委")
    assert len({row["指标"] for row in rows(book["政府保障15项"])}) == 15
    assert len({row["指标"] for row in rows(book["教育质量9项"])}) == 9


def test_sizes_and_classes_are_held_against_the_lines_of_the_kind_of_school(book: openpyxl.Workbook) -> None:
    sheet = book["学校规模与班额"]
    assert cell_of(sheet, "P01", "规模要求").value == 2000
    assert (cell_of(sheet, "N01", "规模要求").value, cell_of(sheet, "N01", "学校规模").value) == (2500, 500)
    assert (cell_of(sheet, "P02", "最大班额").value, cell_of(sheet, "P02", "班额结论").value) == (48, "未达到")


def test_rooms_that_a_school_shares_stand_once_for_the_whole_school(book: openpyxl.Workbook) -> None:
    found = [row for row in rows(book["音乐美术教室"]) if row["学校代码"] == "N01"]
    assert [(row["学段"], row["班级数（个）"], row["音乐教室：需要（间）"]) for row in found] == [("全校", 44, 4)]
    poor = next(row for row in rows(book["音乐美术教室"]) if row["学校代码"] == "P02")
    assert (poor["音乐教室结论"], poor["美术教室结论"]) == ("未达到", "达到")


def test_the_ledger_says_what_is_lacking_and_the_least_that_mends_it(book: openpyxl.Workbook) -> None:
    found = [row for row in rows(book["未达标及整改台账"]) if row["学校代码"] == "P02"]
    assert [(row["指标"], row["差距"], row["最省的整改"], row["整改到"]) for row in found] == [
        ("生均教学及辅助用房面积", "差1平方米教学及辅助用房", "", "可暂不整改"),
        ("生均体育运动场馆面积", "差2,500平方米体育运动场馆", "2,500平方米体育运动场馆", "要求"),
        ("音乐专用教室", "差1间音乐专用教室", "差1间音乐专用教室", "要求"),
        ("班级学生数", "超出3人", "超出3人", "要求"),
    ]


def test_schools_that_rounding_would_turn_are_named_below_the_ledger(tmp_path: Path) -> None:
    judgement = verdict_on(STANDARD, schools=[PRIMARY | {"teaching_area": 4499, "sports_area": 7499}, JUNIOR])
    sheet = openpyxl.load_workbook(write_workbook(tmp_path, typed(judgement), STANDARD, FACTS))["未达标及整改台账"]
    assert any("P01学校" in str(row[0]) and "四舍五入" in str(row[0]) for row in sheet.iter_rows(values_only=True))


def test_every_sheet_prints_on_a4_across_with_its_header_on_every_page(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
        assert sheet.print_title_rows == "$4:$4"


def test_a_row_is_as_high_as_its_longest_text_needs(book: openpyxl.Workbook) -> None:
    sheet = book["政府保障15项"]
    heights = [sheet.row_dimensions[row].height for row in range(4, sheet.max_row + 1)]
    assert all(height is None or height % 15 == 0 for height in heights)
    long = next(row[0].row for row in sheet.iter_rows(min_row=5) if len(str(row[-1].value or "")) > 24)
    assert (sheet.row_dimensions[long].height or 0) >= 45


def test_conditions_that_nobody_checked_are_open_and_documents_that_disagree_keep_every_value(
    book: openpyxl.Workbook,
) -> None:
    conditions = {row["编号"]: row for row in rows(book["前置条件和否决情形"])}
    assert list(conditions) == ["P1", "P2", "V1", "V2", "V3", "V4", "V5", "V6"]
    assert (conditions["V1"]["结论"], conditions["V1"]["核查结果"]) == ("未发现", "经核查，未发现")
    quota = next(row for row in rows(book["文件不一致之处"]) if row["编号"] == "G14")
    assert "不低于60%（正文四（一）3）；不低于50%（附件·政府保障14）" in quota["各处的写法"]
    assert quota["采用"] == 60


def test_the_same_input_gives_the_same_bytes(judgement: dict[str, Any], tmp_path: Path) -> None:
    first = write_workbook(tmp_path / "a", typed(judgement), STANDARD, FACTS).read_bytes()
    time.sleep(2.1)  # a zip keeps time in steps of two seconds
    assert write_workbook(tmp_path / "b", typed(judgement), STANDARD, FACTS).read_bytes() == first


def test_invented_data_are_called_so_on_every_sheet(judgement: dict[str, Any], tmp_path: Path) -> None:
    facts = AnnexFacts("明江县", "", date(2026, 3, 1), invented=True)
    for sheet in openpyxl.load_workbook(write_workbook(tmp_path, typed(judgement), STANDARD, facts)):
        assert "演示数据" in sheet["A1"].value
        assert "数据口径：未注明" in sheet["A2"].value


def test_a_name_that_looks_like_a_formula_stays_a_text(judgement: dict[str, Any], tmp_path: Path) -> None:
    resources = judgement["dimensions"]["resources"]
    schools = [resources["schools"][0] | {"name": "=1+1"}, *resources["schools"][1:]]
    dimensions = judgement["dimensions"] | {"resources": resources | {"schools": schools}}
    path = write_workbook(tmp_path, typed(judgement | {"dimensions": dimensions}), STANDARD, FACTS)
    cell = cell_of(openpyxl.load_workbook(path)["小学资源配置"], "P01", "学校名称")
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.parametrize("name", list_standards())
def test_an_annex_can_be_made_of_a_county_without_any_figures(name: str) -> None:
    standard = load_standard(name)
    rows = [{"school": "P01", "stage": "primary", "pupils": 300}]
    tables = annex_tables(typed(verdict_on(standard, schools=rows, recognition=None, G1=None)), standard)
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)
