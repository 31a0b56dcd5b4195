"""Workbooks other than XLSX: XLS, XLSB and ODS, as calamine reads them."""

import io
import zipfile
from collections.abc import Iterator

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, load_workbook

from survey_app.frame.sheets.archive import RefusedError, check_sizes
from survey_app.frame.sheets.grids import Grid, spread_merged
from survey_app.frame.sheets.sheet_problems import say
from survey_app.frame.sheets.workbook_reading import MAX_CELLS, UNREADABLE, hidden_sheets, read_rows, visible_sheets

MAX_WIDTH = 16_384


def read_other_workbook(content: bytes) -> list[Grid]:
    """The visible worksheets of the workbook; raises RefusedError when it is not to be read."""
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                check_sizes(archive.infolist(), len(content))
        book = load_workbook(io.BytesIO(content))
        return list(_grids(book))
    except PasswordError as error:
        raise RefusedError(say("file", "locked")) from error
    except (*UNREADABLE, CalamineError, OSError) as error:
        raise RefusedError(say("file", "damaged")) from error


def _grids(book: CalamineWorkbook) -> Iterator[Grid]:
    hidden = hidden_sheets(book)
    for name in visible_sheets(book):
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > MAX_CELLS:
            raise RefusedError(say("file", "sparse", rows=sheet.total_height, columns=sheet.total_width))
        rows = read_rows(sheet)
        spread = spread_merged(rows, sheet.merged_cell_ranges or ())
        yield Grid(name, rows, spread.copied, spread.meeting, notes=hidden)
