"""Commands on the recognition rate, without a store: plan a survey, estimate from files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from analysis.plan.planning import plan_survey
from analysis.recognition.describing import recognise
from analysis.results import as_json as write_json
from analysis.sample import Design, DesignError, read_design_file
from questionnaires.pack import PackError
from questionnaires.paper import Paper
from questionnaires.rule import Rule, list_rules, load_papers, load_rule
from survey_app.cli.options import as_json, echo_json, edition_option, existing, return_rate_option
from survey_app.cli.rate_lines import estimate_lines, plan_lines
from survey_app.cli.sheet_options import coding, echo_notes, mapping, stated_mapping
from survey_app.core.errors import Faults, SurveyError
from survey_app.frame.sheets import Mapping, Sheet, check_responses, read_responses, read_sheet

rule_name = click.option("--rule", "rule_name", type=click.Choice(list_rules()), required=True, help="认可度测算规则。")


@click.command("estimate")
@rule_name
@click.option("--frame", type=existing, required=True, help="调查对象名册。")
@click.option("--responses", type=existing, required=True, help="答卷。")
@click.option(
    "--design", "design_file", type=existing, default=None, help="抽样设计（survey sample 写的 design.json）。"
)
@edition_option
@click.option("--population", type=click.IntRange(min=1), default=None, help="常住人口；给出时核对样本量。")
@mapping
@coding
@as_json
def estimate(
    rule_name: str,
    frame: Path,
    responses: Path,
    design_file: Path | None,
    population: int | None,
    as_json: bool,
    edition: str,
    **stated: Any,
) -> None:
    """由名册和答卷文件计算社会认可度；不用数据库。"""
    rule = load_rule(rule_name)
    papers = _choose(rule, edition)
    faults = Faults()
    design = faults.read(lambda: _read_design(design_file)) if design_file else None
    people, forms = _read_survey(rule, (frame, responses), papers, stated_mapping(**stated), faults)
    result = recognise(forms.table, people.table, rule, *papers, population=population, design=design)
    echo_notes([(frame, people), (responses, forms)])
    if as_json:
        echo_json(write_json(structs.replace(result, coding=forms.coding)))
    else:
        click.echo("\n".join(estimate_lines(result, rule)))


def _read_design(path: Path) -> Design:
    """The design of a file; raises SurveyError with everything that is wrong with it."""
    try:
        return read_design_file(path)
    except DesignError as error:
        raise SurveyError(*error.problems) from error


def _choose(rule: Rule, edition: str) -> tuple[Paper, ...]:
    """The papers that were answered; raises SurveyError where the edition does not fit the rule."""
    try:
        return load_papers(rule, edition)
    except PackError as error:
        raise SurveyError(*error.problems) from error


def _read_survey(
    rule: Rule, files: tuple[Path, Path], papers: Sequence[Paper], mapping: Mapping, faults: Faults
) -> tuple[Sheet, Sheet]:
    """Frame and responses that fit each other and the rule; raises SurveyError with the problems of all files."""
    frame, responses = files
    people = faults.read(lambda: read_sheet("frame", frame))
    forms = faults.read(lambda: read_responses(responses, papers[0].item_ids, mapping, papers=papers))
    if people and forms:
        invited = people.table[people.table.group.isin(rule.groups)]
        faults.read(lambda: check_responses(forms, invited, papers))
    faults.raise_all()
    assert people
    assert forms
    return people, forms


@click.command("plan")
@click.option("--population", type=click.IntRange(min=1), required=True, help="常住人口。")
@rule_name
@click.option("--frame", type=existing, default=None, help="调查对象名册；给出时分到城乡和单位。")
@return_rate_option
@as_json
def plan(population: int, rule_name: str, frame: Path | None, return_rate: float | None, as_json: bool) -> None:
    """样本分配、应印答题条的数量，以及这样的样本能说明什么。"""
    rule = load_rule(rule_name)
    people = read_sheet("frame", frame).table if frame else None
    result = plan_survey(rule, people, population, return_rate=return_rate)
    if as_json:
        echo_json(write_json(result))
    else:
        click.echo("\n".join(plan_lines(result, rule)))
