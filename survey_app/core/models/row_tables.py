"""What schools say of their own rows."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Model


class RowTerm(Model):
    """The last day on which schools may dispute their rows of a school year."""

    __tablename__ = "row_term"
    school_year: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[date]


class RowReply(Model):
    """What a school said of its rows: without a `reason` it agrees; `decision` is empty until the office decided.

    `on_paper`: a sheet that the school signed, entered by the office.
    """

    __tablename__ = "row_reply"
    school_year: Mapped[str] = mapped_column(primary_key=True)
    school: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    on_paper: Mapped[bool]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[str] = mapped_column(default="")
