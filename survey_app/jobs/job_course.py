"""How a job goes on: its place in the queue, the time it still takes, and what became of codes where it failed."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobKind, JobState
from survey_app.core.models import Batch, Job
from survey_app.jobs.job_rows import UNFINISHED, is_short
from survey_app.jobs.job_words import JOB_WORDS

MINUTE = timedelta(minutes=1)


def estimate_left(done: int, total: int, elapsed: timedelta) -> timedelta | None:
    """The time for the parts that are left, at the pace of those that are done; None while nothing tells.

    >>> estimate_left(10, 40, timedelta(seconds=20)), estimate_left(0, 40, timedelta(seconds=20))
    (datetime.timedelta(seconds=60), None)
    """
    if not 0 < done < total or elapsed <= timedelta(0):
        return None
    return elapsed * (total - done) / done


def find_left(session: Session, job: Job, done: int, now: datetime) -> timedelta | None:
    """How long a running job still takes: by its own pace, or as long as the last one of its kind took."""
    begun = job.about.get("begun")
    if job.state != JobState.RUNNING or begun is None:
        return None
    elapsed = now - datetime.fromisoformat(begun)
    if job.total:
        return estimate_left(done, job.total, elapsed)
    took = _find_last_time(session, job)
    return None if took is None else max(took - elapsed, timedelta(0))


def say_left(left: timedelta | None) -> str:
    """The time left in words; nothing where nothing is known.

    >>> say_left(timedelta(seconds=61)), say_left(timedelta(seconds=3)), say_left(None)
    ('大约还要2分钟', '大约还要不到1分钟', '')
    """
    if left is None:
        return ""
    return JOB_WORDS.soon if left <= MINUTE else JOB_WORDS.left.format(minutes=ceil(left / MINUTE))


def count_ahead(session: Session, job: Job) -> int:
    """How many jobs are done before one that waits: those of its own lane that were asked for earlier."""
    if job.state != JobState.WAITING:
        return 0
    earlier = session.scalars(select(Job).where(Job.state.in_(UNFINISHED), Job.id < job.id))
    return sum(is_short(other) == is_short(job) for other in earlier)


def tell_codes(session: Session, job: Job) -> list[str]:
    """What became of codes by a job that failed: those it made, and those it had made void before making them anew."""
    if not JobKind(job.kind).makes_codes:
        return []
    made = session.scalar(select(func.sum(Batch.codes)).where(Batch.id.in_(job.about.get("batches", [])))) or 0
    people = session.scalar(select(func.sum(Batch.issued)).where(Batch.id.in_(job.about.get("voided", [])))) or 0
    told = [JOB_WORDS.made_void.format(codes=made) if made else "" if people else JOB_WORDS.no_codes]
    told += [JOB_WORDS.reprint_void.format(people=people) if people else ""]
    return [sentence for sentence in told if sentence]


def _find_last_time(session: Session, job: Job) -> timedelta | None:
    done = select(Job.about).where(Job.kind == job.kind, Job.state == JobState.DONE).order_by(Job.id.desc()).limit(1)
    about = session.scalar(done)
    if not about or "begun" not in about or "ended" not in about:
        return None
    return datetime.fromisoformat(about.get("ended")) - datetime.fromisoformat(about.get("begun"))
