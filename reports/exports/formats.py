"""Export formats: published tables as files for other programs, each with a codebook.

A format is one line of FORMATS: command line, console and API offer what stands there.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyreadstat
import xlsxwriter

from analysis.disclosure.forms_file import FEWEST, MERGED
from questionnaires.paper import BLANK, UNKNOWN
from reports.exports.export_tables import ExportTable, codebook_of
from reports.exports.export_words import load_export_words
from reports.setting.cell_texts import TEXT_IS_TEXT, escape_cell
from reports.setting.typesetting import TEMPLATES

NEWEST = "2.6"
SPSS_LETTERS = 8
Write = Callable[[Path, Sequence[ExportTable], date], list[Path]]


class Format(NamedTuple):
    """A kind of file: `write(folder, tables, day)` returns the paths, the codebook being the last of the tables."""

    name: str
    label: str
    write: Write


def list_formats() -> list[str]:
    """The names of all formats."""
    return [known.name for known in FORMATS]


def write_export(folder: Path, format_: str, tables: Sequence[ExportTable], day: date) -> list[Path]:
    """Write the tables and their codebook in a format; `day` is the date a workbook says it was made."""
    folder.mkdir(parents=True, exist_ok=True)
    words = load_export_words()
    (folder / f"{words.readme}.txt").write_text(read_me(), encoding="utf-8-sig", newline="\r\n")
    (known,) = (known for known in FORMATS if known.name == format_)
    return [*known.write(folder, [*tables, codebook_of(tables)], day), folder / f"{words.readme}.txt"]


def read_me() -> str:
    """What the tables hold, what follows from them by counting, and what does not."""
    text = (TEMPLATES / "export_readme.txt").read_text(encoding="utf-8")
    return text.format(fewest=FEWEST, merged=MERGED)


def _write_csv(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    paths = [folder / f"{table.title}.csv" for table in tables]
    for path, table in zip(paths, tables, strict=True):
        safe = table.in_words().map(escape_cell)
        safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return paths


def _write_xlsx(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    path = folder / f"{load_export_words().workbook}.xlsx"
    with xlsxwriter.Workbook(path, TEXT_IS_TEXT) as book:
        book.set_properties({"created": datetime.combine(day, time.min)})
        for table in tables:
            sheet = book.add_worksheet(table.title)
            sheet.freeze_panes(1, 0)
            rows = table.in_words()
            sheet.write_row(0, 0, list(rows.columns.astype(str)))
            for place, row in enumerate(_plain_rows(rows), 1):
                sheet.write_row(place, 0, row)
    return [path]


def _write_sav(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    *data, codebook = tables
    paths = [folder / f"{table.title}.sav" for table in data]
    for path, table in zip(paths, data, strict=True):
        labels: dict[str, str | None] = {**table.labels}
        values: dict[str, Any] = {name: table.values[name] for name in _fitting(table)}
        pyreadstat.write_sav(
            table.rows,
            path,
            column_labels=labels,
            variable_value_labels=values,
            missing_ranges={name: [UNKNOWN, BLANK] for name in _answers(table)},
            variable_measure={name: _measure(table, name) for name in table.labels},
        )
    return [*paths, *_write_csv(folder, [codebook], day)]


def _answers(table: ExportTable) -> list[str]:
    """The columns that hold answers to items."""
    return [name for name, values in table.values.items() if MERGED in values]


def _measure(table: ExportTable, column: str) -> str:
    """Answers are ordered, texts are names, everything else is measured."""
    if column in _answers(table):
        return "ordinal"
    return "nominal" if table.rows[column].dtype == object or table.rows[column].dtype.kind in "OTUS" else "scale"


def _fitting(table: ExportTable) -> set[str]:
    """Columns whose values SPSS can label: numbers, or texts of at most eight letters."""
    return {
        name
        for name, values in table.values.items()
        if all(isinstance(value, int) or len(value) <= SPSS_LETTERS for value in values)
    }


def _write_parquet(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    *data, codebook = tables
    paths = [folder / f"{table.title}.parquet" for table in data]
    for path, table in zip(paths, data, strict=True):
        table.rows.to_parquet(path, engine="pyarrow", index=False, version=NEWEST)
    return [*paths, *_write_csv(folder, [codebook], day)]


def _plain_rows(frame: pd.DataFrame) -> list[list[str | float | None]]:
    rows: list[list[str | float | None]] = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return rows


FORMATS: tuple[Format, ...] = (
    Format(name="csv", label="CSV（文本表格）", write=_write_csv),
    Format(name="xlsx", label="XLSX（Excel）", write=_write_xlsx),
    Format(name="sav", label="SAV（SPSS）", write=_write_sav),
    Format(name="parquet", label="Parquet", write=_write_parquet),
)
