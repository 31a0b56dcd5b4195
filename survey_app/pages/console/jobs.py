"""Long work as a page: how far it is, and its file once."""

import mimetypes

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from survey_app.errors import NotFoundError
from survey_app.jobs import TITLES, find_job, take_file
from survey_app.models import Job, Round
from survey_app.pages.console.access import OFFICE
from survey_app.pages.console.desk import Desk, Page
from survey_app.rounds import name_schools


@get("/job/{job_id:int}", sync_to_thread=True)
def show(desk: NamedDependency[Desk], job_id: FromPath[int]) -> Page:
    """How far a job is; the page comes again by itself while it runs."""
    with desk.reading() as session:
        job = find_own(session, desk, job_id)
        round_ = session.get_one(Round, job.round_id)
        name = name_schools(session).get(job.unit, job.unit)
        session.expunge_all()
    return desk.page("job", job=job, name=name, title=TITLES[job.kind], round=round_, invented=round_.invented)


@post("/job/{job_id:int}/take", sync_to_thread=True)
def take(desk: NamedDependency[Desk], job_id: FromPath[int]) -> Page:
    """The file, once."""
    with desk.writing() as session:
        job = find_own(session, desk, job_id)
        name, content = take_file(session, desk.office.settings, job, actor=desk.person.name, now=desk.now)
    return desk.download(name, content, mimetypes.guess_type(name)[0] or "application/octet-stream")


def find_own(session: Session, desk: Desk, job_id: int) -> Job:
    """A job is seen by who asked for it; jobs with codes by the county's office as well."""
    job = find_job(session, job_id)
    if job.asked_by != desk.person.name and desk.person.role not in OFFICE:
        raise NotFoundError("没有这个任务。")
    return job


HANDLERS = [show, take]
