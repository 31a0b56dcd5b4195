"""Long work as a page: how far it is, its file, and giving it up."""

import mimetypes

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobKind
from survey_app.accounts.signing_in import Person
from survey_app.core.errors import NotFoundError, advise
from survey_app.core.models import Job, Round
from survey_app.jobs.job_course import count_ahead, find_left, say_left, tell_codes
from survey_app.jobs.job_files import read_audited, read_opened
from survey_app.jobs.job_rows import find_job, read_problems
from survey_app.jobs.job_taking import find_obstacle, take_file
from survey_app.jobs.job_words import JOB_WORDS
from survey_app.pages.console.console_access import OFFICE, WITH_RESULTS
from survey_app.pages.console.console_drawing import load_advice
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.rounds.opening import name_schools


@get("/job/{job_id:int}", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], job_id: FromPath[int]) -> Page:
    """How far a job is; the page comes again by itself while it runs."""
    settings = console.deps.settings
    with console.reading() as session:
        job = find_own(session, console, job_id)
        round_ = session.get(Round, job.round_id) if job.round_id else None
        name = name_schools(session).get(job.unit, job.unit)
        done = read_opened(settings, job.id) if job.kind == JobKind.CLOSE else job.done
        left = say_left(find_left(session, job, done, console.now))
        ahead = count_ahead(session, job)
        codes = tell_codes(session, job)
        obstacle = find_obstacle(session, job, console.now)
        session.expunge_all()
    return console.page(
        "job",
        job=job,
        done=done,
        audited=read_audited(settings, job.id),
        left=left,
        ahead=JOB_WORDS.ahead.format(jobs=ahead) if ahead else "",
        codes=codes,
        obstacle=obstacle,
        kind=JobKind(job.kind),
        problems=advise(read_problems(job), load_advice()),
        name=name,
        round=round_,
        **({"invented": round_.invented} if round_ else {"path": None}),
    )


@post("/job/{job_id:int}/take", sync_to_thread=True)
def take(console: NamedDependency[ConsoleRequest], job_id: FromPath[int]) -> Page:
    """The file; again, while it is kept."""
    with console.writing() as session:
        job = find_own(session, console, job_id)
        name, content = take_file(session, console.deps.settings, job, **console.act)
    return console.download(name, content, mimetypes.guess_type(name)[0] or "application/octet-stream")


@post("/job/{job_id:int}/cancel", sync_to_thread=True)
def cancel(console: NamedDependency[ConsoleRequest], job_id: FromPath[int]) -> Page:
    """Give it up; the page then says what became of codes."""
    with console.reading() as session:
        find_own(session, console, job_id)
    console.deps.jobs.cancel(job_id, **console.act)
    return console.go(f"/console/job/{job_id}")


def is_seen(person: Person, job: Job) -> bool:
    """Whether a job is there for a person: with results, for who may see them (the bundle for its two people
    alone); with codes, for who asked for it and the county's office."""
    if job.kind == JobKind.BUNDLE:
        return person.name in job.about.get("released_by", ())
    if JobKind(job.kind).is_result:
        return person.role in WITH_RESULTS
    return job.asked_by == person.name or person.role in OFFICE


def find_own(session: Session, console: ConsoleRequest, job_id: int) -> Job:
    """A job that this person may see."""
    job = find_job(session, job_id)
    if not is_seen(console.person, job):
        raise NotFoundError("没有这个任务。")
    return job


HANDLERS = [show, take, cancel]
