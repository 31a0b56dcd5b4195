"""Long work: a row in the store and a process of its own, so that respondents never wait for it."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from reports.handouts.slips import WordingError
from reports.setting.typesetting import FontMissingError
from survey_app.closing.round_tables import load_published
from survey_app.codes.issuing import IssuedCode, Kind, issue_codes, issue_more
from survey_app.core.audit import record
from survey_app.core.errors import AlreadyIssuedError, ConflictError, NotFoundError, SurveyError
from survey_app.core.logs import describe_error
from survey_app.core.models import Batch, Custody, FrameRow, Job, Round
from survey_app.core.settings import Settings
from survey_app.jobs.close_job import close_for_job
from survey_app.jobs.job_files import folder_of, make_folder, pack
from survey_app.jobs.locks import Keeper, looked_after
from survey_app.results.documents import notice_of, write_codes, write_report
from survey_app.results.releasing import export_round, release_bundle

CODES: dict[str, Kind] = {"slips": "slip", "class": "class", "public": "public"}
TITLES = {
    "slips": "一人一码答题条",
    "more": "加印答题条",
    "class": "班级码",
    "public": "公共码",
    "close": "结束批次",
    "report": "报告",
    "export": "数据表",
    "bundle": "证据包",
}
RESULTS = frozenset({"report", "export", "bundle"})
AT_ONCE = 1  # two cores: one for respondents
LARGEST_ID = 2**31 - 1
CHECKOUT = Path(__file__).parents[2]
COMMAND = "from survey_app.cli import main; main()"
NOT_DONE = "没有做完，什么也没有留下，请再做一次。"
log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


def ask_job(
    session: Session, kind: str, round_: Round, *, unit: str = "", actor: str, now: datetime, **about: Any
) -> Job:
    """Note what is to be done; `Jobs.start` does it once this is committed. Raises ConflictError for a repetition."""
    going = select(Job).where(Job.state.in_(("waiting", "running")), Job.kind == kind, Job.unit == unit)
    if session.scalars(going.where(Job.round_id == round_.id)).first():
        raise ConflictError("同样的任务正在进行，请等它做完。")
    job = Job(
        kind=kind, state="waiting", round_id=round_.id, unit=unit, about=about, asked_by=actor, asked_at=now,
        done=0, total=0, problem="", file="",
    )  # fmt: skip
    session.add(job)
    session.flush()
    return job


class Jobs:
    """Runs jobs one after another, each in a child process `survey job run ID`."""

    def __init__(self, settings: Settings, engine: Engine):
        self._settings, self._engine = settings, engine
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
        if fail_job(self._engine, self._settings, job_id):
            log.error("a job ended without a word", job=job_id, status=child.returncode)


def run_job(engine: Engine, settings: Settings, job_id: int, clock: Clock, secret: bytes = b"") -> None:
    """Do a job that waits, in this process; whatever goes wrong, its row says so and its codes are void.

    `secret`: the seed of the round that a close opens, where the server does not keep it.
    """
    with Session(engine) as session, session.begin():
        job = session.get(Job, job_id, with_for_update=True)
        if job is None or job.state != "waiting":
            raise ConflictError(f"没有等待中的任务 {job_id}。")
        job.state = "running"
        session.flush()
        session.expunge_all()
    try:
        work = partial(_close, secret=secret) if job.kind == "close" else WORK[job.kind]
        work(engine, settings, job, clock)
    except (SurveyError, FontMissingError, WordingError) as problem:
        fail_job(engine, settings, job_id, str(problem))
    except BaseException as problem:
        log.error("a job failed", job=job_id, kind=job.kind, **describe_error(problem))
        fail_job(engine, settings, job_id)
        raise
    else:
        log.info("a job is done", job=job_id, kind=job.kind)


def fail_job(engine: Engine, settings: Settings, job_id: int, problem: str = NOT_DONE) -> bool:
    """Mark an unfinished job as failed, void the batches it made, remove its files; tells whether it was unfinished."""
    with Session(engine) as session, session.begin():
        job = session.get_one(Job, job_id, with_for_update=True)
        if job.state in ("done", "failed"):
            return False
        job.state, job.problem = "failed", problem
        made = session.scalars(select(Batch).where(Batch.id.in_(job.about.get("batches", [])), Batch.state != "void"))
        for batch in made:
            batch.state = "void"
            session.add(Custody(batch_id=batch.id, at=batch.made_at, actor="service", state="void", office=""))
        record(session, "service", "job_failed", f"job {job_id}", kind=job.kind, unit=job.unit)
    shutil.rmtree(folder_of(settings, job_id), ignore_errors=True)
    return True


def fail_lost_jobs(engine: Engine, settings: Settings) -> None:
    """Fail what a service that is gone left; children still at work go on, and so do other services' jobs."""
    with Session(engine) as session:
        going = select(Job.id, Job.about, Job.pid).where(Job.state.in_(("waiting", "running")))
        unfinished = session.execute(going).all()
    for job_id, about, pid in unfinished:
        with looked_after(engine, job_id, about.get("keeper"), pid) as kept:
            if not kept:
                fail_job(engine, settings, job_id)


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


def take_file(session: Session, settings: Settings, job: Job, *, actor: str, now: datetime) -> tuple[str, bytes]:
    """Name and content of what a job wrote, once: codes are on paper from here on, and nowhere else."""
    if job.state != "done" or not job.file:
        again = "需要时请再做一次。" if job.kind in RESULTS else "要重新印制，请作废旧码重印。"
        raise ConflictError(f"这份文件已经取走了。文件只能下载一次；{again}")
    name, folder = job.file, folder_of(settings, job.id)
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise ConflictError("文件不在这台服务器的数据目录里。请从制作它的服务器下载，或者作废旧码重印。") from None
    job.file = ""
    record(session, actor, "take_file", f"job {job.id}", at=now, kind=job.kind, unit=job.unit)
    shutil.rmtree(folder)
    return name, content


def _issue(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    """Codes unit by unit: issued in one commit, which also notes the batches in the job, then set on paper."""
    units = [job.unit] if job.unit else _list_units(engine, job)
    folder, paths = make_folder(settings, job.id), []
    _note(engine, job, total=len(units))
    for number, unit in enumerate(units, 1):
        codes, notice = _issue_unit(engine, job, unit, clock())
        if codes:
            sheets = "slips" if job.kind == "more" else job.kind
            paths += write_codes(folder / "out", sheets, codes, notice, settings.public_url)
        _note(engine, job, done=number)
    if not paths:
        raise AlreadyIssuedError(None)
    _finish(engine, job, pack(folder, paths, TITLES[job.kind]))


def _issue_unit(engine: Engine, job: Job, unit: str, now: datetime) -> tuple[list[IssuedCode], Any]:
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, job.round_id)
        draw = secrets.token_bytes
        issue: Callable[[], list[IssuedCode]]
        if job.kind == "more":
            row, people = job.about["row"], job.about["people"]
            issue = partial(issue_more, session, round_, row, people, actor=job.asked_by, now=now, random=draw)
        else:
            rows, reprint = job.about.get("rows", []), job.about.get("reprint", False)
            issue = partial(
                issue_codes, session, round_, CODES[job.kind], unit=unit, rows=rows,
                reprint=reprint, actor=job.asked_by, now=now, random=draw,
            )  # fmt: skip
        try:
            codes = issue()
        except ConflictError:
            if job.unit:
                raise
            return [], None
        made = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_.id, FrameRow.unit == unit)
        batches = session.scalars(made.where(Batch.made_at == now, Batch.state == "made")).all()
        stored = session.get_one(Job, job.id, with_for_update=True)
        if stored.state != "running":
            raise ConflictError(NOT_DONE)
        stored.about = stored.about | {"batches": [*stored.about.get("batches", []), *batches]}
        return codes, notice_of(round_)


def _close(engine: Engine, settings: Settings, job: Job, clock: Clock, secret: bytes) -> None:
    close_for_job(engine, settings, job, clock, secret)
    _finish(engine, job, "")


def _report(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    folder = make_folder(settings, job.id)
    with Session(engine) as session:
        round_ = session.get_one(Round, job.round_id)
        published = load_published(session, round_)
        paths = write_report(folder / "out", round_, published)
    _finish(engine, job, pack(folder, paths, TITLES[job.kind]))


def _export(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    folder = make_folder(settings, job.id)
    with Session(engine) as session, session.begin():
        round_, rng = session.get_one(Round, job.round_id), np.random.default_rng(secrets.randbits(128))
        out = folder / "out" / round_.name
        asked = {name: job.about[name] for name in ("format_", "forms", "purpose")}
        paths = export_round(session, round_, out, **asked, actor=job.asked_by, now=clock(), rng=rng)
    _finish(engine, job, pack(folder, paths, TITLES[job.kind]))


def _bundle(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    folder, two = make_folder(settings, job.id), job.about["released_by"]
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, job.round_id)
        path = release_bundle(session, round_, folder, two, actor="、".join(two), now=clock())
    _finish(engine, job, path.name)


WORK: dict[str, Callable[[Engine, Settings, Job, Clock], None]] = {
    **dict.fromkeys(("slips", "more", "class", "public"), _issue),
    "report": _report,
    "export": _export,
    "bundle": _bundle,
}


def _list_units(engine: Engine, job: Job) -> Sequence[str]:
    with Session(engine) as session:
        units = select(FrameRow.unit).where(FrameRow.round_id == job.round_id).distinct().order_by(FrameRow.unit)
        return session.scalars(units).all()


def _note(engine: Engine, job: Job, **values: int) -> None:
    with engine.begin() as connection:
        connection.execute(update(Job).where(Job.id == job.id).values(**values))


def _finish(engine: Engine, job: Job, file: str) -> None:
    """Done, unless somebody took us for lost: then what we made is void already."""
    running = update(Job).where(Job.id == job.id, Job.state == "running")
    with engine.begin() as connection:
        if not connection.execute(running.values(state="done", file=file)).rowcount:
            raise ConflictError(NOT_DONE)
