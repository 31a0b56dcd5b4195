"""What was read differently from how it is written, in sentences for the person."""

from collections.abc import Iterable, Iterator, Sequence

from xlsxwriter.utility import xl_col_to_name

from survey_app.frame.sheets.columns import Column, Kind
from survey_app.frame.sheets.filled import Filled
from survey_app.frame.sheets.grids import Grid
from survey_app.frame.sheets.headers import Header, Match, plain_head
from survey_app.frame.sheets.sheet_problems import say

MOST_NAMED = 40


def list_ignored(grid: Grid, header: Header, numbers: Sequence[int]) -> tuple[str, ...]:
    """The columns that were not read, as written; one without a header only if something is in it."""
    read = {match.at for match in header.matches}
    others = [index for index in range(len(header.heads)) if index not in read]
    names = ((index, header.heads[index]) for index in others)
    return tuple(
        name or say("header", "unnamed", letter=xl_col_to_name(index))
        for index, name in names
        if name or any(str(grid.cell(number, index)).strip() for number in numbers)
    )


def say_ignored(kind: Kind, ignored: Sequence[str]) -> Iterator[str]:
    """The columns that were not read, named so that a misspelt header is seen; those about a person by themselves."""
    private_heads = {plain_head(head) for head in kind.private}
    private = [head for head in ignored if plain_head(head) in private_heads]
    others = [head for head in ignored if plain_head(head) not in private_heads]
    if others:
        named = say("note", "ignored", columns="、".join(others[:MOST_NAMED]))
        rest = len(others) - MOST_NAMED
        yield named + (say("note", "many_ignored", count=rest) if rest > 0 else "")
    if private:
        yield say("note", "private", columns="、".join(private[:MOST_NAMED]))


def say_read_otherwise(grid: Grid, header: Header, columns: Sequence[Column]) -> Iterator[str]:
    """Units that were converted, columns that are absent or hidden, cells that a merged range filled."""
    yield from grid.notes
    for match in header.matches:
        if match.factor != 1:
            yield say("note", "converted", column=match.place, unit=next(iter(match.column.units)))
    for match in header.matches:
        if plain_head(match.written) in map(plain_head, match.column.instead):
            yield say("note", "instead", column=match.place, as_column=match.column.label)
    yield from _say_absent(header, columns)
    hidden = [match.place for match in header.matches if match.at in grid.hidden_columns]
    if hidden:
        yield say("note", "hidden_columns", columns="、".join(hidden))
    for match in header.matches:
        rows = sorted(row + 1 for row, column in grid.copied if column == match.at and row > header.row)
        if rows:
            yield say("note", "merged", column=match.place, rows=_list(rows))


def _say_absent(header: Header, columns: Sequence[Column]) -> Iterator[str]:
    """Columns that are not there: those that stay empty, and those that another one stands in for."""
    there = {match.column.name for match in header.matches}
    labels = {column.name: column.label for column in columns}
    absent = [column for column in columns if column.name not in there]
    empty = [column.label for column in absent if not column.default]
    if empty:
        yield say("note", "absent", columns="、".join(empty))
    for column in absent:
        if column.default:
            yield say("note", "defaulted", column=column.label, instead=labels[column.default])


def say_seen_again(kind: Kind, filled: Filled, grid: Grid, header: Header, numbers: Sequence[int]) -> Iterator[str]:
    """Rows whose meaning the person should see once more."""
    for match in header.matches:
        percents = list_percents(grid, match, numbers)
        if percents:
            yield say("note", "percent", rows=_list(percents))
    yield from _say_same_names(filled)
    table = filled.table
    if kind.veto_prefix:
        clear = table.indicator.str.startswith(kind.veto_prefix) & (table.met == "yes")
        if clear.any():
            yield say("note", "veto", rows=_list(table.index[clear]))
    for group, lowest in kind.lowest_grade.items():
        blank = (table.group == group) & table.grade.isna()
        if blank.any():
            yield say("note", "no_grade", rows=_list(table.index[blank]), lowest=lowest)


def _say_same_names(filled: Filled) -> Iterator[str]:
    """Schools of one name under several codes, which may be one."""
    if "code" not in filled.columns:
        return
    named: dict[str, list[str]] = {}
    for name, code in zip(filled.texts("name").values(), filled.texts("code").values(), strict=True):
        named.setdefault(name, []).append(code)
    same = [f"{name}（{'、'.join(codes)}）" for name, codes in named.items() if name and len(codes) > 1]
    if same:
        yield say("note", "same_name", schools="；".join(same))


def list_percents(grid: Grid, match: Match, numbers: Sequence[int]) -> list[int]:
    """The rows in which a measure is written with a percent sign."""
    return [row for row in numbers if match.column.type == "measure" and _has_percent(grid, row, match.at)]


def _has_percent(grid: Grid, row: int, index: int) -> bool:
    return str(grid.cell(row, index)).strip().endswith(("%", "％"))


def _list(rows: Iterable[object]) -> str:
    return "、".join(map(str, rows))
