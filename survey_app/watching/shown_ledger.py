"""The one reader of counts: sums the ledger by batch or by row of the frame, as the rule of shown_counts allows."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import BatchState, RoundState
from survey_app.core.models import ORDINARY, Batch, FrameRow, Ledger, Round
from survey_app.watching.shown_counts import Arrival, Figure, Word, find_mark, read_arrival, show_figure

Arrivals = Mapping[int, list[Arrival]]


class BatchCount(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with its row of the frame, its people, and what was sent in with it.

    Sheets of paper beside a shared code have `codes` and no `people` of their own.
    """

    id: int
    row: int
    kind: str
    void: bool
    people: int
    codes: int
    arrivals: list[Arrival]


def is_exact(round_: Round, now: datetime) -> bool:
    """Whether counts are told as they are: at the end of the round's window, and once it is closed."""
    return round_.state == RoundState.CLOSED or now >= round_.closes


def load_batch_counts(session: Session, wanted: ColumnElement[bool], *, exact: bool = False) -> list[BatchCount]:
    """The wanted batches (a condition on Batch and FrameRow) with all that the ledger has of them; no re-contact.

    `exact`: figures are told as they are, so that each batch's sum is enough.
    """
    found = session.execute(
        select(Batch.id, Batch.frame_row_id, Batch.kind, Batch.state, Batch.issued, Batch.codes)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .where(wanted, ORDINARY)
        .order_by(Batch.id)
    ).all()
    people = {batch.id: batch.issued for batch in found}
    arrivals = load_arrivals(session, wanted, people, exact=exact)
    return [
        BatchCount(
            id=batch.id,
            row=batch.frame_row_id,
            kind=batch.kind,
            void=batch.state == BatchState.VOID,
            people=batch.issued,
            codes=batch.codes,
            arrivals=arrivals.get(batch.id, []),
        )
        for batch in found
    ]


def load_arrivals(
    session: Session, wanted: ColumnElement[bool], people: Mapping[int, int], *, exact: bool = False
) -> Arrivals:
    """What the ledger has of the wanted batches, by batch; `people` says for how many each is."""
    query = select(Ledger.batch_id, Ledger.five_minutes, Ledger.n)
    if exact:
        query = select(Ledger.batch_id, func.max(Ledger.five_minutes), func.sum(Ledger.n)).group_by(Ledger.batch_id)
    query = query.join(Batch, Ledger.batch_id == Batch.id).join(FrameRow, Batch.frame_row_id == FrameRow.id)
    arrivals = defaultdict(list)
    for batch, slot, n in session.execute(query.where(wanted, ORDINARY)):
        arrivals[batch].append(read_arrival(slot, n, people[batch]))
    return arrivals


def find_figure(arrivals: Collection[Arrival], issued: int, mark: int | None) -> Figure:
    """The figure at a mark; exact without one."""
    if mark is None:
        return Figure(n=sum(arrival.n for arrival in arrivals), recent=0, word=Word.COUNT)
    return show_figure(arrivals, issued, mark)


def mark_for(round_: Round, now: datetime) -> int | None:
    """The mark up to which a round's counts are told; None where they are exact."""
    return None if is_exact(round_, now) else find_mark(now)


def count_issued(batch: BatchCount, mark: int | None) -> int:
    """People with codes of a batch; of a void one only those known to have answered."""
    return find_figure(batch.arrivals, batch.people or batch.codes, mark).n if batch.void else batch.people


def count_shown(
    session: Session, wanted: ColumnElement[bool], by: Literal["id", "row"], now: datetime
) -> dict[int, int]:
    """What is shown of the wanted batches of one round, by batch or by row of the frame; 0 is left out."""
    round_ = session.scalars(
        select(Round).join(FrameRow, FrameRow.round_id == Round.id).join(Batch).where(wanted)
    ).first()
    if round_ is None:
        return {}
    mark = mark_for(round_, now)
    arrivals: dict[int, list[Arrival]] = defaultdict(list)
    issued: dict[int, int] = defaultdict(int)
    for batch in load_batch_counts(session, wanted):
        key = batch.id if by == "id" else batch.row
        arrivals[key] += batch.arrivals
        issued[key] += batch.people or batch.codes
    figures = {key: find_figure(found, issued[key], mark).n for key, found in arrivals.items()}
    return {key: n for key, n in figures.items() if n}
