"""The annex is read back: every cell of every sheet of the workbook, every table of the dimensions' pages."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from python_calamine import CalamineWorkbook

from questionnaires.vocabulary import Dimension, Verdict
from reports.checking.annex_cells import Cell, Row, Wanted, same_as_shown, same_as_written
from reports.checking.annex_notes import check_above, list_lacking, list_notes, load_note_words
from reports.checking.annex_table_words import load_annex_table_words
from reports.checking.annex_tables_due import TableDue, list_page_tables, tables_of_page, tables_of_workbook
from reports.checking.document_reading import Written, read_written
from reports.checking.published_round import PublishedRound
from reports.checking.tightening import tighten

Grid = Sequence[Sequence[Cell]]
Same = Callable[[Cell, Wanted], bool]
HEAD = 3


def check_annex(path: Path, round_: PublishedRound) -> list[str]:
    """What is untrue in a workbook, a line each: sheets, titles, heads, notes, every cell but those of groups."""
    with CalamineWorkbook.from_path(path) as book:
        grids = {name: _read_grid(book, name) for name in book.sheet_names}
    due = tables_of_workbook(round_)
    found = [*_compare_contents(grids.pop(load_annex_table_words().words.contents, [[]]), due)]
    if [*grids] != [table.sheet for table in due]:
        found.append(f"annex: sheets: {' | '.join(grids)}")
    for table in due:
        grid = grids.get(table.sheet, [])
        lines = [*compare_sheet(grid, table, round_), *compare_notes(grid, table, round_)]
        found += [f"annex: {table.sheet}: {line}" for line in lines]
    return found


def _read_grid(book: CalamineWorkbook, sheet: str) -> Grid:
    rows = book.get_sheet_by_name(sheet).to_python()
    return [[cell if isinstance(cell, int | float) else str(cell) for cell in row] for row in rows]


def _compare_contents(grid: Grid, due: Sequence[TableDue]) -> Iterator[str]:
    rows = [[Wanted(table.number), Wanted(table.sheet), Wanted(table.title)] for table in due]
    yield from (f"annex: contents: {line}" for line in _compare_rows(_rows_of(grid), rows, same_as_written))


def _rows_of(grid: Grid) -> Grid:
    """The rows of a table below its head, up to the first empty row."""
    rows = grid[HEAD + 1 :]
    ends = [number for number, row in enumerate(rows) if not any(cell != "" for cell in row)]
    return rows[: ends[0]] if ends else rows


def compare_sheet(grid: Grid, table: TableDue, round_: PublishedRound) -> Iterator[str]:
    """What is untrue on a sheet: its title, its source, its head, its rows."""
    if len(grid) <= HEAD:
        yield "no such table"
        return
    if tighten(str(grid[0][0])) != tighten(_title_of(table, round_)):
        yield f"title: {grid[0][0]}"
    yield from check_above(str(grid[1][0]), str(grid[2][0]), round_, of_round=table.of_round)
    yield from _compare_head(grid[HEAD], table)
    if table.rows is not None:
        yield from _compare_rows(_rows_of(grid), table.rows, same_as_written)


def _title_of(table: TableDue, round_: PublishedRound) -> str:
    words = load_annex_table_words().words
    mark = words.marked.format(mark=round_.facts.mark) if round_.facts.mark else ""
    return words.titled.format(number=table.number, county=round_.facts.county, title=table.title, mark=mark)


def compare_notes(grid: Grid, table: TableDue, round_: PublishedRound) -> Iterator[str]:
    """What is untrue below a table: a note that says otherwise, one that is missing or nobody knows."""
    below = grid[HEAD + 1 + len(_rows_of(grid)) :]
    found = [tighten(str(row[0])) for row in below if any(cell != "" for cell in row)]
    empty = [] if _rows_of(grid) else [tighten(load_note_words().none)]
    yield from compare_lines(found, [*empty, *list_notes(table.kind, round_)])


def compare_lines(found: Sequence[str], wanted: Sequence[str]) -> Iterator[str]:
    """Lines that nobody knows, and those that are missing, each as often as it is one too many or too few."""
    yield from (f"note: {line}" for line in (Counter(found) - Counter(wanted)).elements())
    yield from (f"no note: {line}" for line in (Counter(wanted) - Counter(found)).elements())


def _compare_head(head: Sequence[Cell], table: TableDue) -> Iterator[str]:
    if [tighten(str(cell)) for cell in head] != [tighten(name) for name in table.head]:
        yield f"head: {' | '.join(map(str, head))}"


def _compare_rows(rows: Grid, wanted: Sequence[Row], same: Same) -> Iterator[str]:
    for row, cells in zip(rows, wanted, strict=False):
        if len(row) != len(cells) or not all(map(same, row, cells)):
            yield " | ".join(map(str, row))
    if len(rows) != len(wanted):
        yield f"{len(rows)} rows, not {len(wanted)}"


def check_dimension_page(path: Path, round_: PublishedRound) -> list[str]:
    """What is untrue on the page of a dimension, a line each: its verdict, every sentence, every cell of its tables."""
    dimension = next(own for own in Dimension if own.zh == path.stem)
    written = read_written(path)
    due = tables_of_page(dimension, round_)
    found = [] if len(written.tables) == len(due) else [f"{len(written.tables)} tables, not {len(due)}"]
    for grid, table in zip(written.tables, due, strict=False):
        found += [f"{table.title}: {line}" for line in compare_table(grid, table)]
        if tighten(table.title) not in written.paragraphs:
            found.append(f"{table.title}: no title")
    return [*found, *_check_summary(written.paragraphs, dimension, round_), *_check_around(written, dimension, round_)]


def _check_around(written: Written, dimension: Dimension, round_: PublishedRound) -> Iterator[str]:
    """What is untrue outside the tables of a page: its heading, what is missing, the notes, the source."""
    words = load_note_words()
    names = "".join(own.zh for own in Dimension)
    tables = [*list_page_tables(dimension, round_)]
    wanted = [
        *([round_.facts.mark] if round_.facts.mark else []),
        tighten(words.header.format(county=round_.facts.county) + names),
        dimension.zh,
        *(tighten(table.title) for table in tables),
        *(tighten(words.none) for table in tables if not table.rows),
        *(note for table in tables if table.rows for note in list_notes(table.kind, round_)),
        *list_lacking(dimension, round_),
    ]
    *others, source, self_check = written.paragraphs
    verdict = _find_summary(others)
    yield from compare_lines([line for line in others if line != verdict], wanted)
    yield from check_above(source, self_check, round_, of_round=False)


def _find_summary(paragraphs: Sequence[str]) -> str:
    """The first paragraph that names a verdict, behind its mark."""
    verdicts = tuple(term.zh for term in Verdict)
    return next((text for text in paragraphs if text[1:].startswith(verdicts)), "")


def compare_table(grid: Grid, table: TableDue) -> Iterator[str]:
    """What is untrue in a table of a page: its head, its rows."""
    yield from _compare_head(grid[0], table)
    yield from _compare_rows(grid[1:], table.rows or [], same_as_shown)


def _check_summary(paragraphs: Sequence[str], dimension: Dimension, round_: PublishedRound) -> Iterator[str]:
    """The verdict with its sentence stands in the first paragraph that names one."""
    judgement = round_.published.judgement
    verdict = judgement.dimensions.verdict(dimension.value).zh
    said = _find_summary(paragraphs)[1:]
    if not said.startswith(verdict) or not _says_counts(said.removeprefix(verdict), dimension, round_):
        yield f"summary: {said}"


def _says_counts(said: str, dimension: Dimension, round_: PublishedRound) -> bool:
    dimensions = round_.published.judgement.dimensions
    if dimension == Dimension.RECOGNITION:
        return said == tighten(f"{dimensions.recognition.reason}。")
    forms = load_annex_table_words().summaries
    found = re.match(forms.schools if dimension == Dimension.RESOURCES else forms.indicators, said)
    counts = _school_counts(round_) if dimension == Dimension.RESOURCES else _indicator_counts(dimension, round_)
    return found is not None and {name: int(number) for name, number in found.groupdict().items()} == counts


def _school_counts(round_: PublishedRound) -> Mapping[str, int]:
    resources = round_.published.judgement.dimensions.resources
    spread = [own.cv_verdict for stages in resources.indicators.values() for own in stages.values()]
    return {
        "total": len(resources.schools),
        "met": sum(school.verdict == Verdict.MET for school in resources.schools),
        "cv_total": len(spread),
        "cv_met": spread.count(Verdict.MET),
    }


def _indicator_counts(dimension: Dimension, round_: PublishedRound) -> Mapping[str, int]:
    verdicts = [own.verdict for own in round_.published.judgement.dimensions.indicators(dimension.value).values()]
    return {**{verdict.value: verdicts.count(verdict) for verdict in Verdict}, "total": len(verdicts)}
