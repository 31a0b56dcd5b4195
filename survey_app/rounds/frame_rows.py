"""Rows of the frame: those that wait for the next round, and rows as the table of a frame file."""

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.core.models import FrameRow, Place, Round


def load_waiting(session: Session) -> list[FrameRow]:
    """The rows that wait for the next round, in the order of their file."""
    return list(session.scalars(select(FrameRow).where(FrameRow.round_id.is_(None)).order_by(FrameRow.id)))


def frame_table(rows: list[FrameRow]) -> pd.DataFrame:
    """Frame rows as the table that `survey template frame` describes."""
    return pd.DataFrame(
        {
            "group": [row.group for row in rows],
            "unit": [row.unit for row in rows],
            "class": [row.class_name for row in rows],
            "grade": [float("nan") if row.grade is None else float(row.grade) for row in rows],
            "population": [row.population for row in rows],
            "invited": [row.invited for row in rows],
            "stage": [row.stage for row in rows],
            "locale": [row.locale for row in rows],
            "township": [row.township for row in rows],
        }
    )


def load_frame(session: Session, round_: Round) -> pd.DataFrame:
    """The round's frame with the place each row was given when the round opened, and the group its forms are in."""
    found = session.execute(
        select(FrameRow, Place)
        .join(Place, FrameRow.place_id == Place.id)
        .where(FrameRow.round_id == round_.id)
        .order_by(FrameRow.id)
    ).all()
    return frame_table([row for row, _ in found]).assign(
        place=[place.place for _, place in found],
        level=[place.place.split("/")[0] for _, place in found],
        kept_in=[place.group for _, place in found],
    )
