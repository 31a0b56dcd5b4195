"""Twelve tables as counties hold them, and what happens to such files on their way: each damage is done by hand here.

A damaged file is a `Book`: its cells, how it is written down, and at which cells the truth was overwritten. `mend`
follows a sentence of the reader: it changes what the sentence points at, and nothing else.
"""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import openpyxl
import pandas as pd

from questionnaires.paper import load_paper
from survey_app.frame.sheets import Mapping, Problem, Upload, read_responses, read_sheet
from tests.test_other_workbooks import write_ods, write_page, write_xlsb

ITEMS = load_paper("social-2026").item_ids
Cell = str | float | int | date
LETTER = re.compile(r"([A-Z]+)列")
OFFICE = shutil.which("soffice")
AT_ONCE = 40
"""Files that LibreOffice is given at once: of a hundred and fifty it left out the last and said nothing."""
OFFICE_FORMS = ("xls", "ods", "xlsx", "csv:Text - txt - csv (StarCalc):44,34,76")
ANSWERS = ("非常满意", "满意", "基本满意", "不满意", "非常不满意", "不了解", "")


@dataclass
class Book:
    """Rows from the head on; `truth` are the cells that were overwritten, by row and column from 0."""

    kind: str
    rows: list[list[Cell]]
    form: str = "xlsx"
    encoding: str = "utf-8"
    separator: str = ","
    merged: list[tuple[int, int, int]] = field(default_factory=list)  # column, first and last row
    hidden: set[int] = field(default_factory=set)
    truth: dict[tuple[int, int], Cell] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    split: int = 0
    first_line: str = ""
    head: int = 0
    broken: int = 0
    far: bool = False
    notes_sheet: bool = False

    @property
    def body(self) -> range:
        """The rows under the head."""
        return range(self.head + 1, len(self.rows))


def _schools(random: Random, with_ministry_codes: bool) -> list[list[Cell]]:
    kinds = ["小学", "初中", "九年一贯制", "教学点", "完全中学"]
    heads = ["学校代码", "学校名称", "办学类型", "乡镇街道", "城乡", "建校年份"]
    rows: list[list[Cell]] = [
        [
            f"P{n:02d}",
            f"第{n}学校",
            random.choice(kinds),
            f"{n % 3}号镇",
            random.choice(["城区", "镇区", "乡村"]),
            1950 + n,
        ]
        for n in range(1, 9)
    ]
    if with_ministry_codes:
        heads = [*heads, "学校标识码"]
        rows = [[*row, f"21500{n:05d}"] for n, row in enumerate(rows)]
    return [heads, *rows]


def _resources(random: Random, stage: str, heads: list[str]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for n in range(1, 9):
        pupils = random.randint(100, 900)
        rows.append([f"P{n:02d}", stage, pupils, *(random.randint(1, 90) for _ in heads)])
    return [["学校代码", "学段", "学生数", *heads], *rows]


def _county(random: Random, ids: list[str]) -> list[list[Cell]]:
    heads = ["指标编号", "学段", "数值", "数据来源"]
    return [heads, *([name, "", random.randint(600, 990) / 10, f"{name}科"] for name in ids)]


def _frame(random: Random, group: str, grades: range) -> list[list[Cell]]:
    heads = ["调查对象", "单位", "班级", "年级", "总人数", "城乡"]
    rows: list[list[Cell]] = [
        [group, f"P{n:02d}", f"{grade}年级{n}班", grade, random.randint(20, 55), random.choice(["城区", "镇区"])]
        for n in range(1, 4)
        for grade in grades
    ]
    return [heads, *rows]


def _adults(random: Random, group: str, unit: str) -> list[list[Cell]]:
    return [
        ["调查对象", "单位", "总人数", "邀请人数"],
        *([group, f"第{n}{unit}", 40 + n, random.randint(1, 40)] for n in range(1, 9)),
    ]


def _responses(random: Random, group: str) -> list[list[Cell]]:
    heads = ["调查对象", "单位", "班级", *ITEMS, "答题用时"]
    return [heads, *([group, "P01", "三年级1班", *random.choices(ANSWERS, k=len(ITEMS)), 60 + n] for n in range(8))]


BASES: dict[str, Callable[[Random], Book]] = {
    "schools": lambda random: Book("schools", _schools(random, with_ministry_codes=False)),
    "schools with ministry codes": lambda random: Book("schools", _schools(random, with_ministry_codes=True)),
    "teachers": lambda random: Book("resources", _resources(random, "小学", ["高于规定学历教师数", "骨干教师数"])),
    "rooms": lambda random: Book("resources", _resources(random, "全校", ["教学及辅助用房面积", "网络多媒体教室数"])),
    "equipment": lambda random: Book(
        "resources", _resources(random, "初中", ["教学仪器设备值（万元）", "体育运动场馆面积"])
    ),
    "guarantee": lambda random: Book("county", _county(random, ["G9", "G11a", "G12", "G15b"])),
    "quality": lambda random: Book("county", _county(random, ["Q1", "Q2", "Q3"])),
    "families": lambda random: Book("frame", _frame(random, "家长", range(1, 4))),
    "pupils": lambda random: Book("frame", _frame(random, "学生", range(3, 6))),
    "teachers' frame": lambda random: Book("frame", _adults(random, "教师", "小学")),
    "delegations": lambda random: Book("frame", _adults(random, "人大代表", "代表团")),
    "answers": lambda random: Book("responses", _responses(random, "家长")),
}


def write(book: Book) -> Upload:
    """The file."""
    if book.form == "csv":
        return Upload(name="表.csv", content=_write_text(book))
    plain = [[cell.isoformat() if isinstance(cell, date) else cell for cell in row] for row in book.rows]
    match book.form:
        case "xlsb":
            return Upload(name="表.xlsb", content=write_xlsb(plain))
        case "ods":
            return Upload(name="表.ods", content=write_ods(plain))
        case "page":
            return Upload(name="表.xls", content=write_page(plain))
    return Upload(name="表.xlsx", content=_write_workbook(book))


def _write_text(book: Book) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=book.separator).writerows(book.rows)
    lines = stream.getvalue().split("\r\n")
    if book.broken:
        lines[book.broken] = '"' + lines[book.broken]
    return (book.first_line + "\r\n".join(lines)).encode(book.encoding)


def _write_workbook(book: Book) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "数据"
    _write_rows(book, made)
    _write_looks(book, made)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def _write_rows(book: Book, made: openpyxl.Workbook) -> None:
    parts = [book.rows]
    if book.split:
        parts = [book.rows[: book.split], [book.rows[book.head], *book.rows[book.split :]]]
    for number, rows in enumerate(parts):
        target = made.active if number == 0 else made.create_sheet("续表")
        for row, cells in enumerate(rows, start=1):
            for column, value in enumerate(cells, start=1):
                if value != "":
                    target.cell(row, column, value)


def _write_looks(book: Book, made: openpyxl.Workbook) -> None:
    sheet = made.active
    for (row, column), number_format in book.formats.items():
        sheet.cell(row + 1, column + 1).number_format = number_format
    for column, first, last in book.merged:
        sheet.merge_cells(start_row=first + 1, end_row=last + 1, start_column=column + 1, end_column=column + 1)
    for row in book.hidden:
        sheet.row_dimensions[row + 1].hidden = True
    if book.far:
        sheet.cell(3_000, 1, " ")
    if book.notes_sheet:
        made.create_sheet("填表说明").cell(1, 1, "请于月底前报送")


def read(book: Book, saved: Upload | None = None) -> pd.DataFrame:
    """What the reader makes of it, or of what an office saved of it; raises SheetError."""
    file = saved or write(book)
    if book.kind == "responses":
        return read_responses(file, ITEMS, Mapping()).table
    return read_sheet(book.kind, file).table


def has_calc() -> bool:
    """Whether LibreOffice is here with its spreadsheet program."""
    return OFFICE is not None and Path(OFFICE).resolve().with_name("libsclo.so").exists()


def save_by_libreoffice(books: dict[str, bytes], form: str) -> dict[str, Upload]:
    """Each workbook opened by LibreOffice and saved in another form, by the same names."""
    names = list(books)
    saved: dict[str, Upload] = {}
    for start in range(0, len(names), AT_ONCE):
        saved |= _save({name: books[name] for name in names[start : start + AT_ONCE]}, form)
    return saved


def _save(books: dict[str, bytes], form: str) -> dict[str, Upload]:
    assert OFFICE
    with TemporaryDirectory() as folder:
        for name, content in books.items():
            Path(folder, f"{name}.xlsx").write_bytes(content)
        command = [OFFICE, f"-env:UserInstallation=file://{folder}/home", "--headless", "--convert-to", form]
        files = [f"{folder}/{name}.xlsx" for name in books]
        subprocess.run([*command, "--outdir", f"{folder}/out", *files], check=True, capture_output=True, timeout=600)
        saved = {path.stem: path for path in Path(folder, "out").iterdir()}
        return {name: Upload(name=saved[name].name, content=saved[name].read_bytes()) for name in books}


def _some(book: Book, random: Random) -> list[tuple[int, int]]:
    return [(row, column) for row in book.body for column in range(len(book.rows[row])) if random.random() < 0.3]


def _each_text(book: Book, random: Random, change: Callable[[str], str]) -> None:
    for row, column in _some(book, random):
        cell = book.rows[row][column]
        if isinstance(cell, str) and cell:
            book.rows[row][column] = change(cell)


def _overwrite(book: Book, row: int, column: int, value: Cell) -> None:
    book.truth[row, column] = book.rows[row][column]
    book.rows[row][column] = value


def _numbers(book: Book) -> list[tuple[int, int]]:
    return [(r, c) for r in book.body for c, cell in enumerate(book.rows[r]) if isinstance(cell, int | float)]


def invisible(book: Book, random: Random) -> None:
    """Zero-width characters from a chat, inside and around."""
    _each_text(book, random, lambda text: f"\u200b{text[:1]}\ufeff{text[1:]}\u2060")


def spaces(book: Book, random: Random) -> None:
    """Blanks of several kinds around a cell."""
    _each_text(book, random, lambda text: f"\u3000 {text}\u00a0 ")


def wide(book: Book, random: Random) -> None:
    """Letters and digits of codes in full width."""
    for row in book.body:
        column = 1 if book.kind in ("frame", "responses") else 0
        text = str(book.rows[row][column])
        if text.isascii() and random.random() < 0.5:
            book.rows[row][column] = "".join(chr(ord(letter) + 0xFEE0) for letter in text)


def title(book: Book, random: Random) -> None:
    """A title and a line on how to fill it in above the head."""
    _insert(book, 0, [["青山县2025年统计表"], ["填报要求：如实填写"]])


def _insert(book: Book, at: int, rows: list[list[Cell]]) -> None:
    book.rows[at:at] = rows
    book.head += len(rows) if at <= book.head else 0


def total(book: Book, random: Random) -> None:
    """A total below, in words of several kinds."""
    book.rows.append([random.choice(["合计", "总 计", "小计"]), "", 999])


def signature(book: Book, random: Random) -> None:
    """Who filled it in, below a blank row."""
    book.rows += [[], ["填表人：张某", "单位负责人：李某"]]


def gaps(book: Book, random: Random) -> None:
    """Blank rows between."""
    book.rows.insert(random.choice(book.body), [])


def order(book: Book, random: Random) -> None:
    """The columns in another order."""
    places = list(range(len(book.rows[book.head])))
    random.shuffle(places)
    for row in (book.head, *book.body):
        book.rows[row] = [book.rows[row][place] for place in places]


def extra(book: Book, random: Random) -> None:
    """Columns that nobody asked for."""
    for row in (book.head, *book.body):
        book.rows[row] = [*book.rows[row], "备用列" if row == book.head else "无"]


def stars(book: Book, random: Random) -> None:
    """Heads with stars, breaks and blanks."""
    book.rows[book.head] = [f"* {head}\n" for head in book.rows[book.head]]


def heads_in_two_rows(book: Book, random: Random) -> None:
    """A group of columns named above."""
    book.rows.insert(book.head, ["基本情况", *[""] * (len(book.rows[book.head]) - 1)])
    book.head += 1


def thousands(book: Book, random: Random) -> None:
    """Numbers as text with separators."""
    for row, column in _numbers(book):
        value = book.rows[row][column]
        if isinstance(value, int) and not 1900 < value < 2100:
            book.rows[row][column] = f"{value:,}"


def points(book: Book, random: Random) -> None:
    """Whole numbers with a point behind them."""
    for row, column in _numbers(book):
        if isinstance(book.rows[row][column], int):
            book.rows[row][column] = f"{book.rows[row][column]}.0"


def literal_percent(book: Book, random: Random) -> None:
    """A percent sign that a format writes beside the number."""
    for row, column in _numbers(book):
        book.formats[row, column] = '0.0"%"'


def merged(book: Book, random: Random) -> None:
    """Equal neighbours of a column of words merged into one cell, the way 城乡 is."""
    column = next(
        (c for c, head in enumerate(book.rows[book.head]) if str(head).strip("* \n") in ("城乡", "学段")), None
    )
    if column is None:
        return
    for row in list(book.body)[:-1]:
        value = book.rows[row][column : column + 1]
        if (
            (not book.split or row + 1 < book.split)
            and value == book.rows[row + 1][column : column + 1]
            and value not in ([], [""])
        ):
            book.rows[row + 1][column] = ""
            book.merged.append((column, row, row + 1))
            return


def two_sheets(book: Book, random: Random) -> None:
    """The rows on two worksheets of one form; merged ranges are on the first."""
    split = max([len(book.rows) - 3, *(last + 1 for _, _, last in book.merged)])
    if split < len(book.rows):
        book.split = split


def notes_sheet(book: Book, random: Random) -> None:
    """A worksheet of notes beside."""
    book.notes_sheet = True


def stray(book: Book, random: Random) -> None:
    """A space far below."""
    book.far = True


def gb18030(book: Book, random: Random) -> None:
    """A CSV of an old spreadsheet."""
    book.form = "csv"
    book.encoding = "gb18030"


def utf16(book: Book, random: Random) -> None:
    """A Unicode text with tabs."""
    book.form = "csv"
    book.encoding = "utf-16"
    book.separator = "\t"


def semicolons(book: Book, random: Random) -> None:
    """A CSV with semicolons and the line that says so."""
    book.form = "csv"
    book.separator = ";"
    book.first_line = "sep=;\r\n"


def xlsb(book: Book, random: Random) -> None:
    """A binary workbook."""
    book.form = "xlsb"


def ods(book: Book, random: Random) -> None:
    """An OpenDocument spreadsheet."""
    book.form = "ods"


def page(book: Book, random: Random) -> None:
    """A web page called .xls."""
    book.form = "page"


BENIGN: tuple[Callable[[Book, Random], None], ...] = (
    wide, invisible, spaces, thousands, points, stars, order, extra, title, heads_in_two_rows, gaps, total, signature,
    literal_percent, merged, two_sheets, notes_sheet, stray,
)  # fmt: skip
"""In the order in which they happen: cells first, then columns, then rows, then what a worksheet says of places."""
FORMS: tuple[Callable[[Book, Random], None], ...] = (gb18030, utf16, semicolons, xlsb, ods, page)


def error_value(book: Book, random: Random) -> None:
    """A formula that failed."""
    _overwrite(book, *random.choice(_numbers(book)), "#REF!")


def negative(book: Book, random: Random) -> None:
    """A minus that slipped in."""
    row, column = random.choice(_numbers(book))
    _overwrite(book, row, column, "-7")


def unit_in_cell(book: Book, random: Random) -> None:
    """A unit written into a number's cell."""
    row, column = random.choice(_numbers(book))
    _overwrite(book, row, column, f"{book.rows[row][column]}名")


def unknown_word(book: Book, random: Random) -> None:
    """A word that is no value of a closed list."""
    lists = {"schools": 2, "resources": 1, "county": 1, "frame": 0, "responses": 3}
    _overwrite(book, random.choice(book.body), lists[book.kind], "说不清")


def hidden_row(book: Book, random: Random) -> None:
    """A row that a filter left hidden."""
    book.hidden.add(random.choice(book.body))


def twice(book: Book, random: Random) -> None:
    """A row pasted twice."""
    if book.kind != "responses":
        book.rows.append(list(book.rows[random.choice(book.body)]))


def open_quote(book: Book, random: Random) -> None:
    """A quote that nobody closed."""
    book.form = "csv"
    book.broken = random.choice(book.body)


HARMFUL: tuple[Callable[[Book, Random], None], ...] = (
    error_value, negative, unit_in_cell, unknown_word, hidden_row, twice, open_quote,
)  # fmt: skip


def mend(book: Book, problems: tuple[Problem, ...]) -> None:
    """Do what each sentence says, at the place it names, last rows first."""
    for problem in sorted(problems, key=lambda problem: -problem.row):
        row = problem.row - 1 - bool(book.first_line)
        if found := re.search(r"第 (\d+) 行有一个引号没有成对", problem.sentence):
            assert int(found[1]) == book.broken + 1 + bool(book.first_line)
            book.broken = 0
        elif "隐藏" in problem.sentence:
            book.hidden.remove(row)
        elif "重复" in problem.sentence:
            del book.rows[row]
        else:
            letter = LETTER.match(problem.column)
            assert letter, problem
            column = openpyxl.utils.column_index_from_string(letter[1]) - 1
            book.rows[row][column] = book.truth.pop((row, column))
