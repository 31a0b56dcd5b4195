"""`survey revisit`: positions to ask again are drawn, listed, and each gets a slip."""

import secrets
from datetime import datetime
from pathlib import Path

import click
from msgspec.structs import replace

from questionnaires.vocabulary import Group, JobKind
from reports.handouts.revisit_list import FILE, RevisitList, write_revisit_list
from survey_app.cli.command_lines import say_command
from survey_app.cli.options import ACTOR, directory, open_store, output, round_name, transaction
from survey_app.codes.revisit_words import REVISIT_WORDS
from survey_app.codes.revisiting import RevisitDraw, draw_revisits
from survey_app.core.errors import SurveyError
from survey_app.core.models import Round
from survey_app.core.settings import beijing_now
from survey_app.results.documents import notice_of, write_codes
from survey_app.rounds.round_rows import find_round

FEWEST = 30


@click.command("revisit", help=say_command("revisit"))
@directory
@round_name
@click.option(
    "--group", type=click.Choice([group.value for group in Group]), required=True, help=say_command("revisit_group")
)
@click.option("--people", type=click.IntRange(min=1), required=True, help=say_command("revisit_people"))
@click.option("--seed", required=True, help=say_command("revisit_seed"))
@output
def revisit(folder: Path, round_name: str | None, group: Group, people: int, seed: str, out: Path) -> None:
    """Draw the positions, write their list and the slips."""
    if (out / FILE).exists():
        raise SurveyError(REVISIT_WORDS.there.format(folder=out, file=FILE))
    asked = RevisitDraw(group=Group(group), people=people, seed=seed)
    settings, _ = open_store(folder)
    now = beijing_now()
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        drawn = draw_revisits(session, round_, asked, actor=ACTOR, now=now, random=secrets.token_bytes)
        out.mkdir(parents=True, exist_ok=True)
        written = write_revisit_list(out, replace(_describe(round_, asked, now), rows=drawn.rows))
        notice = notice_of(round_, revisit=True)
        paths = [written, *write_codes(out, JobKind.SLIPS, drawn.codes, notice, settings.public_url)]
    files = "、".join(str(path.relative_to(out)) for path in paths)
    click.echo(REVISIT_WORDS.written.format(group=asked.group.zh, people=people, folder=out, files=files))
    if people < FEWEST:
        click.echo(REVISIT_WORDS.few)


def _describe(round_: Round, asked: RevisitDraw, now: datetime) -> RevisitList:
    return RevisitList(
        county=round_.county,
        organiser=round_.organiser,
        group=asked.group,
        seed=asked.seed,
        day=now.date(),
        rows=(),
        invented=round_.invented,
    )
