"""Keeping the house: `survey backup`, `survey restore`, `survey purge`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from questionnaires.vocabulary import RoundState
from survey_app.cli.audit_commands import say_audit_end
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import open_store, reach_store, transaction
from survey_app.cli.options import directory, existing, round_name
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit, Round
from survey_app.core.settings import beijing_now, read_settings
from survey_app.rounds.key_watch import look_for_key, needs_key
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.round_words import ROUND_WORDS
from survey_app.upkeep.backup import backup_store, restore_store
from survey_app.upkeep.doctor import (
    find_damaged_file,
    find_lost_writers,
    find_machine_problems,
    find_part_problems,
    find_store_problems,
    until_broken,
)
from survey_app.upkeep.earlier_rounds import bring_up_to_date
from survey_app.upkeep.purge import purge_round


@click.command("backup")
@click.argument("file", type=existing)
@directory
def backup(file: Path, folder: Path) -> None:
    """备份数据库，服务不用停，答题不用等：写成只有本用户能读的文件；不覆盖已有的文件。"""
    _, engine = open_store(folder)
    forms = backup_store(engine, file, actor=SERVER_OWNER, now=beijing_now())
    click.echo(f"已备份到 {file}，其中答卷 {forms} 份。请把它放到另一台机器，并像数据库一样保管。")
    with Session(engine) as session:
        if needs_key(session):
            click.echo(KEY_WORDS.not_in_backup)


@click.command("restore")
@click.argument("file", type=existing)
@directory
def restore(file: Path, folder: Path) -> None:
    """把备份恢复到空的目录（--dir），或者 SURVEY_DATABASE_URL 指向的空数据库；已有数据时不恢复。"""
    settings = read_settings(os.environ | {"SURVEY_DIR": str(folder)})
    forms = restore_store(settings.database_url, file, actor=SERVER_OWNER, now=beijing_now())
    click.echo(f"已恢复，共有答卷 {forms} 份。现在可以启动服务（survey serve）。")
    with transaction(folder) as session:
        for line in _say_restored(session):
            click.echo(line)


def _say_restored(session: Session) -> Iterator[str]:
    """Which rounds came back paused, and the end of the backup's audit, which its chain alone does not vouch for."""
    for name in session.scalars(select(Round.name).where(Round.state == RoundState.PAUSED)):
        yield say_command("restored_paused", round=name)
    noted = session.scalars(select(Audit).where(Audit.action == "restore").order_by(Audit.id.desc()).limit(1)).one()
    yield say_audit_end(session, noted.detail["audit_rows"], noted.detail["audit_link"])


@click.command("doctor")
@directory
def doctor(folder: Path) -> None:
    """检查数据库和服务器：不是本系统建立的表、触发器和账号，对不上的操作记录，没有进程在做的任务，被换掉的数据库文件，密钥、时间、磁盘；有问题时退出码为1。"""
    url = read_settings(os.environ | {"SURVEY_DIR": str(folder)}).database_url
    notes: list[str] = []
    problems = [*find_lost_writers(url)] or [*find_damaged_file(url)]
    problems = problems or [*until_broken(_examine(folder, notes))]
    for line in [*(problems or [ROUND_WORDS.store_sound]), *notes]:
        click.echo(line)
    sys.exit(1 if problems else 0)


def _examine(folder: Path, notes: list[str]) -> Iterator[str]:
    """What is wrong with a store whose file is whole; a note on its key, which is no problem, goes to the others."""
    settings, engine = reach_store(folder)
    try:
        bring_up_to_date(engine, settings.keys, beijing_now())
    except DatabaseError:
        yield from find_part_problems(engine)
        raise
    yield from find_store_problems(engine)
    yield from find_machine_problems(engine, folder, beijing_now())
    with Session(engine) as session:
        key = look_for_key(session, settings.keys)
    notes += filter(None, [key.note])
    yield from filter(None, [key.fault])


@click.command("purge")
@directory
@round_name
@click.option("--yes", is_flag=True, help="确认删除；删除后无法恢复。")
def purge(folder: Path, round_name: str | None, yes: bool) -> None:
    """删除保存期满的批次的答卷、意见、答题码和证据，并重写数据库文件；已公布的结果保留。"""
    if not yes:
        raise ConflictError("答卷、意见、答题码和证据将永久删除，只留下已公布的结果。确认请加 --yes。")
    settings, engine = open_store(folder)
    done = purge_round(engine, settings, round_name, actor=SERVER_OWNER, now=beijing_now())
    rows = done.rows
    click.echo(f"已删除答卷 {rows['form']} 份、意见 {rows['remark']} 条、答题码 {rows['code']} 个。")
    click.echo("以前的备份里还有这些答卷，请一并删除。")
    for sentence in done.remains:
        click.echo(sentence, err=True)
