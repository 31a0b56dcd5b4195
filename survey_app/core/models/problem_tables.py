"""The register of problems (问题台账)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, false
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Model


class Problem(Model):
    """A line of the register; `school` is empty for the county's own, `source` a ProblemSource.

    `identity` tells a line that judgements or sheets bring again from every other; lines typed by hand have none.
    `judged` is the last school year whose judgement under `standard` looked for it, `found` whether that found it.
    `post` is a position, never a name; `funds` are whole yuan. Its life is in the audit, by its number.
    """

    __tablename__ = "problem"
    number: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str | None] = mapped_column(unique=True)
    school: Mapped[str] = mapped_column(index=True)
    stage: Mapped[str]
    indicator: Mapped[str]
    source: Mapped[str]
    text: Mapped[str]
    root_cause: Mapped[str]
    measure: Mapped[str]
    lead: Mapped[str]
    cooperating: Mapped[str]
    post: Mapped[str]
    due: Mapped[date | None]
    funds: Mapped[int | None] = mapped_column(BigInteger)
    progress: Mapped[str]
    state: Mapped[str]
    found_at: Mapped[datetime]
    applied_by: Mapped[str]
    applied_with: Mapped[str]
    verified_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    reopened: Mapped[int] = mapped_column(default=0, server_default="0")
    standard: Mapped[str] = mapped_column(default="", server_default="")
    judged: Mapped[str] = mapped_column(default="", server_default="")
    found: Mapped[bool] = mapped_column(default=False, server_default=false())
