"""Every sheet of the annex and every table of the dimensions' pages is read back: true ones give no finding, each false
cell gives one.
"""

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from questionnaires.vocabulary import Dimension
from reports.annex.dimension_pages import write_dimension_pages
from reports.annex.rate_tables import rate_tables
from reports.annex.tables import AnnexFacts
from reports.annex.workbook import write_workbook
from reports.checking.annex_cells import Wanted, limit_of, measured, same_as_shown
from reports.checking.annex_checks import (
    HEAD,
    check_annex,
    check_dimension_page,
    compare_notes,
    compare_sheet,
    compare_table,
)
from reports.checking.annex_tables_due import tables_of_page, tables_of_workbook
from reports.checking.checker import check_folder
from reports.checking.document_reading import read_written
from reports.report.telling import describe_round
from reports.screen.views import results_of
from tests.drawn_results import KINDS
from tests.golden_counties import COUNTIES
from tests.test_checking import round_of
from tests.test_true_counties import round_of as draw_round

WORKBOOK = "附表.xlsx"


def write_annex(folder, round_):
    """The workbook and the pages of the dimensions, as `survey report` writes them."""
    facts = round_.facts
    found = results_of(round_.published)
    about = AnnexFacts(facts.county, "", facts.generated, facts.invented)
    tables = rate_tables(describe_round(facts, found))
    write_workbook(folder, found.judgement, facts.standard, about, tables)
    write_dimension_pages(folder, found.judgement, facts.standard, about)
    return folder


@cache
def read_annex(name):
    """What was read back of a golden county: the sheets by name, the tables of each page."""
    with TemporaryDirectory() as folder:
        out = write_annex(Path(folder), round_of(name))
        book = CalamineWorkbook.from_path(str(out / WORKBOOK))
        grids = {sheet: book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names}
        return grids, {own: read_written(out / f"{own.zh}.html").tables for own in Dimension}


@pytest.mark.parametrize("name", COUNTIES)
def test_the_annex_and_the_dimensions_of_every_county_are_true(name, tmp_path):
    assert check_folder(write_annex(tmp_path, round_of(name)), round_of(name)) == []


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_a_drawn_county_of_each_kind_has_a_true_annex(seed, tmp_path):
    round_ = draw_round(seed)
    assert check_folder(write_annex(tmp_path, round_), round_) == []


def spoilt(grid, first):
    """The grid with every cell of one column false from a row on, a column after the other."""
    for place in range(len(grid[first])):
        yield [*grid[:first], *([*row[:place], falsify(row[place]), *row[place + 1 :]] for row in grid[first:])]


def falsify(cell):
    """A cell that says something else: the next last digit, another sign, one word more."""
    if not isinstance(cell, str):
        return cell + 0.01
    digits = [place for place, sign in enumerate(cell) if sign in "0123456789"]
    if not digits:
        return f"{cell}不"
    return f"{cell[: digits[-1]]}{(int(cell[digits[-1]]) + 1) % 10}{cell[digits[-1] + 1 :]}"


@pytest.mark.parametrize("name", ["E", "Q"])
def test_any_false_cell_of_any_sheet_is_found(name):
    round_ = round_of(name)
    tried = 0
    for table in tables_of_workbook(round_):
        grid = read_annex(name)[0][table.sheet][: HEAD + 1 + len(table.rows or [])]
        for false in spoilt(grid, HEAD):
            found = [*compare_sheet(false, table, round_)]
            assert len(found) == len(grid) - HEAD, (table.sheet, found)
            tried += len(found)
    assert tried > 900


@pytest.mark.parametrize("name", ["E", "Q"])
def test_any_false_cell_of_any_table_of_a_dimension_is_found(name):
    tried = 0
    for dimension, grids in read_annex(name)[1].items():
        for grid, table in zip(grids, tables_of_page(dimension, round_of(name)), strict=True):
            for false in spoilt(grid, 0):
                found = [*compare_table(false, table)]
                assert len(found) == len(grid), (table.title, found)
                tried += len(found)
    assert tried > 500


PLANTED = [
    ("小学资源配置", "P02", 4),
    ("小学资源配置", "要求", 5),
    ("初中资源配置", "均值", 6),
    ("校际差异系数", "每百名学生拥有高于规定学历教师数", 7),
    ("政府保障15项", "G9", 5),
    ("教育质量9项", "Q1", 7),
    ("学校规模与班额", "P02", 4),
    ("音乐美术教室", "J01", 6),
    ("已达标台账", "P03", 6),
    ("前置条件和否决情形", "前置条件", 3),
    ("自评结论", "认可度", 1),
    ("各方面认可度", "立德树人", 3),
    ("各题认可度", "立德树人", 4),
    ("不同口径", "本规则", 2),
    ("分学段城乡发放与回收", "小学", 3),
    ("各单位发放与回收", "P01", 4),
    ("作答质量核查", "答卷之间差异过小", 1),
    ("目录", "附表9", 2),
]


@pytest.fixture(scope="module")
def true_annex(tmp_path_factory):
    return write_annex(tmp_path_factory.mktemp("annex"), round_of("E"))


@pytest.mark.parametrize(("sheet", "row", "column"), PLANTED)
def test_a_planted_cell_is_found_in_the_file(true_annex, sheet, row, column, tmp_path):
    book = openpyxl.load_workbook(true_annex / WORKBOOK)
    cells = next(cells for cells in book[sheet].iter_rows(min_row=HEAD + 2) if row in [own.value for own in cells])
    old = cells[column].value
    cells[column].value = old + 1 if isinstance(old, int | float) else f"{old}九"
    book.save(tmp_path / WORKBOOK)
    found = check_folder(tmp_path, round_of("E"))
    assert len(found) == 1
    assert sheet in found[0] or "contents" in found[0]


def test_a_sheet_or_a_row_too_few_and_another_title_are_found(true_annex, tmp_path):
    for edit in (
        lambda book: book.remove(book["历次调查"]),
        lambda book: book["校际差异系数"].delete_rows(HEAD + 3),
        lambda book: book["校际差异系数"].__setitem__("A1", "附表2　黔江区校际差异系数表"),
        lambda book: book["自评结论"].__setitem__("A2", "数据口径：调查批次2019-1的名册和答卷。"),
    ):
        book = openpyxl.load_workbook(true_annex / WORKBOOK)
        edit(book)
        book.save(tmp_path / WORKBOOK)
        assert check_annex(tmp_path / WORKBOOK, round_of("E"))


PAGES = [
    (Dimension.RESOURCES, "分别计）中6所", "分别计）中5所"),
    (Dimension.RESOURCES, "14个差异系数中14个", "14个差异系数中13个"),
    (Dimension.RESOURCES, "✓ 达到</b>", "✗ 未达到</b>"),
    (Dimension.RESOURCES, "<h2>校际差异系数表", "<h2>校际差异系数表（初中）"),
    (Dimension.GUARANTEE, "15项中15项达到", "15项中14项达到"),
    (Dimension.QUALITY, "9项中8项达到", "9项中9项达到"),
    (Dimension.QUALITY, ">责任单位</th>", ">依据</th>"),
    (Dimension.RECOGNITION, "✗ 未达到</b>", "✓ 达到</b>"),
    (Dimension.RECOGNITION, "81.25 ※</td>", "81.25</td>"),
]


@pytest.mark.parametrize(("dimension", "old", "new"), PAGES)
def test_a_planted_word_is_found_on_the_page(true_annex, dimension, old, new, tmp_path):
    text = (true_annex / f"{dimension.zh}.html").read_text(encoding="utf-8")
    assert old in text
    page = tmp_path / f"{dimension.zh}.html"
    page.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert check_dimension_page(page, round_of("E"))
    assert 1 <= len(check_folder(tmp_path, round_of("E"))) <= 3  # a title is missed and unknown at once


def test_any_false_note_below_any_sheet_is_found():
    round_ = round_of("Q")
    tried = 0
    for table in tables_of_workbook(round_):
        grid = read_annex("Q")[0][table.sheet]
        places = [place for place in range(HEAD + 1, len(grid)) if str(grid[place][0]).startswith(("注：", "没有需要"))]
        for place in places:
            false = [*grid[:place], [falsify(grid[place][0]), *grid[place][1:]], *grid[place + 1 :]]
            assert list(compare_notes(false, table, round_)), grid[place][0]
            assert list(compare_notes([*grid[:place], *grid[place + 1 :]], table, round_)), grid[place][0]
            tried += 1
    assert tried > 25


def test_a_false_line_above_any_sheet_is_found():
    round_ = round_of("E")
    for table in tables_of_workbook(round_):
        grid = read_annex("E")[0][table.sheet]
        for place, old, new in (
            (1, "》（教督", "（试行）》（教督"),
            (1, "quality-2024", "quality-2025"),
            (2, "本县", "本区"),
        ):
            false = [[str(cell).replace(old, new) for cell in row] if row is grid[place] else row for row in grid]
            assert false == grid or list(compare_sheet(false, table, round_)), (table.sheet, old)


AROUND = [
    (Dimension.RESOURCES, "差异系数变小|按学生数加权", "按学校数加权"),
    (Dimension.RESOURCES, "没有需要列出的内容。", "None"),
    (Dimension.RESOURCES, "项差异系数的平均值（综合差异系数）：小学0.", "项差异系数的平均值（综合差异系数）：小学1."),
    (Dimension.RESOURCES, "均按未舍入的数值判定|各数按未舍入的数值判定", "各数按舍入后的数值判定"),
    (Dimension.GUARANTEE, "全部达到才算达到", "一条达到就算达到"),
    (Dimension.GUARANTEE, "一贯制学校的规模是小学和初中学生数之和", "一贯制学校的规模是小学学生数"),
    (Dimension.QUALITY, "尚缺的资料", "没有缺的资料"),
    (Dimension.QUALITY, "Q9|留守儿童|<li>", "<li>已补齐："),
    (Dimension.RECOGNITION, "公开文件中没有官方计算公式", "公开文件中有官方计算公式"),
    (Dimension.RECOGNITION, "本县组织自评使用", "教育部组织评估使用"),
    (Dimension.RECOGNITION, "《县域义务教育优质均衡发展督导评估办法》", "《县域义务教育优质均衡发展督导评估（2017）》"),
    (Dimension.RECOGNITION, "明江县义务教育优质均衡", "黔江区义务教育优质均衡"),
]


@pytest.mark.parametrize(("dimension", "old", "new"), AROUND)
def test_a_falsehood_around_the_tables_of_a_page_is_found(true_annex, dimension, old, new, tmp_path):
    text = (true_annex / f"{dimension.zh}.html").read_text(encoding="utf-8")
    there = next(way for way in old.split("|") if way in text)
    page = tmp_path / f"{dimension.zh}.html"
    page.write_text(text.replace(there, new, 1), encoding="utf-8")
    assert check_dimension_page(page, round_of("E"))


def test_a_note_that_is_left_out_of_a_page_is_missed(true_annex, tmp_path):
    for dimension in Dimension:
        text = (true_annex / f"{dimension.zh}.html").read_text(encoding="utf-8")
        note = re.search(r'<p class="soft">注：.*</p>', text)[0]
        page = tmp_path / f"{dimension.zh}.html"
        page.write_text(text.replace(note, "", 1), encoding="utf-8")
        assert check_dimension_page(page, round_of("E"))


def test_a_mark_on_the_wrong_side_of_the_line_is_false():
    low = measured(84.996, 2, limit_of(">=", 85))
    assert same_as_shown("84.996 ※", low)
    assert not any(same_as_shown(cell, low) for cell in ("84.996", "85.00 ※", "85.00", "84.99 ※", "— ※"))
    assert same_as_shown("85.00", measured(85.0, 2, limit_of(">=", 85)))
    assert not same_as_shown("85.00 ※", measured(85.0, 2, limit_of(">=", 85)))
    assert not same_as_shown("4", measured(4.2, 2))
    assert same_as_shown("≥4.2", Wanted(4.2, sign="≥"))
    assert not same_as_shown("≤4.2", Wanted(4.2, sign="≥"))


def test_a_mean_of_scores_is_held_against_no_line_and_no_probability_is_told_as_certain(tmp_path):
    book = openpyxl.load_workbook(write_annex(tmp_path, round_of("D")) / WORKBOOK)
    rows = {str(row[0].value): row[1] for sheet in ("不同口径", "自评结论") for row in book[sheet].iter_rows()}
    assert rows["按选项折算平均分"].value == 80
    assert "※" not in rows["按选项折算平均分"].number_format
    assert rows["高于要求的概率"].value == 99.99
    assert rows["高于要求的概率"].number_format.startswith('"＞"')


def test_a_page_and_a_change_look_no_finer_than_the_figures_they_rest_on_were_told(tmp_path):
    write_annex(tmp_path, round_of("A"))
    (cells, *_) = [own.rows[0] for own in tables_of_page(Dimension.RECOGNITION, round_of("A"))]
    assert cells[0].value == 89
    page = (tmp_path / f"{Dimension.RECOGNITION.zh}.html").read_text(encoding="utf-8")
    assert "89.00" not in page
    sheet = openpyxl.load_workbook(tmp_path / WORKBOOK)["历次调查"]
    (changed,) = [row[7] for row in sheet.iter_rows() if row[0].value == "2025-1"]
    assert changed.number_format == "#,##0"
