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
from survey_app.frame.sheets import Coding, Mapping, Sheet, load_mapping

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
mapping = click.option(
    "--mapping", "mapping", type=existing, default=None, help="列和选项怎样对应（TOML）；或现成的：wjx-number 等。"
)
coding = click.option(
    "--coding",
    type=click.Choice(["best-is-5", "best-is-1"]),
    default=None,
    help="答案是数字时写明：5 是最好，还是 1 是最好（选项序号）。",
)
output = click.option("--out", type=output_folder, required=True, help="输出目录。")


def stated_mapping(mapping: Path | None, coding: Coding | None) -> Mapping:
    """How a file of answers is to be read, as the options say."""
    return (load_mapping(mapping) if mapping else Mapping()).with_coding(coding)


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
