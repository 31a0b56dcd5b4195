"""One worksheet of a kind: its rows under the header as a table, and all that is wrong in them."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from questionnaires.paper import Paper
from questionnaires.text import clean_text
from survey_app.frame.sheets.cell_reading import Value, empty_value, read_cells
from survey_app.frame.sheets.columns import Column, Kind
from survey_app.frame.sheets.filled import Filled
from survey_app.frame.sheets.grids import Cell, Grid
from survey_app.frame.sheets.headers import Header, Match, find_header, match_header
from survey_app.frame.sheets.mapping import Mapping, is_bare_number, plain_option, turn_number
from survey_app.frame.sheets.notes import list_ignored, list_percents, say_read_otherwise, say_seen_again
from survey_app.frame.sheets.paper_options import find_foreign_words, words_of_papers
from survey_app.frame.sheets.rules import check_rows, check_year
from survey_app.frame.sheets.school_names import SchoolNames
from survey_app.frame.sheets.sheet_problems import Problem, say

NUMBERS = ("count", "amount", "measure", "duration")
OWN_CHILD = "您孩子"


@dataclass(frozen=True)
class Expected:
    """What a file is read for: the kind and its columns, the year, the schools that are known, the mapping.

    `known_schools` are codes that alone may be named; `schools` tells the code of one that is named otherwise.
    `strict`: numbers among the answers need a stated coding. `discreet`: no sentence repeats an answer. `papers`: those
    that were answered, in whose words answers are read.
    """

    kind: Kind
    columns: Sequence[Column]
    year: str | None = None
    known_schools: Collection[str] | None = None
    mapping: Mapping = field(default_factory=Mapping)
    schools: SchoolNames | None = None
    strict: bool = False
    discreet: bool = False
    papers: Sequence[Paper] = ()


@dataclass(frozen=True)
class WorksheetPart:
    """What one worksheet gave."""

    name: str
    table: pd.DataFrame
    numbers: list[int]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    problems: list[Problem]
    coded: bool


def read_part(grid: Grid, expected: Expected) -> WorksheetPart | None:
    """The worksheet's rows; None where it has no header of the kind."""
    columns = [with_heads(column, expected.mapping) for column in expected.columns]
    rows = find_header(grid, columns)
    if rows is None:
        return None
    header, told = _match(grid, match_header(grid, rows, columns), expected)
    numbers, left_out = filled_rows(grid, header, expected.kind)
    filled, problems = _read_rows(grid, header, numbers, expected)
    if not numbers:
        problems.append(Problem(grid.name, header.row + 1, "", "".join((say("file", "no_rows"), *left_out))))
    coded = _first_number(grid, header, numbers)
    if expected.strict and coded and expected.mapping.coding is None:
        problems.append(coded)
    problems += [*header.problems, *_wider_rows(grid, header, numbers), *_hidden_rows(grid, numbers)]
    asked = find_other_names(filled, expected)
    problems += check_rows(expected.kind, filled, _known_schools(expected, asked))
    if expected.schools:
        problems += _other_names(filled, asked, expected.schools)
    if expected.year is not None:
        problems += check_year(grid, header, numbers, expected.kind, expected.year)
    notes = (
        *told,
        *left_out,
        *say_read_otherwise(grid, header, columns),
        *_say_named(grid, header, numbers, expected),
        *say_seen_again(expected.kind, filled, grid, header, numbers),
    )
    ignored = list_ignored(grid, header, numbers)
    return WorksheetPart(grid.name, filled.table, numbers, ignored, notes, problems, coded is not None)


def find_other_names(filled: Filled, expected: Expected) -> dict[str, dict[str, str]]:
    """By column the names that may mean a school that is listed, until a person says whether they do; with its code."""
    asked = dict[str, dict[str, str]]()
    for column in expected.columns if expected.schools and not expected.discreet else ():
        if column.of_schools:
            settled = set(expected.mapping.words_of(column.name, is_item=False).values())
            texts = set(filled.texts(column.name).values()) - settled
            asked[column.name] = expected.schools.propose_all(texts) if expected.schools else {}
    return asked


def _other_names(filled: Filled, asked: dict[str, dict[str, str]], schools: SchoolNames) -> Iterator[Problem]:
    for column, proposed in asked.items():
        for row, written in filled.texts(column).items():
            if written in proposed:
                yield filled.problem(row, column, "other_name", **schools.describe(written, proposed[written]))


def _say_named(grid: Grid, header: Header, numbers: Sequence[int], expected: Expected) -> Iterator[str]:
    """Which schools were known by their full names or 标识码."""
    if not expected.schools or expected.discreet:
        return
    for match in header.matches:
        if match.column.of_schools:
            codes = expected.schools.find_all(sorted({str(grid.cell(number, match.at)) for number in numbers}))
            if codes:
                yield say("note", "named", units="、".join(f"{name.strip()}（{code}）" for name, code in codes.items()))


def _known_schools(expected: Expected, asked: dict[str, dict[str, str]]) -> Collection[str] | None:
    """The codes that may be named; what is asked for is not refused besides."""
    if expected.known_schools is None:
        return None
    return {*expected.known_schools, *(written for proposed in asked.values() for written in proposed)}


def with_heads(column: Column, mapping: Mapping) -> Column:
    """The column with the heads that a person assigned to it."""
    heads = mapping.heads_of(column.name)
    return column.model_copy(update={"assigned": heads}) if heads else column


def _match(grid: Grid, header: Header, expected: Expected) -> tuple[Header, list[str]]:
    """The header without complaints about columns whose value is fixed; a head that asks a parent fixes the group."""
    fixed = _fixed(header, expected)
    named = {match.column.name for match in header.matches}
    told = (
        [say("note", "asked", header=head) for head in _own_child(header)]
        if set(fixed) - named - set(expected.mapping.fixed)
        else []
    )
    problems = [
        problem
        for problem in header.problems
        if not any(problem.column.startswith(f"“{name} ") and name not in named for name in fixed)
    ]
    return header._replace(problems=problems), told


def _own_child(header: Header) -> list[str]:
    return [head for head in header.heads if OWN_CHILD in head][:1]


def _fixed(header: Header, expected: Expected) -> dict[str, str]:
    """The values that hold for every row where the file has no such column."""
    asked = any(column.name == "group" for column in expected.columns) and expected.strict and _own_child(header)
    return ({"group": "parent"} if asked else {}) | expected.mapping.fixed


def filled_rows(grid: Grid, header: Header, kind: Kind) -> tuple[list[int], list[str]]:
    """The numbers, as the person sees them, of the rows under the header that hold data, and notes on footers."""
    footers = re.compile("(?:" + "|".join(kind.footers) + r")(?:[:：(].*)?") if kind.footers else None
    numbers = list[int]()
    left_out: dict[str, list[str]] = {}
    keys = [match.at for match in header.matches if match.column.type == "key"]
    for number, cells in enumerate(grid.rows[header.row + 1 :], start=header.row + 2):
        written = _first_text(cells)
        if not written:
            continue
        total = _find_total(kind, [grid.cell(number, at) for at in keys])
        if total or (footers and footers.fullmatch("".join(written.split()))):
            left_out.setdefault(total or written, []).append(str(number))
        else:
            numbers.append(number)
    notes = [say("note", "left_out", rows="、".join(rows), written=written) for written, rows in left_out.items()]
    return numbers, notes


def _find_total(kind: Kind, cells: Sequence[Cell]) -> str:
    """The name by which a row says that it sums up others, such as 青山镇小计; nothing where it is one of its own."""
    texts = (str(cell).strip() for cell in cells)
    return next((text for text in texts if kind.totals and text.endswith(kind.totals)), "")


def _first_text(cells: Sequence[Cell]) -> str:
    return next((text for cell in cells if (text := str(cell).strip())), "")


def _read_rows(grid: Grid, header: Header, numbers: list[int], expected: Expected) -> tuple[Filled, list[Problem]]:
    """The table by row number, and every cell that is wrong."""
    problems = list[Problem]()
    values: dict[str, list[Value]] = {c.name: [empty_value(c)] * len(numbers) for c in expected.columns}
    values |= {name: [value] * len(numbers) for name, value in _fixed(header, expected).items() if name in values}
    places = {match.column.name: match.place for match in header.matches}
    answers: dict[Match, tuple[list[Cell], set[int]]] = {}
    for match in header.matches:
        cells = grid.column(numbers, match.at)
        read = _mapped(match.column, cells, expected)
        values[match.column.name], wrong = read_cells(match.column, read, match.factor)
        found = [Problem(grid.name, numbers[at], match.place, sentence) for at, sentence in wrong.items()]
        found += _merged_cells(grid, match, numbers)
        problems += _without_answers(found) if expected.discreet and match.column.type == "answer" else found
        if match.column.type == "answer" and expected.papers:
            answers[match] = (cells, set(wrong))
    foreign = [
        Problem(grid.name, numbers[at], match.place, sentence)
        for match, (cells, unread) in answers.items()
        for at, sentence in find_foreign_words(
            cells,
            values["group"],
            match.column,
            expected.papers,
            expected.mapping.words_of(match.column.name, is_item=True),
        )
        if at not in unread
    ]
    problems += _without_answers(foreign) if expected.discreet else foreign
    dtypes = {c.name: "str" if c.is_text else "float64" for c in expected.columns}
    table = pd.DataFrame(values, index=list(numbers)).astype(dtypes)
    percents = frozenset(row for match in header.matches for row in list_percents(grid, match, numbers))
    return Filled(grid.name, table, {c.name: c for c in expected.columns}, places, percents), problems


def _without_answers(problems: Sequence[Problem]) -> list[Problem]:
    """The same places, and not a word of what stands there."""
    sentence = say("response", "unreadable")
    return [Problem(problem.sheet, problem.row, problem.column, sentence) for problem in problems]


def _mapped(column: Column, cells: list[Cell], expected: Expected) -> list[Cell]:
    """The cells with the values assigned to their words, and the code of each school that is named otherwise."""
    mapping = expected.mapping
    is_item = column.type == "answer"
    words = (words_of_papers(expected.papers) if is_item else {}) | mapping.words_of(column.name, is_item=is_item)
    turned = is_item and mapping.coding == "best-is-1"
    if words or turned:
        assigned = {cell: _assign(cell, words, is_item=is_item, turned=turned) for cell in set(cells)}
        cells = [assigned[cell] for cell in cells]
    if column.of_schools and expected.schools:
        codes = expected.schools.find_all(_unsettled(cells, words))
        cells = [codes.get(str(cell), cell) for cell in cells]
    return cells


def _assign(cell: Cell, words: dict[str, str], *, is_item: bool, turned: bool) -> Cell:
    """What a cell stands for: the value of its word, with or without the letter before it."""
    text = clean_text(str(cell))
    known = words.get(text) or (words.get(plain_option(cell)) if is_item else None)
    return known or (turn_number(cell) if turned else cell)


def _unsettled(cells: Sequence[Cell], words: dict[str, str]) -> list[str]:
    """The different texts of cells for which nobody said what they stand for."""
    return sorted({str(cell) for cell in cells} - set(words.values()))


def _merged_cells(grid: Grid, match: Match, numbers: Sequence[int]) -> list[Problem]:
    """A number is not that of each row it was merged over, and two values of one range contradict each other."""
    rows = set(numbers)
    problems = [
        Problem(grid.name, row + 1, match.place, say("cell", "meeting", written=grid.cell(row + 1, match.at)))
        for row, column in sorted(grid.meeting)
        if column == match.at and row + 1 in rows
    ]
    if match.column.type in NUMBERS:
        problems += [
            Problem(grid.name, row + 1, match.place, say("cell", "merged"))
            for row, column in sorted(grid.copied)
            if column == match.at and row + 1 in rows
        ]
    return problems


def _first_number(grid: Grid, header: Header, numbers: Sequence[int]) -> Problem | None:
    """The first answer that is a bare number, whose direction nobody can see."""
    for match in header.matches:
        if match.column.type != "answer":
            continue
        cells = grid.column(numbers, match.at)
        bare = {cell for cell in set(cells) if is_bare_number(cell)}
        if bare:
            number = next(number for number, cell in zip(numbers, cells, strict=True) if cell in bare)
            return Problem(grid.name, number, match.place, say("cell", "coding"), fact="coding_missing")
    return None


def _hidden_rows(grid: Grid, numbers: Sequence[int]) -> list[Problem]:
    return [Problem(grid.name, number, "", say("row", "hidden")) for number in numbers if number in grid.hidden_rows]


def _wider_rows(grid: Grid, header: Header, numbers: Sequence[int]) -> list[Problem]:
    """Rows of a CSV with more cells than the header: an unquoted comma has moved the rest to the right."""
    width = len(header.heads)
    extra = {number: sum(str(cell).strip() != "" for cell in grid.rows[number - 1][width:]) for number in numbers}
    return [
        Problem(grid.name, number, "", say("header", "wider", extra=cells)) for number, cells in extra.items() if cells
    ]
