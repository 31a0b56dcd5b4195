"""Commands on packs: standards, check."""

import sys
from pathlib import Path

import click

from analysis.results import as_json as write_json
from analysis.standard import check_standards, list_standards, load_standard
from analysis.verdict.differences import describe_standard
from questionnaires.check import check_packs
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json, echo_json, on_store
from survey_app.cli.standard_lines import describe_lines
from survey_app.frame.lost_years import list_lost_rows
from survey_app.pages.wording import language_problems


@click.command("standards")
@as_json
def standards(as_json: bool) -> None:
    """列出评估标准，与所沿用的标准有何不同，文件之间有何不一致。"""
    loaded = map(load_standard, list_standards())
    rows = [
        describe_standard(standard, load_standard(standard.extends) if standard.extends else None)
        for standard in loaded
    ]
    if as_json:
        echo_json([write_json(row) for row in rows])
        return
    for row in rows:
        click.echo("\n".join(describe_lines(row)))


@click.command("check")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=None, help="连同这个数据目录。"
)
@on_store
def check(folder: Path | None) -> None:
    """检查问卷、规则和标准，一次列出全部问题。"""
    problems = [*check_packs(), *check_standards(), *language_problems()]
    for line in [*problems, *(_list_notes(folder) if folder else [])]:
        click.echo(line, err=True)
    sys.exit(2 if problems else 0)


def _list_notes(folder: Path) -> list[str]:
    """What an earlier version let into a store and nothing reads."""
    with transaction(folder) as session:
        return [lost.sentence for lost in list_lost_rows(session)]
