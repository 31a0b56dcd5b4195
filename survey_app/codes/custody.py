"""Custody: which codes of a unit were made, who has them now, and which are void."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import ORDINARY, Batch, Custody, FrameRow, Round
from survey_app.core.settings import beijing_now
from survey_app.watching.shown_counts import Figure, Word
from survey_app.watching.shown_ledger import find_figure, load_batch_counts, mark_for


class BatchCustody(NamedTuple):
    """One batch and its last step: `office` is who was given it, `forms` how many
    are shown to have come back, `word` what people read where that is no count."""

    id: int
    row: int
    group: str
    class_name: str
    kind: str
    state: str
    issued: int
    codes: int
    forms: int
    made_at: datetime
    office: str
    at: datetime | None
    actor: str
    word: Word = Word.COUNT

    @property
    def people(self) -> int:
        """How many may answer with it: a sheet of paper each, or the people counted at issuing."""
        return self.codes if self.kind == "paper" else self.issued


def list_batches(session: Session, round_: Round, unit: str, now: datetime | None = None) -> list[BatchCustody]:
    """The batches of a unit by group and class, the newest of each first, with what is shown of them now."""
    of_unit = (FrameRow.round_id == round_.id) & (FrameRow.unit == unit)
    mark = mark_for(round_, now or beijing_now())
    counts = {batch.id: batch for batch in load_batch_counts(session, of_unit)}
    steps = aliased(Custody)
    last = select(func.max(steps.id)).where(steps.batch_id == Batch.id).correlate(Batch).scalar_subquery()
    rows = session.execute(
        select(Batch, FrameRow, Custody)
        .join(FrameRow, Batch.frame_row_id == FrameRow.id)
        .outerjoin(Custody, Custody.id == last)
        .where(of_unit, ORDINARY)
        .order_by(FrameRow.id, Batch.id.desc())
    )
    return [_keep(*row, find_figure(counts[row[0].id].arrivals, row[0].issued or row[0].codes, mark)) for row in rows]


def _keep(batch: Batch, row: FrameRow, step: Custody | None, figure: Figure) -> BatchCustody:
    return BatchCustody(
        id=batch.id,
        row=row.id,
        group=row.group,
        class_name=row.class_name,
        kind=batch.kind,
        state=batch.state,
        issued=batch.issued,
        codes=batch.codes,
        forms=figure.n,
        made_at=batch.made_at,
        office=step.office if step else "",
        at=step.at if step else None,
        actor=step.actor if step else "",
        word=figure.word,
    )


def hand_over(session: Session, round_: Round, rows: Collection[int], office: str, *, actor: str, now: datetime) -> int:
    """Note that the made batches of these rows of the frame were given to an office; returns how many."""
    if not office.strip():
        raise SurveyError("请写明交给了谁，例如 第一小学教务处。")
    made = select(Batch).join(FrameRow).where(FrameRow.round_id == round_.id, Batch.frame_row_id.in_(rows), ORDINARY)
    batches = list(session.scalars(made.where(Batch.state == "made")))
    if not batches:
        raise ConflictError("选中的没有等待交接的码：先制作，或者已经交接过。")
    for batch in batches:
        batch.state = "handed_over"
        session.add(Custody(batch_id=batch.id, at=now, actor=actor, state="handed_over", office=office.strip()))
    record(session, actor, "hand_over", f"round {round_.name}", at=now, batches=len(batches), office=office.strip())
    return len(batches)


def summarise_custody(session: Session, round_: Round) -> pd.DataFrame:
    """One row a unit with its township, people invited, and people with codes made, handed over and void."""
    rows = session.execute(
        select(FrameRow.id, FrameRow.unit, FrameRow.township, FrameRow.invited, Batch.state, Batch.issued)
        .outerjoin(Batch, (Batch.frame_row_id == FrameRow.id) & ORDINARY)
        .where(FrameRow.round_id == round_.id)
    )
    table = pd.DataFrame(rows.all(), columns=["row", "unit", "township", "invited", "state", "issued"])
    people = table.drop_duplicates("row").groupby("unit").agg({"township": "first", "invited": "sum"})
    states = table.pivot_table(index="unit", columns="state", values="issued", aggfunc="sum", fill_value=0)
    states = states.reindex(columns=["made", "handed_over", "void"], fill_value=0)
    whole = dict.fromkeys(states.columns, "int64")
    return people.join(states).fillna(dict.fromkeys(states.columns, 0)).astype(whole).reset_index()


def count_lacking(custody: pd.DataFrame) -> "pd.Series[int]":
    """How many of those invited in each unit of `summarise_custody` have no live code."""
    lacking: pd.Series[int] = (custody.invited - custody.made - custody.handed_over).clip(lower=0)
    return lacking
