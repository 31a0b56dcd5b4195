"""The twelve files that went wrong: each gives what is right, and so does its kind."""

from pathlib import Path

import pytest

from questionnaires.paper import load_paper
from survey_app.frame.sheets import Mapping, SheetError, join_sheets, read_responses, read_sheet

FILES = Path(__file__).parent / "data" / "files"
ITEMS = load_paper("social-2026").item_ids


def refused(kind: str, name: str) -> list[str]:
    with pytest.raises(SheetError) as found:
        read_sheet(kind, FILES / name)
    return [str(problem) for problem in found.value.problems]


def test_a_platforms_download_is_mapped_by_the_text_of_its_questions() -> None:
    sheet = read_responses(FILES / "download.xlsx", ITEMS, Mapping())
    assert len(sheet.table) == 120
    assert sheet.table.iloc[0].tolist()[:5] == ["parent", "P01", "三年级1班", 5, 3]
    assert sheet.table.seconds.tolist()[:2] == [115, 163]
    [dropped] = [note for note in sheet.notes if "可能认出填答人" in note]
    assert all(head in dropped for head in ("提交答卷时间", "来源详情", "来自IP"))
    assert any("您孩子所在的学校" in note for note in sheet.notes)


def test_options_with_letters_and_durations_in_words_are_understood() -> None:
    sheet = read_responses(FILES / "letters.xlsx", ITEMS, Mapping())
    assert sheet.table[ITEMS[0]].tolist()[:2] == [5, 1]
    assert set(sheet.table.seconds) == {120}


def test_a_quote_that_is_not_closed_is_named_by_its_line() -> None:
    [problem] = refused("frame", "unclosed_quote.csv")
    assert "第 32 行有一个引号没有成对" in problem


def test_the_same_file_twice_is_used_once_and_said() -> None:
    sheets = [read_sheet("frame", FILES / f"调查对象名册{end}.xlsx") for end in ("", "(1)")]
    joined = join_sheets(sheets)
    assert joined.table.equals(sheets[0].table)
    assert any("是同一份，只用一次" in note for note in joined.notes)


def test_a_merged_cell_holds_for_each_of_its_rows() -> None:
    sheet = read_sheet("frame", FILES / "merged_cells.xlsx")
    assert sheet.table.locale.ne("").all()
    assert sheet.table.stage.ne("").all()
    assert sheet.table.grade.notna().all()
    assert any("D列“年级”有合并单元格" in note for note in sheet.notes)


def test_a_percent_sign_that_is_only_written_beside_a_number_does_not_multiply_it() -> None:
    assert read_sheet("county", FILES / "literal_percent.xlsx").table.value.tolist() == [98.5]


def test_unknown_indicators_are_asked_with_the_nearest_known_one() -> None:
    problems = refused("county", "county_ids.csv")
    assert [problem.split("：")[1] for problem in problems] == [
        "没有指标“G 1”，是不是“G1”。",
        *["没有指标“g13”，是不是“G13”。"] * 2,
    ]


def test_footers_and_totals_are_left_out_by_name(tmp_path: Path) -> None:
    text = (FILES / "county_ids.csv").read_text(encoding="utf-8-sig")
    mended = tmp_path / "县级.csv"
    mended.write_text(text.replace("G 1,", "G1,").replace("g13", "G13"), encoding="utf-8")
    sheet = read_sheet("county", mended)
    assert len(sheet.table) == len(text.splitlines()) - 3
    assert {"第 35 行没有读入（合计）。", "第 36 行没有读入（填表人：（略））。"} <= set(sheet.notes)


def test_worksheets_of_one_kind_are_one_sheet() -> None:
    sheet = read_sheet("schools", FILES / "two_sheets.xlsx")
    assert sheet.table.code.tolist() == ["P01", "P02", "P03", "J01"]
    assert [note for note in sheet.notes if "工作表" in note] == [
        "这些工作表合在一起读入：小学、初中。",
        "这些工作表没有这种表的表头，没有读：说明。",
    ]


def test_class_names_that_became_dates_are_asked_for() -> None:
    asked = [problem for problem in refused("frame", "class_dates.csv") if "被表格软件改成的日期" in problem]
    assert [problem.split("，")[1] for problem in asked] == ["第 2 行", "第 3 行", "第 4 行"]


def test_a_web_page_called_xls_is_read_and_said() -> None:
    sheet = read_sheet("schools", FILES / "web_export.xls")
    assert sheet.table.code.tolist() == ["P01"]
    assert "这是另存为 .xls 的网页，已按网页中的表格读入。" in sheet.notes
