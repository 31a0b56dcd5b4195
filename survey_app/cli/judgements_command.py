"""`survey judgements`: the judgements that were kept, any two side by side, the years in a row."""

from collections.abc import Iterator
from pathlib import Path

import click

from analysis.indicators.sections import STAGE_NAMES, TableError
from analysis.results import as_json
from analysis.standard import load_standard
from questionnaires.vocabulary import Verdict, words
from survey_app.cli.command_lines import say_command
from survey_app.cli.judge_lines import year_lines
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json as json_option
from survey_app.cli.options import directory, echo_json
from survey_app.core.errors import SurveyError
from survey_app.results.kept_judgements import Beside, KeptRow, compare_kept, list_kept

NUMBER = click.IntRange(min=1, max=2**31 - 1)


@click.command("judgements")
@click.argument("numbers", type=NUMBER, nargs=-1)
@directory
@json_option
def judgements(numbers: tuple[int, ...], folder: Path, as_json: bool) -> None:
    """列出留存的自评；写两个编号，则对照这两次。"""
    if len(numbers) not in {0, 2}:
        raise SurveyError(say_command("judgements_two"))
    with transaction(folder) as session:
        if not numbers:
            _list(list_kept(session), as_json)
            return
        try:
            beside = compare_kept(session, *numbers)
        except TableError as error:
            raise SurveyError(*error.problems) from error
    if as_json:
        echo_json(_tell(beside))
        return
    for line in _beside_lines(beside):
        click.echo(line)


def _list(kept: list[KeptRow], told_as_json: bool) -> None:
    if told_as_json:
        echo_json([{**row._asdict(), "at": row.at.isoformat()} for row in kept])
        return
    for row in kept:
        facts = row._asdict() | {"at": f"{row.at:%Y-%m-%d %H:%M}", "verdict": row.verdict.zh, "inputs": row.inputs[:16]}
        click.echo(say_command("kept_row", **facts))
    if not kept:
        click.echo(say_command("kept_none"))


def _tell(beside: Beside) -> dict[str, object]:
    return {
        "as_of": list(beside.as_of),
        "before": as_json(beside.before),
        "after": as_json(beside.after),
        "comparison": as_json(beside.comparison),
    }


def _beside_lines(beside: Beside) -> Iterator[str]:
    """Each with the plan's year; resource indicators by stage; the verdicts that differ; schools that came and went."""
    for result, year in zip((beside.before, beside.after), beside.as_of, strict=True):
        facts = {"year": result.school_year, "standard": result.standard, "verdict": result.verdict.zh}
        yield say_command("kept_side", as_of=year, **facts)
    for key, stages in beside.comparison.indicators.items():
        for stage, found in stages.items():
            yield say_command(
                "kept_change",
                id=key,
                stage=STAGE_NAMES[stage],
                before=f"{found.met.before or 0:g}/{found.schools.before or 0:g}",
                after=f"{found.met.after or 0:g}/{found.schools.after or 0:g}",
            )
    entries = load_standard(beside.after.standard).entries
    said = words(Verdict)
    for key in beside.shared:
        before, after = beside.before.indicators[key], beside.after.indicators[key]
        if before != after:
            yield say_command("kept_verdict", id=key, title=entries[key].title, before=said[before], after=said[after])
    yield from year_lines(beside.comparison)
