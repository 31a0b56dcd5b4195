"""Long work: a row in the store and a process of its own, so that respondents never wait for it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobState
from survey_app.core.db import is_file
from survey_app.core.db.job_locks import Keeper, looked_after
from survey_app.core.logs import get_logger
from survey_app.core.models import Job
from survey_app.core.settings import Settings
from survey_app.jobs.job_rows import UNFINISHED, Clock, cancel_job, fail_job, is_short
from survey_app.jobs.job_taking import forget_taken

CHECKOUT = Path(__file__).parents[2]
COMMAND = "from survey_app.cli import main; main()"
log = get_logger(__name__)


class Jobs:
    """Runs jobs in two lanes, each in a child process `survey job run ID`: long ones one after another, and short
    ones beside them one after another, which never wait for a long one. All stand behind respondents
    (`NICE` in `cli/job_commands.py`)."""

    def __init__(self, settings: Settings, engine: Engine, clock: Clock):
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._long = ThreadPoolExecutor(1, "long jobs")
        self._short = ThreadPoolExecutor(1, "short jobs")
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._keeper = Keeper(engine)

    def start(self, job_id: int, secret: bytes = b"") -> None:
        """Have a job done when its turn comes; until then the row tells that we answer for it.

        `secret` goes into the child's standard input and nowhere else: no row, argument, environment or log.
        """
        with Session(self._engine) as session, session.begin():
            job = session.get_one(Job, job_id)
            job.about = job.about | {"keeper": self._keeper.hold()}
            lane = self._short if is_short(job) else self._long
        lane.submit(self._run, job_id, secret)

    def cancel(self, job_id: int, *, actor: str, now: datetime) -> None:
        """Give a job up and end its process; one that another service runs ends by itself, with nothing to keep."""
        cancel_job(self._engine, self._settings, job_id, actor=actor, now=now)
        child = self._children.get(job_id)
        if child is not None and child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)

    def stop(self) -> None:
        """Start no more; what runs goes on by itself."""
        for lane in (self._long, self._short):
            lane.shutdown(wait=False, cancel_futures=True)
        self._keeper.release()

    def _run(self, job_id: int, secret: bytes = b"") -> None:
        """Wait for the child; one that ended without a word has failed. What was cancelled meanwhile is not begun."""
        forget_taken(self._engine, self._settings, self._clock())
        if not self._is_unfinished(job_id):
            return
        paths = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            "SURVEY_DATABASE_URL": self._engine.url.render_as_string(hide_password=False),
            "SURVEY_PUBLIC_URL": self._settings.public_url,
        }
        command = [sys.executable, "-c", COMMAND, "job", "run", str(job_id), "--dir", str(self._settings.folder)]
        child = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
        self._children[job_id] = child
        with self._engine.begin() as connection:
            connection.execute(update(Job).where(Job.id == job_id).values(pid=child.pid))
        child.communicate(secret)
        del self._children[job_id]
        if fail_job(self._engine, self._settings, job_id, self._clock()):
            log.error("a job ended without a word", job=job_id, status=child.returncode)

    def _is_unfinished(self, job_id: int) -> bool:
        with Session(self._engine) as session:
            return session.get_one(Job, job_id).state in UNFINISHED


def fail_lost_jobs(engine: Engine, settings: Settings, now: datetime) -> None:
    """Fail what a service that is gone left; children still at work go on, and so do other services' jobs."""
    with Session(engine) as session:
        going = select(Job.id, Job.about).where(Job.state.in_(UNFINISHED))
        unfinished = session.execute(going).all()
    for job_id, about in unfinished:
        with looked_after(engine, job_id, about.get("keeper")) as kept:
            if not kept:
                fail_job(engine, settings, job_id, now)


def find_lost_jobs(engine: Engine) -> Iterator[Job]:
    """The unfinished jobs whose process, or service, is gone, until a service starts and fails them.

    Held locks tell, not numbers of processes (`job_locks`). On SQLite nobody but its service knows of a job that waits.
    """
    states = (JobState.RUNNING,) if is_file(engine) else UNFINISHED
    with Session(engine) as session:
        unfinished = session.scalars(select(Job).where(Job.state.in_(states))).all()
    for job in unfinished:
        keeper = job.about.get("keeper")
        if job.state == JobState.WAITING and keeper is None:
            continue  # its service notes itself in a moment
        with looked_after(engine, job.id, keeper) as kept, Session(engine) as session:
            if not kept and session.get_one(Job, job.id).state in UNFINISHED:
                yield job
