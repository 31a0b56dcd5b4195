"""Run as a program of its own: what calamine reads of an XLS, XLSB or ODS, as JSON; nothing of the project is imported.

calamine ends its process on some broken binary workbooks, by a panic or for want of memory, and the process that asks
serves respondents. Standard input is the file, the first argument the most cells to allot; the reply tells a refusal
or the visible worksheets with all of their rows, dates as lists of their kind and text.
"""

import datetime
import io
import json
import resource
import sys
from collections.abc import Iterator

from python_calamine import (
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

MEMORY = 3 << 30
SECONDS = 60
Value = str | float | list[str]


def main() -> None:
    """Read standard input, write the reply."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        book = load_workbook(io.BytesIO(sys.stdin.buffer.read()))
        reply = _describe(book, int(sys.argv[1]))
    except PasswordError:
        reply = {"refused": "locked"}
    json.dump(reply, sys.stdout)


def _describe(book: CalamineWorkbook, most: int) -> dict[str, object]:
    sheets: list[dict[str, object]] = []
    for metadata in book.sheets_metadata:
        if metadata.typ != SheetTypeEnum.WorkSheet or metadata.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(metadata.name)
        if sheet.total_height * sheet.total_width > most:
            return {"refused": "sparse", "rows": sheet.total_height, "columns": sheet.total_width}
        rows = list(_list_rows(sheet))
        sheets.append({"name": metadata.name, "rows": rows, "merged": list(sheet.merged_cell_ranges or ())})
    hidden = [sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible]
    return {"sheets": sheets, "hidden": hidden}


def _list_rows(sheet: CalamineSheet) -> Iterator[list[Value]]:
    if sheet.start is None:
        return
    left: list[Value] = [""] * sheet.start[1]
    for values in sheet.iter_rows():
        yield left + [_plain(value) for value in values]


def _plain(value: object) -> Value:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime.timedelta):
        return ["span", str(value.total_seconds())]
    if isinstance(value, datetime.datetime):
        return ["moment", value.isoformat()]
    if isinstance(value, datetime.date):
        return ["date", value.isoformat()]
    if isinstance(value, datetime.time):
        return ["time", value.isoformat()]
    return str(value)


if __name__ == "__main__":
    main()
