"""Progress as a workbook: one worksheet a view, counts only."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from io import BytesIO
from math import isnan
from typing import NamedTuple

import pandas as pd
import xlsxwriter
from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.cell_texts import TEXT_IS_TEXT
from reports.setting.typesetting import TEMPLATES

COUNTED = {"forms", "share", "needed", "recent", "forecast", "rate", "hourly", "short"}


class ProgressRow(NamedTuple):
    """A row of a view: what it is called, what is said in the place of its counts of forms, its counts by column."""

    label: str
    said: str
    counts: dict[str, float]


def write_progress(tables: Mapping[str, pd.DataFrame], *, round_name: str, at: datetime) -> bytes:
    """One worksheet for each title: `label` and the counts of progress.toml, in the order of the table.

    A row with a `word` (of the table said in progress.toml) has that beside its name and no counts of forms.
    """
    columns = load_progress_words().columns
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, TEXT_IS_TEXT | {"in_memory": True}) as book:
        book.set_properties({"title": round_name, "created": at})
        bold = book.add_format({"bold": True, "bottom": 1})
        share = book.add_format({"num_format": "0%"})
        for title, table in tables.items():
            sheet = book.add_worksheet(title)
            sheet.write_string(0, 0, f"{round_name}　截至 {at:%Y-%m-%d %H:%M}　只有数量，没有答案")
            sheet.write_row(1, 0, [title, *columns.values()], bold)
            for number, row in enumerate(list_progress(table, columns), 2):
                sheet.write_string(number, 0, f"{row.label}（{row.said}）" if row.said else row.label)
                for place, (column, value) in enumerate(row.counts.items(), 1):
                    if not ((row.said and column in COUNTED) or isnan(value)):
                        sheet.write_number(number, place, value, share if column == "share" else None)
            sheet.set_column(0, 0, 32)
            sheet.set_column(1, len(columns), 12)
            sheet.freeze_panes(2, 1)
    return stream.getvalue()


class ProgressWords(Struct, frozen=True):
    """The counts of a view and their Chinese headers; what is said of a row that has no count, by its word."""

    columns: dict[str, str]
    said: dict[str, str]


@cache
def load_progress_words() -> ProgressWords:
    """The words of progress.toml."""
    return convert(read_toml(TEMPLATES / "progress.toml"), ProgressWords)


def load_said() -> dict[str, str]:
    """What is said of a row that has no count, by its word."""
    return load_progress_words().said


def list_progress(table: pd.DataFrame, columns: Iterable[str]) -> list[ProgressRow]:
    """The rows of a view; a count that is not known is NaN."""
    counts = [table[column].astype(float).tolist() for column in columns]
    words = table.word.astype(str) if "word" in table else [""] * len(table)
    return [
        ProgressRow(label=str(label), said=load_said().get(word, ""), counts=dict(zip(columns, values, strict=True)))
        for label, word, *values in zip(table.label, words, *counts, strict=True)
    ]
