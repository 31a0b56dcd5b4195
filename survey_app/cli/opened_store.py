"""The store that `--dir` names, opened; apart from the options, which `survey serve` needs alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.core.db import connect
from survey_app.core.settings import Settings, beijing_now, read_settings
from survey_app.upkeep.earlier_rounds import bring_up_to_date


def open_store(folder: Path) -> tuple[Settings, Engine]:
    """The store in the folder (or SURVEY_DATABASE_URL), brought to the newest schema."""
    settings = read_settings(os.environ | {"SURVEY_DIR": str(folder)})
    engine = connect(settings.database_url)
    bring_up_to_date(engine, settings.keys, beijing_now())
    return settings, engine


@contextmanager
def transaction(folder: Path) -> Iterator[Session]:
    """One command, one transaction."""
    _, engine = open_store(folder)
    with Session(engine) as session, session.begin():
        yield session
