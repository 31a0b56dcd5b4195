"""Reading a sheet: the whole file, or every problem in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from questionnaires.paper import Paper
from survey_app.frame.sheets.columns import Column, Kind, list_columns, load_kind
from survey_app.frame.sheets.grids import Grid
from survey_app.frame.sheets.headers import name_header
from survey_app.frame.sheets.mapping import Mapping
from survey_app.frame.sheets.notes import say_ignored
from survey_app.frame.sheets.own_schools import with_own_schools
from survey_app.frame.sheets.part_reading import Expected, WorksheetPart, read_part
from survey_app.frame.sheets.school_names import SchoolNames
from survey_app.frame.sheets.sheet_files import Source, read_grids
from survey_app.frame.sheets.sheet_problems import TEMPLATE_WORDS, Problem, SheetError, say

OVERALL = "overall"
ENOUGH_FORMS = 30  # fewer may run against each other by chance
OWN_NUMBER = "row_number"
AGAINST = -0.3  # the correlation of the overall item with the mean of the others


@dataclass(frozen=True)
class Sheet:
    """A sheet that was read whole.

    `table` has exactly the English columns of its kind, in order: text is "" where empty, numbers are float64
    with NaN where empty, counts that are always there and answers are int64 (an empty answer is 0).
    `ignored` names the columns that were not read; `notes` are sentences on what was converted or left out.
    `places` says of each row of the table in which worksheet and row a person finds it. `coding` is how answers
    were written: as texts, or as numbers of which the highest or the lowest is the best.
    """

    kind: str
    table: pd.DataFrame
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    places: tuple[tuple[str, int], ...]
    coding: Literal["text", "best-is-5", "best-is-1"] = "text"


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What is known of a file before it is opened: as for `read_sheet`; how its heads and words are to be read; and
    what schools are called, for those that it does not name by code."""

    year: str | None = None
    items: Sequence[str] = ()
    known_schools: Collection[str] | None = None
    mapping: Mapping = field(default_factory=Mapping)
    schools: SchoolNames | None = None


def read_sheet(
    kind: str,
    path: Source,
    *,
    year: str | None = None,
    items: Sequence[str] = (),
    known_schools: Collection[str] | None = None,
) -> Sheet:
    """Read a file of one of KINDS: a workbook, CSV or a web page's table; worksheets of the kind are joined.

    `year`: the school year it is meant for, checked where the file has a column for it. `items`: the paper's
    item ids, for responses. `known_schools`: codes that resources and parent schools may name; None = any.
    Raises SheetError with every problem, by row; then nothing of the file is to be used.
    """
    return read_stated(kind, path, Stated(year=year, items=items, known_schools=known_schools))


def read_stated(kind: str, path: Source, stated: Stated) -> Sheet:
    """As `read_sheet`, with all that may be known of a file before."""
    return _read(kind, path, expect(kind, stated))


def expect(kind: str, stated: Stated) -> Expected:
    """What a file of one of KINDS is read for."""
    rules = load_kind(kind)
    return Expected(
        rules,
        list_columns(rules, stated.items),
        year=stated.year,
        known_schools=stated.known_schools,
        mapping=stated.mapping,
        schools=stated.schools,
    )


def read_responses(
    path: Source, items: Sequence[str], mapping: Mapping, *, papers: Sequence[Paper] = (), into_round: bool = False
) -> Sheet:
    """Read answers of paper or another platform; numbers need the mapping's coding, texts speak for themselves.

    `into_round`: the table begins with OWN_NUMBER, the text by which their platform numbers its rows ("" where it
    has none), and no sentence repeats an answer. `papers` are those that were answered: their words are read, and
    those of another scale refused. Raises SheetError with every problem, also where nobody stated
    which number is the best.
    """
    rules = load_kind("responses")
    columns = list_columns(rules, items)
    if into_round:
        columns = [Column(name=OWN_NUMBER, zh=rules.own_number[0], names=rules.own_number, type="key"), *columns]
    sheet = _read(
        "responses", path, Expected(rules, columns, mapping=mapping, strict=True, discreet=into_round, papers=papers)
    )
    if _runs_against(sheet.table, items):
        raise SheetError([Problem(path.name, 0, "", say("row", "against"))])
    return sheet


def _read(kind: str, path: Source, expected: Expected) -> Sheet:
    grids = read_grids(path)
    expected = with_own_schools(grids, expected)
    read = [(grid.name, read_part(grid, expected)) for grid in grids]
    parts = [part for _, part in read if part]
    if not parts:
        raise SheetError([_no_header(path, grids, expected)])
    full = [part for part in parts if part.numbers] or parts[:1]
    problems = [problem for part in full for problem in part.problems]
    if problems:
        raise SheetError(problems)
    ignored = tuple(dict.fromkeys(name for part in full for name in part.ignored))
    coding = expected.mapping.coding if any(part.coded for part in full) else None
    notes = (*say_ignored(expected.kind, ignored), *_say_sheets(full, [name for name, part in read if not part]))
    sheets = [
        Sheet(
            kind=kind,
            table=_finish(part.table, expected.columns),
            ignored=ignored,
            notes=part.notes,
            places=tuple((part.name, number) for number in part.numbers),
            coding=coding or "text",
        )
        for part in full
    ]
    joined = join_sheets(sheets)
    said = (TEMPLATE_WORDS.codings[coding],) if coding else ()
    return replace(joined, ignored=ignored, notes=tuple(dict.fromkeys((*notes, *joined.notes, *said))))


def _say_sheets(parts: Sequence[WorksheetPart], others: Sequence[str]) -> list[str]:
    notes = list[str]()
    if len(parts) > 1:
        notes.append(say("note", "sheets", sheets="、".join(part.name for part in parts)))
    if others:
        notes.append(say("note", "other_sheets", others="、".join(others)))
    return notes


def _no_header(path: Source, grids: Sequence[Grid], expected: Expected) -> Problem:
    needed = "、".join(name_header(column) for column in expected.columns if column.needed != "no")
    sentence = say("file", "no_header", title=expected.kind.title, columns=needed)
    return Problem(grids[0].name if grids else path.name, 1, "", sentence)


def join_sheets(sheets: Sequence[Sheet]) -> Sheet:
    """Several files of one kind as one sheet; raises SheetError where a row repeats one of another file.

    A file with the same rows as one before it is the same file: it is used once, and a note says so.
    """
    kind = load_kind(sheets[0].kind)
    used, same = _without_twins(sheets, kind)
    if len(used) == 1:
        return replace(used[0], notes=(*used[0].notes, *same))
    table = pd.concat([sheet.table for sheet in used], ignore_index=True)
    places = [place for sheet in used for place in sheet.places]
    problems = _repeated(table, places, kind)
    if problems:
        raise SheetError(problems)
    ignored = tuple(dict.fromkeys(name for sheet in used for name in sheet.ignored))
    notes = (*(note for sheet in used for note in sheet.notes), *same)
    return replace(used[0], table=table, ignored=ignored, notes=notes, places=tuple(places))


def _without_twins(sheets: Sequence[Sheet], kind: Kind) -> tuple[list[Sheet], list[str]]:
    used = list[Sheet]()
    notes = list[str]()
    for sheet in sheets:
        twin = next((other for other in used if kind.unique and _same_rows(other, sheet, kind)), None)
        if twin:
            notes.append(say("note", "same_rows", sheet=twin.places[0][0], rows=len(sheet.table)))
        else:
            used.append(sheet)
    return used, notes


def _same_rows(first: Sheet, second: Sheet, kind: Kind) -> bool:
    keys = list(kind.unique)
    tables = [sheet.table.sort_values(keys).reset_index(drop=True) for sheet in (first, second)]
    return tables[0].equals(tables[1])


def _repeated(table: pd.DataFrame, places: Sequence[tuple[str, int]], kind: Kind) -> list[Problem]:
    if not kind.unique:
        return []
    seen: dict[tuple[str, ...], tuple[str, int]] = {}
    problems = []
    for place, key in zip(places, table[list(kind.unique)].itertuples(index=False, name=None), strict=True):
        sheet, row = seen.setdefault(tuple(map(str, key)), place)
        if (sheet, row) != place:
            problems.append(Problem(*place, "", say("row", "repeated", sheet=sheet, row=row)))
    return problems


def _runs_against(table: pd.DataFrame, items: Sequence[str]) -> bool:
    """Whether the overall item falls where the others rise: its options were listed the other way round."""
    others = [item for item in items if item != OVERALL]
    if OVERALL not in table or not others:
        return False
    answered = table[[*others, OVERALL]].where(table[[*others, OVERALL]].isin(range(1, 6)))
    pairs = pd.DataFrame({"overall": answered[OVERALL], "others": answered[others].mean(axis=1)}).dropna()
    if len(pairs) < ENOUGH_FORMS or pairs.overall.nunique() < 2 or pairs.others.nunique() < 2:
        return False
    return bool(pairs.overall.corr(pairs.others) < AGAINST)


def _finish(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The table with defaults in place, whole numbers as such, and rows counted from 0."""
    for column in columns:
        if column.default:
            table[column.name] = table[column.name].fillna(table[column.default])
    whole = {column.name: "int64" for column in columns if column.is_whole}
    return table.astype(whole).reset_index(drop=True)
