"""Empty sheets to fill in: headers in both languages, drop-down lists, and what each column means."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import xlsxwriter

from questionnaires.paper import BLANK
from survey_app.frame.sheets.cell_reading import list_words
from survey_app.frame.sheets.columns import Column, list_columns, load_kind
from survey_app.frame.sheets.headers import name_header
from survey_app.frame.sheets.sheet_problems import TEMPLATE_WORDS

MADE = datetime(2024, 1, 1)  # a fixed date of creation: the same template has the same bytes
LONGEST_LIST = 255  # signs, commas included, that a workbook takes for a drop-down list
ROWS = 5_000  # as many rows get drop-down lists and text format
WIDE = 12
WIDEST = 60


@dataclass(frozen=True, kw_only=True)
class FilledRows:
    """Rows of a template that are begun: the cells of some `columns`, and cells `beside` them that nobody reads."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    beside_heads: tuple[str, ...] = ()
    beside: tuple[tuple[str, ...], ...] = ()

    def lines(self, columns: Sequence[Column]) -> Iterator[list[str]]:
        """Each row in the order of the template's columns."""
        for row, beside in zip(self.rows, self.beside, strict=True):
            begun = dict(zip(self.columns, row, strict=True))
            yield [*(begun.get(column.name, "") for column in columns), *beside]


def write_template(
    kind: str,
    path: Path,
    *,
    items: Sequence[str] = (),
    options: Mapping[int, str] | None = None,
    filled: FilledRows | None = None,
) -> None:
    """Write an empty sheet of one of KINDS: CSV with the header alone, else XLSX with notes and lists.

    `items` are the paper's item ids and `options` its answers in words, for responses; `filled`: rows that are begun.
    """
    filled = filled or FilledRows()
    rules = load_kind(kind)
    columns = [_answered_by(column, options or {}) for column in list_columns(rules, items)]
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow([*map(name_header, columns), *filled.beside_heads])
            rows.writerows(filled.lines(columns))
        return
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": rules.title, "created": MADE})
        sheet = _write_header(book, rules.title, columns)
        _write_begun(book, sheet, columns, filled)
        _write_notes(book, columns)


def _answered_by(column: Column, options: Mapping[int, str]) -> Column:
    """The column of an item with the paper's own options; any other as it is."""
    if column.type != "answer" or not options:
        return column
    told = "，".join(f"{value} {label}" for value, label in options.items())
    note = TEMPLATE_WORDS.answers.format(options=told)
    return column.model_copy(update={"only": frozenset(map(str, (*options, BLANK))), "note": note})


def _write_begun(
    book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, columns: Sequence[Column], filled: FilledRows
) -> None:
    """What is begun in black, what nobody reads in grey."""
    grey = book.add_format({"font_color": "#666666", "text_wrap": True, "valign": "top"})
    for index, head in enumerate(filled.beside_heads, start=len(columns)):
        sheet.write_string(0, index, head, grey)
        sheet.set_column(index, index, 2 * WIDE)
    for row, line in enumerate(filled.lines(columns), start=1):
        for index, text in enumerate(line):
            if text:
                sheet.write_string(row, index, text, grey if index >= len(columns) else None)


def _write_header(book: xlsxwriter.Workbook, title: str, columns: Sequence[Column]) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet(title)
    header = _header_format(book, needed=False)
    needed = _header_format(book, needed=True)
    text = book.add_format({"num_format": "@"})
    for index, column in enumerate(columns):
        name = name_header(column)
        sheet.set_column(index, index, max(WIDE, len(name) + 4), text if column.type == "key" else None)
        sheet.write_string(0, index, name, header if column.needed == "no" else needed)
        if column.vocabulary and len(",".join(_choices(column))) <= LONGEST_LIST:
            offer = {"validate": "list", "source": _choices(column), "show_error": False}
            sheet.data_validation(1, index, ROWS, index, offer)
    sheet.freeze_panes(1, 0)
    return sheet


def _choices(column: Column) -> list[str]:
    """What the drop-down list offers: the word of each value, or the number where that is what one types."""
    return [words[0] if column.is_text else value for value, words in column.words.items() if value]


def _write_notes(book: xlsxwriter.Workbook, columns: Sequence[Column]) -> None:
    words = TEMPLATE_WORDS
    sheet = book.add_worksheet(words.sheet)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, words.guide)
    sheet.write_row(2, 0, words.heading, _header_format(book, needed=False))
    for row, column in enumerate(columns, start=3):
        needed = words.needed if column.needed != "no" else ""
        sheet.write_row(row, 0, [column.name, column.zh, needed, _describe(column), column.note], wrapped)
    sheet.set_column(0, 2, 2 * WIDE)
    sheet.set_column(3, 4, WIDEST)


def _describe(column: Column) -> str:
    """What may stand in the column's cells."""
    words = TEMPLATE_WORDS
    if column.vocabulary:
        return list_words(column)
    unit, *others = column.units or [""]
    text = words.types[column.type].format(unit=unit)
    return text + (words.other_units.format(units="、".join(others)) if others else "")


def _header_format(book: xlsxwriter.Workbook, *, needed: bool) -> xlsxwriter.format.Format:
    look: dict[str, str | float | bool] = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    return book.add_format(look | ({"bg_color": "#FFF2CC"} if needed else {}))
