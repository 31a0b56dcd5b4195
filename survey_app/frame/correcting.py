"""One cell of what was imported put right, with a reason: by the rules of the sheet, and told whoever looked before."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import Audit, CountyValue, FrameRow, RawFigure, Resource, School, Score
from survey_app.frame.importing import KEYS, Import, load_table, read_import
from survey_app.frame.sheets import Problem, Upload
from survey_app.frame.sheets.columns import Column, load_kind
from survey_app.frame.shown_rows import name_key, say_cell, say_value
from survey_app.rounds.frame_rows import load_waiting
from survey_app.rounds.sampling import void_sample

CORRECTED = "correct_data"
CHANGING = ("import", CORRECTED, "add_row", "remove_row")
Kept = School | Resource | CountyValue | RawFigure | Score | FrameRow


class DataWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field, from `templates/data.toml`."""

    no_kind: str
    no_year: str
    no_row: str
    no_reason: str
    no_column: str
    same: str
    there_already: str
    has_rows: str
    meanwhile: str
    reimported: str
    empty: str


TEMPLATES = Path(__file__).parents[1] / "templates"
DATA_WORDS = msgspec.toml.decode((TEMPLATES / "data.toml").read_bytes(), type=DataWords)


@dataclass(frozen=True, kw_only=True)
class CellCorrection:
    """One cell (of a kind and its school year the row of this key, and one of its columns), what is right and why.

    `seen`: what stood there for whoever says so, as `say_cell` says it.
    """

    kind: str
    year: SchoolYear | None
    key: str
    column: str
    seen: str
    value: str
    reason: str

    @property
    def subject(self) -> str:
        """What the log calls the table."""
        return name_table(self.kind, self.year)


def name_table(kind: str, year: SchoolYear | None) -> str:
    """A kind with its school year, as imports are noted in the log."""
    return f"{kind} {year}" if year else kind


def list_correctable(kind: str) -> dict[str, Column]:
    """The columns that can be put right: all but those by which a row is known."""
    return {name: column for name, column in load_kind(kind).columns.items() if name not in KEYS[kind]}


def find_row(session: Session, kind: str, year: SchoolYear | None, key: str) -> dict[str, Any]:
    """The row of that key, its cells as they are stored; raises NotFoundError."""
    return find_kept(session, kind, year, key)[1]


def correct_cell(session: Session, cell: CellCorrection, *, actor: str, now: datetime) -> None:
    """Put one cell right.

    Raises SurveyError for what the sheet's rules refuse, ConflictError with who changed it where it is not what was
    seen.
    """
    if cell.column not in list_correctable(cell.kind):
        raise SurveyError(DATA_WORDS.no_column)
    if not cell.reason.strip():
        raise SurveyError(DATA_WORDS.no_reason)
    kept, row = find_kept(session, cell.kind, cell.year, cell.key)
    before = say_cell(row.get(cell.column))
    if before != cell.seen:
        raise ConflictError(_say_meanwhile(session, cell, before))
    read = _read_row(session, cell, row | {cell.column: cell.value})
    after = say_cell(read)
    if after == before:
        raise ConflictError(DATA_WORDS.same)
    _store(kept, cell.column, read)
    if cell.kind == "frame":
        void_sample(session, actor=actor, now=now)
    column = load_kind(cell.kind).columns[cell.column]
    words = {"before": say_value(column, before), "after": say_value(column, after), "reason": cell.reason.strip()}
    record(session, actor, CORRECTED, cell.subject, at=now, row=cell.key, column=column.label, **words)


def list_history(session: Session, kind: str, year: SchoolYear | None, most: int = 50) -> list[Audit]:
    """The imports of a table and what was put right, added or removed in it, the newest first."""
    acts = select(Audit).where(Audit.subject == name_table(kind, year), Audit.action.in_(CHANGING))
    return list(session.scalars(acts.order_by(Audit.id.desc()).limit(most)))


def find_kept(session: Session, kind: str, year: SchoolYear | None, key: str) -> tuple[Kept, dict[str, Any]]:
    """The stored row of that key, and its cells; raises NotFoundError."""
    rows = load_table(session, kind, year).to_dict("records")
    for kept, row in zip(_list_kept(session, kind, year), rows, strict=True):
        cells = {str(name): value for name, value in row.items()}
        if name_key(cells, KEYS[kind]) == key:
            return kept, cells
    raise NotFoundError(DATA_WORDS.no_row)


def _list_kept(session: Session, kind: str, year: SchoolYear | None) -> Sequence[Kept]:
    """The rows of the store in the order in which `load_table` reads them."""
    match kind:
        case "schools":
            return session.scalars(select(School).order_by(School.code)).all()
        case "resources":
            resources = select(Resource).where(Resource.school_year == str(year))
            return session.scalars(resources.order_by(Resource.school, Resource.stage)).all()
        case "county":
            values = select(CountyValue).where(CountyValue.school_year == str(year))
            return session.scalars(values.order_by(CountyValue.id)).all()
        case "figures":
            figures = select(RawFigure).where(RawFigure.school_year == str(year))
            return session.scalars(figures.order_by(RawFigure.id)).all()
        case "scores":
            scores = select(Score).where(Score.school_year == str(year))
            return session.scalars(scores.order_by(Score.id)).all()
    return load_waiting(session)


def _read_row(session: Session, cell: CellCorrection, row: dict[str, Any]) -> Any:
    """What the typed cell means, read like a file of this one row; raises SurveyError in the words of imports."""
    asked = Import(kind=cell.kind, files=[as_file(cell.kind, [row])], year=cell.year, checked=True)
    with say_plainly():
        read = read_import(session, asked).sheet.table
    value = read[cell.column].astype(object).iloc[0]
    return None if value != value else value


def as_file(kind: str, rows: Sequence[Mapping[str, Any]]) -> Upload:
    """Rows as the file by which they could have been imported."""
    heads = [name for name in load_kind(kind).columns if name in rows[0]]
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(heads)
    table.writerows([say_cell(row.get(name)) for name in heads] for row in rows)
    return Upload(name="row.csv", content=stream.getvalue().encode())


@contextmanager
def say_plainly() -> Iterator[None]:
    """Problems of a file that nobody sent, without their places in it."""
    try:
        yield
    except SurveyError as error:
        problems = [problem.sentence if isinstance(problem, Problem) else str(problem) for problem in error.problems]
        raise SurveyError(*dict.fromkeys(problems)) from error


def _store(kept: Kept, column: str, value: Any) -> None:
    if isinstance(kept, School | FrameRow):
        whole = isinstance(value, float) and value.is_integer()
        setattr(kept, column, int(value) if whole else value)
    else:
        kept.values = kept.values | {column: value}


def _say_meanwhile(session: Session, cell: CellCorrection, after: str) -> str:
    """Who changed the cell since the person looked: by a correction, or with the whole table."""
    column = load_kind(cell.kind).columns[cell.column]
    for act in list_history(session, cell.kind, cell.year):
        told = {"actor": act.actor, "at": f"{act.at:%H:%M}", "column": column.label}
        told |= {"after": say_value(column, after) or DATA_WORDS.empty}
        if act.action == "import":
            return DATA_WORDS.reimported.format(**told)
        if (act.detail.get("row"), act.detail.get("column")) == (cell.key, column.label):
            before = act.detail.get("before") or DATA_WORDS.empty
            return DATA_WORDS.meanwhile.format(**told, before=before)
    return DATA_WORDS.no_row
