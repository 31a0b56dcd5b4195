"""Answers of paper and other platforms, read whole against the round they are for; nothing tells what they say."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import NamedTuple

import pandas as pd
from sqlalchemy.orm import Session

from analysis.column_values import texts
from questionnaires.answers import encode_answers
from questionnaires.paper import Paper, load_paper
from questionnaires.vocabulary import RoundState
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Round
from survey_app.frame.schools import load_school_names
from survey_app.frame.sheets import (
    OWN_NUMBER,
    Mapping,
    SchoolNames,
    Sheet,
    SheetError,
    Source,
    Stated,
    Upload,
    check_responses,
    name_units,
    read_responses,
)
from survey_app.frame.sheets.marked_copy import mark_copy
from survey_app.frame.sheets.reading import expect
from survey_app.frame.sheets.sheet_files import read_content
from survey_app.frame.sheets.sheet_problems import Problem, say
from survey_app.frame.sheets.unknown_words import Questions, find_questions
from survey_app.imported_forms.imported_words import IMPORTED_WORDS
from survey_app.rounds.frame_rows import load_frame

MOST_FAULTS = 40
MOST_ROWS = 5
PLACE = ["group", "unit", "class"]


class Place(NamedTuple):
    """Where a form counts: the key of a row of the frame."""

    group: str
    unit: str
    class_name: str


class RowPlace(NamedTuple):
    """Where a person finds a row."""

    file: str
    row: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FormFiles:
    """Files of answers, and how they are to be read; `mapping.source` tells surveys with the same numbers apart."""

    files: Sequence[Source]
    mapping: Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedForm:
    """One form of a file: where it counts, its answers as they are stored, its own number, and where it was read."""

    place: Place
    answers: str
    number: str
    found: RowPlace


@dataclass(frozen=True, kw_only=True, slots=True)
class FormsRead:
    """What the files hold: every row is among the forms, or left out by where it stands.

    `blank` have no answer at all, `twins` are the same row of the same platform again.
    """

    sheets: tuple[str, ...]
    rows: int
    forms: tuple[ImportedForm, ...]
    blank: tuple[RowPlace, ...]
    twins: tuple[RowPlace, ...]
    coding: str
    notes: tuple[str, ...]

    @property
    def unnumbered(self) -> int:
        """Forms that their platform gave no number."""
        return sum(not form.number for form in self.forms)

    @property
    def alike(self) -> int:
        """Forms without a number that are, in place and answers, like one before them in this upload."""
        return sum(n - 1 for n in Counter((f.place, f.answers) for f in self.forms if not f.number).values())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Against:
    """What answers are held against: the round's papers, its frame, and what its schools are called."""

    papers: Sequence[Paper]
    frame: pd.DataFrame
    schools: SchoolNames

    def read(self, file: Source, mapping: Mapping) -> Sheet:
        """One file; raises SheetError with every problem by its place, and not one answer."""
        sheet = read_responses(file, self.papers[0].item_ids, mapping, papers=self.papers, into_round=True)
        sheet = name_units(sheet, set(self.frame["unit"]), self.schools)
        check_responses(sheet, self.frame, self.papers, schools=self.schools, discreet=True)
        return sheet


def _load_against(session: Session, round_: Round) -> _Against:
    frame = load_frame(session, round_)
    papers = [load_paper(name) for name in round_.papers]
    return _Against(papers=papers, frame=frame, schools=load_school_names(session, set(frame["unit"])))


class RefusedFormsError(SurveyError):
    """Files of answers that were refused; `placed`: some fault has a row, so that a copy can show it."""

    def __init__(self, *problems: str, placed: bool):
        self.placed = placed
        super().__init__(*problems)


def mark_forms(session: Session, round_: Round, asked: FormFiles) -> list[Upload]:
    """A marked copy of each refused file, in memory; its sentences tell no answer."""
    against = _load_against(session, round_)
    marked = []
    for file in asked.files:
        try:
            against.read(file, asked.mapping)
        except SheetError as error:
            if any(problem.row for problem in error.problems):
                name = say("marked", "name", stem=PurePath(file.name).stem)
                marked.append(Upload(name=name, content=mark_copy(file, error.problems)))
    return marked


def read_forms(session: Session, round_: Round, asked: FormFiles) -> FormsRead:
    """The files' forms; raises RefusedFormsError with faults by kind and place, and not one answer."""
    against = _load_against(session, round_)
    items = against.papers[0].item_ids
    files, same = _without_copies(asked.files)
    sheets: list[Sheet] = []
    problems: list[str] = []
    for file in files:
        try:
            sheets.append(against.read(file, asked.mapping))
        except SurveyError as error:
            problems += error.problems
    if problems:
        placed = any(isinstance(problem, Problem) and problem.row for problem in problems)
        raise RefusedFormsError(*count_faults(problems), placed=placed)
    rows = [row for sheet in sheets for row in _list_rows(sheet, items)]
    forms, twins = _tell_apart([row for row in rows if set(row.answers) != {"0"}])
    if not forms:
        raise SurveyError(IMPORTED_WORDS.no_form)
    return FormsRead(
        sheets=tuple(dict.fromkeys(row.found.file for row in rows)),
        rows=len(rows),
        forms=tuple(forms),
        blank=tuple(row.found for row in rows if set(row.answers) == {"0"}),
        twins=tuple(twins),
        coding=next((sheet.coding for sheet in sheets if sheet.coding != "text"), "text"),
        notes=tuple(dict.fromkeys((*same, *(note for sheet in sheets for note in sheet.notes)))),
    )


def ask_forms(session: Session, round_: Round, asked: FormFiles) -> Questions:
    """What a person has to say of files that were refused: heads, groups and units, and of no answer a word."""
    items = load_paper(round_.papers[0]).item_ids
    units = list(dict.fromkeys(texts(load_frame(session, round_)["unit"])))
    listed = load_school_names(session, units)
    schools = replace(listed, names={unit: listed.names.get(unit, unit) for unit in units})
    stated = Stated(items=items, mapping=asked.mapping, known_schools=units, schools=schools)
    expected = replace(expect("responses", stated), strict=True, discreet=True)
    questions = Questions()
    for file in asked.files:
        questions = questions.joined(find_questions(file, expected))
    return questions


def count_faults(problems: Iterable[str]) -> Iterator[str]:
    """Faults by kind, each with how many there are and the first rows; what is no fault of a cell stays as it is."""
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        if not isinstance(problem, Problem) or not problem.row or problem.name:
            yield problem
            continue
        kinds.setdefault((problem.sheet, problem.sentence), []).append(problem)
    for (sheet, sentence), found in list(kinds.items())[:MOST_FAULTS]:
        yield IMPORTED_WORDS.fault.format(
            sheet=sheet,
            column=_list_columns(found),
            sentence=sentence,
            n=len(found),
            **list_rows(sorted({problem.row for problem in found})),
        )
    if len(kinds) > MOST_FAULTS:
        yield IMPORTED_WORDS.more_faults.format(n=len(kinds) - MOST_FAULTS)


def _list_columns(problems: Sequence[Problem]) -> str:
    """The columns of equal faults, the first by name."""
    columns = list(dict.fromkeys(problem.column for problem in problems if problem.column))
    if not columns:
        return ""
    others = IMPORTED_WORDS.other_columns.format(n=len(columns)) if len(columns) > 1 else ""
    return f"{columns[0]}{others}："


def list_rows(rows: Sequence[object]) -> dict[str, str]:
    """The first rows in words, and whether there are more."""
    more = IMPORTED_WORDS.more if len(rows) > MOST_ROWS else ""
    return {"rows": "、".join(map(str, rows[:MOST_ROWS])), "more": more}


def check_open(round_: Round, now: datetime) -> None:
    """Raise ConflictError unless the round takes answers at this moment."""
    if round_.state != RoundState.OPEN or not round_.opens <= now < round_.closes:
        raise ConflictError(IMPORTED_WORDS.not_open)


def _without_copies(files: Sequence[Source]) -> tuple[list[Source], list[str]]:
    """Each content once: 名册.xlsx and 名册(1).xlsx are one file."""
    first: dict[bytes, Source] = {}
    notes: list[str] = []
    for file in files:
        twin = first.setdefault(_content(file), file)
        if twin is not file:
            notes.append(IMPORTED_WORDS.same_file.format(file=file.name, other=twin.name))
    return list(first.values()), notes


def _content(file: Source) -> bytes:
    try:
        return read_content(file)
    except ValueError:
        return file.name.encode()


def _list_rows(sheet: Sheet, items: Sequence[str]) -> Iterator[ImportedForm]:
    places = map(Place, *(texts(sheet.table[name]) for name in PLACE))
    digits = _digits(sheet.table[list(items)])
    numbers = texts(sheet.table[OWN_NUMBER])
    for found, place, answers, number in zip(sheet.places, places, digits, numbers, strict=True):
        yield ImportedForm(place=place, answers=answers, number=number, found=RowPlace(*found))


def _digits(answers: pd.DataFrame) -> list[str]:
    known = answers.drop_duplicates()
    spelled = {row: encode_answers(row) for row in known.itertuples(index=False, name=None)}
    return [spelled[row] for row in answers.itertuples(index=False, name=None)]


def _tell_apart(rows: Sequence[ImportedForm]) -> tuple[list[ImportedForm], list[RowPlace]]:
    """Each numbered row once; raises SurveyError where one number stands for two different rows."""
    first: dict[tuple[Place, str], ImportedForm] = {}
    forms: list[ImportedForm] = []
    twins: list[RowPlace] = []
    problems: list[str] = []
    for row in rows:
        twin = first.setdefault((row.place, row.number), row) if row.number else row
        if twin is row:
            forms.append(row)
        elif twin.answers == row.answers:
            twins.append(row.found)
        else:
            problems.append(_say_twice(row, twin))
    if problems:
        raise SurveyError(*problems[:MOST_FAULTS])
    return forms, twins


def _say_twice(row: ImportedForm, twin: ImportedForm) -> str:
    return IMPORTED_WORDS.twice.format(
        file=row.found.file,
        row=row.found.row,
        number=row.number,
        other=twin.found.file,
        other_row=twin.found.row,
    )
