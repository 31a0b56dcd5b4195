"""Workbooks other than XLSX: XLS, XLSB and ODS, as calamine reads them in a process of its own."""

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Literal

import msgspec

from survey_app.frame.sheets import binary_parts, binary_records, open_document, reading_apart
from survey_app.frame.sheets.archive import RefusedError, check_sizes
from survey_app.frame.sheets.grid_making import Hints, make_grid, say_hidden_sheets, see_rows
from survey_app.frame.sheets.grids import Grid, MergedRange
from survey_app.frame.sheets.sheet_problems import say
from survey_app.frame.sheets.workbook_reading import MAX_CELLS, UNREADABLE

LONGEST = 90  # seconds; 60 of computing end the other process before
Dated = tuple[Literal["moment", "date", "time", "span"], str]


class _ReadSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A worksheet that a person sees: its rows from the first row and column on."""

    name: str
    rows: list[list[str | float | Dated]]
    merged: list[MergedRange]


class _Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the other process tells."""

    refused: Literal["", "locked", "sparse"] = ""
    rows: int = 0
    columns: int = 0
    sheets: list[_ReadSheet] = []
    hidden: list[str] = []


def read_other_workbook(content: bytes) -> list[Grid]:
    """The visible worksheets of the workbook; raises RefusedError when it is not to be read."""
    try:
        hints = _find_hints(content)
    except (*UNREADABLE, OSError, struct.error) as error:
        raise RefusedError(say("file", "damaged")) from error
    reply = _read_apart(content)
    if reply.refused:
        raise RefusedError(say("file", reply.refused, rows=reply.rows, columns=reply.columns))
    return list(_list_grids(reply, hints))


def _find_hints(content: bytes) -> dict[str, Hints]:
    """By worksheet what calamine does not tell of it."""
    if not content.startswith(b"PK"):
        return binary_records.find_hints(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_sizes(archive.infolist(), len(content))
        if binary_parts.BOOK in archive.namelist():
            return binary_parts.find_hints(archive)
        return open_document.find_hints(archive)


def _read_apart(content: bytes) -> _Reply:
    """The reply of the other process; raises RefusedError where it ended without one."""
    command = [sys.executable, "-I", reading_apart.__file__, str(MAX_CELLS)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, check=True, timeout=LONGEST)
        return msgspec.json.decode(done.stdout, type=_Reply)
    except (subprocess.SubprocessError, msgspec.DecodeError) as error:
        raise RefusedError(say("file", "damaged")) from error


def _list_grids(reply: _Reply, hints: dict[str, Hints]) -> Iterator[Grid]:
    notes = say_hidden_sheets(reply.hidden)
    for sheet in reply.sheets:
        of_sheet = hints.get(sheet.name, Hints())
        rows = see_rows(map(_as_values, sheet.rows), of_sheet.percents)
        yield replace(make_grid(sheet.name, rows, [*sheet.merged, *of_sheet.merged], of_sheet), notes=notes)


def _as_values(row: list[str | float | Dated]) -> list[object]:
    return [_as_date(*cell) if isinstance(cell, tuple) else cell for cell in row]


def _as_date(kind: str, text: str) -> date | time | timedelta:
    match kind:
        case "moment":
            return datetime.fromisoformat(text)
        case "date":
            return date.fromisoformat(text)
        case "time":
            return time.fromisoformat(text)
    return timedelta(seconds=float(text))
