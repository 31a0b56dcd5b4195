"""`survey key`: try a key sheet, export the server's key; and the key that `survey round close` is given."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from reports.handouts.key_sheets import render_key_sheet, sheet_file
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import open_store, transaction
from survey_app.cli.options import directory, existing, output_folder, round_name
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Round
from survey_app.core.settings import beijing_now
from survey_app.results.sheet_pages import page_of
from survey_app.rounds.given_keys import Handed, read_handed
from survey_app.rounds.given_sheets import read_content, read_sheet_or_file
from survey_app.rounds.key_custody import Given, export_round_key, renew_sheet, try_sheet
from survey_app.rounds.key_files import destroy_key, write_new
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import SplitKey
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.sheet_text import KeySheet

OF_ANOTHER_ROUND = 1


@click.group("key")
def key() -> None:
    """密钥：试用启封密钥单、导出服务器保管的密钥。"""


@key.command("try")
@directory
@round_name
@click.argument("given", nargs=-1, required=True, type=click.Path(), metavar="FILE|WORDS")
def try_(folder: Path, round_name: str | None, given: tuple[str, ...]) -> None:
    """试用一张启封密钥单：给出图片、PDF，或者键入10组字符。

    正确时退出码为0，是别的批次的为1，读不出来为2；第三张正确的启封密钥单使批次开始。
    """
    sheet = read_sheet_or_file(given)
    with transaction(folder) as session:
        trial = try_sheet(session, find_round(session, round_name), sheet, actor=SERVER_OWNER, now=beijing_now())
    click.echo(trial.sentence)
    sys.exit(0 if trial.right else OF_ANOTHER_ROUND)


@key.command("export")
@directory
@round_name
@click.argument("target", type=existing, metavar="FILE")
@click.option("--move", is_flag=True, help="移走：这台服务器上不再留存，结束时用 --key 给出。")
def export(folder: Path, round_name: str | None, target: Path, move: bool) -> None:
    """把服务器保管的密钥写入文件（只有本人可读，不覆盖已有的文件）。"""
    settings, engine = open_store(folder)
    with Session(engine) as session, session.begin():
        round_ = find_round(session, round_name)
        export_round_key(session, round_, settings.keys, target, move=move, actor=SERVER_OWNER, now=beijing_now())
        public = round_.public_key
    if move and public is not None:
        destroy_key(settings.keys, public)  # only after the commit: a key that is gone was audited as moved
    click.echo(say_command("moved" if move else "exported", file=target))


@key.command("renew")
@directory
@round_name
@click.option("--key", "key_files", type=existing, multiple=True, required=True, help="另外两张启封密钥单，写两次。")
@click.option("--key-sheets", type=output_folder, required=True, help="补印的启封密钥单写入这个目录。")
def renew(folder: Path, round_name: str | None, key_files: tuple[Path, ...], key_sheets: Path) -> None:
    """三张启封密钥单遗失一张时，用另外两张补印。"""
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        given = read_given(session, round_name, key_files)
        sheet = renew_sheet(session, round_, given, actor=SERVER_OWNER, now=beijing_now())
        [path] = write_pages(key_sheets, round_, [sheet])
    click.echo(say_command("renewed", number=sheet.number, file=path))


def read_given(session: Session, name: str | None, files: Sequence[Path]) -> Given:
    """What `--key` gives, an exported key or key sheets; raises SurveyError for what is neither."""
    handed = [Handed(name=path.name, content=read_content(path)) for path in files]
    return read_handed(find_round(session, name), handed)


def check_folder(custody: str, folder: Path | None) -> None:
    """Raise SurveyError unless a folder for sheets was named exactly where there will be sheets."""
    if custody == "shared" and folder is None:
        raise SurveyError(say_command("need_folder"))
    if custody != "shared" and folder is not None:
        raise SurveyError(say_command("folder_without_sheets"))


def write_sheets(folder: Path, round_: Round, split: SplitKey) -> list[Path]:
    """Write the three sheets, each a file of its owner alone; raises ConflictError for a file that is there."""
    return write_pages(folder, round_, split.sheets)


def write_pages(folder: Path, round_: Round, sheets: Sequence[KeySheet]) -> list[Path]:
    """The same for some sheets."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pages = [page_of(round_, sheet) for sheet in sheets]
    paths = [folder / sheet_file(page) for page in pages]
    if any(path.exists() for path in paths):
        raise ConflictError(KEY_WORDS.sheet_files_there.format(folder=folder))
    contents = [render_key_sheet(page) for page in pages]
    for path, content in zip(paths, contents, strict=True):
        write_new(path, content)
    return paths
