"""Papers read aloud."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Model


class Recording(Model):
    """A sentence of a paper, read aloud: `sentence` is an item's id or an option's value, `text` what was read.

    `approved_by` is empty until somebody listened to it and found it right.
    """

    __tablename__ = "recording"
    __table_args__ = (UniqueConstraint("paper", "speech", "sentence"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    paper: Mapped[str]
    speech: Mapped[str]
    sentence: Mapped[str]
    text: Mapped[str]
    kind: Mapped[str]
    sum: Mapped[str]
    sound: Mapped[bytes] = mapped_column(deferred=True)
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    approved_by: Mapped[str]
