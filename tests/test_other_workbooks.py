"""XLS, XLSB, ODS and ET come in as XLSX does; what is no table is told by its true cause, whatever its name is."""

import io
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
import xlsxwriter
from docx import Document

from survey_app.frame.sheets import SheetError, Upload, read_sheet
from survey_app.frame.sheets.sheet_files import read_grids

FILES = Path(__file__).parent / "data" / "files"
HEADS = ["学校代码", "学校名称", "办学类型", "建校年份"]
ROWS = [["某区学校名录"], HEADS, ["P01", "第一小学", "小学", 1998], ["P02", "第二中学", "初中", 2003], ["合计", 2]]
EXPECTED = [["P01", "第一小学", "primary", 1998], ["P02", "第二中学", "junior", 2003]]
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ODS = "urn:oasis:names:tc:opendocument:xmlns"
HIDDEN = "隐藏"
Rows = Sequence[Sequence[object]]
Merged = tuple[int, int, int, int]  # first and last row, first and last column


class Share(NamedTuple):
    """A number shown as a percentage."""

    share: float


def number(value: int) -> bytes:
    """A number in parts of seven bits, as BIFF12 writes ids and sizes."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F)
    return bytes([*(part | 0x80 for part in parts[:-1]), parts[-1]])


def record(kind: int, content: bytes = b"") -> bytes:
    return number(kind) + number(len(content)) + content


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def binary_cell(column: int, value: object) -> bytes:
    place = struct.pack("<II", column, 0)
    if value == "#REF!":
        return record(3, place + b"\x17")
    if isinstance(value, Share):
        return record(5, struct.pack("<IId", column, 1, value.share))
    if isinstance(value, str):
        return record(6, place + text(value))
    return record(5, place + struct.pack("<d", value))


def binary_sheet(rows: Rows, far: int, merged: Merged | None) -> bytes:
    """`far`: in which column the last row has one more cell."""
    parts = [record(129), record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, 3)), record(145)]
    for row, cells in enumerate(rows):
        hidden = 0x10 if HIDDEN in cells else 0
        parts.append(record(0, struct.pack("<IIHBBB", row, 0, 300, 0, hidden, 0) + struct.pack("<I", 0)))
        parts += [binary_cell(column, value) for column, value in enumerate(cells)]
    more = binary_cell(far, "") if far else b""
    ranges = (
        [record(177, struct.pack("<I", 1)), record(176, struct.pack("<IIII", *merged)), record(178)] if merged else []
    )
    return b"".join([*parts, more, record(146), *ranges, record(130)])


def write_xlsb(rows: Rows, far: int = 0, merged: Merged | None = None) -> bytes:
    """A workbook in BIFF12, by hand: [MS-XLSB] 2.1 and 2.4."""
    sheet = record(156, struct.pack("<II", 0, 1) + text("rId1") + text("名录"))
    book = record(131) + record(143) + sheet + record(144) + record(132)
    links = f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.bin"/>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", binary_sheet(rows, far, merged))
        styles = [record(47, struct.pack("<HH", 0, shown) + bytes(12)) for shown in (0, 10)]
        archive.writestr("xl/styles.bin", b"".join([record(617, bytes(4)), *styles, record(618)]))
        archive.writestr(
            "xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
        )
    return packed.getvalue()


class Spanning(NamedTuple):
    """A text in a cell that is merged with the one below."""

    text: str


def open_cell(value: object) -> str:
    if isinstance(value, Spanning):
        return (
            '<table:table-cell office:value-type="string" table:number-rows-spanned="2">'
            f"<text:p>{value.text}</text:p></table:table-cell>"
        )
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def write_ods(rows: Rows) -> bytes:
    """An OpenDocument spreadsheet, by hand."""
    lines = "".join(f"<table:table-row>{''.join(map(open_cell, cells))}</table:table-row>" for cells in rows)
    names = " ".join(f'xmlns:{name}="{ODS}:{name}:1.0"' for name in ("office", "table", "text"))
    table = f'<table:table table:name="名录">{lines}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    content = f"<office:document-content {names}>{body}</office:document-content>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{ODS}:manifest:1.0"/>')
    return packed.getvalue()


def write_xlsx(rows: Rows) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        sheet = book.add_worksheet("名录")
        for row, cells in enumerate(rows):
            sheet.write_row(row, 0, cells)
    return packed.getvalue()


def write_page(rows: Rows) -> bytes:
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for cells in rows)
    return f"<html><body><table>{lines}</table></body></html>".encode("gb18030")


BOOKS = {
    "名录.xls": (FILES / "schools.xls").read_bytes(),
    "名录.et": (FILES / "schools.xls").read_bytes(),
    "名录.xlsb": write_xlsb(ROWS),
    "名录.ods": write_ods(ROWS),
    "名录.xlsx": write_xlsx(ROWS),
    "网页.xls": write_page(ROWS),
}


@pytest.mark.parametrize("name", BOOKS)
def test_each_kind_of_workbook_gives_the_same_table_and_leaves_the_total_out_by_name(name: str) -> None:
    sheet = read_sheet("schools", Upload(name=name, content=BOOKS[name]))
    assert sheet.table[["code", "name", "kind", "built_year"]].to_numpy().tolist() == EXPECTED
    assert any("没有读入（合计）" in note for note in sheet.notes)


@pytest.mark.parametrize("name", BOOKS)
def test_the_name_of_a_file_is_not_believed(name: str) -> None:
    other = Upload(name="名录.csv", content=BOOKS[name])
    assert len(read_sheet("schools", other).table) == 2


def write_document() -> bytes:
    packed = io.BytesIO()
    document = Document()
    document.add_paragraph("学校名录")
    document.save(packed)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (write_document(), "这是一份文字文档（Word），不是表格"),
        (BOOKS["名录.xlsx"][:-200], "文件损坏，或不是表格"),
        (BOOKS["名录.xls"][:700], "文件损坏，或不是表格"),
        (BOOKS["名录.ods"][:-100], "文件损坏，或不是表格"),
        (b"", "文件是空的"),
    ],
    ids=["docx", "cut xlsx", "cut xls", "cut ods", "empty"],
)
@pytest.mark.parametrize("name", ["表.xlsx", "表.xls", "表.csv"])
def test_what_is_no_table_is_told_by_its_true_cause_in_one_sentence(name: str, content: bytes, cause: str) -> None:
    with pytest.raises(SheetError) as refused:
        read_sheet("schools", Upload(name=name, content=content))
    [sentence] = refused.value.problems
    assert cause in sentence


LOOKS = {
    "looks.xls": (FILES / "looks.xls").read_bytes(),
    "looks.ods": (FILES / "looks.ods").read_bytes(),
    "looks.xlsb": write_xlsb(
        [
            ["指标编号", "学段", "数值"],
            ["G9", "", Share(0.985)],
            ["G12", "", "#REF!"],
            ["Q1", "", 97, HIDDEN],
            ["Q2", "", 98.5],
        ]
    ),
}


@pytest.mark.parametrize("name", LOOKS)
def test_failed_formulas_percentages_and_hidden_rows_are_seen_in_each_kind_of_workbook(name: str) -> None:
    upload = Upload(name=name, content=LOOKS[name])
    [grid] = read_grids(upload)
    assert [grid.cell(row, 2) for row in range(2, 6)] == ["98.5%", "#ERROR!", "97", "98.5"]
    assert grid.hidden_rows == {4}
    assert grid.hidden_columns == (set() if name == "looks.xlsb" else {3})
    with pytest.raises(SheetError) as refused:
        read_sheet("county", upload)
    failed, hidden = refused.value.problems
    assert "第 3 行，C列“数值”：公式出错" in failed
    assert "第 4 行：这一行是隐藏的" in hidden


@pytest.mark.parametrize("name", [*LOOKS, "名录.xls", "名录.ods", "名录.xlsb"])
def test_a_workbook_with_any_byte_changed_is_read_or_refused_with_a_sentence(name: str) -> None:
    content = {**LOOKS, **BOOKS}[name]
    random = Random(7)
    for _ in range(15):
        broken = bytearray(content)
        for place in random.sample(range(len(content)), 4):
            broken[place] = random.randrange(256)
        with suppress(SheetError):
            read_grids(Upload(name=name, content=bytes(broken)))


ALONE = "import sys, python_calamine; python_calamine.load_workbook(sys.argv[1]).get_sheet_by_index(0)"


def test_a_workbook_that_ends_the_process_of_its_reader_is_refused_with_a_sentence(tmp_path: Path) -> None:
    deadly = write_xlsb(ROWS, far=0xFF000000)
    path = tmp_path / "名录.xlsb"
    path.write_bytes(deadly)
    ended = subprocess.run([sys.executable, "-c", ALONE, path], capture_output=True, check=False)
    assert ended.returncode == -signal.SIGABRT
    with pytest.raises(SheetError) as refused:
        read_grids(path)
    assert "文件损坏" in refused.value.problems[0]


def test_a_document_that_repeats_itself_beyond_measure_is_refused() -> None:
    hidden = '<table:table-row table:visibility="collapse" table:number-rows-repeated="1048576"/>'
    packed = io.BytesIO(write_ods(ROWS))
    with zipfile.ZipFile(packed) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["content.xml"] = parts["content.xml"].replace(b"</table:table>", f"{hidden * 3}</table:table>".encode())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    with pytest.raises(SheetError) as refused:
        read_grids(Upload(name="表.ods", content=written.getvalue()))
    assert "文件损坏" in refused.value.problems[0]


def test_a_merged_cell_is_filled_down_in_each_form_and_said() -> None:
    """calamine tells of neither XLSB nor ODS what is merged: the second school had no kind."""
    apart = [HEADS, ["P01", "第一小学", "小学", 1998], ["P02", "第二小学", "", 2003]]
    spanning = [HEADS, ["P01", "第一小学", Spanning("小学"), 1998], apart[2]]
    books = {"表.xlsb": write_xlsb(apart, merged=(1, 2, 2, 2)), "表.ods": write_ods(spanning)}
    for name, content in books.items():
        sheet = read_sheet("schools", Upload(name=name, content=content))
        assert list(sheet.table.kind) == ["primary", "primary"]
        assert any("合并" in note for note in sheet.notes)
