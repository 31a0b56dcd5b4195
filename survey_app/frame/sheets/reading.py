"""Reading a sheet: the whole file, or every problem in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from survey_app.frame.sheets.cell_reading import Value, empty_value, read_cells
from survey_app.frame.sheets.columns import Column, Kind, list_columns, load_kind
from survey_app.frame.sheets.headers import Header, find_header, match_header, name_header
from survey_app.frame.sheets.notes import list_ignored, note_ignored, note_reading, note_rows
from survey_app.frame.sheets.rules import Filled, check_rows, check_year
from survey_app.frame.sheets.sheet_files import Grid, read_grids
from survey_app.frame.sheets.sheet_problems import Problem, SheetError, say


@dataclass(frozen=True)
class Sheet:
    """A sheet that was read whole.

    `table` has exactly the English columns of its kind, in order: text is "" where empty, numbers are float64
    with NaN where empty, counts that are always there and answers are int64 (an empty answer is 0).
    `ignored` names the columns that were not read; `notes` are sentences on what was converted or left out.
    `places` says of each row of the table in which worksheet and row a person finds it.
    """

    kind: str
    table: pd.DataFrame
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    places: tuple[tuple[str, int], ...]


def read_sheet(
    kind: str,
    path: Path,
    *,
    year: str | None = None,
    items: Sequence[str] = (),
    known_schools: Collection[str] | None = None,
) -> Sheet:
    """Read a CSV or XLSX file of one of KINDS (spec 4).

    `year`: the school year it is meant for, checked where the file has a column for it. `items`: the paper's
    item ids, for responses. `known_schools`: codes that resources and parent schools may name; None = any.
    Raises SheetError with every problem, by row; then nothing of the file is to be used.
    """
    rules = load_kind(kind)
    columns = list_columns(rules, items)
    grid, row, others = _find_grid(path, rules, columns)
    header = match_header(grid, row, columns)
    numbers = _filled_rows(grid, header)
    filled, problems = _read_rows(grid, header, numbers, columns)
    problems += [
        *header.problems,
        *_wider_rows(grid, header, numbers),
        *check_rows(rules, filled, known_schools),
    ]
    if year is not None:
        problems += check_year(grid, header, numbers, rules, year)
    if problems:
        raise SheetError(problems)
    ignored = list_ignored(grid, header, numbers)
    notes = (
        *note_ignored(ignored),
        *note_reading(grid, header, columns, others),
        *note_rows(rules, filled, grid, header, numbers),
    )
    table = _finish(filled.table, columns)
    places = tuple((grid.name, number) for number in numbers)
    return Sheet(kind, table, ignored, notes, places)


def join_sheets(sheets: Sequence[Sheet]) -> Sheet:
    """Several files of one kind as one sheet; raises SheetError where a row repeats one of another file."""
    first, *others = sheets
    if not others:
        return first
    table = pd.concat([sheet.table for sheet in sheets], ignore_index=True)
    places = [place for sheet in sheets for place in sheet.places]
    keys = table[list(load_kind(first.kind).unique)].itertuples(index=False, name=None)
    seen: dict[tuple[object, ...], tuple[str, int]] = {}
    problems = []
    for place, key in zip(places, keys, strict=True):
        sheet, row = seen.setdefault(tuple(str(value) for value in key), place)
        if (sheet, row) != place:
            problems.append(Problem(*place, "", say("row", "repeated", sheet=sheet, row=row)))
    if problems:
        raise SheetError(problems)
    ignored = tuple(dict.fromkeys(name for sheet in sheets for name in sheet.ignored))
    return Sheet(first.kind, table, ignored, tuple(note for sheet in sheets for note in sheet.notes), tuple(places))


def _find_grid(path: Path, kind: Kind, columns: Sequence[Column]) -> tuple[Grid, int, list[str]]:
    """The first worksheet with a header of this kind, the header's row, and the other such worksheets."""
    grids = read_grids(path)
    found = [(grid, row) for grid in grids if (row := find_header(grid, columns)) is not None]
    if not found:
        needed = "、".join(name_header(column) for column in columns if column.needed != "no")
        sentence = say("file", "no_header", title=kind.title, columns=needed)
        raise SheetError([Problem(grids[0].name if grids else path.name, 1, "", sentence)])
    return *found[0], [grid.name for grid, _ in found[1:]]


def _filled_rows(grid: Grid, header: Header) -> list[int]:
    """The numbers, as the person sees them, of the rows under the header that are not blank."""
    return [
        number
        for number, cells in enumerate(grid.rows[header.row + 1 :], start=header.row + 2)
        if any(not isinstance(cell, str) or cell.strip() for cell in cells)
    ]


def _read_rows(
    grid: Grid, header: Header, numbers: Sequence[int], columns: Sequence[Column]
) -> tuple[Filled, list[Problem]]:
    """The table by row number, and every cell that is wrong."""
    problems = [] if numbers else [Problem(grid.name, header.row + 1, "", say("file", "no_rows"))]
    values: dict[str, list[Value]] = {c.name: [empty_value(c)] * len(numbers) for c in columns}
    places = {match.column.name: match.place for match in header.matches}
    for column, index, _, factor in header.matches:
        cells = [grid.cell(number, index) for number in numbers]
        values[column.name], wrong = read_cells(column, cells, factor)
        problems += [Problem(grid.name, numbers[at], places[column.name], sentence) for at, sentence in wrong.items()]
    dtypes = {c.name: "str" if c.is_text else "float64" for c in columns}
    table = pd.DataFrame(values, index=list(numbers)).astype(dtypes)
    return Filled(grid.name, table, {column.name: column for column in columns}, places), problems


def _wider_rows(grid: Grid, header: Header, numbers: Sequence[int]) -> list[Problem]:
    """Rows of a CSV with more cells than the header: an unquoted comma has moved the rest to the right."""
    width = len(grid.rows[header.row])
    extra = {number: sum(str(cell).strip() != "" for cell in grid.rows[number - 1][width:]) for number in numbers}
    return [
        Problem(grid.name, number, "", say("header", "wider", extra=cells)) for number, cells in extra.items() if cells
    ]


def _finish(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The table with defaults in place, whole numbers as such, and rows counted from 0."""
    for column in columns:
        if column.default:
            table[column.name] = table[column.name].fillna(table[column.default])
    whole = {column.name: "int64" for column in columns if column.is_whole}
    return table.astype(whole).reset_index(drop=True)
