"""Long work: a row in the store and a process of its own, so that respondents never wait for it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from survey_app.core.logs import get_logger
from survey_app.core.models import Job
from survey_app.core.settings import Settings
from survey_app.jobs.job_rows import UNFINISHED, Clock, fail_job
from survey_app.jobs.locks import Keeper, looked_after

AT_ONCE = 1  # two cores: one for respondents
CHECKOUT = Path(__file__).parents[2]
COMMAND = "from survey_app.cli import main; main()"
log = get_logger(__name__)


class Jobs:
    """Runs jobs one after another, each in a child process `survey job run ID`."""

    def __init__(self, settings: Settings, engine: Engine, clock: Clock):
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._threads = ThreadPoolExecutor(AT_ONCE, "jobs")
        self._keeper = Keeper(engine)

    def start(self, job_id: int, secret: bytes = b"") -> None:
        """Have a job done when its turn comes; until then the row tells that we answer for it.

        `secret` goes into the child's standard input and nowhere else: no row, argument, environment or log.
        """
        with Session(self._engine) as session, session.begin():
            job = session.get_one(Job, job_id)
            job.about = job.about | {"keeper": self._keeper.hold()}
        self._threads.submit(self._run, job_id, secret)

    def stop(self) -> None:
        """Start no more; what runs goes on by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._keeper.release()

    def _run(self, job_id: int, secret: bytes = b"") -> None:
        """Wait for the child; one that ended without a word has failed."""
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
        with self._engine.begin() as connection:
            connection.execute(update(Job).where(Job.id == job_id).values(pid=child.pid))
        child.communicate(secret)
        if fail_job(self._engine, self._settings, job_id, self._clock()):
            log.error("a job ended without a word", job=job_id, status=child.returncode)


def fail_lost_jobs(engine: Engine, settings: Settings, now: datetime) -> None:
    """Fail what a service that is gone left; children still at work go on, and so do other services' jobs."""
    with Session(engine) as session:
        going = select(Job.id, Job.about).where(Job.state.in_(UNFINISHED))
        unfinished = session.execute(going).all()
    for job_id, about in unfinished:
        with looked_after(engine, job_id, about.get("keeper")) as kept:
            if not kept:
                fail_job(engine, settings, job_id, now)
