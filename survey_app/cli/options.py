"""Options that several commands share."""

import json
import os
from collections.abc import Callable
from functools import wraps
from logging import LogRecord
from math import isnan
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from sqlalchemy.exc import DBAPIError

from questionnaires.school_year import SchoolYear
from survey_app.cli.command_lines import say_command
from survey_app.core.errors import StorageError
from survey_app.core.first_line import await_first_line
from survey_app.core.settings import read_settings

F = TypeVar("F", bound=Callable[..., Any])
moment = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])

folder_option = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    show_default=True,
    help="数据目录。",
)


def _begin_logs(record: LogRecord) -> None:
    from survey_app.core.logs import log_to_stderr

    log_to_stderr(record)


def _say_fault(error: DBAPIError, folder: Path | None) -> str:
    """What keeps the command's store from being opened or written; "" for an error of our own programming."""
    from survey_app.core.db.faults import say_fault

    return say_fault(error, read_settings(os.environ | ({"SURVEY_DIR": str(folder)} if folder else {})).database_url)


def on_store(command: F) -> F:
    """The command works on a store: it logs, and a store that cannot be had is one sentence."""

    @wraps(command)
    def run(*arguments: Any, **named: Any) -> Any:
        await_first_line(_begin_logs)
        try:
            return command(*arguments, **named)
        except DBAPIError as error:
            if sentence := _say_fault(error, named.get("folder")):
                raise StorageError(sentence) from None
            raise

    return cast(F, run)


def directory(command: F) -> F:
    """`--dir`, for a command that works on the store there."""
    return folder_option(on_store(command))


def _check_share(_: click.Context, __: click.Parameter, share: float | None) -> float | None:
    """Refuse what no range refuses: nan."""
    if share is not None and isnan(share):
        raise click.BadParameter(say_command("no_share"))
    return share


return_rate_option = click.option(
    "--return-rate",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=None,
    callback=_check_share,
    help="预计回收率，例如 0.6；不写则取规则中的。",
)
edition_option = click.option(
    "--edition",
    default="",
    help="问卷版次，例如 2027；不写则调查批次用开始之日已经发布的最新一版，由文件测算用规则所列的。",
)
round_name = click.option("--round", "round_name", default=None, help="调查批次；不写则为进行中的，否则为最近的。")
as_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
existing = click.Path(path_type=Path, dir_okay=False)
input_folder = click.Path(path_type=Path, file_okay=False, exists=True)
output_folder = click.Path(path_type=Path, file_okay=False)
output = click.option("--out", type=output_folder, required=True, help="输出目录。")


class SchoolYearType(click.ParamType[SchoolYear]):
    """A school year on the command line; anything else is refused in the sentence of `SchoolYearError`."""

    name = "school year"

    def convert(self, value: str | SchoolYear, param: click.Parameter | None, ctx: click.Context | None) -> SchoolYear:
        """The school year that was written; raises SchoolYearError."""
        return value if isinstance(value, SchoolYear) else SchoolYear.parse(value)


school_year = SchoolYearType()


def echo_json(content: Any) -> None:
    """Print a result for scripts."""
    click.echo(json.dumps(content, ensure_ascii=False))
