"""Options that several commands share, and the store they name."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.core.db import connect, upgrade
from survey_app.core.settings import Settings, read_settings
from survey_app.frame.sheets import Sheet

F = TypeVar("F", bound=Callable[..., Any])
ACTOR = "command line"

directory = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    show_default=True,
    help="数据目录。",
)
round_name = click.option("--round", "round_name", default=None, help="调查批次；不写则为进行中的，否则为最近的。")
as_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
existing = click.Path(path_type=Path, dir_okay=False)
output_folder = click.Path(path_type=Path, file_okay=False)
output = click.option("--out", type=output_folder, required=True, help="输出目录。")


def open_store(folder: Path) -> tuple[Settings, Engine]:
    """The store in the folder (or SURVEY_DATABASE_URL), brought to the newest schema."""
    settings = read_settings(os.environ | {"SURVEY_DIR": str(folder)})
    engine = connect(settings.database_url)
    upgrade(engine)
    return settings, engine


@contextmanager
def transaction(folder: Path) -> Iterator[Session]:
    """One command, one transaction."""
    _, engine = open_store(folder)
    with Session(engine) as session, session.begin():
        yield session


def echo_notes(sheets: Iterable[tuple[Path, Sheet]]) -> None:
    """What was read differently from how it is written, beside the result and each with its file."""
    for path, sheet in sheets:
        for note in sheet.notes:
            click.echo(f"{path.name}：{note}", err=True)


def echo_json(content: Any) -> None:
    """Print a result for scripts."""
    click.echo(json.dumps(content, ensure_ascii=False))
