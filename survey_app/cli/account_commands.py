"""`survey user`: the accounts of the console."""

import secrets
from pathlib import Path

import click

from survey_app.accounts.kept_accounts import ROLES, disable_account, list_accounts, reset_account
from survey_app.accounts.new_accounts import add_account
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json, directory, echo_json
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.settings import beijing_now


@click.group("user")
def user() -> None:
    """工作人员账号：新增、列出、重置口令、停用。"""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True)
@click.option("--scope", default="", help="乡镇工作人员负责的乡镇（街道），或单位联系人负责的单位，同名册。")
@directory
def add(name: str, role: str, scope: str, folder: Path) -> None:
    """新增账号，给出首次登录的口令。"""
    with transaction(folder, begins=True) as session:
        now = beijing_now()
        password = add_account(session, name, role, scope, actor=SERVER_OWNER, now=now, random=secrets.token_bytes)
    _echo_password(name, password)


@user.command("reset")
@click.argument("name")
@directory
def reset(name: str, folder: Path) -> None:
    """重置口令；停用的账号恢复使用。"""
    with transaction(folder) as session:
        password = reset_account(session, name, actor=SERVER_OWNER, now=beijing_now(), random=secrets.token_bytes)
    _echo_password(name, password)


@user.command("disable")
@click.argument("name")
@directory
def disable(name: str, folder: Path) -> None:
    """停用账号，正在使用的立即退出。"""
    with transaction(folder) as session:
        disable_account(session, name, actor=SERVER_OWNER, now=beijing_now())
    click.echo(f"账号 {name} 已停用。")


@user.command("list")
@directory
@as_json
def list_(folder: Path, as_json: bool) -> None:
    """列出账号。"""
    with transaction(folder) as session:
        found = list_accounts(session)
        if as_json:
            keys = ("name", "role", "scope", "disabled")
            echo_json([{key: getattr(account, key) for key in keys} for account in found])
            return
        for account in found:
            state = "停用" if account.disabled else "正常"
            click.echo("  ".join(filter(None, (account.name, ROLES[account.role], account.scope, state))))


def _echo_password(name: str, password: str) -> None:
    click.echo(f"账号 {name} 的首次口令：{password}（只显示这一次，登录后须修改）")
