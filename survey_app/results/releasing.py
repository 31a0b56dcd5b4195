"""What leaves the house after close by two people: the sealed evidence bundle."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.published import Units, read_published
from questionnaires.vocabulary import JobKind, JobState
from reports.evidence.bundle import build_bundle, published_texts
from survey_app.closing.closing_minute import EVIDENCE, check_closed, find_minute
from survey_app.closing.round_record import describe_round
from survey_app.closing.round_tables import load_parts, load_published
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, Fact, NotFoundError, SurveyError
from survey_app.core.four_eyes import check_two
from survey_app.core.models import Job, Published, Round
from survey_app.rounds.round_rows import was_purged

FOR_INSPECTORS = 0o600


def release_bundle(
    session: Session, round_: Round, out: Path, released_by: Sequence[str], *, actor: str, now: datetime
) -> Path:
    """Write the evidence bundle of a closed round; two people answer for it, and the audit says who.

    The store is compared with the record of the close first: ConflictError names what is not as it was.
    Raises SurveyError unless `released_by` names two different people, NotFoundError before the round is
    closed and for one that was closed before evidence was kept.
    """
    names = [name.strip() for name in released_by]
    if len(names) != 2 or len(set(names)) != 2 or not all(names):
        raise SurveyError(Fact("two_needed", "复算材料包须由两个不同的人共同放行。"))
    parts = load_parts(session, round_)
    evidence = session.get(Published, (round_.id, EVIDENCE))
    if evidence is None:
        check_not_purged(session, round_)
        raise NotFoundError(f"调查批次 {round_.name} 结束时没有留存证据，不能生成复算材料包。")
    units = read_published(parts).units or Units()
    check_closed(session, round_)
    minute = find_minute(session, round_)
    content = build_bundle(evidence.content, published_texts(parts, units), describe_round(round_), minute)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"复算材料包 {round_.name}.zip"
    path.touch(FOR_INSPECTORS)
    path.chmod(FOR_INSPECTORS)
    path.write_bytes(content)
    sealed = sha256(content).hexdigest()
    record(session, actor, "release", f"round {round_.name}", at=now, released_by=names, sha256=sealed)
    return path


def find_release(session: Session, round_: Round) -> Job | None:
    """The release of a round's bundle that one person asked for and nobody confirmed yet."""
    asked = select(Job).where(Job.round_id == round_.id, Job.kind == JobKind.BUNDLE, Job.state == JobState.ASKED)
    return session.scalars(asked).first()


def ask_release(session: Session, round_: Round, *, actor: str, now: datetime) -> Job:
    """The first of two asks for the bundle of a closed round: a job that waits for the second.

    Raises NotFoundError before the round is closed, ConflictError when somebody asked already.
    """
    load_published(session, round_)
    if find_release(session, round_):
        raise ConflictError("已经有人提出放行复算材料包，请另一位有权限的人确认。")
    job = Job(
        kind=JobKind.BUNDLE,
        state=JobState.ASKED,
        round_id=round_.id,
        unit="",
        about={"released_by": [actor]},
        asked_by=actor,
        asked_at=now,
        done=0,
        total=0,
        problem="",
        file="",
    )
    session.add(job)
    record(session, actor, "ask_release", f"round {round_.name}", at=now)
    return job


def withdraw_release(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """Take a request back; anybody who may release may."""
    session.delete(_need_release(session, round_))
    record(session, actor, "withdraw_release", f"round {round_.name}", at=now)


def confirm_release(session: Session, round_: Round, *, actor: str) -> Job:
    """The second of two agrees: the job may run. Raises ConflictError for the one who asked."""
    job = _need_release(session, round_)
    if job.asked_by == actor:
        raise ConflictError("提出的人不能自己确认，请另一位有权限的人确认。")
    check_two(session, job.asked_by, actor)
    job.about = {"released_by": [job.asked_by, actor]}
    job.state = JobState.WAITING
    return job


def _need_release(session: Session, round_: Round) -> Job:
    job = find_release(session, round_)
    if job is None:
        raise ConflictError("还没有人提出放行这个批次的复算材料包。")
    return job


def check_not_purged(session: Session, round_: Round) -> None:
    """Raise ConflictError where forms and evidence were deleted when their time was over."""
    if was_purged(session, round_):
        raise ConflictError(f"调查批次 {round_.name} 保存期已满，答卷和证据已经删除，只留下已公布的结果。")
