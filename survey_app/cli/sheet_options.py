"""How a sheet is to be read, and what the commands say of how it was."""

from collections.abc import Iterable
from pathlib import Path

import click

from survey_app.cli.options import existing
from survey_app.frame.sheets import Coding, Mapping, Sheet, load_mapping

mapping = click.option(
    "--mapping",
    "mapping",
    type=existing,
    default=None,
    help="列和取值怎样对应（TOML）；或现成的：wjx-number、moe-statistics 等；kept 为上次的。",
)
coding = click.option(
    "--coding",
    type=click.Choice(["best-is-5", "best-is-1"]),
    default=None,
    help="答案是数字时写明：5 是最好，还是 1 是最好（选项序号）。",
)


def echo_notes(sheets: Iterable[tuple[Path, Sheet]]) -> None:
    """What was read differently from how it is written, beside the result and each with its file."""
    for path, sheet in sheets:
        for note in sheet.notes:
            click.echo(f"{path.name}：{note}", err=True)


def stated_mapping(mapping: Path | None, coding: Coding | None) -> Mapping:
    """How a file of answers is to be read, as the options say."""
    return (load_mapping(mapping) if mapping else Mapping()).with_coding(coding)
