"""A copy of a refused file, the cells in question coloured, a sentence beside each: to be mended and sent again."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from xlsxwriter.utility import xl_cell_to_rowcol

from survey_app.frame.sheets.archive import MEGABYTE, PARSED, check_sizes
from survey_app.frame.sheets.grids import Cell, Grid
from survey_app.frame.sheets.sheet_files import Source, read_content, read_grids
from survey_app.frame.sheets.sheet_problems import Problem, say

COLOUR = "FFE699"
LETTER = re.compile(r"([A-Z]{1,3})列")
DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)
WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")
LARGEST = 4 * MEGABYTE  # a larger workbook is copied by its values: with all its looks it takes a minute
MOST = 5_000
SIZE = (360, 120)


class Mark(NamedTuple):
    """A cell, from 0, and what is said of it."""

    row: int
    column: int
    sentences: list[str]


def mark_copy(path: Source, problems: Iterable[str]) -> bytes:
    """The file as XLSX with a mark for each problem; one about a row or the file stands in the first cell of it.

    A workbook keeps its looks; of any other file, and of a workbook that is too large for that, the cells are copied
    as a person sees them. Raises SheetError for a file that cannot be read.
    """
    grids = read_grids(path)
    marks = {grid.name: list(_place_marks(grid, problems, alone=len(grids) == 1)) for grid in grids}
    content = read_content(path)
    if _keeps_looks(content):
        try:
            return _mark_workbook(content, marks)
        except (ValueError, KeyError, TypeError, AttributeError, OSError, zipfile.BadZipFile):
            return _copy_values(grids, marks)
    return _copy_values(grids, marks)


def _place_marks(grid: Grid, problems: Iterable[str], *, alone: bool) -> Iterator[Mark]:
    """What is said of each cell of a worksheet; what is said of the file stands in the first cell of its only one."""
    said: dict[tuple[int, int], list[str]] = {}
    for problem in problems:
        if isinstance(problem, Problem) and (problem.sheet == grid.name or (alone and not problem.row)):
            said.setdefault(_find_cell(problem), []).append(problem.sentence)
    for (row, column), sentences in list(said.items())[:MOST]:
        yield Mark(row, column, list(dict.fromkeys(sentences)))


def _find_cell(problem: Problem) -> tuple[int, int]:
    letter = LETTER.match(problem.column)
    row = max(0, problem.row - 1)
    return (row, int(xl_cell_to_rowcol(f"{letter[1]}1")[1])) if letter else (row, 0)


def _keeps_looks(content: bytes) -> bool:
    """Whether the file is an XLSX whose parts may all be parsed: none has a document type, none unpacks too far."""
    if len(content) > LARGEST or not zipfile.is_zipfile(io.BytesIO(content)):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        check_sizes(parts, len(content))
        texts = (archive.read(part) for part in parts if part.filename.endswith((*PARSED, ".vml")))
        plain = all(not DOCTYPE.search(text) and not text.startswith(WIDE_TEXT) for text in texts)
        return plain and "xl/workbook.xml" in archive.namelist()


def _mark_workbook(content: bytes, marks: dict[str, list[Mark]]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    fill = PatternFill("solid", fgColor=COLOUR)
    for name, of_sheet in marks.items():
        sheet = book[name]
        covered = {
            (row, column): (area.min_row, area.min_col)
            for area in sheet.merged_cells.ranges
            for row in range(area.min_row, area.max_row + 1)
            for column in range(area.min_col, area.max_col + 1)
        }
        for mark in of_sheet:
            place = mark.row + 1, mark.column + 1
            cell = sheet.cell(*covered.get(place, place))
            cell.fill = fill
            before = [cell.comment.text] if cell.comment else []
            text = "\n".join([*before, *mark.sentences])
            cell.comment = Comment(text, say("marked", "author"), width=SIZE[0], height=SIZE[1])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _copy_values(grids: list[Grid], marks: dict[str, list[Mark]]) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        marked = book.add_format({"num_format": "@", "bg_color": f"#{COLOUR}"})
        for number, grid in enumerate(grids):
            sheet = book.add_worksheet(grid.name if _may_be_a_name(grid.name, grids) else f"{number + 1}")
            for row, cells in enumerate(grid.rows):
                for column, cell in enumerate(cells):
                    if cell != "":
                        sheet.write_string(row, column, _as_text(cell), text)
            for mark in marks[grid.name]:
                cells = grid.rows[mark.row] if mark.row < len(grid.rows) else []
                cell = cells[mark.column] if mark.column < len(cells) else ""
                sheet.write_string(mark.row, mark.column, _as_text(cell), marked)
                look = {"author": say("marked", "author"), "x_scale": 3, "y_scale": 1.5}
                sheet.write_comment(mark.row, mark.column, "\n".join(mark.sentences), look)
    return written.getvalue()


def _as_text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell}"


def _may_be_a_name(name: str, grids: list[Grid]) -> bool:
    """Whether a worksheet may be called so: a CSV's file name may be too long, or hold what none may."""
    names = [grid.name.casefold() for grid in grids]
    return 0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", name) and names.count(name.casefold()) == 1
