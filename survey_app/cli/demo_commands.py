"""`survey demo`: an example county, and the service on it."""

from pathlib import Path

import click

from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import open_store
from survey_app.cli.options import directory
from survey_app.cli.ports import hold_county, hold_next_port
from survey_app.cli.serve_commands import host, name_address, port, run_server
from survey_app.demo.build import build_demo
from survey_app.demo.demo_accounts import describe_accounts


@click.command("demo")
@directory
@click.option("--forms", type=int, default=1200, show_default=True, help="已结束调查的答卷数。")
@click.option("--open-forms", type=int, default=400, show_default=True, help="进行中批次的答卷数。")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--no-serve", is_flag=True, help="只生成，不启动服务。")
@host
@port
def demo(folder: Path, forms: int, open_forms: int, seed: int, no_serve: bool, host: str, port: int) -> None:
    """生成演示区县（数据均为虚构）并启动服务。"""
    served = port if no_serve else _choose_port(folder, host, port)
    name_address(host, served)
    settings, engine = open_store(folder, begins=True)
    built = build_demo(settings, engine, forms=forms, open_forms=open_forms, seed=seed)
    engine.dispose()
    click.echo(f"答题链接（演示数据）：{built.link}")
    click.echo(f"全部答题码：{built.codes}")
    click.echo(f"办学条件等数据表：{built.tables}")
    for path in built.report:
        click.echo(f"已结束调查的报告：{path}")
    if built.note:
        click.echo(built.note, err=True)
    click.echo(f"工作台：{settings.public_url}/console  账号、口令和角色（{built.accounts}）：")
    for line in describe_accounts(built.accounts):
        click.echo(f"  {line}")
    if not no_serve:
        run_server(folder, host, served)


def _choose_port(folder: Path, host: str, port: int) -> int:
    """The port, or the next free one, which is said; the county in the folder must not be served already."""
    hold_county(folder)
    free = hold_next_port(host, port)
    if free != port:
        click.echo(say_command("port_next", taken=port, port=free))
    return free
