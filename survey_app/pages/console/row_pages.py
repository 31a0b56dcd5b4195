"""A school looks at its own rows and may dispute them until a day; the office sets the day and answers each."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from sqlalchemy.orm import Session

from survey_app.core.errors import SurveyError
from survey_app.core.models import RowTerm, School
from survey_app.frame.row_replies import (
    REPLY_WORDS,
    Decision,
    OwnRows,
    RowState,
    decide,
    find_school,
    list_checked,
    list_terms,
    reply,
    reply_on_paper,
    set_term,
    show_own,
)
from survey_app.frame.schools import list_school_years
from survey_app.pages.console.console_drawing import load_words
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.problems.proof_files import LARGEST_MEGABYTES, list_about

AGREE, DISPUTE = "agree", "dispute"
PAGE, OWN = "/console/rows", "/console/own"


class TermForm(PostedForm):
    """Until when schools look at their rows of a year."""

    year: Line
    until: Line = ""


class ReplyForm(PostedForm):
    """What a school says of its rows."""

    year: Line
    says: one_of((AGREE, DISPUTE))  # type: ignore[valid-type]
    reason: Line = ""

    @property
    def said(self) -> str:
        """The reason of a dispute, nothing for a school that agrees; raises SurveyError where the two disagree."""
        if self.says == DISPUTE and not self.reason:
            raise SurveyError(REPLY_WORDS.no_reason)
        if self.says == AGREE and self.reason:
            raise SurveyError(REPLY_WORDS.which)
        return self.reason


class PaperReply(ReplyForm):
    """The same from a sheet that the school signed."""

    school: Line


class DecidedReply(PostedForm):
    """What the office says of a dispute, whose reason it saw."""

    year: Line
    school: Line
    seen: Line
    decision: one_of(tuple(REPLY_WORDS.decisions))  # type: ignore[valid-type]
    answer: Line = ""


@get("/own", sync_to_thread=True)
def show_rows(console: NamedDependency[ConsoleRequest], year: FromQuery[str] = "") -> Page:
    """The school's own rows in words, and what it may say of them."""
    return draw_own(console, FormProblems(200, typed={"year": year}))


def draw_own(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with the reply."""
    today = console.now.date()
    with console.reading() as session:
        school = find_school(session, console.person.scope)
        terms = list_terms(session) if school else []
        term = _choose(terms, found.typed.get("year", ""))
        rows = list_checked(session, term.school_year, today) if term else []
        own = next((row for row in rows if school and row.school == school.code), None)
        tables = show_own(session, school, term.school_year) if school and term else {}
        years = [str(year) for year in reversed(list_school_years(session))]
        proofs = list_about(session, "school", school.code) if school else []
        session.expunge_all()
    return console.page(
        "own_rows",
        422 if found.problems else 200,
        school=school,
        terms=terms,
        term=term,
        own=own,
        may_reply=bool(own and term and today <= term.until and own.state not in (RowState.UPHELD, RowState.DISMISSED)),
        tables=tables,
        years=years,
        proofs=proofs,
        largest=LARGEST_MEGABYTES,
        titles=load_words("sheets"),
        problems=found.problems,
        typed=found.typed,
    )


def _choose(terms: list[RowTerm], year: str) -> RowTerm | None:
    return next((term for term in terms if term.school_year == year), terms[0] if terms else None)


@post("/own/reply", sync_to_thread=True, again=draw_own)
def answer_rows(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ReplyForm]) -> Page:
    """The school agrees, or disputes with a reason."""
    with console.writing() as session:
        school = _find(session, console.person.scope)
        reply(session, OwnRows(data.year, school.code), data.said, **console.act)
    return console.go(OWN, year=data.year, done="row_said")


def _find(session: Session, named: str) -> School:
    school = find_school(session, named)
    if school is None:
        raise SurveyError(REPLY_WORDS.no_school.format(named=named))
    return school


@get("/rows", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], year: FromQuery[str] = "") -> Page:
    """What every school said of its rows, those that wait for an answer first."""
    return draw_rows(console, FormProblems(200, typed={"year": year}))


def draw_rows(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with a form."""
    with console.reading() as session:
        years = [str(year) for year in reversed(list_school_years(session))]
        typed = found.typed.get("year", "")
        year = typed if typed in years else (years[0] if years else "")
        term = next((term for term in list_terms(session) if term.school_year == year), None)
        rows = list_checked(session, year, console.now.date()) if term else []
        session.expunge_all()
    return console.page(
        "rows",
        422 if found.problems else 200,
        years=years,
        year=year,
        term=term,
        rows=rows,
        pending=sum(row.state == RowState.PENDING for row in rows),
        decisions=REPLY_WORDS.decisions,
        problems=found.problems,
        typed=found.typed,
    )


@post("/rows/until", sync_to_thread=True, again=draw_rows)
def until(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[TermForm]) -> Page:
    """Set the day, or move it later."""
    with console.writing() as session:
        set_term(session, data.year, data.until, **console.act)
    return console.go(PAGE, year=data.year, done="row_term")


@post("/rows/paper", sync_to_thread=True, again=draw_rows)
def paper(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[PaperReply]) -> Page:
    """Enter a sheet that a school signed."""
    with console.writing() as session:
        rows = OwnRows(data.year, _find(session, data.school).code)
        reply_on_paper(session, rows, data.said, **console.act)
    return console.go(PAGE, year=data.year, done="row_said")


@post("/rows/decide", sync_to_thread=True, again=draw_rows)
def settle(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[DecidedReply]) -> Page:
    """Answer a dispute, with the reason."""
    with console.writing() as session:
        rows = OwnRows(data.year, data.school)
        decide(session, rows, Decision(data.seen, data.decision, data.answer), **console.act)
    return console.go(PAGE, year=data.year, done="row_decided")


HANDLERS = [show_rows, answer_rows, show, until, paper, settle]
