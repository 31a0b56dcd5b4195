"""Rounds as rows of the store: which one is meant, which there are; nothing here needs numbers."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.core.errors import NotFoundError
from survey_app.core.models import Audit, Batch, Box, FrameRow, Ledger, Published, Round

LIVE = ("open", "paused")
TAKEN = ("waiting_for_sheets", *LIVE)
"""States in which no other round may open."""


def find_round(session: Session, name: str | None = None) -> Round:
    """The named round; without a name the open one, else the latest."""
    query = select(Round).order_by(Round.state.in_(TAKEN).desc(), Round.id.desc())
    found = session.scalars(query.where(Round.name == name) if name else query).first()
    if found is None:
        raise NotFoundError(f"没有名为 {name} 的调查批次。" if name else "还没有调查批次。")
    return found


def list_rounds(session: Session) -> list[Round]:
    """All rounds, the oldest first."""
    return list(session.scalars(select(Round).order_by(Round.id)))


def holds_boxes(session: Session, round_: Round) -> bool:
    """Whether there are sealed boxes and they are this round's: no round opens while another's are there."""
    return is_latest(session, round_) and session.scalar(select(Box.id).limit(1)) is not None


def is_latest(session: Session, round_: Round) -> bool:
    """Whether no round got a key after this one: boxes are of the last that got one."""
    return session.scalar(select(func.max(Round.id)).where(Round.public_key.is_not(None))) == round_.id


def was_opened(session: Session, round_: Round) -> bool:
    """Whether the round's boxes were opened: what it published was written in the same commit."""
    return session.scalar(select(Published.name).where(Published.round_id == round_.id).limit(1)) is not None


def was_purged(session: Session, round_: Round) -> bool:
    """Whether the round's forms were deleted after their retention period."""
    purges = select(Audit.id).where(Audit.action == "purge", Audit.subject == f"round {round_.name}").limit(1)
    return session.scalar(purges) is not None


def count_rows(session: Session, round_: Round) -> int:
    """How many frame rows the round has."""
    return session.scalar(select(func.count()).where(FrameRow.round_id == round_.id)) or 0


def holds_example(session: Session) -> bool:
    """Whether this is the store of an example: all it holds is invented, not only what hangs on a round."""
    return session.scalar(select(Round.id).where(Round.invented).limit(1)) is not None


def was_answered(session: Session, round_: Round) -> bool:
    """Whether anybody sent anything in: all that a page may say of it while counts are shown later and in steps."""
    answered = select(Ledger.batch_id).join(Batch, Ledger.batch_id == Batch.id).join(FrameRow)
    return session.scalar(answered.where(FrameRow.round_id == round_.id, Ledger.n > 0).limit(1)) is not None


def count_sent(session: Session, round_id: int) -> int:
    """How many forms and refusals of a round the ledger counted when they came."""
    counted = (
        select(func.coalesce(func.sum(Ledger.n), 0))
        .join(Batch, Ledger.batch_id == Batch.id)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .where(FrameRow.round_id == round_id)
    )
    return session.scalar(counted) or 0
