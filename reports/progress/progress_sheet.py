"""Progress as a workbook: one worksheet a view, counts only."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter

from reports.exports.formats import TEXT_IS_TEXT
from reports.setting.typesetting import TEMPLATES

COUNTED = {"forms", "share", "needed", "recent", "forecast", "rate", "hourly", "short"}


def write_progress(tables: Mapping[str, pd.DataFrame], *, round_name: str, at: datetime) -> bytes:
    """One worksheet for each title: `label` and the counts of progress.toml, in the order of the table.

    A row with a `word` (of the table said in progress.toml) has that beside its name and no counts of forms.
    """
    columns = load_columns()
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, TEXT_IS_TEXT | {"in_memory": True}) as book:
        book.set_properties({"title": round_name, "created": at})
        bold = book.add_format({"bold": True, "bottom": 1})
        share = book.add_format({"num_format": "0%"})
        for title, table in tables.items():
            sheet = book.add_worksheet(title)
            sheet.write_string(0, 0, f"{round_name}　截至 {at:%Y-%m-%d %H:%M}　只有数量，没有答案")
            sheet.write_row(1, 0, [title, *columns.values()], bold)
            for number, row in enumerate(table.to_dict("records"), 2):
                word = load_said().get(str(row.get("word", "")), "")
                sheet.write_string(number, 0, f"{row['label']}（{word}）" if word else str(row["label"]))
                for place, column in enumerate(columns, 1):
                    if not (word and column in COUNTED):
                        _write(sheet, number, place, row[column], share if column == "share" else None)
            sheet.set_column(0, 0, 32)
            sheet.set_column(1, len(columns), 12)
            sheet.freeze_panes(2, 1)
    return stream.getvalue()


@cache
def load_columns() -> dict[str, str]:
    """The counts of a view and their Chinese headers."""
    columns: dict[str, str] = tomllib.loads((TEMPLATES / "progress.toml").read_text(encoding="utf-8"))["columns"]
    return columns


@cache
def load_said() -> dict[str, str]:
    """What is said of a row that has no count, by its word."""
    said: dict[str, str] = tomllib.loads((TEMPLATES / "progress.toml").read_text(encoding="utf-8"))["said"]
    return said


def _write(sheet: Any, row: int, column: int, value: float, look: Any) -> None:
    """A number, and nothing where there is none."""
    if value == value:
        sheet.write_number(row, column, value, look)
