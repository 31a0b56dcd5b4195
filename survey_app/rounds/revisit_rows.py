"""Which groups of a round were drawn for a re-contact, until when their slips may be answered, and what came."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import BatchState, CodeKind, Group
from survey_app.core.errors import ConflictError
from survey_app.core.models import Batch, FrameRow, Ledger, Round
from survey_app.rounds.revisit_words import REVISIT_WORDS
from survey_app.rounds.round_rows import LIVE


class DrawnGroup(Struct, frozen=True, kw_only=True):
    """A group that is asked again: how many people, since when, until when, and how many slips were answered.

    `until` is None where slips were made before they had an end.
    """

    group: Group
    people: int
    made_at: datetime
    until: datetime | None
    forms: int


def list_revisits(session: Session, round_: Round) -> list[DrawnGroup]:
    """The groups in the order of their draws; batches that are void count for nothing."""
    forms = select(Ledger.batch_id, func.sum(Ledger.n).label("n")).group_by(Ledger.batch_id).subquery()
    query = (
        select(
            FrameRow.group,
            func.sum(Batch.codes),
            func.min(Batch.made_at),
            func.max(Batch.closes),
            func.coalesce(func.sum(forms.c.n), 0),
        )
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .outerjoin(forms, forms.c.batch_id == Batch.id)
        .where(FrameRow.round_id == round_.id, Batch.kind == CodeKind.REVISIT.value, Batch.state != BatchState.VOID)
        .group_by(FrameRow.group)
        .order_by(func.min(Batch.id))
    )
    return [
        DrawnGroup(group=Group(group), people=people, made_at=made_at, until=until, forms=int(came))
        for group, people, made_at, until, came in session.execute(query)
    ]


def find_revisit_end(session: Session, round_: Round) -> datetime | None:
    """The latest end of the re-contact slips of a round; None where there are none."""
    ends = [drawn.until for drawn in list_revisits(session, round_) if drawn.until is not None]
    return max(ends, default=None)


def check_revisit_end(session: Session, round_: Round, now: datetime) -> None:
    """Raise ConflictError while re-contact slips may be answered: what is printed on them holds."""
    end = find_revisit_end(session, round_)
    if round_.state in LIVE and end is not None and now < end:
        raise ConflictError(REVISIT_WORDS.still_open.format(until=end, round=round_.name))
