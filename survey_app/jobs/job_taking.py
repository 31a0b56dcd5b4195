"""The file of a job is taken away: again for two hours, as long as codes in it are in nobody's hands."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import BatchState, JobKind, JobState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Batch, Job
from survey_app.core.settings import Settings
from survey_app.jobs.job_files import folder_of, remove_folder
from survey_app.jobs.job_words import JOB_WORDS

KEPT = timedelta(hours=2)


def find_obstacle(session: Session, job: Job, now: datetime) -> str:
    """Why the file of a job that is done cannot be had, or not again; nothing where it can."""
    if job.state != JobState.DONE or not job.file:
        return _with_advice(JOB_WORDS.gone, job)
    taken = job.about.get("taken")
    if taken is None:
        return ""
    if now >= datetime.fromisoformat(taken) + KEPT:
        return _with_advice(JOB_WORDS.late, job)
    if JobKind(job.kind).makes_codes and not _is_waiting(session, job):
        return _with_advice(JOB_WORDS.in_hands, job)
    return ""


def take_file(session: Session, settings: Settings, job: Job, *, actor: str, now: datetime) -> tuple[str, bytes]:
    """Name and content of what a job wrote; each time is in the log. Raises ConflictError where it cannot be had."""
    session.refresh(job, with_for_update=True)
    if obstacle := find_obstacle(session, job, now):
        raise ConflictError(obstacle)
    try:
        content = (folder_of(settings, job.id) / job.file).read_bytes()
    except FileNotFoundError:
        raise ConflictError(JOB_WORDS.elsewhere) from None
    again = "taken" in job.about
    job.about = {"taken": now.isoformat()} | job.about
    about = {"kind": job.kind, "unit": job.unit} | ({"again": True} if again else {})
    record(session, actor, "take_file", f"job {job.id}", at=now, **about)
    return job.file, content


def forget_taken(engine: Engine, settings: Settings, now: datetime) -> None:
    """Remove the files that nobody can have any more because they were taken long enough ago.

    One that was taken while the clock was ahead counts as taken now.
    """
    with Session(engine) as session, session.begin():
        for job in session.scalars(select(Job).where(Job.state == JobState.DONE, Job.file != "")):
            taken = job.about.get("taken")
            if taken is not None and datetime.fromisoformat(taken) > now:
                job.about = job.about | {"taken": now.isoformat()}
            elif taken is not None and now >= datetime.fromisoformat(taken) + KEPT:
                job.file = ""
                remove_folder(settings, job.id)


def _is_waiting(session: Session, job: Job) -> bool:
    """Whether some of the codes that a job made were neither handed over nor made void."""
    made = select(Batch.id).where(Batch.id.in_(job.about.get("batches", [])), Batch.state == BatchState.MADE)
    return session.scalars(made.limit(1)).first() is not None


def _with_advice(sentence: str, job: Job) -> str:
    return sentence + (JOB_WORDS.result_again if JobKind(job.kind).is_result else JOB_WORDS.codes_again)
