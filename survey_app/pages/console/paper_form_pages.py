"""Paper forms: printing them, and typing them in twice; only here somebody sees a paper, and the page says so."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_bytes
from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from pydantic import BeforeValidator, ConfigDict

from questionnaires.paper import Paper
from survey_app.codes.issuing import issue_paper
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Round
from survey_app.pages.console.console_forms import FormProblems, Line, Number, People, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Was, check_sheet, list_sittings, write_was
from survey_app.pages.console.unit_pages import OneRow, UnitForm, choose_rows, draw_unit, find_rows
from survey_app.printed_forms.transcribing import (
    Difference,
    Entry,
    Stack,
    drop_first,
    find_stack,
    list_stacks,
    list_waiting,
    read_entry,
    sitting_of,
    store_first,
    store_second,
)
from survey_app.results.code_papers import pack_round_forms
from survey_app.rounds.draft import read_time
from survey_app.rounds.opening import paper_for, set_paper_until
from survey_app.rounds.round_rows import find_round

PAGE = "/console/papers"
ENTER = "/console/papers/enter"
FIRST = "1"
SECOND = "2"
NO_PROBLEMS = FormProblems(200)


class TypingEnds(PostedForm):
    """Until when paper forms are typed in."""

    until: Annotated[datetime, BeforeValidator(lambda text: read_time(str(text)))]


class PrintForms(UnitForm):
    """Paper forms for some people of one row."""

    row: OneRow
    sheets: People
    reason: Line = ""


class SheetOfBatch(PostedForm):
    """One sheet of a batch of paper forms, by the number a clerk wrote on it."""

    batch: Number
    sheet: Number


class DroppedSheet(SheetOfBatch):
    """A first time that is forgotten; `was` are the sheets that waited when the page was drawn."""

    was: Was = ""


class TypedSheet(SheetOfBatch):
    """A sheet as it was typed in, for the first or the second time; each item of its paper is a field of its own."""

    model_config = ConfigDict(extra="allow")
    time: Literal["1", "2"]

    @property
    def answers(self) -> dict[str, str]:
        """What was typed for each item."""
        return {name: str(value) for name, value in (self.model_extra or {}).items()}


class SettledSheet(TypedSheet):
    """The second time (`second`: a digit an item), with what was looked up on the paper for those that differed."""

    time: Literal["1", "2"] = "2"
    second: str = ""


@get("/papers", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """The stacks of paper forms, and how far they are."""
    return draw_bundles(console, NO_PROBLEMS)


def draw_bundles(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with the form above."""
    with console.reading() as session:
        round_ = find_round(session)
        stacks = list_stacks(session, round_)
        session.expunge_all()
    about = {"problems": found.problems, "typed": {"until": ""} | dict(found.typed)}
    return console.page("papers", found.status, round=round_, invented=round_.invented, stacks=stacks, **about)


@post("/papers/until", sync_to_thread=True, again=draw_bundles)
def set_until(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[TypingEnds]) -> Page:
    """Say until when paper forms are typed in."""
    with console.writing() as session:
        set_paper_until(session, find_round(session), data.until, **console.act)
    return console.go(PAGE, done="kept")


@post("/unit/print", sync_to_thread=True, again=draw_unit)
def print_(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[PrintForms]) -> Page:
    """Note that paper forms are printed for some people of one chosen row; their file is on the unit's page."""
    with console.writing() as session:
        round_ = find_round(session)
        row = choose_rows(session, round_, data, console)[0]
        issue_paper(session, round_, row, data.sheets, reason=data.reason, **console.act, random=token_bytes)
    return console.go("/console/unit", unit=data.unit, done="printed")


@get("/papers/sheets", sync_to_thread=True)
def take(console: NamedDependency[ConsoleRequest], batch: FromQuery[str] = "") -> Page:
    """The sheets of one stack to print: they hold no code, so they may be printed again."""
    with console.writing() as session:
        round_ = find_round(session)
        stack = find_stack(session, round_, _read_number(batch))
        find_rows(session, round_, stack.unit, console)
        record(session, console.person.name, "download", f"batch {stack.id}", at=console.now, what="paper")
        name, content = pack_round_forms(round_, stack)
    return console.download(name, content, "application/zip")


@get("/papers/enter", sync_to_thread=True)
def enter(
    console: NamedDependency[ConsoleRequest],
    batch: FromQuery[str] = "",
    time: FromQuery[str] = "",
    sheet: FromQuery[str] = "",
) -> Page:
    """One sheet to type in, for the first or the second time."""
    asked = {"batch": batch, "time": time, "after": sheet}
    return draw_sheet(console, FormProblems(200, typed=asked))


def draw_sheet(console: ConsoleRequest, found: FormProblems) -> Page:
    """The sheet with all that was typed, or the next one that waits."""
    typed = found.typed
    with console.reading() as session:
        round_ = find_round(session)
        stack = find_stack(session, round_, _read_number(typed.get("batch", "")))
        time = typed.get("time", "")
        if time not in (FIRST, SECOND):
            raise NotFoundError("请从“纸质”页面选择录第一遍还是第二遍。")
        waiting = list_waiting(session, stack.id)
        was = write_was(list_sittings(session, stack.id))
        session.expunge_all()
    others = [sheet for sheet, sitting in waiting.items() if sitting != sitting_of(console.token)]
    paper = paper_for(round_, stack.group)
    return console.page(
        "paper_enter",
        422 if found.problems else 200,
        **_describe(round_, stack, paper),
        time=time,
        problems=found.problems,
        sheet=typed.get("sheet") or _find_next(typed, others, stack.sheets),
        typed={name: typed.get(name, "") for name in paper.item_ids},
        waiting=waiting,
        was=was,
        others=others,
    )


@post("/papers/enter", sync_to_thread=True, again=draw_sheet)
def keep(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[TypedSheet]) -> Page:
    """Keep the first time, or compare the second with it; what cannot be so comes back with all that was typed."""
    paper = _find_paper(console, data.batch)
    entry = Entry(data.batch, data.sheet, read_entry(paper, data.answers), sitting_of(console.token))
    return _keep(console, entry) if data.time == FIRST else _settle(console, entry, {})


@post("/papers/settle", sync_to_thread=True)
def settle(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[SettledSheet]) -> Page:
    """Store a sheet whose differences were looked up on the paper."""
    paper = _find_paper(console, data.batch)
    second = dict(zip(paper.item_ids, data.second, strict=False))
    entry = Entry(data.batch, data.sheet, read_entry(paper, second), sitting_of(console.token))
    return _settle(console, entry, _read_settled(paper, data.answers))


@post("/papers/drop", sync_to_thread=True)
def drop(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DroppedSheet]) -> Page:
    """Forget a first time."""
    with console.writing() as session:
        check_sheet(session, data.was, data.batch, data.sheet)
        drop_first(session, find_round(session), data.batch, data.sheet, **console.act)
    return console.go(ENTER, batch=data.batch, time=FIRST, sheet=data.sheet, done="paper_dropped")


def _keep(console: ConsoleRequest, entry: Entry) -> Page:
    with console.writing() as session:
        store_first(session, find_round(session), entry, keys=console.deps.settings.keys, **console.act)
    return console.go(ENTER, batch=entry.stack, time=FIRST, sheet=entry.sheet + 1, done="paper_first")


def _settle(console: ConsoleRequest, entry: Entry, settled: Mapping[str, int]) -> Page:
    with console.writing() as session:
        round_ = find_round(session)
        keys = console.deps.settings.keys
        left = store_second(session, round_, entry, settled, keys=keys, **console.act, random=token_bytes)
        stack = find_stack(session, round_, entry.stack)
    if left:
        return _ask(console, round_, stack, entry, left)
    return console.go(ENTER, batch=entry.stack, time=SECOND, sheet=entry.sheet + 1, done="paper_stored")


def _ask(console: ConsoleRequest, round_: Round, stack: Stack, entry: Entry, left: Sequence[Difference]) -> Page:
    """Each item that differs, both ways, to be looked up on the paper."""
    paper = paper_for(round_, stack.group)
    return console.page(
        "paper_differ",
        **_describe(round_, stack, paper),
        sheet=entry.sheet,
        second="".join(map(str, entry.answers)),
        left={difference.item: difference for difference in left},
    )


def _find_next(typed: Mapping[str, str], others: Sequence[int], sheets: int) -> int | str:
    """The number of the sheet that comes next: after the last one, or the first that somebody else typed in."""
    last = _read_number(typed.get("after", "")) or 1
    after = next((sheet for sheet in others if sheet >= last), others[0] if others else 0)
    found = last if typed.get("time") == FIRST else after
    return found if 0 < found <= sheets else ""


def _describe(round_: Round, stack: Stack, paper: Paper) -> dict[str, Any]:
    labels = {option.value: option.label for option in paper.options} | {0: "没有勾选"}
    return {"round": round_, "invented": round_.invented, "stack": stack, "paper": paper, "labels": labels}


def _find_paper(console: ConsoleRequest, batch: int) -> Paper:
    with console.reading() as session:
        round_ = find_round(session)
        return paper_for(round_, find_stack(session, round_, batch).group)


def _read_settled(paper: Paper, typed: Mapping[str, str]) -> dict[str, int]:
    """The option values that were looked up, of items of this paper."""
    known = {str(value): value for value in paper.values | {0}}
    return {name: known[typed[name]] for name in paper.item_ids if typed.get(name) in known}


def _read_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


HANDLERS = [show, set_until, print_, take, enter, keep, settle, drop]
