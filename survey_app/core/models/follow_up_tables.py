"""What people said who were asked again whether they had answered, as counts."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Model


class FollowUp(Model):
    """Of a row of the frame: how many were asked whether they had answered, and how many said each; the others said
    nothing."""

    __tablename__ = "follow_up"
    frame_row_id: Mapped[int] = mapped_column(ForeignKey("frame_row.id"), primary_key=True)
    asked: Mapped[int]
    said_yes: Mapped[int]
    said_no: Mapped[int]
