"""`survey compare`: counties side by side from their signed packages."""

from pathlib import Path

import click
from msgspec import to_builtins

from reports.packages.counties_beside import compare_packages, comparison_lines
from reports.packages.county_package import Package, read_package
from survey_app.cli.command_lines import say_command
from survey_app.cli.options import as_json, echo_json, existing
from survey_app.core.errors import SurveyError


@click.command("compare")
@click.argument("packages", nargs=-1, required=True, type=existing)
@as_json
def compare(packages: tuple[Path, ...], as_json: bool) -> None:
    """各县对照：由签名的县级自评包并列各指标达标情况、差异系数和问题；数目小的不列出；不用数据库。"""
    columns = compare_packages([(path.name, open_package(path)) for path in packages])
    if as_json:
        echo_json({"counties": to_builtins(columns)})
        return
    for line in comparison_lines(columns):
        click.echo(line)


def open_package(path: Path) -> Package:
    """A package from its file; raises SurveyError where it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError:
        raise SurveyError(say_command("not_opened", name=path.name)) from None
    return read_package(path.name, content)
