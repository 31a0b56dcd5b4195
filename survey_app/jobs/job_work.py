"""What each kind of job does: codes set on paper, a close, a report, tables, the evidence bundle."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from analysis.standard import load_standard
from questionnaires.bad_input import BadInputError
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import BatchState, JobKind, JobState
from reports.handouts.notices import Notice
from survey_app.closing.box_opening import count_boxes
from survey_app.closing.close import close_round
from survey_app.closing.opening_progress import listening
from survey_app.closing.round_tables import load_compared
from survey_app.codes.issuing import CODES, IssuedCode, issue_codes, issue_more
from survey_app.codes.usual_way import issue_usual
from survey_app.core.errors import AlreadyIssuedError, ConflictError
from survey_app.core.logs import describe_error, get_logger
from survey_app.core.models import ORDINARY, Batch, FrameRow, Job, Round
from survey_app.core.settings import Settings
from survey_app.jobs.job_files import make_folder, pack, remove_folder, write_audited, write_opened
from survey_app.jobs.job_rows import Clock, fail_job, finish_job, note_progress
from survey_app.jobs.job_words import JOB_WORDS
from survey_app.jobs.revisit_job import do_revisits
from survey_app.results.code_papers import notice_of, write_codes
from survey_app.results.documents import write_report
from survey_app.results.exporting import export_round
from survey_app.results.releasing import release_bundle
from survey_app.results.school_sheets import gather_sheets, write_sheets
from survey_app.results.unit_files import UnitAsk, write_contents, write_units
from survey_app.rounds.key_custody import Given

log = get_logger(__name__)


def _issue(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    """Codes unit by unit: issued in one commit, which also notes the batches in the job, then set on paper."""
    units = [job.unit] if job.unit else _list_units(engine, job)
    folder = make_folder(settings, job.id)
    paths = []
    note_progress(engine, job, total=len(units))
    for number, unit in enumerate(units, 1):
        codes, notice = _issue_unit(engine, job, unit, clock())
        if codes and notice:
            sheets = JobKind.SLIPS if job.kind == JobKind.MORE else job.kind
            paths += write_codes(folder / "out", sheets, codes, notice, settings.public_url)
        note_progress(engine, job, done=number)
    if not paths:
        raise AlreadyIssuedError(None)
    finish_job(engine, job, pack(folder, paths, JobKind(job.kind).zh), clock())


def _issue_usual(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    """The usual way: all codes first, unit by unit, then one PDF a unit and a list of contents."""
    folder = make_folder(settings, job.id)
    asks: list[UnitAsk] = []
    for unit in _list_units(engine, job):
        codes, notice = _issue_unit(engine, job, unit, clock())
        if codes and notice:
            number = len(asks) + 1
            asks.append(
                UnitAsk(out=folder / "out", number=number, codes=codes, notice=notice, public_url=settings.public_url)
            )
    if not asks:
        raise AlreadyIssuedError(None)
    note_progress(engine, job, total=len(asks))
    paths = [write_contents(folder / "out", asks)]
    for done, written in enumerate(write_units(asks), 1):
        paths += written
        note_progress(engine, job, done=done)
    finish_job(engine, job, pack(folder, paths, JobKind(job.kind).zh), clock())


def _issue_unit(engine: Engine, job: Job, unit: str, now: datetime) -> tuple[list[IssuedCode], Notice | None]:
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, job.round_id)
        draw = secrets.token_bytes
        issue: Callable[[], list[IssuedCode]]
        if job.kind == JobKind.MORE:
            about = job.about
            issue = partial(
                issue_more,
                session,
                round_,
                about["row"],
                about["people"],
                reason=about.get("reason", ""),
                actor=job.asked_by,
                now=now,
                random=draw,
            )
        elif job.kind == JobKind.USUAL:
            issue = partial(issue_usual, session, round_, unit, actor=job.asked_by, now=now, random=draw)
        else:
            issue = partial(
                issue_codes,
                session,
                round_,
                CODES[JobKind(job.kind)],
                unit=unit,
                rows=job.about.get("rows", []),
                reprint=job.about.get("reprint", False),
                actor=job.asked_by,
                now=now,
                random=draw,
            )
        before = _list_live(session, round_, unit)
        try:
            codes = issue()
        except ConflictError:
            if job.unit:
                raise
            return [], None
        made = select(Batch.id).join(FrameRow).where(FrameRow.round_id == round_.id, FrameRow.unit == unit)
        batches = session.scalars(made.where(Batch.made_at == now, Batch.state == BatchState.MADE)).all()
        stored = session.get_one(Job, job.id, with_for_update=True)
        if stored.state != JobState.RUNNING:
            raise ConflictError(JOB_WORDS.not_done)
        voided = sorted(before - _list_live(session, round_, unit))
        stored.about = stored.about | {
            "batches": [*stored.about.get("batches", []), *batches],
            "voided": [*stored.about.get("voided", []), *voided],
        }
        return codes, notice_of(round_)


def _list_live(session: Session, round_: Round, unit: str) -> set[int]:
    of_unit = (FrameRow.round_id == round_.id, FrameRow.unit == unit, ORDINARY, Batch.state != BatchState.VOID)
    return set(session.scalars(select(Batch.id).join(FrameRow).where(*of_unit)))


def _close(engine: Engine, settings: Settings, job: Job, clock: Clock, secret: bytes) -> None:
    """Close the job's round; `secret` is the seed where the server does not keep it, else empty."""
    with Session(engine) as session:
        name = session.get_one(Round, job.round_id).name
        boxes = count_boxes(session)
    given = Given(seed=secret or None)
    note_progress(engine, job, total=boxes)
    with listening(partial(write_opened, settings, job.id), partial(write_audited, settings, job.id)):
        close_round(engine, name, keys=settings.keys, actor=job.asked_by, now=clock(), given=given)
    remove_folder(settings, job.id)
    finish_job(engine, job, "", clock())


def _report(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    folder = make_folder(settings, job.id)
    with Session(engine) as session:
        round_ = session.get_one(Round, job.round_id)
        published = load_compared(session, round_)
        paths = write_report(folder / "out", round_, published)
    finish_job(engine, job, pack(folder, paths, JobKind(job.kind).zh), clock())


def _export(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    folder = make_folder(settings, job.id)
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, job.round_id)
        rng = np.random.default_rng(secrets.randbits(128))
        out = folder / "out" / round_.name
        asked = {name: job.about[name] for name in ("format_", "forms", "purpose")}
        paths = export_round(session, round_, out, **asked, actor=job.asked_by, now=clock(), rng=rng)
    finish_job(engine, job, pack(folder, paths, JobKind(job.kind).zh), clock())


def _bundle(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    folder = make_folder(settings, job.id)
    two = job.about["released_by"]
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, job.round_id)
        path = release_bundle(session, round_, folder, two, actor="、".join(two), now=clock())
    finish_job(engine, job, path.name, clock())


def _sheets(engine: Engine, settings: Settings, job: Job, clock: Clock) -> None:
    """One sheet for each school, of the school year and standard that were asked for."""
    folder = make_folder(settings, job.id)
    with Session(engine) as session:
        standard = load_standard(job.about["standard"])
        sheets = gather_sheets(session, standard, SchoolYear.parse(job.about["year"]), clock().date())
    finish_job(engine, job, pack(folder, write_sheets(folder / "out", sheets), JobKind(job.kind).zh), clock())


def _list_units(engine: Engine, job: Job) -> Sequence[str]:
    with Session(engine) as session:
        units = select(FrameRow.unit).where(FrameRow.round_id == job.round_id).distinct().order_by(FrameRow.unit)
        return session.scalars(units).all()


WORK: dict[JobKind, Callable[[Engine, Settings, Job, Clock], None]] = {
    JobKind.SLIPS: _issue,
    JobKind.MORE: _issue,
    JobKind.CLASS: _issue,
    JobKind.PUBLIC: _issue,
    JobKind.OPINION: _issue,
    JobKind.USUAL: _issue_usual,
    JobKind.REVISIT: do_revisits,
    JobKind.REPORT: _report,
    JobKind.EXPORT: _export,
    JobKind.BUNDLE: _bundle,
    JobKind.SHEETS: _sheets,
}


def run_job(engine: Engine, settings: Settings, job_id: int, clock: Clock, secret: bytes = b"") -> None:
    """Do a job that waits, in this process; whatever goes wrong, its row says so and its codes are void.

    `secret`: the seed of the round that a close opens, where the server does not keep it.
    """
    with Session(engine) as session, session.begin():
        job = session.get(Job, job_id, with_for_update=True)
        if job is None or job.state != JobState.WAITING:
            raise ConflictError(JOB_WORDS.none_waits.format(job=job_id))
        job.state = JobState.RUNNING
        job.about = job.about | {"begun": clock().isoformat()}
        session.flush()
        session.expunge_all()
    try:
        kind = JobKind(job.kind)
        work = partial(_close, secret=secret) if kind == JobKind.CLOSE else WORK[kind]
        work(engine, settings, job, clock)
    except BadInputError as error:
        fail_job(engine, settings, job_id, clock(), *getattr(error, "problems", error.args))
    except BaseException as problem:
        log.error("a job failed", job=job_id, kind=job.kind, **describe_error(problem))
        fail_job(engine, settings, job_id, clock())
        raise
    else:
        log.info("a job is done", job=job_id, kind=job.kind)
