"""A plain workbook read cell by cell tells what calamine tells of it, at the cost of its values alone."""

import io
import tracemalloc
import zipfile
from pathlib import Path
from random import Random

import openpyxl
import pytest
import xlsxwriter

from survey_app.frame.sheets import SheetError, Upload, read_sheet, workbook_reading
from survey_app.frame.sheets.archive import RefusedError
from survey_app.frame.sheets.grids import Grid
from survey_app.frame.sheets.plain_sheets import read_plain_workbook
from survey_app.frame.sheets.workbook_reading import read_workbook
from tests.damages import BASES, BENIGN, write
from tests.test_damages import damage_table

SHEET = "xl/worksheets/sheet1.xml"
DATA = Path(__file__).parent / "data"
FRAME = (["group", "unit", "class", "grade", "population"], ["家长", "P01", "三年级1班", 3, 40])
BOOKS = sorted(DATA.rglob("*.xlsx"))


def parsed(content: bytes, monkeypatch: pytest.MonkeyPatch) -> list[Grid]:
    """The worksheets as calamine reads them."""
    monkeypatch.setattr(workbook_reading, "read_plain_workbook", lambda content: None)
    return list(read_workbook(content))


def seen(grid: Grid) -> list[list[object]]:
    """The rows without blanks at their ends and below."""
    rows = [[cell if str(cell).strip() else "" for cell in row] for row in grid.rows]
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def compare(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read_plain_workbook(content)
    assert plain is not None
    for ours, theirs in zip(plain, parsed(content, monkeypatch), strict=True):
        assert (ours.name, ours.copied, ours.meeting, ours.notes) == (
            theirs.name, theirs.copied, theirs.meeting, theirs.notes,
        )  # fmt: skip
        assert seen(ours) == seen(theirs)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_a_workbook_of_any_program_is_plain_and_read_as_calamine_reads_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(path.read_bytes(), monkeypatch)


def test_damaged_tables_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = [damage for damage in BENIGN if damage.__name__ != "stray"]
    for seed, base in enumerate(sorted(BASES)):
        book = damage_table(base, seed, Random(seed).sample(usual, 3), None, None)
        compare(write(book).content, monkeypatch)


@pytest.mark.parametrize("shared", [True, False], ids=["shared texts", "texts in their cells"])
def test_texts_and_numbers_of_all_kinds_are_read_alike(shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"constant_memory": not shared}) as book:
        sheet = book.add_worksheet("数据")
        hidden = book.add_worksheet("底稿")
        hidden.hide()
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, ["a&b", "<甲>", 'said "x"', "两\n行", " 前后 ", "&#24207;"])
        sheet.write_row(1, 0, [1, 1.5, -2.25, 1e15, 123456789012345, 0.1])
        sheet.write_row(4, 2, [True, False, "", "  "])
        if shared:
            sheet.write_rich_string(5, 0, "甲", bold, "乙", "丙")
        sheet.merge_range(6, 0, 8, 1, "合并")
    compare(written.getvalue(), monkeypatch)


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        (b'<c r="E2" t="b"><v>true</v></c>', True),
        (b'<c r="E2" t="b"><v>false</v></c>', True),
        (b'<c r="E2" t="b"><v>1</v></c>', True),
        (b'<c r="E2"><v>1E3</v></c>', True),
        (b'<c r="E2"><v>1_000</v></c>', False),
        (b'<c r="E2" t="s"><v>-1</v></c>', False),
        (b'<c r="E2" t="b"><v>2</v></c>', False),
    ],
    ids=lambda part: str(part),
)
def test_every_spelling_of_a_value_is_read_alike_or_left_to_a_parser(
    cell: bytes, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = change_sheet(b'<c r="E2" t="n"><v>40</v></c>', cell)
    if plain:
        compare(content, monkeypatch)
    else:
        assert read_plain_workbook(content) is None


@pytest.mark.parametrize("what", ["formula", "date", "percent", "hidden row", "hidden column"])
def test_whatever_only_a_parser_can_tell_is_left_to_one(what: str) -> None:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["甲", "乙"])
        match what:
            case "formula":
                sheet.write_formula(1, 0, "=1+1", None, 2)
            case "date":
                sheet.write_number(1, 0, 45000, book.add_format({"num_format": "yyyy-mm-dd"}))
            case "percent":
                sheet.write_number(1, 0, 0.95, book.add_format({"num_format": "0.0%"}))
            case "hidden row":
                sheet.set_row(0, None, None, {"hidden": True})
            case "hidden column":
                sheet.set_column(0, 0, None, None, {"hidden": True})
    assert read_plain_workbook(written.getvalue()) is None


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b'<c r="B2"', b'<c r="B3"'),
        (b'<c r="B2"', b'<c r="12"'),
        (b'<c r="B2"', b'<c xml:id="B2"'),
        (b'<c r="D2"', b'<c r="A2"'),
        (b'<row r="2"', b'<row r="1"'),
        (b'<row r="2"', b"<row"),
        (b"<v>3</v>", b"<v>3</v>x"),
        (b"<v>3</v>", b"<v>3</v><f>1+2</f>"),
        (b"<v>3</v>", b"<v>3</v><!-- 4 -->"),
        (b"</row></sheetData>", b"<x/></row></sheetData>"),
        (b"</sheetData>", b'<c r="A9"><v>1</v></c></sheetData>'),
    ],
    ids=lambda part: part.decode(),
)
def test_nothing_in_a_row_but_its_own_cells_is_taken_for_plain(written: bytes, instead: bytes) -> None:
    assert read_plain_workbook(change_sheet(written, instead)) is None


def change_sheet(written: bytes, instead: bytes) -> bytes:
    """A frame's workbook with something else in the place of what its worksheet has."""
    other = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(write_frame().content)) as book, zipfile.ZipFile(other, "w") as changed:
        for name in book.namelist():
            content = book.read(name)
            assert name != SHEET or written in content
            changed.writestr(name, content.replace(written, instead) if name == SHEET else content)
    return other.getvalue()


def write_frame(*strays: tuple[int, int, str]) -> Upload:
    """A frame, and what else stands somewhere in its worksheet, by row and column from 1."""
    book = openpyxl.Workbook()
    for row in FRAME:
        book.worksheets[0].append(list(row))
    for row, column, text in strays:
        book.worksheets[0].cell(row, column, text)
    written = io.BytesIO()
    book.save(written)
    return Upload(name="名册.xlsx", content=written.getvalue())


def test_a_stray_space_in_the_last_row_of_a_sheet_costs_nothing() -> None:
    table = read_sheet("frame", write_frame()).table
    far = write_frame((1_048_576, 1, " "), (1_048_576, 16_384, "\u3000"))
    tracemalloc.start()
    assert read_sheet("frame", far).table.equals(table)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000


def write_computed(*strays: tuple[int, int, str]) -> Upload:
    """The same frame with people that a formula counts, which only a parser reads."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(FRAME):
            sheet.write_row(number, 0, row)
        sheet.write_formula(1, 4, "=20*2", None, 40)
        for row, column, text in strays:
            sheet.write_string(row, column, text)
    return Upload(name="名册.xlsx", content=written.getvalue())


def test_a_stray_space_costs_nothing_beside_a_formula_either() -> None:
    far = write_computed((1_048_575, 0, " "), (1_048_575, 16_383, "\u3000"))
    assert read_plain_workbook(far.content) is None
    assert read_sheet("frame", far).table.equals(read_sheet("frame", write_frame()).table)


def test_a_far_word_beside_a_formula_is_told_and_not_dropped() -> None:
    with pytest.raises(SheetError, match="占了 1048576 行 9 列"):
        read_sheet("frame", write_computed((1_048_575, 8, "无")))


def test_a_stray_word_in_the_last_row_of_a_wide_sheet_is_told_and_not_allotted() -> None:
    with pytest.raises(SheetError, match="占了 1048576 行 9 列"):
        read_sheet("frame", write_frame((1_048_576, 9, "无")))


def test_sixteen_thousand_columns_more_are_a_count_and_no_list() -> None:
    wide = write_frame(*((1, column, f"备用{column}") for column in range(20, 16_001)))
    sheet = read_sheet("frame", wide)
    assert sheet.table.equals(read_sheet("frame", write_frame()).table)
    [told] = [note for note in sheet.notes if "备用20" in note]
    assert len(told) < 1_000
    assert "15941" in told


def test_more_cells_than_a_county_can_have_are_refused() -> None:
    with pytest.raises(RefusedError, match="超出上限"):
        read_plain_workbook(write_frame((900_000, 12, "无")).content)


def write_with_everything() -> bytes:
    """A frame with most of what XlsxWriter can put around its cells."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet("名册")
        for number, row in enumerate(FRAME):
            sheet.write_row(number, 0, row)
        sheet.add_table(0, 0, 1, 4, {"columns": [{"header": head} for head in FRAME[0]]})
        sheet.write_comment(1, 1, "已核对")
        sheet.data_validation(1, 0, 9, 0, {"validate": "list", "source": ["家长", "学生"]})
        sheet.conditional_format(
            1, 4, 9, 4, {"type": "cell", "criteria": ">", "value": 50, "format": book.add_format()}
        )
        sheet.freeze_panes(1, 0)
        sheet.protect("一二三")
        book.define_name("人数", "=名册!$E$2")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=名册!$E$2:$E$2"})
        sheet.insert_chart("H2", chart)
        chartsheet = book.add_chartsheet("图")
        other = book.add_chart({"type": "bar"})
        other.add_series({"values": "=名册!$E$2:$E$2"})
        chartsheet.set_chart(other)
        book.add_worksheet("说明").write_url(0, 0, "https://example.org/")
    return written.getvalue()


def test_tables_charts_comments_and_rules_around_the_cells_change_nothing() -> None:
    """openpyxl and XlsxWriter come without fixture workbooks, wheel and sdist alike; this one stands for them."""
    sheet = read_sheet("frame", Upload(name="名册.xlsx", content=write_with_everything()))
    assert sheet.table.equals(read_sheet("frame", write_frame()).table)
    assert any("说明" in note for note in sheet.notes)
