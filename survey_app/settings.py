"""Settings: the folder of the store and the environment's few variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Settings:
    """Where the store is and under which address people reach it."""

    folder: Path
    database_url: str
    public_url: str

    @property
    def secure(self) -> bool:
        """Whether people come over TLS, so that cookies must not travel without it."""
        return self.public_url.startswith("https://")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """SURVEY_DIR: the folder; SURVEY_DATABASE_URL: the database (default: SQLite in it); SURVEY_PUBLIC_URL."""
    folder = Path(environment.get("SURVEY_DIR", "data"))
    return Settings(
        folder=folder,
        database_url=environment.get("SURVEY_DATABASE_URL") or f"sqlite:///{folder / 'survey.db'}",
        public_url=environment.get("SURVEY_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
    )


def beijing_now() -> datetime:
    """The time on the wall: every time in the store and on a page is Beijing time without a zone."""
    return datetime.now(BEIJING).replace(tzinfo=None)
