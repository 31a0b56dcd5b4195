"""Results of a closed round: views, charts on demand, downloads, and the evidence bundle by two people."""

from functools import cache
from hashlib import sha256
from typing import Annotated, Any, NamedTuple

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from sqlalchemy.orm import Session

from analysis.published import Published
from questionnaires.vocabulary import JobKind, RoundState
from reports.charts.plots import SCRIPT, allow, read_bundle, write_plot
from reports.document.document import Heading, Paragraph, Table
from reports.document.pdf import render_pdf
from reports.exports.formats import FORMATS, list_formats
from reports.handouts.closing_minutes import FILE as MINUTE
from reports.handouts.closing_minutes import closing_minute
from reports.screen.rows import load_result_words
from reports.screen.views import IN_ANNEX, list_domains, write_results
from survey_app.closing.round_tables import load_published
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Round
from survey_app.jobs.job_rows import ask_job, list_jobs
from survey_app.pages.console.code_pages import start
from survey_app.pages.console.console_drawing import HEADERS
from survey_app.pages.console.console_drawing import SCRIPT as CONSOLE
from survey_app.pages.console.console_forms import Confirmed, FormProblems, Line, OfRound, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.job_pages import is_seen
from survey_app.pages.page_drawing import Body, compress
from survey_app.results.documents import facts_of
from survey_app.results.exporting import check_purpose
from survey_app.results.minute_pages import describe_minute
from survey_app.results.releasing import ask_release, confirm_release, find_release, withdraw_release
from survey_app.rounds.round_rows import find_round, list_rounds

DOWNLOADS = "/console/results/downloads"
POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; script-src 'self' {allow(CONSOLE)} {allow(SCRIPT)}; "
    "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Plotly sets styles as it draws; nothing else is allowed here that is not everywhere."""
A_YEAR = "private, max-age=31536000, immutable"
MOST_ROWS = 150  # of a table that stands in the annex as well
CARDS = 8  # more columns than this are scrolled on a phone, not stacked


RoundQuery = Annotated[str, QueryParameter(name="round")]


class ConfirmedRound(OfRound, Confirmed):
    """The release of a round's bundle, confirmed."""


class ExportForm(OfRound):
    """Published tables in one format; with `forms` single forms as well, for a purpose that is noted."""

    format: one_of(list_formats())  # type: ignore[valid-type]
    forms: bool = False
    purpose: Line = ""


class Closed(NamedTuple):
    """A round that was asked for, what was published of it, and the names of all closed rounds, the latest first."""

    round: Round
    published: Published
    closed: list[str]


@get("/results", sync_to_thread=True)
def show(
    console: NamedDependency[ConsoleRequest],
    round_name: RoundQuery = "",
    by: FromQuery[str] = "",
    of: FromQuery[str] = "",
) -> Page:
    """One view of the results; while the round is open, that they come after close."""
    with console.reading() as session:
        try:
            found = _load(session, round_name)
        except NotFoundError as error:
            return _not_yet(console, session, error)
        session.expunge_all()
    views = load_result_words().views
    view = by if by in views else next(iter(views))
    domains = list_domains(view, found.published)
    domain = of if of in domains else next(iter(domains), "")
    document = write_results(view, facts_of(found.round), found.published, domain)
    page = console.page(
        "results",
        round=found.round,
        invented=found.round.invented,
        found=found.published.estimate.county,
        views=views,
        view=view,
        domains=domains,
        domain=domain,
        closed=found.closed,
        blocks=[_describe(block) for block in document.blocks],
        drawn=any(_kind(block) == "chart" for block in document.blocks),
        plots=SCRIPT,
        bundle=f"/console/plotly/{_bundle_name()}",
        cards=CARDS,
        most=MOST_ROWS if view in IN_ANNEX else None,
    )
    page.headers["Content-Security-Policy"] = POLICY
    return page


@get("/plotly/{name:str}", sync_to_thread=True)
def bundle(console: NamedDependency[ConsoleRequest], name: FromPath[str]) -> Page:
    """Plotly's program, at an address that says which; browsers keep it."""
    if name != _bundle_name():
        raise NotFoundError("没有这个内容。")
    encoding = console.encoding
    headers = HEADERS | {"Cache-Control": A_YEAR} | ({"Content-Encoding": encoding} if encoding else {})
    body: bytes = getattr(_bundle(), encoding or "plain")
    return Response(body, media_type="text/javascript", headers=headers)


@get("/results/downloads", sync_to_thread=True)
def downloads(console: NamedDependency[ConsoleRequest], round_name: RoundQuery = "") -> Page:
    """The report, tables for other programs, and the evidence bundle."""
    return draw_downloads(console, FormProblems(200, typed={"round": round_name}))


def draw_downloads(console: ConsoleRequest, wrong: FormProblems) -> Page:
    """The same with what was wrong with a form of it."""
    with console.reading() as session:
        found = _load(session, wrong.typed.get("round", ""))
        asked = find_release(session, found.round)
        jobs = [job for job in list_jobs(session, found.round) if JobKind(job.kind).is_result and job is not asked]
        session.expunge_all()
    return console.page(
        "downloads",
        wrong.status,
        round=found.round,
        invented=found.round.invented,
        found=found.published.estimate.county,
        closed=found.closed,
        formats=FORMATS,
        asked=asked,
        problems=wrong.problems,
        typed={"purpose": ""} | dict(wrong.typed),
        jobs=[job for job in jobs if is_seen(console.person, job)],
    )


@get("/results/minute", sync_to_thread=True)
def minute(console: NamedDependency[ConsoleRequest], round_name: RoundQuery = "") -> Page:
    """The closing minute, to be signed by two."""
    with console.reading() as session:
        described = describe_minute(session, find_round(session, round_name or None))
    return console.download(f"{MINUTE} {described.round}.pdf", render_pdf(closing_minute(described)), "application/pdf")


@post("/results/export", sync_to_thread=True, again=draw_downloads)
def export(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ExportForm]) -> Page:
    """Published tables, or single forms for a purpose that is noted, as a job."""
    check_purpose(data.forms, data.purpose)
    about: dict[str, Any] = {"format_": data.format, "forms": data.forms, "purpose": data.purpose}
    with console.writing() as session:
        found = _load(session, data.round)
        job = ask_job(session, JobKind.EXPORT, found.round, **console.act, **about)
    return start(console, job)


@post("/results/ask-bundle", sync_to_thread=True)
def ask_bundle(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[OfRound]) -> Page:
    """The first of two."""
    with console.writing() as session:
        round_ = _load(session, data.round).round
        ask_release(session, round_, **console.act)
    return console.go(DOWNLOADS, round=round_.name, done="asked")


@post("/results/withdraw-bundle", sync_to_thread=True)
def withdraw_bundle(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[OfRound]) -> Page:
    """Not, after all."""
    with console.writing() as session:
        round_ = _load(session, data.round).round
        withdraw_release(session, round_, **console.act)
    return console.go(DOWNLOADS, round=round_.name, done="withdrawn")


@post("/results/confirm-bundle", sync_to_thread=True, again=draw_downloads)
def confirm_bundle(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ConfirmedRound]) -> Page:
    """The second of two: the bundle is written, as a job."""
    with console.writing() as session:
        job = confirm_release(session, _load(session, data.round).round, actor=console.person.name)
        console.use_card(session, data.card)
    return start(console, job)


def _load(session: Session, name: str) -> Closed:
    """A closed round, by name or the latest; raises NotFoundError for one that is not closed."""
    round_ = find_round(session, name or None)
    return Closed(round_, load_published(session, round_), _list_closed(session))


def _list_closed(session: Session) -> list[str]:
    return [round_.name for round_ in reversed(list_rounds(session)) if round_.state == RoundState.CLOSED]


def _not_yet(console: ConsoleRequest, session: Session, error: NotFoundError) -> Page:
    return console.page("no_results", 404, problem=str(error), closed=_list_closed(session))


def _describe(block: Any) -> dict[str, Any]:
    """A block of a document as the template writes it."""
    kind = _kind(block)
    return {"kind": kind, "block": block, "plot": write_plot(block) if kind == "chart" else ""}


def _kind(block: Any) -> str:
    return type(block).__name__.lower() if isinstance(block, Heading | Paragraph | Table) else "chart"


@cache
def _bundle_name() -> str:
    return f"{sha256(read_bundle().encode()).hexdigest()[:16]}.js"


@cache
def _bundle() -> Body:
    return compress(read_bundle().encode(), effort=5)


HANDLERS = [show, bundle, downloads, minute, export, ask_bundle, withdraw_bundle, confirm_bundle]
