"""The annex as a workbook: every table of a judgement on a sheet of its own (附表)."""

from datetime import datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analysis.indicators.sections import Row
from analysis.standard import Standard
from reports.annex import AnnexFacts, AnnexTable, Cell, load_annex_words, say_source
from reports.annex_ledgers import indicators_table, met_table, unmet_table
from reports.annex_schools import rooms_table, schools_table, sizes_table, variations_table
from reports.slips import load_words

TITLE, SOURCE, HEAD = 0, 1, 3
A4 = 9
LINE = 15.0
MARK = '"※"'
PLAIN = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
BOXED = PLAIN | {"border": 1, "text_wrap": True}
SHORT = {"bold": True, "bg_color": "#E4E4E4"}


def annex_tables(judgement: Row, standard: Standard) -> list[AnnexTable]:
    """The tables in their order, from the object of `survey judge` alone; no figure is rounded across its line."""
    return [
        *(schools_table(judgement, standard, stage) for stage in ("primary", "junior")),
        variations_table(judgement, standard),
        *(indicators_table(judgement, standard, dimension) for dimension in ("guarantee", "quality")),
        sizes_table(judgement, standard),
        rooms_table(judgement, standard),
        unmet_table(judgement, standard, "resources", "guarantee"),
        met_table(judgement, standard),
    ]


def write_workbook(folder: Path, judgement: Row, standard: Standard, facts: AnnexFacts) -> Path:
    """Write `附表.xlsx`; numbers are numbers with their formats, and the same input gives the same bytes.

    What is short of its line is shaded, bold and marked, so that it shows in black and white.
    """
    words = load_annex_words()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / str(words["file"])
    source = say_source(standard, facts)
    mark = f"（{load_words()['invented']}）" if facts.invented else ""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": words["file"], "created": datetime.combine(facts.day, time.min)})
        formats = _Formats(book)
        for table in annex_tables(judgement, standard):
            title = f"{facts.county}{table.title}{mark}"
            _write_table(book.add_worksheet(table.name), table, title, source, formats)
    return path


class _Formats:
    """The workbook's cell formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook):
        self._book = book
        self._made: dict[str, Format] = {}

    def get(self, **look: Any) -> Format:
        key = repr(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(look)
        return self._made[key]

    def of(self, cell: Cell) -> Format:
        if isinstance(cell.value, str):
            return self.get(**BOXED)
        digits = "#,##0" + ("." + "0" * cell.decimals if cell.decimals else "")
        sign = f'"{cell.sign}"' if cell.sign else ""
        number = {"num_format": f"{sign}{digits}{MARK if cell.short else ''}", "align": "right"}
        return self.get(**BOXED, **number, **(SHORT if cell.short else {}))


def _write_table(sheet: Worksheet, table: AnnexTable, title: str, source: str, formats: _Formats) -> None:
    words, last = load_annex_words(), len(table.columns) - 1
    sheet.write_string(TITLE, 0, title, formats.get(font_name="黑体", font_size=16, valign="vcenter"))
    sheet.write_string(SOURCE, 0, source, formats.get(**PLAIN))
    sheet.write_string(SOURCE + 1, 0, words["self_check"], formats.get(**PLAIN))
    for column, (head, width) in enumerate(table.columns):
        sheet.set_column(column, column, width)
        sheet.write_string(HEAD, column, head, formats.get(**BOXED, bold=True, align="center", bottom=2))
    for row, cells in enumerate(table.rows, HEAD + 1):
        for column, cell in enumerate(cells):
            _write_cell(sheet, row, column, cell, formats)
    foot = HEAD + 1 + len(table.rows)
    if not table.rows:
        sheet.write_string(foot, 0, words["none"], formats.get(**PLAIN))
    for row, note in enumerate(table.notes, foot + 1):
        sheet.write_string(row, 0, note, formats.get(**PLAIN))
    _set_up_page(sheet, last)


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    if cell.value is None:
        sheet.write_string(row, column, "—", formats.get(**BOXED, align="right"))
    elif isinstance(cell.value, str):
        sheet.write_string(row, column, cell.value, formats.of(cell))
    else:
        sheet.write_number(row, column, cell.value, formats.of(cell))


def _set_up_page(sheet: Worksheet, last: int) -> None:
    sheet.set_row(TITLE, 2 * LINE)
    sheet.freeze_panes(HEAD + 1, 3)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD)
    sheet.set_footer("&C&P / &N")
