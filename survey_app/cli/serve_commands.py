"""`survey serve`: the service, or the part of it that phones need."""

import os
from pathlib import Path

import click
from granian.constants import Interfaces
from granian.server import Server

from survey_app.cli.held_connections import bound_connections
from survey_app.cli.options import directory
from survey_app.cli.ports import HIGHEST, check_port
from survey_app.core.logs import SERVER_LOGS, start_logs
from survey_app.core.settings import read_settings

host = click.option("--host", default="127.0.0.1", show_default=True)
port = click.option("--port", type=click.IntRange(1, HIGHEST), default=8000, show_default=True)


@click.command("serve")
@directory
@host
@port
@click.option("--only", type=click.Choice(["phones"]), default=None, help="这个进程只答手机，不带工作台和接口。")
def serve(folder: Path, host: str, port: int, only: str | None) -> None:
    """启动服务。"""
    run_server(folder, host, port, only=only)


def name_address(host: str, port: int) -> None:
    """Unless the environment says under which address people reach the service, it is the one it listens on."""
    os.environ.setdefault("SURVEY_PUBLIC_URL", f"http://{f'[{host}]' if ':' in host else host}:{port}")


def run_server(folder: Path, host: str, port: int, *, only: str | None = None) -> None:
    """Serve until stopped, all or phones `only`; one process, since one writer commits for all.

    Raises SurveyError when the port is taken.
    """
    check_port(host, port)
    os.environ["SURVEY_DIR"] = str(folder)
    name_address(host, port)
    settings = read_settings()
    click.echo(f"服务地址：{settings.public_url}（按 Ctrl+C 停止）")
    start_logs(settings)
    Server(
        f"survey_app.{only or 'app'}:create", address=host, port=port, factory=True, interface=Interfaces.ASGI,
        log_access=False, log_dictconfig=SERVER_LOGS, **bound_connections(),
    ).serve()  # fmt: skip
