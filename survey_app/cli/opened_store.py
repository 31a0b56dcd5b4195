"""The store that `--dir` names, opened; apart from the options, which `survey serve` needs alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.cli.command_lines import say_command
from survey_app.core.db import connect, find_store, name_place
from survey_app.core.errors import NotFoundError
from survey_app.core.settings import Settings, beijing_now, read_settings
from survey_app.upkeep.earlier_rounds import bring_up_to_date


def reach_store(folder: Path, *, begins: bool = False) -> tuple[Settings, Engine]:
    """The store in the folder (or SURVEY_DATABASE_URL), as it is.

    A command with which a county `begins` makes the store that is not there yet. For all others a mistyped folder or a
    disk that is not mounted would be an empty county: NotFoundError, and nothing is made.
    """
    settings = read_settings(os.environ | {"SURVEY_DIR": str(folder)})
    engine = connect(settings.database_url) if begins else find_store(settings.database_url)
    if engine is None:
        raise NotFoundError(say_command("no_store", place=name_place(settings.database_url)))
    return settings, engine


def open_store(folder: Path, *, begins: bool = False) -> tuple[Settings, Engine]:
    """The same, brought to the newest schema."""
    settings, engine = reach_store(folder, begins=begins)
    bring_up_to_date(engine, settings.keys, beijing_now())
    return settings, engine


@contextmanager
def transaction(folder: Path, *, begins: bool = False) -> Iterator[Session]:
    """One command, one transaction; on a new store where a county `begins` with the command."""
    _, engine = open_store(folder, begins=begins)
    with Session(engine) as session, session.begin():
        yield session
