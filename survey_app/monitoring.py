"""Watching a round: counts only, never an answer."""

from typing import Any

import pandas as pd
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from analysis.plan import sample_plan
from questionnaires.rule import load_rule
from survey_app.models import Batch, FrameRow, Ledger, Round
from survey_app.rounds import load_frame


def load_status(session: Session, round_: Round) -> dict[str, Any]:
    """The round's counts beside its targets, by group and by unit (`survey status --json`)."""
    plan = sample_plan(load_rule(round_.rule), load_frame(session, round_), round_.population)
    units = plan[plan["unit"] != ""].merge(_load_counts(session, round_), on=["unit", "group"], how="left")
    units[["issued", "forms"]] = units[["issued", "forms"]].fillna(0).astype(int)
    counts = units.groupby("group")[["issued", "forms"]].sum()
    groups = plan[plan["unit"] == ""].set_index("group").join(counts).fillna({"issued": 0, "forms": 0})
    return {
        "round": round_.name,
        "state": round_.state,
        "forms": int(units["forms"].sum()),
        "groups": groups[["population", "target", "issued", "forms"]].astype(int).to_dict("index"),
        "units": units.rename(columns={"forms": "spent"})[
            ["unit", "group", "population", "target", "issued", "spent"]
        ].to_dict("records"),
    }


def _load_counts(session: Session, round_: Round) -> pd.DataFrame:
    """Codes in people's hands and forms received, one row per (unit, group).

    Of a void batch only the codes that were spent before count as issued.
    """
    forms = select(Ledger.batch_id, func.sum(Ledger.n).label("forms")).group_by(Ledger.batch_id).subquery()
    received = func.coalesce(forms.c.forms, 0)
    rows = session.execute(
        select(
            FrameRow.unit,
            FrameRow.group,
            func.sum(case((Batch.state == "void", received), else_=Batch.issued)),
            func.sum(received),
        )
        .join(Batch, Batch.frame_row_id == FrameRow.id)
        .outerjoin(forms, forms.c.batch_id == Batch.id)
        .where(FrameRow.round_id == round_.id)
        .group_by(FrameRow.unit, FrameRow.group)
    )
    return pd.DataFrame(rows.all(), columns=["unit", "group", "issued", "forms"])
