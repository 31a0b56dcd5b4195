"""The step 回访, between the window's end and the close.

Positions on the lists are drawn, with slips for those on them; what people say who are asked whether they had answered
is taken in.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody, URLEncodedBody
from pydantic import ConfigDict, Field

from analysis.estimate.recontact import FEWEST
from questionnaires.vocabulary import Group, JobKind
from survey_app.codes.revisiting import RevisitDraw, check_revisits, count_invited
from survey_app.core.errors import SurveyError
from survey_app.frame.sheets import Upload
from survey_app.imported_forms.follow_ups import (
    read_follow_ups,
    store_follow_ups,
    sum_follow_ups,
    write_follow_up_sheet,
)
from survey_app.jobs.job_rows import list_jobs
from survey_app.jobs.revisit_job import ask_revisits
from survey_app.pages.console.code_pages import start
from survey_app.pages.console.console_forms import FormProblems, Line, Number, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, check_acts
from survey_app.pages.console.watch_pages import XLSX
from survey_app.rounds.draft import read_time
from survey_app.rounds.revisit_rows import list_revisits
from survey_app.rounds.revisit_words import REVISIT_WORDS
from survey_app.rounds.round_rows import LIVE, find_round
from survey_app.rounds.trial_slips import check_answered_for

LARGEST_SHEET = 8 * 1024 * 1024


class RevisitForm(PostedForm):
    """Whom to ask again; `sure` once it was said that a group is drawn but once."""

    group: one_of(list(Group))  # type: ignore[valid-type]
    people: Number
    seed: Annotated[str, Field(max_length=64)]
    until: Line
    sure: bool = False


class FollowUpFile(PostedForm):
    """A sheet with what was said, a row of the frame each."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: list[UploadFile] = []  # noqa: RUF012 - pydantic copies it for each form
    last: Last = 0

    def take(self) -> Upload:
        """The file that was chosen; raises SurveyError where none was."""
        chosen = [file for file in self.file if file.filename]
        if not chosen:
            raise SurveyError(REVISIT_WORDS.no_file)
        return Upload(name=chosen[0].filename, content=chosen[0].file.read())


@get("/revisit", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """Who was drawn, and the form to draw more."""
    return draw_revisit_page(console, FormProblems(200))


def draw_untaken(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same with what was wrong with a sheet."""
    return draw_revisit_page(console, found, REVISIT_WORDS.not_taken)


def draw_revisit_page(console: ConsoleRequest, found: FormProblems, heading: str = REVISIT_WORDS.not_drawn) -> Page:
    """The same with what was wrong with the form."""
    with console.reading() as session:
        round_ = find_round(session)
        drawn = list_revisits(session, round_)
        said = sum_follow_ups(session, round_)
        invited = count_invited(session, round_)
        jobs = [job for job in list_jobs(session, round_) if job.kind == JobKind.REVISIT]
        session.expunge_all()
    before = {revisit.group for revisit in drawn}
    return console.page(
        "revisit",
        found.status,
        round=round_,
        invented=round_.invented,
        live=round_.state in LIVE,
        ended=console.now >= round_.closes,
        drawn=drawn,
        said=said,
        fewest=FEWEST,
        together=sum(revisit.forms for revisit in drawn) >= FEWEST,
        choices={group.value: people for group, people in invited.items() if group not in before},
        jobs=jobs,
        typed=found.typed,
        beside=found.beside,
        problems=found.problems,
        heading=heading,
    )


@post("/revisit", sync_to_thread=True, again=draw_revisit_page)
def draw(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[RevisitForm]) -> Page:
    """Draw the positions and make their slips, as a job; says first for how many, and asks."""
    asked = _read_draw(data)
    if not data.sure:
        with console.reading() as session:
            check_revisits(session, find_round(session), asked, console.now)
        return console.page("sure_revisit", asked=asked, fewest=FEWEST)
    with console.writing() as session:
        round_ = find_round(session)
        check_answered_for(session, round_, console.deps.settings.public_url)
        job = ask_revisits(session, round_, asked, **console.act)
    return start(console, job)


@post("/revisit/answers", sync_to_thread=True, request_max_body_size=LARGEST_SHEET, again=draw_untaken)
def answers(console: NamedDependency[ConsoleRequest], data: MultipartBody[FollowUpFile]) -> Page:
    """What people say who were asked whether they had answered: all rows of a sheet, or none."""
    source = data.take()
    with console.writing() as session:
        round_ = find_round(session)
        check_acts(session, data.last, ("follow_up",), lambda act: act.subject == f"round {round_.name}")
        said = read_follow_ups(session, round_, source, console.now)
        store_follow_ups(session, round_, said, **console.act)
    return console.go("/console/revisit")


@get("/revisit/sheet", sync_to_thread=True)
def sheet(console: NamedDependency[ConsoleRequest]) -> Page:
    """A sheet to fill in with what was said: every row of which positions were drawn is begun."""
    with console.reading() as session, TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        write_follow_up_sheet(session, find_round(session), path)
        return console.download(f"{REVISIT_WORDS.sheet}.xlsx", path.read_bytes(), XLSX)


def _read_draw(data: RevisitForm) -> RevisitDraw:
    until = read_time(data.until)
    if until is None:
        raise SurveyError(REVISIT_WORDS.no_until)
    return RevisitDraw(group=Group(data.group), people=data.people, seed=data.seed, until=until)


HANDLERS = [show, draw, answers, sheet]
