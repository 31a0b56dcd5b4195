"""Commands on files alone, without a store: estimate, judge, standards, check."""

import json
import sys
from pathlib import Path
from typing import Any

import click
import pandas as pd

from analysis.figures import plain
from analysis.recognition import recognise
from analysis.standard import check_standards, list_standards, load_standard
from analysis.verdict import judge as judge_county
from questionnaires.check import check_packs
from questionnaires.paper import GROUPS, load_paper
from questionnaires.rule import list_rules, load_rule
from survey_app.cli.options import as_json, echo_json, existing
from survey_app.rounds import PAPERS
from survey_app.sheets import read_sheet

VERDICTS = {"met": "达到", "not_met": "未达到", "undetermined": "暂不能判定"}
DIMENSIONS = {
    "resources": "资源配置",
    "guarantee": "政府保障程度",
    "quality": "教育质量",
    "recognition": "社会认可度",
}


@click.command("estimate")
@click.option("--rule", type=click.Choice(list_rules()), required=True)
@click.option("--frame", type=existing, required=True)
@click.option("--responses", type=existing, required=True)
@click.option("--population", type=int, default=None, help="常住人口；给出时核对样本量。")
@as_json
def estimate(rule: str, frame: Path, responses: Path, population: int | None, as_json: bool) -> None:
    """由名册和答卷文件计算社会认可度；不用数据库。"""
    result = recognise(
        read_sheet("responses", responses, items=load_paper(PAPERS[0]).item_ids).table,
        read_sheet("frame", frame).table,
        load_rule(rule),
        *map(load_paper, PAPERS),
        population=population,
    )
    if as_json:
        echo_json(plain(result))
        return
    county = result["recognition"]
    click.echo(f"收到 {result['received']} 份，有效 {result['valid']} 份")
    click.echo(f"社会认可度 {county['rate']}（{county['lower']}–{county['upper']}），{VERDICTS[county['verdict']]}")
    for group, row in result["groups"].items():
        click.echo(f"{'、'.join(GROUPS[one] for one in group.split('+'))}：{row['rate']}")


@click.command("judge")
@click.option("--standard", type=click.Choice(list_standards()), required=True)
@click.option("--resources", type=existing, required=True)
@click.option("--county", type=existing, required=True)
@click.option("--schools", type=existing, default=None)
@click.option("--recognition", type=existing, default=None, help="survey estimate --json 的结果。")
@click.option("--as-of", type=int, default=None, help="按这一年的目标对照。")
@as_json
def judge(
    standard: str,
    resources: Path,
    county: Path,
    schools: Path | None,
    recognition: Path | None,
    as_of: int | None,
    as_json: bool,
) -> None:
    """由文件判定四个维度；达到时退出码为0，否则为1；不用数据库。"""
    listed = read_sheet("schools", schools).table if schools else pd.DataFrame()
    result = judge_county(
        load_standard(standard),
        listed,
        read_sheet("resources", resources, known_schools=set(listed["code"]) if schools else None).table,
        read_sheet("county", county).table,
        json.loads(recognition.read_text(encoding="utf-8")) if recognition else None,
        as_of=as_of,
    )
    if as_json:
        echo_json(plain(result))
    else:
        _echo_judgement(result)
    sys.exit(0 if result["verdict"] == "met" else 1)


def _echo_judgement(result: dict[str, Any]) -> None:
    click.echo(f"{result['standard']}：{VERDICTS[result['verdict']]}")
    for name, dimension in result["dimensions"].items():
        click.echo(f"{DIMENSIONS[name]}：{VERDICTS[dimension['verdict']]}")


@click.command("standards")
@as_json
def standards(as_json: bool) -> None:
    """列出评估标准。"""
    rows = [
        {"standard": one.id, "title": one.title, "extends": one.extends} for one in map(load_standard, list_standards())
    ]
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values() if value))


@click.command("check")
def check() -> None:
    """检查问卷、规则和标准，一次列出全部问题。"""
    problems = [*check_packs(), *check_standards()]
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(2 if problems else 0)
