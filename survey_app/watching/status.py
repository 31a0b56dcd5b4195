"""Watching a round: counts only, never an answer."""

from collections.abc import Collection

import pandas as pd
from msgspec import convert
from sqlalchemy import ColumnElement, Subquery, case, func, select
from sqlalchemy.orm import Session

from analysis.plan import sample_plan
from analysis.round_counts import Excess, GroupCounts, Status, StratumCounts, UnitCounts
from questionnaires.rule import load_rule
from questionnaires.vocabulary import RoundState
from survey_app.core.models import Batch, FrameRow, Ledger, Refusal, Round
from survey_app.rounds.opening import load_frame

PEOPLE = ["population", "target"]
SHARED = ("class", "public")


def load_status(session: Session, round_: Round, only: Collection[str] | None = None) -> Status:
    """The round's counts beside its targets, by group and by unit (`survey status --json`); `only` of these units."""
    plan = sample_plan(load_rule(round_.rule), load_frame(session, round_), round_.population)
    rows = _rows_of(round_, only)
    units = plan[plan.unit != ""].merge(_load_counts(session, rows), on=["unit", "group"], how="left")
    units = units.fillna({"issued": 0, "forms": 0}).astype({"issued": int, "forms": int})
    units = units if only is None else units[units.unit.isin(only)]
    asked = plan[plan.unit == ""] if only is None else units.groupby("group", as_index=False)[PEOPLE].sum()
    groups = asked.set_index("group")[PEOPLE].join(units.groupby("group")[["issued", "forms"]].sum()).fillna(0)
    return Status(
        round=round_.name,
        state=RoundState(round_.state),
        forms=int(units.forms.sum()),
        groups=convert(groups.astype(int).to_dict("index"), dict[str, GroupCounts]),
        units=convert(units.assign(spent=units.forms).to_dict("records"), tuple[UnitCounts, ...]),
        strata=_count_strata(session, rows),
        refused=_count_refused(session, rows),
        more_than_people=_load_excess(session, rows),
    )


def _rows_of(round_: Round, only: Collection[str] | None) -> ColumnElement[bool]:
    """The rows of the round's frame, of all units or of some."""
    every = FrameRow.round_id == round_.id
    return every if only is None else every & FrameRow.unit.in_(only)


def _count_refused(session: Session, rows: ColumnElement[bool]) -> int:
    """How many chose to take no part; they spent their code and left no form."""
    refused = select(func.sum(Refusal.n)).join(Batch).join(FrameRow).where(rows)
    return session.scalar(refused) or 0


def _load_excess(session: Session, rows: ColumnElement[bool]) -> tuple[Excess, ...]:
    """Codes shared by many that brought more forms than there are people: counted all the same, to be looked into."""
    forms = func.sum(Ledger.n)
    found = session.execute(
        select(FrameRow.unit, FrameRow.group, FrameRow.class_name, Batch.issued, forms)
        .join(Batch, Batch.frame_row_id == FrameRow.id)
        .join(Ledger, Ledger.batch_id == Batch.id)
        .where(rows, Batch.kind.in_(SHARED))
        .group_by(Batch.id, FrameRow.unit, FrameRow.group, FrameRow.class_name, Batch.issued)
        .having(forms > Batch.issued)
        .order_by(Batch.id)
    )
    return tuple(
        Excess(unit=unit, group=group, class_=class_, people=people, forms=int(came))
        for unit, group, class_, people, came in found
    )


def _count_strata(session: Session, rows: ColumnElement[bool]) -> tuple[StratumCounts, ...]:
    """People invited, codes in their hands and forms received by stage, locale and group, those not known by ""."""
    batches = _batches()
    found = session.execute(
        select(
            FrameRow.stage,
            FrameRow.locale,
            FrameRow.group,
            func.sum(FrameRow.invited),
            func.sum(func.coalesce(batches.c.issued, 0)),
            func.sum(func.coalesce(batches.c.forms, 0)),
        )
        .outerjoin(batches, batches.c.frame_row_id == FrameRow.id)
        .where(rows)
        .group_by(FrameRow.stage, FrameRow.locale, FrameRow.group)
        .order_by(FrameRow.stage, FrameRow.locale, FrameRow.group)
    )
    return tuple(
        StratumCounts(
            stage=stage,
            locale=locale,
            group=group,
            invited=int(invited),
            issued=int(issued),
            forms=int(forms),
        )
        for stage, locale, group, invited, issued, forms in found
    )


def _load_counts(session: Session, rows: ColumnElement[bool]) -> pd.DataFrame:
    """Codes in people's hands and forms received, one row per (unit, group).

    Of a void batch only the codes that were spent before count as issued.
    """
    batches = _batches()
    found = session.execute(
        select(FrameRow.unit, FrameRow.group, func.sum(batches.c.issued), func.sum(batches.c.forms))
        .join(batches, batches.c.frame_row_id == FrameRow.id)
        .where(rows)
        .group_by(FrameRow.unit, FrameRow.group)
    )
    return pd.DataFrame(found.all(), columns=["unit", "group", "issued", "forms"])


def _batches() -> Subquery:
    """Codes in people's hands and forms received, one row a row of the frame."""
    forms = select(Ledger.batch_id, func.sum(Ledger.n).label("forms")).group_by(Ledger.batch_id).subquery()
    received = func.coalesce(forms.c.forms, 0)
    return (
        select(
            Batch.frame_row_id,
            func.sum(case((Batch.state == "void", received), else_=Batch.issued)).label("issued"),
            func.sum(received).label("forms"),
        )
        .outerjoin(forms, forms.c.batch_id == Batch.id)
        .group_by(Batch.frame_row_id)
        .subquery()
    )
