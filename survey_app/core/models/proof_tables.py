"""Files that prove what a county says of itself."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Model


class ProofFile(Model):
    """A file about an indicator, a school or a problem (`about`, `key`) in a school year; `sum` is its SHA-256."""

    __tablename__ = "proof_file"
    __table_args__ = (UniqueConstraint("school_year", "about", "key", "sum"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str]
    about: Mapped[str]
    key: Mapped[str]
    name: Mapped[str]
    size: Mapped[int]
    sum: Mapped[str]
    content: Mapped[bytes] = mapped_column(deferred=True)
    made_by: Mapped[str]
    made_at: Mapped[datetime]

    @property
    def subject(self) -> str:
        """How the log names what it is about."""
        return f"{self.about} {self.key}"
