"""From a file to rows of cells: CSV in two encodings, and the way to XLSX."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from survey_app.frame.sheets.archive import MEGABYTE, RefusedError
from survey_app.frame.sheets.sheet_problems import Problem, SheetError, say
from survey_app.frame.sheets.workbook_reading import MAX_CELLS, Cell, read_workbook

MAX_FILE = 30 * MEGABYTE  # 100,000 forms take 6 MB as XLSX and 10 MB as CSV; more is no sheet of a county
MAX_ROWS = 1_048_576  # of a worksheet; each costs memory, even an empty one
ZIP, OLD_OR_ENCRYPTED = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Grid(NamedTuple):
    """The cells of one worksheet, from its first row and column on."""

    name: str
    rows: list[list[Cell]]

    def cell(self, number: int, index: int) -> Cell:
        """The cell in the row of that number (from 1) and the column of that index (from 0)."""
        row = self.rows[number - 1]
        return row[index] if index < len(row) else ""


def read_grids(path: Path) -> list[Grid]:
    """The worksheets of a file that a person can see; raises SheetError when it cannot be read."""
    try:
        content = _read_content(path)
        if content.startswith(ZIP):
            return [Grid(name, rows) for name, rows in read_workbook(content)]
        return [Grid(path.name, _read_csv(content))]
    except RefusedError as error:
        raise SheetError([Problem(path.name, 0, "", str(error))]) from error


def _read_content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            limit = MAX_FILE // MEGABYTE
            raise RefusedError(say("file", "large", size=-(-size // MEGABYTE), limit=limit))
        content = path.read_bytes()
    except OSError as error:
        raise RefusedError(say("file", "absent")) from error
    if not content:
        raise RefusedError(say("file", "empty"))
    if content.startswith(OLD_OR_ENCRYPTED):
        raise RefusedError(say("file", "locked"))
    if path.suffix.lower() == ".xlsx" and not content.startswith(ZIP):
        raise RefusedError(say("file", "damaged"))
    return content


def _read_csv(content: bytes) -> list[list[Cell]]:
    text = _decode(content)
    try:
        lines: Iterable[list[str]] = csv.reader(io.StringIO(text, newline=""))
        if "\0" in text:
            raise RefusedError(say("file", "text"))
        return _take_rows(lines)
    except csv.Error as error:
        raise RefusedError(say("file", "text")) from error


def _take_rows(lines: Iterable[list[str]]) -> list[list[Cell]]:
    """The rows, as long as they are no more than a spreadsheet could show."""
    rows, cells = list[list[Cell]](), 0
    for line in lines:
        cells += len(line)
        rows.append(list[Cell](line))
        if len(rows) > MAX_ROWS or cells > MAX_CELLS:
            raise RefusedError(say("file", "long", rows=MAX_ROWS, cells=MAX_CELLS))
    return rows


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RefusedError(say("file", "encoding"))
