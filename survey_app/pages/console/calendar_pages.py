"""The calendar before a round, counted back from its opening day: what is to be done, what was, a sheet of it."""

from datetime import date

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from questionnaires.calendar import LineState, Mark, lay_calendar, load_calendar
from reports.document.word import render_docx
from reports.evidence.bundle import seal
from reports.report.calendar_sheet import FILE, CalendarFacts, calendar_sheet
from survey_app.core.audit import record
from survey_app.pages.console.bulletin_pages import DOCX
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, check_acts
from survey_app.pages.console.problem_letter_pages import ZIP
from survey_app.results.draft_paperwork import gather_paperwork
from survey_app.round_path import find_walked
from survey_app.rounds.calendar_marks import MARK, find_item, find_opening, list_calendar, load_marks, mark_item
from survey_app.rounds.draft import load_draft

PAGE = "/console/calendar"
PAPERWORK = "公文底稿.zip"


class MarkForm(PostedForm):
    """What is noted of one item; without a day it is not done yet."""

    item: one_of(tuple(item.id for item in load_calendar()))  # type: ignore[valid-type]
    done: date | None = None
    number: Line = ""
    note: Line = ""
    last: Last = 0


@get("/calendar", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """Every item, what is late first."""
    return draw_calendar(console, FormProblems(200))


def draw_calendar(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with a mark."""
    with console.reading() as session:
        walked = find_walked(session)
        opens = find_opening(session, walked)
        lines = list_calendar(session, walked, console.now)
        _, before = load_marks(session)
    return console.page(
        "calendar",
        found.status,
        opens=opens,
        lines=lines,
        before=before,
        late=sum(line.state == LineState.OVERDUE for line in lines),
        left=sum(line.state != LineState.DONE for line in lines),
        problems=found.problems,
        typed=found.typed,
    )


@post("/calendar", sync_to_thread=True, again=draw_calendar)
def keep(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[MarkForm]) -> Page:
    """Note what was done of an item, or what is known of it."""
    subject = f"{MARK} {find_item(data.item).name}"
    with console.writing() as session:
        check_acts(session, data.last, (MARK,), lambda act: act.subject == subject)
        mark_item(session, data.item, Mark(done=data.done, number=data.number, note=data.note), **console.act)
    return console.go(PAGE, done="marked")


@get("/calendar.docx", sync_to_thread=True)
def sheet(console: NamedDependency[ConsoleRequest]) -> Page:
    """The same as Word, to print and hang up."""
    with console.writing() as session:
        walked = find_walked(session)
        fields = load_draft(session)
        opens = find_opening(session, walked)
        marks, _ = load_marks(session)
        named = walked if walked and opens == walked.opens.date() else None
        facts = CalendarFacts(
            county=named.county if named else fields["county"],
            organiser=named.organiser if named else fields["organiser"],
            opens=opens,
            written=console.now.date(),
            invented=bool(named and named.invented),
        )
        record(session, console.person.name, "download", "round", at=console.now, what="calendar")
    return console.download(f"{FILE}.docx", render_docx(calendar_sheet(facts, lay_calendar(opens, marks))), DOCX)


@get("/paperwork.zip", sync_to_thread=True)
def papers(console: NamedDependency[ConsoleRequest]) -> Page:
    """Notice, letters, papers for approval and what law asks for, before the round is opened, too."""
    with console.writing() as session:
        written = gather_paperwork(session, find_walked(session), console.now)
        record(session, console.person.name, "download", "round", at=console.now, what="paperwork")
    return console.download(PAPERWORK, seal(written), ZIP)


HANDLERS = [show, keep, sheet, papers]
