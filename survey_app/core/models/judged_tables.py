"""Judgements as they were made: by whom, when, of what."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from survey_app.core.models.table import Model


class KeptJudgement(Model):
    """One judgement of the store; `content` is its JSON, `inputs` one SHA-256 over those of its tables and rate."""

    __tablename__ = "kept_judgement"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    school_year: Mapped[str] = mapped_column(index=True)
    as_of: Mapped[int]
    standard: Mapped[str]
    verdict: Mapped[str]
    program: Mapped[str]
    inputs: Mapped[str]
    content: Mapped[dict[str, Any]]
