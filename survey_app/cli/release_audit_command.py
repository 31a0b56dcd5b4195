"""`survey release-audit`: what an attacker could still learn from all that a closed round publishes."""

import sys
from pathlib import Path

import click
from msgspec import to_builtins

from survey_app.cli.options import as_json, directory, echo_json, round_name, transaction
from survey_app.results.release_audit import audit_round
from survey_app.rounds.round_rows import find_round

SAMPLE = 60


@click.command("release-audit")
@directory
@round_name
@click.option(
    "--sample", type=click.IntRange(min=0), default=SAMPLE, show_default=True, help="核查多少个数；0 为全部。"
)
@click.option("--seed", type=int, default=1, show_default=True, help="抽取哪些数的随机种子。")
@as_json
def release_audit(folder: Path, round_name: str | None, sample: int, seed: int, as_json: bool) -> None:
    """用整数规划模拟攻击者，核查由已公布的全部数能推出多少未公布的单位人数；没有推出的退出码为0，有的为1。"""
    with transaction(folder) as session:
        found = audit_round(session, find_round(session, round_name), sample=sample, seed=seed)
    if as_json:
        echo_json(to_builtins(found))
    else:
        narrowest = "—" if found.narrowest is None else f"{100 * found.narrowest:.1f}"
        click.echo(
            f"未公布的单位人数{found.counts}个，核查{found.tried}个：可以确定的{found.certain}个，范围过窄的{found.narrow}个，"
            f"最窄的范围{narrowest}个百分点，用时{found.seconds}秒。"
        )
    sys.exit(1 if found.certain or found.narrow else 0)
