"""Commands on files alone, without a store: judge, standards, check."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import pandas as pd
from msgspec import ValidationError
from msgspec.structs import replace

from analysis.standard import check_standards, list_standards, load_standard
from analysis.verdict import CountyTables, read_judgement, read_surveyed
from analysis.verdict import as_json as record_json
from analysis.verdict import judge as judge_county
from analysis.verdict.differences import describe_standard
from analysis.verdict.years import compare_years
from questionnaires.check import check_packs
from questionnaires.vocabulary import Verdict
from reports.annex.tables import AnnexFacts
from survey_app.cli.judge_lines import judge_lines
from survey_app.cli.options import as_json, echo_json, echo_notes, existing, output_folder
from survey_app.cli.standard_commands import describe_lines
from survey_app.core.errors import SurveyError
from survey_app.frame.sheets import Sheet, check_resources, read_sheet
from survey_app.results.documents import write_annex

T = TypeVar("T")


@click.command("judge")
@click.option("--standard", type=click.Choice(list_standards()), required=True)
@click.option("--resources", type=existing, required=True)
@click.option("--county", type=existing, required=True)
@click.option("--schools", type=existing, default=None)
@click.option("--recognition", type=existing, default=None, help="survey estimate --json 的结果。")
@click.option("--as-of", type=int, default=None, help="按这一年的目标对照。")
@click.option("--checked", is_flag=True, help="与全县相差悬殊的办学条件数值已经核实。")
@click.option("--out", type=output_folder, default=None, help="在这个目录写出附表（xlsx）和四个维度的页面（html）。")
@click.option("--source", default="", help="附表上注明的数据口径，例如 2025—2026学年教育事业统计。")
@click.option("--earlier", type=existing, default=None, help="前一年 survey judge --json 的结果；给出时作年度对照。")
@click.option("--merged", type=existing, default=None, help="合并或更改代码的学校（空表：survey template mergers）。")
@as_json
def judge(
    standard: str,
    resources: Path,
    county: Path,
    schools: Path | None,
    recognition: Path | None,
    as_of: int | None,
    checked: bool,
    out: Path | None,
    source: str,
    earlier: Path | None,
    merged: Path | None,
    as_json: bool,
) -> None:
    """由文件判定四个维度；达到时退出码为0，否则为1；不用数据库。"""
    rules = load_standard(standard)
    given = {"schools": schools, "resources": resources, "county": county}
    files = {kind: path for kind, path in given.items() if path}
    sheets = _read_sheets(files)
    listed = sheets["schools"].table if schools else pd.DataFrame()
    check_resources(sheets["resources"], listed, rules, checked=checked)
    tables = CountyTables(schools=listed, resources=sheets["resources"].table, county=sheets["county"].table)
    surveyed = _read_result(recognition, "estimate", read_surveyed) if recognition else None
    result = judge_county(rules, tables, surveyed, as_of=as_of)
    if earlier:
        before = _read_result(earlier, "judge", read_judgement)
        mergers = _read_mergers(merged) if merged else None
        result = replace(result, years=compare_years(before, result, merged=mergers))
    if out:
        write_annex(out, result, rules, AnnexFacts(rules.county, source, rules.published))
    echo_notes((files[kind], sheet) for kind, sheet in sheets.items())
    if as_json:
        echo_json(record_json(result))
    else:
        click.echo("\n".join(judge_lines(result, rules)))
    sys.exit(0 if result.verdict == Verdict.MET else 1)


def _read_sheets(files: dict[str, Path]) -> dict[str, Sheet]:
    """The sheets by kind, the schools first; raises SurveyError with the problems of all."""
    sheets: dict[str, Sheet] = {}
    problems: list[str] = []
    for kind, path in files.items():
        codes = set(sheets["schools"].table["code"]) if "schools" in sheets else None
        try:
            sheets[kind] = read_sheet(kind, path, known_schools=() if kind == "schools" else codes)
        except SurveyError as error:
            problems += error.problems
    if problems:
        raise SurveyError(*problems)
    return sheets


def _read_result(path: Path, command: str, read: Callable[[Any], T]) -> T:
    """What another command printed; raises SurveyError when the file holds anything else."""
    try:
        return read(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise SurveyError(f"{path.name}：打不开，或不是 survey {command} --json 的结果。") from error


def _read_mergers(path: Path) -> dict[str, str]:
    table = read_sheet("mergers", path).table
    return dict(zip(table["old"], table["new"], strict=True))


@click.command("standards")
@as_json
def standards(as_json: bool) -> None:
    """列出评估标准，与所沿用的标准有何不同，文件之间有何不一致。"""
    loaded = map(load_standard, list_standards())
    rows = [describe_standard(each, load_standard(each.extends) if each.extends else None) for each in loaded]
    if as_json:
        echo_json([record_json(row) for row in rows])
        return
    for row in rows:
        click.echo("\n".join(describe_lines(row)))


@click.command("check")
def check() -> None:
    """检查问卷、规则和标准，一次列出全部问题。"""
    problems = [*check_packs(), *check_standards()]
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(2 if problems else 0)
