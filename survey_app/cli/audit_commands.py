"""`survey audit`: who did what, and when; and whether nobody changed it since."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json, directory, echo_json, round_name
from survey_app.cli.typed_texts import TEXT
from survey_app.closing.closing_minute import verify_store
from survey_app.core.audit import find_breaks, find_chain_end, find_link, load_audit
from survey_app.core.errors import SurveyError
from survey_app.core.models import Audit, AuditLink
from survey_app.rounds.round_rows import find_round

Noted = tuple[int, str]
"""Number of rows and last link, as they were written down."""
ROWS = re.compile("[0-9]{1,9}")
"""More rows than that no database numbers."""
LINK = re.compile("[0-9a-f]{64}")


def _read_noted(_: click.Context, __: click.Parameter, typed: tuple[str, str] | None) -> Noted | None:
    """What was written down; an empty link, as a shell makes it of a variable that is not set, is a wrong call."""
    if typed is None:
        return None
    rows, link = typed[0], typed[1].lower()
    if not (ROWS.fullmatch(rows) and LINK.fullmatch(link)):
        raise click.BadParameter(say_command("no_noted"))
    return int(rows), link


@click.command("audit")
@directory
@as_json
@click.option("--verify", is_flag=True, help="逐行核对操作记录有没有被改动、删除或插入；有则逐行指出，退出码为1。")
@click.option(
    "--noted",
    type=(TEXT, TEXT),
    callback=_read_noted,
    metavar="行数 校验值",
    help="同时核对记下的行数和末行校验值还在不在。",
)
@click.option("--minute", metavar="校验值", help="同时按纸面调查结束及启封记录上的校验值核对这个批次。")
@round_name
def audit(
    folder: Path, as_json: bool, verify: bool, noted: Noted | None, minute: str | None, round_name: str | None
) -> None:
    """操作记录：谁在什么时候做了什么。"""
    with transaction(folder) as session:
        if verify or noted or minute is not None:
            sys.exit(_verify(session, noted, minute, round_name))
        rows = [
            {
                "at": row.at.isoformat(sep=" ", timespec="seconds"),
                "actor": row.actor,
                "action": row.action,
                "subject": row.subject,
                "detail": row.detail,
            }
            for row in _load_audit(session)
        ]
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))


def _load_audit(session: Session) -> list[Audit]:
    try:
        return load_audit(session)
    except ValueError:  # a time that is none, a detail that is no JSON
        raise SurveyError(say_command("audit_unread")) from None


def say_audit_end(session: Session, rows: int, link: str) -> str:
    """The audit's last row with its time and link, to compare with what was noted: a chain shows no cut end."""
    place = select(Audit.at).join(AuditLink, AuditLink.audit_id == Audit.id).where(AuditLink.position == rows)
    at = session.scalar(place)
    return say_command("audit_end", rows=rows, at=f"{at:%Y-%m-%d %H:%M}" if at else "—", link=link)


def _verify(session: Session, noted: Noted | None, minute: str | None, round_name: str | None) -> int:
    """Say which rows break the chain, and what is not as the minute says; returns the exit code."""
    problems = [say_command("audit_broken", number=number) for number in find_breaks(session)]
    if noted and (find_link(session, noted[0]) or b"").hex() != noted[1]:
        problems.append(say_command("audit_cut", rows=noted[0]))
    if minute is not None:
        problems += _compare_minute(session, round_name, minute, broken=bool(problems))
    for line in problems or _say_whole(session, minute):
        click.echo(line)
    return 1 if problems else 0


def _compare_minute(session: Session, round_name: str | None, minute: str, *, broken: bool) -> list[str]:
    """What is not as the minute says; nothing where a row that it needs cannot be read, which was said by then."""
    try:
        return list(verify_store(session, find_round(session, round_name), minute))
    except ValueError:
        if not broken:
            raise
        return []


def _say_whole(session: Session, minute: str | None) -> Iterator[str]:
    end = find_chain_end(session)
    yield say_command("audit_whole", rows=end.rows)
    yield say_audit_end(session, end.rows, end.link.hex())
    if minute is not None:
        yield say_command("minute_same")
