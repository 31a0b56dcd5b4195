"""`survey serve`: the service, or the part of it that phones need."""

import gc
import os
from pathlib import Path

import click
from granian.constants import Interfaces
from granian.server import Server

from survey_app.cli.command_lines import say_command
from survey_app.cli.held_connections import bound_connections
from survey_app.cli.options import directory
from survey_app.cli.ports import HIGHEST, find_address, hold_county, hold_port
from survey_app.core.errors import SurveyError
from survey_app.core.logs import SERVER_LOGS, start_logs
from survey_app.core.settings import Settings

host = click.option("--host", default="127.0.0.1", show_default=True, callback=find_address)
port = click.option("--port", type=click.IntRange(1, HIGHEST), default=8000, show_default=True)


@click.command("serve")
@directory
@host
@port
@click.option("--only", type=click.Choice(["phones"]), default=None, help="这个进程只答手机，不带工作台和接口。")
def serve(folder: Path, host: str, port: int, only: str | None) -> None:
    """启动服务。"""
    if not only:
        hold_county(folder)
    hold_port(host, port)
    run_server(folder, host, port, only=only)


def name_address(host: str, port: int) -> None:
    """Unless the environment says under which address people reach the service, it is the one it listens on."""
    os.environ.setdefault("SURVEY_PUBLIC_URL", f"http://{f'[{host}]' if ':' in host else host}:{port}")


def run_server(folder: Path, host: str, port: int, *, only: str | None = None) -> None:
    """Serve until stopped, all or phones `only`, on a port that is held; one process, since one writer commits for all.

    The address is said once the store and the logs can be had; raises SurveyError where they cannot.
    """
    os.environ["SURVEY_DIR"] = str(folder)
    name_address(host, port)
    settings = _open_all(folder)
    click.echo(f"服务地址：{settings.public_url}（按 Ctrl+C 停止）")
    Server(
        f"survey_app.{only or 'app'}:create", address=host, port=port, factory=True, interface=Interfaces.ASGI,
        log_access=False, log_dictconfig=SERVER_LOGS, **bound_connections(),
    ).serve()  # fmt: skip


def _open_all(folder: Path) -> Settings:
    """Bring the store up to date and begin the logs: what goes wrong in the child would be told by a traceback."""
    from survey_app.cli.opened_store import open_store

    try:
        settings, engine = open_store(folder, begins=True)
        engine.dispose()
        start_logs(settings)
    except OSError as error:
        raise SurveyError(say_command("place_refused", place=error.filename or folder)) from None
    gc.collect()
    gc.freeze()  # the child looks through none of it, so that both have it in memory once
    return settings
