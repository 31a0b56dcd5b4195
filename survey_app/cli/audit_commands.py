"""`survey audit`: who did what, and when; and whether nobody changed it since."""

import sys
from pathlib import Path

import click
from sqlalchemy.orm import Session

from survey_app.cli.command_lines import say_command
from survey_app.cli.options import as_json, directory, echo_json, transaction
from survey_app.core.audit import find_breaks, find_chain_end, load_audit


@click.command("audit")
@directory
@as_json
@click.option("--verify", is_flag=True, help="逐行核对操作记录有没有被改动、删除或插入；有则逐行指出，退出码为1。")
def audit(folder: Path, as_json: bool, verify: bool) -> None:
    """操作记录：谁在什么时候做了什么。"""
    with transaction(folder) as session:
        if verify:
            sys.exit(_verify(session))
        rows = [
            {
                "at": row.at.isoformat(sep=" ", timespec="seconds"),
                "actor": row.actor,
                "action": row.action,
                "subject": row.subject,
                "detail": row.detail,
            }
            for row in load_audit(session)
        ]
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))


def _verify(session: Session) -> int:
    """Say which rows break the chain; returns the exit code."""
    breaks = list(find_breaks(session))
    end = find_chain_end(session)
    for number in breaks:
        click.echo(say_command("audit_broken", number=number))
    if not breaks:
        click.echo(say_command("audit_whole", rows=end.rows, link=end.link.hex()))
    return 1 if breaks else 0
