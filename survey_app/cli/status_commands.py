"""`survey status`: how many took part by now."""

from pathlib import Path

import click
from msgspec import to_builtins

from questionnaires.vocabulary import Group
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json, directory, echo_json, round_name
from survey_app.rounds.round_rows import find_round
from survey_app.watching.status import load_status


@click.command("status")
@directory
@round_name
@as_json
def status(folder: Path, round_name: str | None, as_json: bool) -> None:
    """各类对象和各单位的回收进度；只有数量，没有答案。"""
    with transaction(folder) as session:
        counts = load_status(session, find_round(session, round_name))
    if as_json:
        echo_json(to_builtins(counts))
        return
    click.echo(f"调查批次 {counts.round}（{counts.state.value}）：收到答卷 {counts.forms} 份")
    for group, row in counts.groups.items():
        received = f"收到 {row.forms}，目标 {row.target}"
        click.echo(f"{Group(group).zh}：{received}，发码 {row.issued}，共 {row.population} 人")
    if counts.refused:
        click.echo(f"选择不参加：{counts.refused} 人")
    for excess in counts.more_than_people:
        whose = " ".join(filter(None, (excess.unit, excess.class_, Group(excess.group).zh)))
        click.echo(f"需核实：{whose} 收到 {excess.forms} 份，多于 {excess.people} 人")
