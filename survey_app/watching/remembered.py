"""What a process remembers of a round between two looks: its frame, its batches, and the ledger that is long past."""

from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.arrays import Whole
from questionnaires.vocabulary import BatchState
from survey_app.core.models import ORDINARY, Batch, FrameRow, Round
from survey_app.watching.counted_rows import CountedRows, place_slots, sum_forms
from survey_app.watching.replaying import Arrived
from survey_app.watching.shown_figures import Replayed
from survey_app.watching.slots import Slots, join_slots


@dataclass
class RememberedRound:
    """One round: its frame, and the ledger before the slot `since`.

    `arrived`: what the ledger had at the ten-minute mark `mark`; none where counts are exact.
    """

    frame: pd.DataFrame
    since: int
    past: Slots
    mark: int | None = None
    arrived: Arrived | None = None
    replayed: Replayed = field(default_factory=dict)
    batches: tuple[tuple[int, ...], pd.DataFrame] | None = None
    placed: tuple[pd.DataFrame, CountedRows] | None = None
    summed: tuple[CountedRows, int, Whole, Whole] | None = None

    def load_batches(self, session: Session, round_: Round) -> pd.DataFrame:
        """The round's batches, read anew only when one was added, voided or made larger."""
        sums = sum_batches(session)
        if self.batches is None or self.batches[0] != sums:
            self.batches = (sums, _load_batches(session, round_))
        return self.batches[1]

    def place_past(self, batches: pd.DataFrame) -> CountedRows:
        """The ledger before `since` beside its batches, worked out once as long as they stay as they are."""
        if self.placed is None or self.placed[0] is not batches:
            self.placed = (batches, place_slots(self.past, batches))
        return self.placed[1]

    def sum_past(self, batches: pd.DataFrame, first: int) -> tuple[Whole, Whole]:
        """Forms of the frame's rows before `since`, all and from the slot `first` on; added up once an hour."""
        placed = self.place_past(batches)
        if self.summed is None or self.summed[0] is not placed or self.summed[1] != first:
            self.summed = (placed, first, sum_forms(self.frame, placed), sum_forms(self.frame, placed, first))
        return self.summed[2:]

    def settle(self, newest: Slots, settled: int) -> None:
        """What was counted before a slot is long past from here on."""
        if settled > self.since:
            self.past = join_slots(self.past, newest.where(newest.slot < settled))
            self.since = settled
            self.placed = None


def sum_batches(session: Session) -> tuple[int, ...]:
    """Batches are only added, voided and, with paper, made larger: sums tell that some changed."""
    void = func.count().filter(Batch.state == BatchState.VOID)
    sums = session.execute(select(func.count(), void, func.sum(Batch.issued), func.sum(Batch.codes))).one()
    return tuple(int(number or 0) for number in sums)


def _load_batches(session: Session, round_: Round) -> pd.DataFrame:
    query = select(Batch.id, Batch.frame_row_id, Batch.state, Batch.issued, Batch.codes).join(FrameRow)
    rows = session.execute(query.where(FrameRow.round_id == round_.id, ORDINARY).order_by(Batch.id))
    return pd.DataFrame([tuple(row) for row in rows], columns=["batch", "id", "state", "issued", "codes"])
