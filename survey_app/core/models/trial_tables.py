"""Slips that try an address before codes carry it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Model


class TrialSlip(Model):
    """One of two slips by which phones try the address that codes will carry; no code that counts, so kept as it is.

    Without a round it is of the one that is being prepared. `shown` is what its page shows of the round, `opened_at`
    the minute in which a phone said that it shows (`survey_app.pages.trial_page`): nothing else is kept of the phone.
    """

    __tablename__ = "trial_slip"
    code: Mapped[str] = mapped_column(primary_key=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    number: Mapped[int]
    address: Mapped[str]
    shown: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime | None]
