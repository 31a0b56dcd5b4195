"""Jobs as rows of the store: asked for, found, noted how far, ended or cancelled."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import BatchState, JobKind, JobState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, Fact, NotFoundError
from survey_app.core.models import Batch, Custody, Job, Round
from survey_app.core.settings import Settings
from survey_app.jobs.job_files import remove_folder
from survey_app.jobs.job_words import JOB_WORDS

UNFINISHED = (JobState.WAITING, JobState.RUNNING)
ENDED = (JobState.DONE, JobState.FAILED)
SHORT = (JobKind.REPORT, JobKind.EXPORT)
LARGEST_ID = 2**31 - 1
Clock = Callable[[], datetime]


def ask_job(
    session: Session, kind: JobKind, round_: Round | None, *, unit: str = "", actor: str, now: datetime, **about: Any
) -> Job:
    """Note what is to be done; `Jobs.start` does it once this is committed. Raises ConflictError for a repetition."""
    of_round = round_.id if round_ else None
    going = select(Job).where(Job.state.in_(UNFINISHED), Job.kind == kind, Job.unit == unit)
    if session.scalars(going.where(Job.round_id == of_round)).first():
        raise ConflictError(JOB_WORDS.same_going)
    job = Job(
        kind=kind,
        state=JobState.WAITING,
        round_id=of_round,
        unit=unit,
        about=about,
        asked_by=actor,
        asked_at=now,
        done=0,
        total=0,
        problem="",
        file="",
    )
    session.add(job)
    session.flush()
    return job


def find_job(session: Session, job_id: int) -> Job:
    """The job of that number."""
    job = session.get(Job, job_id) if job_id <= LARGEST_ID else None
    if job is None:
        raise NotFoundError(JOB_WORDS.none)
    return job


def is_short(job: Job) -> bool:
    """Whether a job waits for other short ones alone: it is about one unit, or takes seconds."""
    return bool(job.unit) or job.kind in SHORT


def list_jobs(
    session: Session, round_: Round | None, unit: str | None = None, most: int = 12, asked_by: str | None = None
) -> list[Job]:
    """The latest jobs of a round (or of none), or of one of its units, or of one person, the newest first."""
    query = select(Job).where(Job.round_id == (round_.id if round_ else None)).order_by(Job.id.desc()).limit(most)
    query = query if asked_by is None else query.where(Job.asked_by == asked_by)
    return list(session.scalars(query if unit is None else query.where(Job.unit == unit)))


def note_progress(engine: Engine, job: Job, **values: int) -> None:
    """How far a job is: `total` units, `done` of them."""
    with engine.begin() as connection:
        connection.execute(update(Job).where(Job.id == job.id).values(**values))


def finish_job(engine: Engine, job: Job, file: str, now: datetime) -> None:
    """Done, unless somebody took us for lost or cancelled it: then what we made is void already."""
    with Session(engine) as session, session.begin():
        stored = session.get_one(Job, job.id, with_for_update=True)
        if stored.state != JobState.RUNNING:
            raise ConflictError(JOB_WORDS.not_done)
        stored.state = JobState.DONE
        stored.file = file
        stored.about = stored.about | {"ended": now.isoformat()}


def fail_job(engine: Engine, settings: Settings, job_id: int, now: datetime, *problems: str) -> bool:
    """Mark an unfinished job as failed, void the batches it made, remove its files; tells whether it was unfinished."""
    with Session(engine) as session, session.begin():
        job = session.get_one(Job, job_id, with_for_update=True)
        state = job.state
        if state not in ENDED:
            _end_badly(session, job, now, *(problems or (JOB_WORDS.not_done,)))
            record(session, "service", "job_failed", f"job {job_id}", at=now, kind=job.kind, unit=job.unit)
    if state != JobState.DONE:
        remove_folder(settings, job_id)
    return state not in ENDED


def cancel_job(engine: Engine, settings: Settings, job_id: int, *, actor: str, now: datetime) -> None:
    """Give up an unfinished job as `fail_job` does; raises ConflictError for one that ended, and for a close."""
    with Session(engine) as session, session.begin():
        job = session.get_one(Job, job_id, with_for_update=True)
        if job.kind == JobKind.CLOSE:
            raise ConflictError(JOB_WORDS.close_goes_on)
        if job.state not in UNFINISHED:
            raise ConflictError(JOB_WORDS.ended)
        _end_badly(session, job, now, JOB_WORDS.cancelled.format(actor=actor))
        record(session, actor, "job_cancelled", f"job {job_id}", at=now, kind=job.kind, unit=job.unit)
    remove_folder(settings, job_id)


def read_problems(job: Job) -> list[str]:
    """Why a job failed, a sentence each, as the facts they were when it did."""
    sentences = job.problem.splitlines()
    names = job.about.get("facts") or [""] * len(sentences)
    return [Fact(name, sentence) for name, sentence in zip(names, sentences, strict=False)]


def _end_badly(session: Session, job: Job, now: datetime, *problems: str) -> None:
    """Say why; nobody has the codes that the job made so far, and they are void."""
    job.state = JobState.FAILED
    job.problem = "\n".join(problems)
    job.about = job.about | {"facts": [getattr(problem, "name", "") for problem in problems]}
    made = session.scalars(
        select(Batch).where(Batch.id.in_(job.about.get("batches", [])), Batch.state != BatchState.VOID)
    )
    for batch in made:
        batch.state = BatchState.VOID
        session.add(Custody(batch_id=batch.id, at=now, actor="service", state=BatchState.VOID, office=""))
