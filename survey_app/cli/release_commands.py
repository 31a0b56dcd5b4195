"""The evidence bundle and its check (`survey verify`), and tables for other programs (`survey export`)."""

import secrets
import sys
from pathlib import Path
from typing import NoReturn

import click
import numpy as np

from reports.evidence.bundle_check import check_bundle
from reports.exports.formats import list_formats
from reports.packages.county_package import is_package, read_package
from reports.packages.package_check import check_package, say_earlier
from reports.packages.package_words import load_package_words
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import directory, existing, output, round_name
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import SurveyError
from survey_app.core.settings import beijing_now
from survey_app.results.exporting import export_round
from survey_app.rounds.round_rows import find_round


@click.command("verify")
@click.argument("bundle", type=existing)
@click.option("--minute", metavar="校验值", help="调查结束及启封记录（纸面）上的校验值，8组字符。")
def verify(bundle: Path, minute: str | None) -> None:
    """由复算材料包（或县级自评包）重新计算全部的数：一致时退出码为0；有不同时逐一指出，退出码为1；不用数据库。"""
    try:
        content = bundle.read_bytes()
    except OSError:
        raise SurveyError(say_command("not_opened", name=bundle.name)) from None
    if is_package(content):
        if minute is not None:
            raise SurveyError(say_command("package_no_minute"))
        package = read_package(bundle.name, content)
        differences = check_package(package)
        for line in say_earlier(package) if not differences else ():
            click.echo(line)
        _tell_differences(differences, load_package_words().same.format(key=package.key))
    same = "bundle_same" if minute is None else "bundle_same_minute"
    _tell_differences(check_bundle(content, minute), say_command(same))


def _tell_differences(differences: list[str], same: str) -> NoReturn:
    """Each difference in its line, or that there is none; ends the program."""
    for difference in differences or [same]:
        click.echo(difference)
    sys.exit(1 if differences else 0)


@click.command("export")
@directory
@round_name
@click.option("--format", "format_", type=click.Choice(list_formats()), default="csv", show_default=True)
@click.option("--forms", is_flag=True, help="同时导出答卷（只有调查对象和选项，次序随机）；须写明用途。")
@click.option("--purpose", default="", help="用途，记入操作记录。")
@output
def export(folder: Path, round_name: str | None, format_: str, forms: bool, purpose: str, out: Path) -> None:
    """导出已结束调查的公布结果，供其他软件使用：csv、xlsx、sav（SPSS）或 parquet，附编码本和说明。"""
    with transaction(folder) as session:
        rng = np.random.default_rng(secrets.randbits(128))
        paths = export_round(
            *(session, find_round(session, round_name), out, format_),
            forms=forms, purpose=purpose, actor=SERVER_OWNER, now=beijing_now(), rng=rng,
        )  # fmt: skip
    for path in paths:
        click.echo(str(path))
