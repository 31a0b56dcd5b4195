"""`survey report check`: an edited document is given back and read against what was published."""

import sys
from pathlib import Path

import click

from reports.edited.edited_words import load_edited_words
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import directory, existing, input_folder, round_name
from survey_app.closing.round_tables import load_published
from survey_app.core.errors import SurveyError
from survey_app.results.county_folder import read_county
from survey_app.results.edited_files import check_edited_document, check_edited_file
from survey_app.rounds.round_rows import find_round


@click.command("check")
@click.argument("file", type=existing)
@directory
@round_name
@click.option(
    "--from", "county", type=input_folder, default=None, help="与这个目录中的文件写出的报告核对，不用数据库。"
)
def check_report(file: Path, folder: Path, round_name: str | None, county: Path | None) -> None:
    """核对修改稿（.docx）：改动的数字、不再成立的说法、删去的固定句子，一处一句；没有时退出码为0，有时为1。"""
    try:
        content = file.read_bytes()
    except OSError:
        raise SurveyError(say_command("not_opened", name=file.name)) from None
    if county:
        read = read_county(county)
        found = check_edited_document(content, read.facts, read.published)
    else:
        with transaction(folder) as session:
            round_ = find_round(session, round_name)
            found = check_edited_file(content, round_, load_published(session, round_))
    for sentence in found or [load_edited_words().nothing]:
        click.echo(sentence)
    sys.exit(1 if found else 0)
