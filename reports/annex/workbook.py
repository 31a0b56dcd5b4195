"""The annex as a workbook: every table of a judgement on a sheet of its own (附表)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from itertools import count
from math import ceil
from pathlib import Path
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analysis.standard import Standard
from analysis.verdict import Judgement
from reports.annex.annex_words import load_annex_words
from reports.annex.condition_tables import conditions_table, contradictions_table
from reports.annex.ledger_tables import indicators_table, met_table, unmet_table
from reports.annex.plan_tables import plan_tables
from reports.annex.school_tables import rooms_table, schools_table, sizes_table, variations_table
from reports.annex.tables import AnnexFacts, AnnexTable, Cell, build_table, say_self_check, say_source
from reports.annex.year_tables import year_tables
from reports.handouts.handout_words import load_handout_words
from reports.setting.cell_texts import TEXT_IS_TEXT

Look = dict[str, str | float | bool]
TITLE = 0
SOURCE = 1
HEAD = 3
FROZEN = 3
A4 = 9
LINE = 15.0
SHORT_TEXT = 6
BRACKET = "（"
MARK = '"※"'
PLAIN: Look = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
BOXED: Look = PLAIN | {"border": 1, "text_wrap": True}
SHORT: Look = {"bold": True, "bg_color": "#E4E4E4"}


def annex_tables(judgement: Judgement, standard: Standard, rates: Iterable[AnnexTable] = ()) -> list[AnnexTable]:
    """The tables in their order, from the object of `survey judge`; no figure is rounded across its line.

    `rates` are those of a round (`annex_rates.rate_tables`), where there is one.
    """
    tables = [
        *(schools_table(judgement, standard, stage) for stage in ("primary", "junior")),
        variations_table(judgement, standard),
        *(indicators_table(judgement, standard, dimension) for dimension in ("guarantee", "quality")),
        sizes_table(judgement, standard),
        rooms_table(judgement, standard),
        unmet_table(judgement, standard, "resources", "guarantee"),
        met_table(judgement, standard),
        conditions_table(judgement),
        *plan_tables(judgement, standard),
        *year_tables(judgement, standard),
        contradictions_table(judgement, standard),
        *rates,
    ]
    return sorted(tables, key=lambda table: table.number or load_annex_words().ministry + 1)


def number_tables(tables: Sequence[AnnexTable]) -> list[str]:
    """附表1 to 附表8 as the ministry's annex has them, with parts where two share one; the others go on from 9."""
    words = load_annex_words()
    after = count(words.ministry + 1)
    shared = Counter(table.number for table in tables)
    parts: Counter[int] = Counter()
    names = []
    for table in tables:
        parts[table.number] += 1
        number = str(table.number or next(after))
        part = f"-{parts[table.number]}" if table.number and shared[table.number] > 1 else ""
        names.append(words.numbered.format(number=number + part))
    return names


def contents_table(tables: Sequence[AnnexTable], numbers: Sequence[str]) -> AnnexTable:
    """What is on which sheet."""
    rows = [[Cell(number), Cell(table.name), Cell(table.title)] for table, number in zip(tables, numbers, strict=True)]
    return build_table(load_annex_words().contents, rows)


def write_workbook(
    folder: Path, judgement: Judgement, standard: Standard, facts: AnnexFacts, rates: Iterable[AnnexTable] = ()
) -> Path:
    """Write `附表.xlsx`; numbers are numbers with their formats, and the same input gives the same bytes.

    What is short of its line is shaded, bold and marked, so that it shows in black and white.
    """
    words = load_annex_words()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / words.file
    source = say_source(standard, facts)
    self_check = say_self_check(facts)
    mark = _mark(facts)
    with xlsxwriter.Workbook(path, TEXT_IS_TEXT) as book:
        book.set_properties({"title": words.file, "created": datetime.combine(facts.day, time.min)})
        formats = _Formats(book)
        tables = annex_tables(judgement, standard, rates)
        numbers = number_tables(tables)
        contents = contents_table(tables, numbers)
        for table, number in zip([contents, *tables], ["", *numbers], strict=True):
            title = f"{number}　{facts.county}{table.title}{mark}".strip()
            _write_table(book.add_worksheet(table.name), table, title, (table.source or source, self_check), formats)
        _link(book, contents, formats)
    return path


def write_sheets(path: Path, tables: Iterable[AnnexTable], facts: AnnexFacts) -> Path:
    """Write tables without a contents or numbers, a sheet each, as `write_workbook` writes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    self_check = say_self_check(facts)
    mark = _mark(facts)
    with xlsxwriter.Workbook(path, TEXT_IS_TEXT) as book:
        book.set_properties({"title": path.name, "created": datetime.combine(facts.day, time.min)})
        formats = _Formats(book)
        for table in tables:
            title = f"{facts.county}{table.title}{mark}"
            _write_table(book.add_worksheet(table.name), table, title, (table.source, self_check), formats)
    return path


def _mark(facts: AnnexFacts) -> str:
    """What follows a title where the answers are invented."""
    return f"（{load_handout_words().invented}）" if facts.invented else ""


def _link(book: xlsxwriter.Workbook, contents: AnnexTable, formats: "_Formats") -> None:
    """From each name in the contents to its sheet."""
    sheet = book.get_worksheet_by_name(contents.name)
    assert sheet is not None
    look = formats.get(**BOXED, color="#14699A", underline=1)
    for row, (_, name, _) in enumerate(contents.rows, HEAD + 1):
        sheet.write_url(row, 1, f"internal:'{name.value}'!A1", look, str(name.value))


class _Formats:
    """The workbook's cell formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook):
        self._book = book
        self._made: dict[str, Format] = {}

    def get(self, **look: str | float | bool) -> Format:
        key = repr(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(look)
        return self._made[key]

    def of_number(self, cell: Cell) -> Format:
        digits = "#,##0" + ("." + "0" * cell.decimals if cell.decimals else "")
        sign = f'"{cell.sign}"' if cell.sign else ""
        number: Look = {"num_format": f"{sign}{digits}{MARK if cell.short else ''}", "align": "right"}
        return self.get(**BOXED, **number, **(SHORT if cell.short else {}))


def _write_table(sheet: Worksheet, table: AnnexTable, title: str, above: Sequence[str], formats: _Formats) -> None:
    words = load_annex_words()
    page = _Page(sheet, table, formats)
    sheet.write_string(TITLE, 0, title, formats.get(font_name="黑体", font_size=16, valign="vcenter"))
    sheet.set_row(TITLE, 2 * LINE)
    for row, line in enumerate(above, SOURCE):
        page.write_line(row, line)
    page.write_head()
    for row, cells in enumerate(table.rows, HEAD + 1):
        page.write_row(row, cells)
    notes = table.notes if table.rows else (words.none, *table.notes)
    for row, note in enumerate(notes, HEAD + 2 + len(table.rows)):
        page.write_line(row, note)
    _set_up_page(sheet, title)


class _Page:
    """One sheet: every row as high as its longest text needs, since not every program sees to that itself."""

    def __init__(self, sheet: Worksheet, table: AnnexTable, formats: _Formats):
        self._sheet = sheet
        self._formats = formats
        self._heads = [break_head(head, width) for head, width in table.columns]
        self._widths = [width for _, width in table.columns]
        self._aligns = [_align(column) for column in zip(*table.rows, strict=True)]

    def write_line(self, row: int, text: str) -> None:
        """A line of text across the table."""
        look = self._formats.get(**PLAIN, text_wrap=True)
        self._sheet.merge_range(row, 0, row, len(self._widths) - 1, text, look)
        self._sheet.set_row(row, LINE * count_lines(text, sum(self._widths)))

    def write_head(self) -> None:
        """The columns' names, and their widths."""
        look = self._formats.get(**BOXED, bold=True, align="center", bottom=2)
        for column, (head, width) in enumerate(zip(self._heads, self._widths, strict=True)):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(HEAD, column, head, look)
        self._set_height(HEAD, self._heads)

    def write_row(self, row: int, cells: Sequence[Cell]) -> None:
        """One row of the table."""
        for column, (cell, align) in enumerate(zip(cells, self._aligns, strict=True)):
            self._write_cell(row, column, cell, align)
        self._set_height(row, [cell.value if isinstance(cell.value, str) else "" for cell in cells])

    def _write_cell(self, row: int, column: int, cell: Cell, align: str) -> None:
        if cell.formula:
            told = isinstance(cell.value, float)
            look = self._formats.of_number(cell) if told else self._formats.get(**BOXED, align=align)
            self._sheet.write_formula(row, column, cell.formula, look, cell.value)
        elif cell.value is None:
            self._sheet.write_string(row, column, "—", self._formats.get(**BOXED, align=align))
        elif isinstance(cell.value, str):
            self._sheet.write_string(row, column, cell.value, self._formats.get(**BOXED, align=align))
        else:
            self._sheet.write_number(row, column, cell.value, self._formats.of_number(cell))

    def _set_height(self, row: int, texts: Sequence[str]) -> None:
        lines = [count_lines(text, width) for text, width in zip(texts, self._widths, strict=True)]
        self._sheet.set_row(row, LINE * max(lines))


def _align(column: Sequence[Cell]) -> str:
    """Where texts of a column stand: at the side of its figures, in the middle where all are short words."""
    texts = [cell.value for cell in column if isinstance(cell.value, str) and cell.value]
    if not texts or any(isinstance(cell.value, int | float) or cell.is_bound for cell in column):
        return "right"
    return "center" if all(len(text) <= SHORT_TEXT for text in texts) else "left"


def count_lines(text: str, width: float) -> int:
    """How many lines a text takes in a column; a Chinese character is two wide.

    >>> count_lines("学校", 5), count_lines("学校名称", 5), count_lines("", 5)
    (1, 2, 1)
    """
    return sum(max(1, ceil(_measure(line) / (width - 1))) for line in text.split("\n"))


def _measure(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in text)


def break_head(head: str, width: float) -> str:
    """A column's name that does not fit its width, broken before the bracket with its unit and not inside it.

    >>> break_head("需核实（处）", 8), break_head("人数（人）", 12)
    ('需核实\\n（处）', '人数（人）')
    """
    name, bracket, unit = head.partition(BRACKET)
    fits = count_lines(head, width) == 1 or not bracket or _measure(bracket + unit) > width - 1
    return head if fits else f"{name}\n{bracket}{unit}"


def _set_up_page(sheet: Worksheet, title: str) -> None:
    """A4 across, as wide as the page, the header on every page; the table's name above, the pages below."""
    sheet.freeze_panes(HEAD + 1, FROZEN)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD)
    sheet.set_header(f"&R&9{title.replace('&', '&&')}")
    sheet.set_footer("&C&9&P / &N")
