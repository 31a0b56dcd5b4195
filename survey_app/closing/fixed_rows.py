"""The rows of a closed round that its minute fixes beside boxes, forms and results, as four named sums.

The columns are written out: a sum on paper has to come out for ever, so that a column which comes later is fixed under
a further name. What may change after the close stands with its reason in tests/attacks/test_every_column.py.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from survey_app.core.models import Batch, FollowUp, FrameRow, Ledger, Place, Refusal, Remark, Round

PART = 10_000
ABOUT = "round"
REMARKS = "remarks"
"""The sum of what a round says of itself, and of what is deleted with the forms when their time is over."""
Query = Select[*tuple[Any, ...]]
Queries = tuple[Query, ...]
_ENCODER = msgspec.json.Encoder(order="sorted")


def list_queries(round_: Round) -> Mapping[str, Queries]:
    """What each sum is over, by its name: the round itself, its frame, what was sent in, and remarks."""
    frame = select(FrameRow.id).where(FrameRow.round_id == round_.id)
    batches = select(Batch.id).where(Batch.frame_row_id.in_(frame))
    return {
        ABOUT: (_about(round_),),
        "frame": (
            select(Place.id, Place.group, Place.place).where(Place.round_id == round_.id).order_by(Place.id),
            _frame(round_),
        ),
        "sent_in": (
            select(Batch.id, Batch.frame_row_id, Batch.kind, Batch.codes, Batch.issued, Batch.made_at, Batch.closes)
            .where(Batch.id.in_(batches))
            .order_by(Batch.id),
            select(Ledger.batch_id, Ledger.five_minutes, Ledger.n)
            .where(Ledger.batch_id.in_(batches))
            .order_by(Ledger.batch_id, Ledger.five_minutes),
            select(Refusal.batch_id, Refusal.n).where(Refusal.batch_id.in_(batches)).order_by(Refusal.batch_id),
            select(FollowUp.frame_row_id, FollowUp.asked, FollowUp.said_yes, FollowUp.said_no)
            .where(FollowUp.frame_row_id.in_(frame))
            .order_by(FollowUp.frame_row_id),
        ),
        REMARKS: (
            select(Remark.key, Remark.group, Remark.text).where(Remark.round_id == round_.id).order_by(Remark.key),
        ),
    }


def sum_rows(session: Session, round_: Round) -> dict[str, str]:
    """SHA-256 over the rows of each, in hex, by its name."""
    return {name: _sum_queries(session, queries) for name, queries in list_queries(round_).items()}


def sum_about(session: Session, round_: Round) -> str:
    """The sum of the round itself alone: a single row, quick enough for every page."""
    return _sum_queries(session, (_about(round_),))


def _about(round_: Round) -> Query:
    return select(
        Round.id, Round.name, Round.state, Round.county, Round.organiser, Round.population, Round.population_source,
        Round.school_year, Round.standard, Round.rule, Round.papers, Round.opens, Round.closes, Round.invented,
        Round.approver, Round.document, Round.paper_until, Round.public_key, Round.custody, Round.key_sheets,
        Round.design, Round.remarks, Round.telephone, Round.minutes,
    ).where(Round.id == round_.id)  # fmt: skip


def _frame(round_: Round) -> Query:
    columns = (
        FrameRow.id, FrameRow.place_id, FrameRow.group, FrameRow.unit, FrameRow.class_name, FrameRow.grade,
        FrameRow.population, FrameRow.invited, FrameRow.stage, FrameRow.locale, FrameRow.township,
    )  # fmt: skip
    return select(*columns).where(FrameRow.round_id == round_.id).order_by(FrameRow.id)


def _sum_queries(session: Session, queries: Queries) -> str:
    """Each row is a line of JSON, and each query ends with an empty line."""
    found = sha256()
    for query in queries:
        for row in session.execute(query.execution_options(yield_per=PART)):
            found.update(_ENCODER.encode(tuple(row)) + b"\n")
        found.update(b"\n")
    return found.hexdigest()
