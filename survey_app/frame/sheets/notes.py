"""What was read differently from how it is written, in sentences for the person."""

from collections.abc import Iterable, Iterator, Sequence

from xlsxwriter.utility import xl_col_to_name

from survey_app.frame.sheets.columns import Column, Kind
from survey_app.frame.sheets.headers import Header
from survey_app.frame.sheets.rules import Filled
from survey_app.frame.sheets.sheet_files import Grid
from survey_app.frame.sheets.sheet_problems import say


def list_ignored(grid: Grid, header: Header, numbers: Sequence[int]) -> tuple[str, ...]:
    """The columns that were not read, as written; one without a header only if something is in it."""
    read = {match.at for match in header.matches}
    others = [index for index in range(len(grid.rows[header.row])) if index not in read]
    unnamed = {index for index in others if any(str(grid.cell(number, index)).strip() for number in numbers)}
    names = ((index, str(grid.cell(header.row + 1, index)).strip()) for index in others)
    return tuple(
        name or say("header", "unnamed", letter=xl_col_to_name(index))
        for index, name in names
        if name or index in unnamed
    )


def note_ignored(ignored: Sequence[str]) -> Iterator[str]:
    """The columns that were not read, named so that a misspelt header is seen."""
    if ignored:
        yield say("note", "ignored", columns="、".join(ignored))


def note_reading(grid: Grid, header: Header, columns: Sequence[Column], others: Sequence[str]) -> Iterator[str]:
    """Units that were converted, columns that are absent, worksheets that were left aside."""
    for match in header.matches:
        if match.factor != 1:
            yield say("note", "converted", column=match.place, unit=next(iter(match.column.units)))
    absent = {column.name: column.label for column in columns if not column.default}
    for match in header.matches:
        absent.pop(match.column.name, None)
    if absent:
        yield say("note", "absent", columns="、".join(absent.values()))
    if others:
        yield say("note", "other_sheets", sheet=grid.name, others="、".join(others))


def note_rows(kind: Kind, filled: Filled, grid: Grid, header: Header, numbers: Sequence[int]) -> Iterator[str]:
    """Rows whose meaning the person should see once more."""
    for column, index, _, _ in header.matches:
        percents = [row for row in numbers if column.type == "measure" and _has_percent(grid, row, index)]
        if percents:
            yield say("note", "percent", rows=_list(percents))
    table = filled.table
    if kind.veto_prefix:
        clear = table["indicator"].str.startswith(kind.veto_prefix) & (table["met"] == "yes")
        if clear.any():
            yield say("note", "veto", rows=_list(table.index[clear]))
    for group, lowest in kind.lowest_grade.items():
        blank = (table["group"] == group) & table["grade"].isna()
        if blank.any():
            yield say("note", "no_grade", rows=_list(table.index[blank]), lowest=lowest)


def _has_percent(grid: Grid, row: int, index: int) -> bool:
    return str(grid.cell(row, index)).strip().endswith(("%", "％"))


def _list(rows: Iterable[object]) -> str:
    return "、".join(map(str, rows))
