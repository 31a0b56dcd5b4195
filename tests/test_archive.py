"""Workbooks that somebody made to do harm, or that hold what nobody can check."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from survey_app.frame.sheets import SheetError, read_sheet, text_files
from survey_app.frame.sheets.archive import MAX_PARTS, MAX_UNPACKED, MEGABYTE, pack_anew
from survey_app.frame.sheets.sheet_problems import Problem

SHEET, RELATIONS, STYLES = "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"
BOMB = '<!DOCTYPE a [<!ENTITY a "P01"><!ENTITY b "&a;&a;&a;&a;">]>'
Parts = dict[str, bytes]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound workbook with one school in it."""
    path = tmp_path / "s.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, ["code", "name", "kind", "built_year"])
        sheet.write_row(1, 0, ["P01", "一小", "小学", 1998])
    return path


def refused(path: Path) -> list[Problem]:
    with pytest.raises(SheetError) as found:
        read_sheet("schools", path)
    return list(found.value.problems)


def change(path: Path, alter: Callable[[Parts], None]) -> None:
    """The workbook with other parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    alter(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def put(path: Path, pattern: str, other: str, part: str = SHEET) -> None:
    def alter(parts: Parts) -> None:
        text, n = re.subn(pattern, other, parts[part].decode(), count=1)
        assert n
        parts[part] = text.encode()

    change(path, alter)


@pytest.mark.parametrize("size", [MAX_UNPACKED + 1, 30 * MEGABYTE])
def test_a_bomb_is_refused_before_it_goes_off(path: Path, size: int) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as part:
        for start in range(0, size, MEGABYTE):
            part.write(bytes(min(MEGABYTE, size - start)))
    [problem] = refused(path)
    assert "解压" in problem


def test_a_part_that_lies_about_its_size_is_unpacked_no_further(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/comments1.xml", bytes(20 * MEGABYTE))
    lie = path.read_bytes().replace((20 * MEGABYTE).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    path.write_bytes(lie)
    [problem] = refused(path)
    assert "损坏" in problem


def test_a_part_that_stands_twice_is_refused_since_readers_differ_in_which_they_take(path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(SHEET, b"<worksheet/>")
    [problem] = refused(path)
    assert "损坏" in problem


def test_thousands_of_parts_are_refused(path: Path) -> None:
    change(path, lambda parts: parts.update({f"xl/{n}.xml": b"" for n in range(MAX_PARTS)}))
    [problem] = refused(path)
    assert "部件太多" in problem


def test_the_macros_of_a_workbook_never_reach_a_reader_whatever_its_name(path: Path) -> None:
    before = read_sheet("schools", path).table
    change(path, lambda parts: parts.update({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}))
    with zipfile.ZipFile(io.BytesIO(pack_anew(path.read_bytes()))) as archive:
        assert not [name for name in archive.namelist() if "vba" in name.lower()]
    assert read_sheet("schools", path).table.equals(before)


@pytest.mark.parametrize("part", [SHEET, RELATIONS, STYLES, "xl/workbook.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_not_expanded_anywhere(path: Path, part: str, encoding: str) -> None:
    def alter(parts: Parts) -> None:
        head, body = parts[part].decode().split("?>", 1)
        parts[part] = (head.replace("UTF-8", encoding) + "?>" + BOMB + body).encode(encoding)

    change(path, alter)
    [problem] = refused(path)
    assert "损坏" in problem


CELL = '<c r="D2"><v>1998</v></c>'


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('<c r="D2"><f>1997+1</f></c>', "还没有算出结果"),
        ('<c r="D2"><f>1997+1</f><v></v></c>', "还没有算出结果"),
        ('<c r="D2"><f>[1]表!A1</f><v>1998</v></c>', "引用了别的工作簿"),
        ("<c r=\"D2\"><f>'[2]某 表'!A1</f><v>1998</v></c>", "引用了别的工作簿"),
        ('<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "公式出错"),
    ],
)
def test_a_formula_whose_value_nobody_can_stand_for_is_refused_by_its_cell(path: Path, cell: str, words: str) -> None:
    put(path, CELL, cell)
    [problem] = refused(path)
    assert (problem.row, problem.column) == (2, "D列“built_year”")
    assert words in problem


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ('<c r="D2"><f>1997+1</f><v>1998</v></c>', 1998),
        ('<c r="D2"><f>A[1]</f><v>1998</v></c>', None),
        ('<c r="D2" t="str"><f>IF(1,"")</f><v></v></c>', float("nan")),
    ],
)
def test_a_formula_with_its_value_counts_as_what_the_person_sees(path: Path, cell: str, year: float | None) -> None:
    put(path, CELL, cell)
    if year is None:  # a reference to another workbook, however it is written
        assert refused(path)
    else:
        assert read_sheet("schools", path).table["built_year"].tolist() == pytest.approx([year], nan_ok=True)


def test_a_copied_formula_looks_where_the_first_one_does(path: Path) -> None:
    put(path, CELL, '<c r="D2"><f t="shared" ref="D2:D3" si="0">[1]表!A1</f><v>1998</v></c>')
    copy = '</row><row r="3"><c r="A3" t="inlineStr"><is><t>P02</t></is></c>'
    copy += '<c r="B3" t="inlineStr"><is><t>二小</t></is></c><c r="C3" t="inlineStr"><is><t>小学</t></is></c>'
    put(path, "</row></sheetData>", copy + '<c r="D3"><f t="shared" si="0"/><v>1999</v></c></row></sheetData>')
    assert [problem.row for problem in refused(path)] == [2, 3]


def test_what_a_program_wrote_and_no_spreadsheet_computed_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["code", "name", "kind", "built_year"], ["P01", "一小", "小学", "=1997+1"]):
        book.active.append(row)
    book.save(tmp_path / "s.xlsx")
    [problem] = refused(tmp_path / "s.xlsx")
    assert "还没有算出结果" in problem


def test_a_formula_in_a_column_that_is_not_read_hinders_nobody(path: Path) -> None:
    put(path, '</row><row r="2"', '<c r="E1" t="inlineStr"><is><t>经办</t></is></c></row><row r="2"')
    put(path, CELL, CELL + '<c r="E2"><f>[1]表!A1</f></c>')
    assert len(read_sheet("schools", path).table) == 1


@pytest.mark.parametrize("content", [b"\n" * 30, b"a," * 30], ids=["rows", "cells"])
def test_a_table_without_end_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(text_files, "MAX_ROWS", 20)
    monkeypatch.setattr(text_files, "MAX_CELLS", 20)
    (tmp_path / "s.csv").write_bytes(content)
    [problem] = refused(tmp_path / "s.csv")
    assert "上限" in problem


def test_a_column_with_a_name_of_a_million_letters_is_refused_at_once(path: Path) -> None:
    put(path, 'r="D2"', f'r="{"A" * MEGABYTE}2"')
    [problem] = refused(path)
    assert "损坏" in problem


def test_what_stands_behind_the_workbook_or_before_it_is_not_taken_for_it(path: Path) -> None:
    sound, other = path.read_bytes(), io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    path.write_bytes(sound + other.getvalue())
    [problem] = refused(path)
    assert "损坏" in problem
