"""A re-contact as a job: positions drawn and slips made in one commit, then set on paper."""

import secrets
from datetime import datetime

import msgspec
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobKind, JobState
from survey_app.codes.revisiting import DrawnRevisits, RevisitDraw, check_revisits, issue_revisits
from survey_app.core.errors import ConflictError
from survey_app.core.models import Job, Round
from survey_app.core.settings import Settings
from survey_app.jobs.job_files import make_folder, pack
from survey_app.jobs.job_rows import Clock, ask_job, finish_job
from survey_app.jobs.job_words import JOB_WORDS
from survey_app.results.revisit_files import write_revisits


def ask_revisits(session: Session, round_: Round, asked: RevisitDraw, *, actor: str, now: datetime) -> Job:
    """Note that positions are to be drawn; raises ConflictError at once for all that is wrong with it."""
    check_revisits(session, round_, asked, now)
    about = msgspec.to_builtins(asked)
    return ask_job(session, JobKind.REVISIT, round_, actor=actor, now=now, asked=about)


def do_revisits(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    """Draw the positions, note their batches in the job, and write list and slips."""
    folder = make_folder(settings, job.id)
    asked = msgspec.convert(job.about.get("asked"), RevisitDraw)
    now = clock()
    drawn = _draw(engine, job, asked, now)
    with Session(engine) as session:
        round_ = session.get_one(Round, job.round_id)
        paths = write_revisits(folder / "out", round_, drawn, settings.public_url)
    finish_job(engine, job, pack(folder, paths, JobKind.REVISIT.zh), clock())


def _draw(engine: Engine, job: Job, asked: RevisitDraw, now: datetime) -> DrawnRevisits:
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, job.round_id)
        drawn = issue_revisits(session, round_, asked, actor=job.asked_by, now=now, random=secrets.token_bytes)
        stored = session.get_one(Job, job.id, with_for_update=True)
        if stored.state != JobState.RUNNING:
            raise ConflictError(JOB_WORDS.not_done)
        stored.about = stored.about | {"batches": drawn.batches}
        return drawn
