"""From how few networks the forms of class codes came, as counts."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Model


class DayCount(Model):
    """Forms of a class code that one process counted on the day of `since`, from then on.

    `quarter` (1 to 4): in which quarter of them lie those of the three fullest address prefixes. Several processes
    have a row each; the prefixes themselves are kept nowhere (`survey_app.answering.day_counts`).
    """

    __tablename__ = "day_count"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    since: Mapped[datetime]
    forms: Mapped[int]
    quarter: Mapped[int]
