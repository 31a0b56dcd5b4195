"""Rows that come and go at the data desk, one at a time, with a reason; the whole table is checked as an import is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import CountyValue, FrameRow, RawFigure, Resource, School, Score
from survey_app.frame.control_totals import ControlTotals, control_totals
from survey_app.frame.correcting import DATA_WORDS, Kept, as_file, find_kept, name_table, say_plainly
from survey_app.frame.importing import KEYS, Import, load_table, read_import
from survey_app.frame.sheets import Sheet
from survey_app.frame.sheets.columns import load_kind
from survey_app.frame.shown_rows import name_key, say_cell, say_value
from survey_app.rounds.sampling import void_sample

ADDED, REMOVED = "add_row", "remove_row"
OfAYear = Resource | CountyValue | RawFigure | Score
TABLES: dict[str, type[OfAYear]] = {"resources": Resource, "county": CountyValue, "figures": RawFigure, "scores": Score}
BESIDE_VALUES = {"id", "school_year", "values"}


@dataclass(frozen=True, kw_only=True)
class RowEdit:
    """A kind of table, the school year of one that has years, and why a row of it comes or goes."""

    kind: str
    year: SchoolYear | None
    reason: str

    @property
    def subject(self) -> str:
        """What the log calls it."""
        return name_table(self.kind, self.year)


def add_row(session: Session, edit: RowEdit, typed: Mapping[str, str], *, actor: str, now: datetime) -> str:
    """Put one row more into a table; returns its key.

    Raises SurveyError for what an import of the whole table would refuse.
    """
    if not edit.reason.strip():
        raise SurveyError(DATA_WORDS.no_reason)
    rows = [*_list_cells(session, edit), {name: typed.get(name, "") for name in load_kind(edit.kind).columns}]
    with say_plainly():
        incoming = read_import(session, _as_import(edit, rows))
    if len(incoming.changes.added) != 1:
        raise ConflictError(DATA_WORDS.there_already)
    [key] = ["/".join(part) for part in incoming.changes.added]
    [row] = [row for row in incoming.sheet.table.to_dict("records") if name_key(row, KEYS[edit.kind]) == key]
    session.add(_make(edit, {str(name): None if value != value else value for name, value in row.items()}))
    left = _count_again(session, edit, actor, now)
    record(session, actor, ADDED, edit.subject, at=now, row=key, reason=edit.reason.strip(), rows=left)
    return key


def remove_row(session: Session, edit: RowEdit, key: str, *, actor: str, now: datetime) -> None:
    """Take one row out of a table; what stood in it is in the log. Raises SurveyError where the rest cannot stand."""
    if not edit.reason.strip():
        raise SurveyError(DATA_WORDS.no_reason)
    kept, row = find_kept(session, edit.kind, edit.year, key)
    if isinstance(kept, School) and _is_named(session, kept.code):
        raise ConflictError(DATA_WORDS.has_rows)
    rest = [cells for cells in _list_cells(session, edit) if name_key(cells, KEYS[edit.kind]) != key]
    if rest:
        with say_plainly():
            read_import(session, _as_import(edit, rest))
    session.delete(kept)
    columns = load_kind(edit.kind).columns
    told = [f"{column.label} {say_value(column, row.get(name))}" for name, column in columns.items() if row.get(name)]
    rows = _count_again(session, edit, actor, now)
    about = {"cells": told, "reason": edit.reason.strip(), "rows": rows}
    record(session, actor, REMOVED, edit.subject, at=now, row=key, **about)


def count_totals(kind: str, table: pd.DataFrame) -> ControlTotals:
    """The rows and sums of a table as it stands, as the preview of an import tells them."""
    return control_totals(Sheet(kind=kind, table=table, ignored=(), notes=(), places=()))


def _list_cells(session: Session, edit: RowEdit) -> list[dict[str, str]]:
    records = load_table(session, edit.kind, edit.year).to_dict("records")
    return [{str(name): say_cell(value) for name, value in row.items()} for row in records]


def _as_import(edit: RowEdit, rows: list[dict[str, str]]) -> Import:
    return Import(kind=edit.kind, files=[as_file(edit.kind, rows)], year=edit.year, checked=True)


def _make(edit: RowEdit, row: dict[str, Any]) -> Kept:
    if edit.kind == "schools":
        return School(**row)
    if edit.kind == "frame":
        return FrameRow(class_name=row.pop("class"), **row)
    model = TABLES[edit.kind]
    own = set(model.__table__.columns.keys()) - BESIDE_VALUES
    return model(school_year=str(edit.year), **{name: row.pop(name) for name in own}, values=row)


def _is_named(session: Session, code: str) -> bool:
    """Whether rows of other tables are about a school."""
    named = [model.school for model in (Resource, RawFigure, Score)] + [FrameRow.unit, School.parent_school]
    return any(session.execute(select(column).where(column == code).limit(1)).first() for column in named)


def _count_again(session: Session, edit: RowEdit, actor: str, now: datetime) -> int:
    """How many rows there are now; a draw from another frame is void."""
    session.flush()
    if edit.kind == "frame":
        void_sample(session, actor=actor, now=now)
    return len(load_table(session, edit.kind, edit.year))
