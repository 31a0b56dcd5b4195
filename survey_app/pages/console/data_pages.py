"""The data desk: what was imported, to see, to search, to put right a cell at a time, and to take away."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear, SchoolYearError
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.frame.correcting import (
    DATA_WORDS,
    CellCorrection,
    correct_cell,
    find_row,
    list_correctable,
    list_history,
)
from survey_app.frame.importing import KEYS, OF_A_YEAR, load_table
from survey_app.frame.row_editing import TABLES, count_totals
from survey_app.frame.sheets import FilledRows, write_template
from survey_app.frame.sheets.columns import Column, load_kind
from survey_app.frame.shown_rows import say_cell, say_value, show_table
from survey_app.pages.console.audit_pages import say_act
from survey_app.pages.console.console_drawing import load_words
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.watch_pages import XLSX
from survey_app.rounds.opening import name_schools

KINDS = tuple(kind for kind in KEYS if kind != "problems")
ON_A_PAGE = 50
NUMBER = re.compile(r"[1-9][0-9]{0,5}")
LONGEST_KEY = 1000
PAGE = "/console/data"


class CorrectedCell(PostedForm):
    """A cell, what stands in it for whoever sends this, what is right, and why."""

    kind: one_of(KINDS)  # type: ignore[valid-type]
    year: Line = ""
    key: Annotated[str, Field(max_length=LONGEST_KEY)]
    column: Line = ""
    seen: Line = ""
    value: Line = ""
    reason: Line = ""


@get("/data", sync_to_thread=True)
def show(
    console: NamedDependency[ConsoleRequest],
    kind: FromQuery[str] = "schools",
    year: FromQuery[str] = "",
    search: FromQuery[str] = "",
    page: FromQuery[str] = "1",
) -> Page:
    """Fifty rows a page, of one table, and what was done with it."""
    kind = read_kind(kind)
    number = int(page) if NUMBER.fullmatch(page) else 1
    with console.reading() as session:
        years = list_years(session, kind)
        chosen = choose_year(kind, year, years)
        kept = load_table(session, kind, chosen)
        table = show_table(kind, kept, KEYS[kind], name_schools(session))
        totals = count_totals(kind, kept)
        history = [say_act(act) for act in list_history(session, kind, chosen)]
    found = [row for row in table.rows if row.holds(search.strip())]
    pages = max(1, -(-len(found) // ON_A_PAGE))
    number = min(number, pages)
    return console.page(
        "data",
        titles={name: load_words("sheets")[name] for name in KINDS},
        kind=kind,
        year=str(chosen or ""),
        years=years,
        search=search.strip(),
        table=table,
        rows=found[(number - 1) * ON_A_PAGE : number * ON_A_PAGE],
        total=len(found),
        totals=totals,
        page=number,
        pages=pages,
        history=history,
    )


@get("/data.xlsx", sync_to_thread=True)
def export(console: NamedDependency[ConsoleRequest], kind: FromQuery[str] = "", year: FromQuery[str] = "") -> Page:
    """A whole table as a sheet that can be imported again."""
    kind = read_kind(kind)
    with console.reading() as session:
        chosen = choose_year(kind, year, list_years(session, kind))
        table = load_table(session, kind, chosen)
    columns = load_kind(kind).columns
    rows = tuple(
        tuple(say_value(column, row.get(name)) for name, column in columns.items()) for row in table.to_dict("records")
    )
    filled = FilledRows(columns=tuple(columns), rows=rows, beside=((),) * len(rows))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.xlsx"
        write_template(kind, path, filled=filled)
        name = " ".join(filter(None, (load_words("sheets")[kind], str(chosen or ""), f"{console.now:%Y-%m-%d}")))
        return console.download(f"{name}.xlsx", path.read_bytes(), XLSX)


@get("/data/row", sync_to_thread=True)
def show_row(
    console: NamedDependency[ConsoleRequest],
    kind: FromQuery[str] = "",
    year: FromQuery[str] = "",
    key: FromQuery[str] = "",
    column: FromQuery[str] = "",
) -> Page:
    """All cells of a row, and a form to put one of them right."""
    return draw_row(console, FormProblems(200, typed={"kind": kind, "year": year, "key": key, "column": column}))


def draw_row(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with the form; the cell is shown as it is now."""
    kind = read_kind(found.typed.get("kind", ""))
    year = read_year(kind, found.typed.get("year", ""))
    key = found.typed.get("key", "")
    with console.reading() as session:
        row = find_row(session, kind, year, key)
        names = name_schools(session)
        history = [say_act(act) for act in list_history(session, kind, year) if act.detail.get("row") == key]
    columns = list_correctable(kind)
    chosen = found.typed.get("column", "")
    return console.page(
        "data_row",
        422 if found.problems else 200,
        title=load_words("sheets")[kind],
        kind=kind,
        year=str(year or ""),
        key=key,
        name=names.get(say_cell(row.get("school", row.get("unit", row.get("code")))), ""),
        cells={name: say_value(column, row.get(name)) for name, column in load_kind(kind).columns.items()},
        labels={name: column.label for name, column in load_kind(kind).columns.items()},
        correctable=columns,
        column=chosen if chosen in columns else "",
        seen=say_cell(row.get(chosen)) if chosen in columns else "",
        choices=list_choices(columns.get(chosen)),
        typed=found.typed,
        problems=found.problems,
        history=history,
    )


@post("/data/correct", sync_to_thread=True, again=draw_row)
def correct(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[CorrectedCell]) -> Page:
    """Put one cell right; the row is shown again."""
    year = read_year(data.kind, data.year)
    cell = CellCorrection(
        kind=data.kind,
        year=year,
        key=data.key,
        column=data.column,
        seen=data.seen,
        value=data.value,
        reason=data.reason,
    )
    with console.writing() as session:
        correct_cell(session, cell, **console.act)
    return console.go(f"{PAGE}/row", kind=data.kind, year=data.year, key=data.key, done="corrected_data")


def list_choices(column: Column | None) -> dict[str, str]:
    """The values of a closed list with their words, and nothing first; of any other column none."""
    if column is None or not column.is_text or not column.words:
        return {}
    return {"": ""} | {value: words[0] for value, words in column.words.items()}


def read_kind(kind: str) -> str:
    """One of KINDS; raises NotFoundError for anything else."""
    if kind not in KINDS:
        raise NotFoundError(DATA_WORDS.no_kind)
    return kind


def read_year(kind: str, year: str) -> SchoolYear | None:
    """The school year of a table that has one; raises SurveyError for a text that is none."""
    if kind not in OF_A_YEAR:
        return None
    try:
        return SchoolYear.parse(year)
    except SchoolYearError as error:
        raise SurveyError(str(error)) from error


def choose_year(kind: str, year: str, years: list[str]) -> SchoolYear | None:
    """The year that was asked for, else the latest there is."""
    chosen = year or (years[0] if years else "")
    return read_year(kind, chosen) if chosen else None


def list_years(session: Session, kind: str) -> list[str]:
    """The school years of which there are rows, the latest first."""
    table = TABLES.get(kind)
    if table is None:
        return []
    return sorted(session.scalars(select(table.school_year).distinct()), reverse=True)


HANDLERS = [show, export, show_row, correct]
