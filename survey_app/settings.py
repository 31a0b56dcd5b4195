"""Settings: the folder of the store and the environment's few variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from survey_app.errors import SurveyError

BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Settings:
    """Where the store is and under which address people reach it; `hosts`: the only names it answers to, if any."""

    folder: Path
    database_url: str
    public_url: str
    hosts: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        """Whether people come over TLS, so that cookies must not travel without it."""
        return self.public_url.startswith("https://")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """SURVEY_DIR: the folder; SURVEY_DATABASE_URL: the database (default: SQLite in it); SURVEY_PUBLIC_URL.

    SURVEY_HOSTS: names, with commas between, under which people may come besides the one in SURVEY_PUBLIC_URL.
    """
    folder = Path(environment.get("SURVEY_DIR", "data"))
    public_url = environment.get("SURVEY_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    address = urlsplit(public_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise SurveyError("SURVEY_PUBLIC_URL 要写完整的网址，例如 https://survey.example.cn。")
    return Settings(
        folder=folder,
        database_url=environment.get("SURVEY_DATABASE_URL") or f"sqlite:///{folder / 'survey.db'}",
        public_url=public_url,
        hosts=(address.netloc, *environment.get("SURVEY_HOSTS", "").replace(" ", "").split(",")),
    )


def beijing_now() -> datetime:
    """The time on the wall: every time in the store and on a page is Beijing time without a zone."""
    return datetime.now(BEIJING).replace(tzinfo=None)
