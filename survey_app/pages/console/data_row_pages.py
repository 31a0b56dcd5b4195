"""Rows that come and go at the data desk, each with a reason."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from pydantic import ConfigDict, Field

from survey_app.frame.importing import load_table
from survey_app.frame.row_editing import RowEdit, add_row, count_totals, remove_row
from survey_app.frame.sheets.columns import load_kind
from survey_app.pages.console.console_drawing import load_words
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.data_pages import (
    KINDS,
    LONGEST_KEY,
    PAGE,
    draw_row,
    list_choices,
    list_years,
    read_kind,
    read_year,
)
from survey_app.pages.console.meanwhile import Last, check_table
from survey_app.rounds.opening import name_schools

CELL = "cell_"


class AddedRow(PostedForm):
    """One more row: its cells stand in fields of their own, such as `cell_pupils`."""

    model_config = ConfigDict(extra="allow")
    kind: one_of(KINDS)  # type: ignore[valid-type]
    year: Line = ""
    reason: Line = ""

    @property
    def cells(self) -> dict[str, str]:
        """What was typed, by column."""
        typed = (self.model_extra or {}).items()
        return {name.removeprefix(CELL): str(value) for name, value in typed if name.startswith(CELL)}


class RemovedRow(PostedForm):
    """A row that goes, and why."""

    kind: one_of(KINDS)  # type: ignore[valid-type]
    year: Line = ""
    key: Annotated[str, Field(max_length=LONGEST_KEY)]
    reason: Line = ""
    last: Last = 0


@get("/data/new", sync_to_thread=True)
def show_new(console: NamedDependency[ConsoleRequest], kind: FromQuery[str] = "", year: FromQuery[str] = "") -> Page:
    """An empty row to fill in."""
    return draw_new(console, FormProblems(200, typed={"kind": kind, "year": year}))


def draw_new(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was typed and what is wrong with it."""
    kind = read_kind(found.typed.get("kind", ""))
    columns = load_kind(kind).columns
    with console.reading() as session:
        year = read_year(kind, found.typed.get("year", ""))
        years = list_years(session, kind)
        totals = count_totals(kind, load_table(session, kind, year))
        names = name_schools(session)
    return console.page(
        "data_new",
        422 if found.problems else 200,
        title=load_words("sheets")[kind],
        kind=kind,
        year=str(year or ""),
        years=years,
        columns=columns,
        choices={name: list_choices(column) for name, column in columns.items()},
        names=names,
        totals=totals,
        typed=found.typed,
        problems=found.problems,
    )


@post("/data/add", sync_to_thread=True, again=draw_new)
def add(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[AddedRow]) -> Page:
    """Put the row in; it is shown."""
    edit = RowEdit(kind=data.kind, year=read_year(data.kind, data.year), reason=data.reason)
    with console.writing() as session:
        key = add_row(session, edit, data.cells, **console.act)
    return console.go(f"{PAGE}/row", kind=data.kind, year=data.year, key=key, done="row_added")


@post("/data/remove", sync_to_thread=True, again=draw_row)
def remove(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[RemovedRow]) -> Page:
    """Take the row out; the table is shown with its new totals."""
    edit = RowEdit(kind=data.kind, year=read_year(data.kind, data.year), reason=data.reason)
    with console.writing() as session:
        check_table(session, data.last, data.kind)
        remove_row(session, edit, data.key, **console.act)
    return console.go(PAGE, kind=data.kind, year=data.year, done="row_removed")


HANDLERS = [show_new, add, remove]
