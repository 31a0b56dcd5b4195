"""`survey audit`: who did what, and when."""

from pathlib import Path

import click

from survey_app.cli.options import as_json, directory, echo_json, transaction
from survey_app.core.audit import load_audit


@click.command("audit")
@directory
@as_json
def audit(folder: Path, as_json: bool) -> None:
    """操作记录：谁在什么时候做了什么。"""
    with transaction(folder) as session:
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
