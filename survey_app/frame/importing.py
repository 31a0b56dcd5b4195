"""Importing in two steps: what a file would change, then the change itself; a file with one problem changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path, PurePath
from typing import NamedTuple

import pandas as pd
from sqlalchemy.orm import Session

from analysis.standard import load_standard
from questionnaires.school_year import SchoolYear
from survey_app.core.errors import Fact, Faults, SurveyError
from survey_app.core.settings import BEIJING
from survey_app.frame.assignments import keep_assignment, propose_kept
from survey_app.frame.schools import (
    load_county_values,
    load_figures,
    load_resources,
    load_school_names,
    load_schools,
    load_scores,
    store_county_values,
    store_figures,
    store_frame,
    store_resources,
    store_schools,
    store_scores,
)
from survey_app.frame.sheets import (
    Mapping,
    Problem,
    Sheet,
    SheetError,
    Source,
    Stated,
    Upload,
    check_resources,
    join_sheets,
    read_stated,
)
from survey_app.frame.sheets.marked_copy import mark_copy
from survey_app.frame.sheets.reading import expect
from survey_app.frame.sheets.sheet_problems import say
from survey_app.frame.sheets.unknown_words import Questions, find_questions
from survey_app.frame.shown_rows import say_cell
from survey_app.problems.finding_sheets import find_faults, load_findings, store_findings
from survey_app.rounds.frame_rows import frame_table, load_waiting

KEYS = {
    "schools": ("code",),
    "resources": ("school", "stage"),
    "county": ("indicator", "stage", "subject", "grade", "scope"),
    "figures": ("figure", "school", "stage"),
    "scores": ("monitored", "grade", "subject", "school"),
    "frame": ("group", "unit", "class"),
    "problems": ("source", "school", "stage", "indicator", "text"),
}
OF_A_YEAR = ("resources", "county", "figures", "scores")
NAMING_SCHOOLS = ("resources", "frame", "problems", "figures", "scores")
WITH_THEIR_CODES = ("resources", "problems", "figures", "scores")
USUAL_STANDARD = "national-2017"


class CellChange(NamedTuple):
    """A cell that gets another value."""

    key: tuple[str, ...]
    column: str
    before: str
    after: str


class Changes(NamedTuple):
    """What a file would change: keys that come and go, cells that get another value, rows that stay as they are."""

    added: list[tuple[str, ...]]
    removed: list[tuple[str, ...]]
    changed: list[CellChange]
    same: int


@dataclass(frozen=True, kw_only=True)
class Import:
    """Files of one of KEYS that are to be one table; `year` for those of a year.

    `checked`: whoever imports them said that odd figures of resources were looked into. `mapping`: how the files name
    our columns and values.
    """

    kind: str
    files: Sequence[Source]
    year: SchoolYear | None = None
    checked: bool = False
    mapping: Mapping = field(default_factory=Mapping)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """An import that was read whole: its one sheet, and what it would change in the store."""

    asked: Import
    sheet: Sheet
    before: pd.DataFrame
    changes: Changes


def read_import(session: Session, asked: Import) -> Incoming:
    """The files as one sheet beside what is stored; raises SurveyError with every problem of them."""
    if asked.kind in OF_A_YEAR and asked.year is None:
        raise SurveyError(Fact("year_missing", "没有写明学年，例如 2025-2026。"))
    try:
        sheet = _read_files(session, asked)
    except SurveyError as error:
        raise propose_kept(session, asked.kind, asked.mapping, error) from error
    before = _load_stored(session, asked, sheet.table)
    changes = compare(before, sheet.table, KEYS[asked.kind])
    return Incoming(asked=asked, sheet=sheet, before=before, changes=changes)


def ask_import(session: Session, asked: Import) -> Questions:
    """What a person has to say of files that were refused, for them to be read."""
    expected = expect(asked.kind, state(session, asked))
    questions = Questions()
    for file in asked.files:
        questions = questions.joined(find_questions(file, expected))
    return questions


def mark_refused(session: Session, asked: Import) -> list[Upload]:
    """A marked copy of each file that is refused by itself."""
    stated = state(session, asked)
    marked = []
    for file in asked.files:
        try:
            _check_file(session, asked, read_stated(asked.kind, file, stated))
        except SheetError as error:
            if any(problem.row for problem in error.problems):
                name = say("marked", "name", stem=PurePath(file.name).stem)
                marked.append(Upload(name=name, content=mark_copy(file, error.problems)))
    return marked


def store_import(session: Session, asked: Import, *, actor: str, now: datetime) -> Incoming:
    """Put the files in the place of what was there, whole or not at all; otherwise as `read_import`."""
    incoming = read_import(session, asked)
    table = incoming.sheet.table
    match asked.kind, asked.year:
        case "schools", _:
            store_schools(session, table, actor=actor, now=now)
        case "problems", _:
            store_findings(session, table, actor=actor, now=now)
        case "frame", _:
            store_frame(session, table, actor=actor, now=now)
        case "resources", SchoolYear() as year:
            store_resources(session, table, year, actor=actor, now=now, checked=asked.checked)
        case "county", SchoolYear() as year:
            store_county_values(session, table, year, actor=actor, now=now)
        case "figures", SchoolYear() as year:
            store_figures(session, table, year, actor=actor, now=now)
        case "scores", SchoolYear() as year:
            store_scores(session, table, year, actor=actor, now=now)
    keep_assignment(session, asked.kind, asked.mapping)
    return incoming


def _read_files(session: Session, asked: Import) -> Sheet:
    stated = state(session, asked)
    faults = Faults()
    sheets = [faults.read(partial(read_stated, asked.kind, file, stated)) for file in asked.files]
    faults.raise_all()
    sheet = join_sheets([sheet for sheet in sheets if sheet])
    _check_file(session, asked, sheet)
    return sheet


def _check_file(session: Session, asked: Import, sheet: Sheet) -> None:
    if asked.kind == "resources":
        check_resources(sheet, load_schools(session), load_standard(USUAL_STANDARD), checked=asked.checked)
    if asked.kind == "problems" and (faults := list(find_faults(sheet.table))):
        raise SheetError([Problem(*sheet.places[number], "", fault) for number, fault in faults])


def state(session: Session, asked: Import) -> Stated:
    """What is known of the files before they are opened."""
    schools = load_school_names(session) if asked.kind in NAMING_SCHOOLS else None
    return Stated(
        year=str(asked.year) if asked.year else None,
        known_schools=list(schools.names) if schools and asked.kind in WITH_THEIR_CODES else None,
        mapping=asked.mapping,
        schools=schools,
    )


def _load_stored(session: Session, asked: Import, table: pd.DataFrame) -> pd.DataFrame:
    """The table that the import would replace; of problems, which none replaces, the rows that the new one names."""
    return load_findings(session, table) if asked.kind == "problems" else load_table(session, asked.kind, asked.year)


def load_table(session: Session, kind: str, year: SchoolYear | None) -> pd.DataFrame:
    """What is stored of a kind, of this school year where it has one."""
    match kind:
        case "schools":
            return load_schools(session)
        case "resources":
            return load_resources(session, year)
        case "county":
            return load_county_values(session, year)
        case "figures":
            return load_figures(session, year)
        case "scores":
            return load_scores(session, year)
    return frame_table(load_waiting(session))


def compare(before: pd.DataFrame, after: pd.DataFrame, keys: tuple[str, ...]) -> Changes:
    """Rows by their keys, cells by what a person reads in them."""
    old = _index(before, keys)
    new = _index(after, keys)
    changed = [
        CellChange(key, column, old[key].get(column, ""), value)
        for key, row in new.items()
        if key in old
        for column, value in row.items()
        if old[key].get(column, "") != value
    ]
    touched = {change.key for change in changed}
    return Changes(
        added=[key for key in new if key not in old],
        removed=[key for key in old if key not in new],
        changed=changed,
        same=sum(key in old and key not in touched for key in new),
    )


def _index(table: pd.DataFrame, keys: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, str]]:
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for row in table.to_dict("records"):
        spoken = {str(column): say_cell(value) for column, value in row.items()}
        rows[tuple(spoken.get(key, "") for key in keys)] = spoken
    return rows


def sweep(folder: Path, before: datetime) -> None:
    """Remove files that were uploaded before this Beijing time and never stored."""
    seconds = before.replace(tzinfo=BEIJING).timestamp()
    for upload in folder.glob("*/"):
        files = list(upload.iterdir())
        if all(file.stat().st_mtime < seconds for file in files):
            for file in files:
                file.unlink()
            upload.rmdir()
