"""A refused file comes back with its cells coloured and a sentence beside each; mended there, it is taken."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from sqlalchemy import Engine

from survey_app.frame.sheets import SheetError, Upload, read_sheet
from survey_app.frame.sheets.marked_copy import COLOUR, mark_copy
from tests.console import Console, open_console
from tests.county import open_county
from tests.program import survey
from tests.test_storing_imported import CLASS, upload

HEADS = ["学校代码", "学校名称", "办学类型", "建校年份"]
ROWS = [["P01", "第一小学", "小学", 1998], ["P02", "第二小学", "幼儿园", 2001], ["P01", "第三小学", "小学", -5]]
Place = tuple[str, int, int]


def write_book(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("名录")
        bold = book.add_format({"bold": True})
        for number, row in enumerate([HEADS, *ROWS]):
            for column, value in enumerate(row):
                sheet.write(number, column, value, bold if number == 0 else None)
        sheet.set_column(1, 1, 33)
        book.add_worksheet("附注").write(0, 0, "这一张不是名录")
    return path


def write_text(path: Path) -> Path:
    path.write_text("\n".join(",".join(map(str, row)) for row in [HEADS, *ROWS]), encoding="utf-8")
    return path


def refuse(path: Any) -> SheetError:
    with pytest.raises(SheetError) as refused:
        read_sheet("schools", path)
    return refused.value


def find_marks(content: bytes) -> dict[Place, str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        (sheet.title, cell.row, cell.column): cell.comment.text
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }


@pytest.mark.parametrize(("write", "name"), [(write_book, "表.xlsx"), (write_text, "表.csv")])
def test_every_problem_is_marked_at_its_cell_and_the_mended_copy_is_taken(tmp_path: Path, write, name: str) -> None:
    path = write(tmp_path / name)
    error = refuse(path)
    content = mark_copy(path, error.problems)
    marks = find_marks(content)
    assert {(row, column) for _, row, column in marks} == {(3, 3), (4, 1), (4, 4)}
    assert {sentence for text in marks.values() for sentence in text.split("\n")} == {
        p.sentence for p in error.problems
    }
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert sheet.cell(3, 3).fill.fgColor.rgb.endswith(COLOUR)
    for place, value in {"C3": "小学", "A4": "P03", "D4": 1999}.items():
        sheet[place].value = value
    mended = io.BytesIO()
    book.save(mended)
    table = read_sheet("schools", Upload(name="改好.xlsx", content=mended.getvalue())).table
    assert table.code.tolist() == ["P01", "P02", "P03"]
    assert table.built_year.tolist() == [1998, 2001, 1999]


def test_a_workbook_keeps_its_looks_and_its_other_sheets(tmp_path: Path) -> None:
    path = write_book(tmp_path / "表.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(mark_copy(path, refuse(path).problems)))
    assert book.sheetnames == ["名录", "附注"]
    assert book["名录"].column_dimensions["B"].width == pytest.approx(33, abs=1)
    assert book["名录"]["A1"].font.bold
    assert book["附注"]["A1"].value == "这一张不是名录"


def test_a_cell_inside_a_merged_range_is_marked_at_the_range(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("名录")
        sheet.write_row(0, 0, HEADS)
        sheet.write_row(1, 0, ROWS[0][:3])
        sheet.write_row(2, 0, ROWS[1][:3])
        sheet.merge_range(1, 2, 2, 2, "幼儿园")
    assert (("名录", 2, 3)) in find_marks(mark_copy(path, refuse(path).problems))


def test_a_workbook_with_a_document_type_is_copied_by_its_values(tmp_path: Path) -> None:
    path = write_book(tmp_path / "表.xlsx")
    problems = refuse(path).problems
    spoilt = tmp_path / "坏.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = content.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "' + b"c" * 99 + b'">]>', 1)
            new.writestr(name, content)
    content = mark_copy(spoilt, problems)
    assert len(find_marks(content)) == 3
    with zipfile.ZipFile(io.BytesIO(content)) as copy:
        assert not any(b"DOCTYPE" in copy.read(name) for name in copy.namelist())


def test_a_formula_of_a_csv_stays_a_text(tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text('学校代码,学校名称,办学类型\nP01,"=HYPERLINK(""http://x"")",幼儿园\n', encoding="utf-8")
    book = openpyxl.load_workbook(io.BytesIO(mark_copy(path, refuse(path).problems)))
    assert book.worksheets[0]["B2"].data_type == "s"


def test_the_command_line_writes_the_copy_and_takes_it_back_mended(tmp_path: Path) -> None:
    write_text(tmp_path / "表.csv")
    said = survey("import", "schools", "表.csv", "--marked", "标注.xlsx", folder=tmp_path, code=2).stderr
    assert "标出问题的副本：标注.xlsx" in said
    book = openpyxl.load_workbook(tmp_path / "标注.xlsx")
    for place, value in {"C3": "小学", "A4": "P03", "D4": 1999}.items():
        book.worksheets[0][place].value = value
    book.save(tmp_path / "标注.xlsx")
    assert "导入 3 行" in survey("import", "schools", "标注.xlsx", folder=tmp_path).stdout


def test_a_copy_of_answers_is_never_written_by_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(upload([1, *CLASS, *["好极了"] * 17]).content)
    said = survey("import", "responses", "a.csv", "--marked", "标注.xlsx", folder=tmp_path, code=2).stderr
    assert "答卷的标注副本不写成文件" in said
    assert not (tmp_path / "标注.xlsx").exists()


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def download(console: Console, page: str, name: str, content: bytes, who: str = "county", **fields: str) -> Any:
    refused = console.people["county"].post(page, fields, {"file": (name, io.BytesIO(content), "text/csv")})
    assert refused.status_code == 422
    [token] = set(re.findall(r'name="token" value="(\w+)"', refused.text))
    return console.people[who].post(f"{page}/marked", {"token": token})


@pytest.mark.parametrize("kind_of_school", ["幼儿园", "小学"])
def test_the_console_offers_the_copy_with_every_refusal_that_has_a_place(
    console: Console, tmp_path: Path, kind_of_school: str
) -> None:
    text = write_text(tmp_path / "表.csv").read_text(encoding="utf-8").replace("幼儿园", kind_of_school)
    copy = download(console, "/console/import", "表.csv", text.encode(), kind="schools")
    assert copy.status_code == 200
    assert {(row, column) for _, row, column in find_marks(copy.content)} >= {(4, 1), (4, 4)}


def test_a_copy_of_answers_stays_in_memory_and_goes_to_who_sent_them_alone(console: Console, tmp_path: Path) -> None:
    file = upload([1, *CLASS, *["好极了"] * 17])
    page = "/console/import/responses"
    assert download(console, page, file.name, file.content, who="admin").status_code == 404
    copy = download(console, page, file.name, file.content)
    marks = find_marks(copy.content)
    assert len(marks) == 17
    assert not any("好极了" in text for text in marks.values())
    kept = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert not [
        path for path in kept if "好极了".encode() in path.read_bytes() or b"PK\x03\x04" in path.read_bytes()[:4]
    ]
