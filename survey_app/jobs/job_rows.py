"""Jobs as rows of the store: asked for, found, noted how far, ended, and their file taken once."""

import shutil
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
from survey_app.jobs.job_files import folder_of

UNFINISHED = (JobState.WAITING, JobState.RUNNING)
ENDED = (JobState.DONE, JobState.FAILED)
LARGEST_ID = 2**31 - 1
NOT_DONE = "没有做完，什么也没有留下，请再做一次。"
Clock = Callable[[], datetime]


def ask_job(
    session: Session, kind: JobKind, round_: Round, *, unit: str = "", actor: str, now: datetime, **about: Any
) -> Job:
    """Note what is to be done; `Jobs.start` does it once this is committed. Raises ConflictError for a repetition."""
    going = select(Job).where(Job.state.in_(UNFINISHED), Job.kind == kind, Job.unit == unit)
    if session.scalars(going.where(Job.round_id == round_.id)).first():
        raise ConflictError("同样的任务正在进行，请等它做完。")
    job = Job(
        kind=kind,
        state=JobState.WAITING,
        round_id=round_.id,
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
        raise NotFoundError("没有这个任务。")
    return job


def list_jobs(
    session: Session, round_: Round, unit: str | None = None, most: int = 12, asked_by: str | None = None
) -> list[Job]:
    """The latest jobs of a round, or of one of its units, or of one person, the newest first."""
    query = select(Job).where(Job.round_id == round_.id).order_by(Job.id.desc()).limit(most)
    query = query if asked_by is None else query.where(Job.asked_by == asked_by)
    return list(session.scalars(query if unit is None else query.where(Job.unit == unit)))


def note_progress(engine: Engine, job: Job, **values: int) -> None:
    """How far a job is: `total` units, `done` of them."""
    with engine.begin() as connection:
        connection.execute(update(Job).where(Job.id == job.id).values(**values))


def finish_job(engine: Engine, job: Job, file: str) -> None:
    """Done, unless somebody took us for lost: then what we made is void already."""
    running = update(Job).where(Job.id == job.id, Job.state == JobState.RUNNING)
    with engine.begin() as connection:
        if not connection.execute(running.values(state=JobState.DONE, file=file)).rowcount:
            raise ConflictError(NOT_DONE)


def fail_job(engine: Engine, settings: Settings, job_id: int, now: datetime, *problems: str) -> bool:
    """Mark an unfinished job as failed, void the batches it made, remove its files; tells whether it was unfinished."""
    with Session(engine) as session, session.begin():
        job = session.get_one(Job, job_id, with_for_update=True)
        if job.state in ENDED:
            return False
        job.state = JobState.FAILED
        job.problem = "\n".join(problems or (NOT_DONE,))
        job.about = job.about | {"facts": [getattr(problem, "name", "") for problem in problems]}
        _void_made(session, job, now)
        record(session, "service", "job_failed", f"job {job_id}", at=now, kind=job.kind, unit=job.unit)
    shutil.rmtree(folder_of(settings, job_id), ignore_errors=True)
    return True


def read_problems(job: Job) -> list[str]:
    """Why a job failed, a sentence each, as the facts they were when it did."""
    sentences = job.problem.splitlines()
    names = job.about.get("facts") or [""] * len(sentences)
    return [Fact(name, sentence) for name, sentence in zip(names, sentences, strict=False)]


def take_file(session: Session, settings: Settings, job: Job, *, actor: str, now: datetime) -> tuple[str, bytes]:
    """Name and content of what a job wrote, once: codes are on paper from here on, and nowhere else."""
    if job.state != JobState.DONE or not job.file:
        again = "需要时请再做一次。" if JobKind(job.kind).is_result else "要重新印制，请作废旧码重印。"
        raise ConflictError(f"这份文件已经取走了。文件只能下载一次；{again}")
    name = job.file
    folder = folder_of(settings, job.id)
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise ConflictError("文件不在这台服务器的数据目录里。请从制作它的服务器下载，或者作废旧码重印。") from None
    job.file = ""
    record(session, actor, "take_file", f"job {job.id}", at=now, kind=job.kind, unit=job.unit)
    shutil.rmtree(folder)
    return name, content


def _void_made(session: Session, job: Job, now: datetime) -> None:
    """Nobody has the codes that the job made so far."""
    made = session.scalars(
        select(Batch).where(Batch.id.in_(job.about.get("batches", [])), Batch.state != BatchState.VOID)
    )
    for batch in made:
        batch.state = BatchState.VOID
        session.add(Custody(batch_id=batch.id, at=now, actor="service", state=BatchState.VOID, office=""))
