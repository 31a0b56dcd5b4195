"""`survey revisit`: positions to ask again are drawn, listed, and each gets a slip."""

import secrets
from datetime import datetime
from pathlib import Path

import click

from analysis.estimate.recontact import FEWEST
from questionnaires.vocabulary import Group
from reports.handouts.revisit_list import FILE
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import open_store, transaction
from survey_app.cli.options import directory, moment, output, round_name
from survey_app.codes.revisiting import RevisitDraw, issue_revisits
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import SurveyError
from survey_app.core.settings import beijing_now
from survey_app.results.revisit_files import write_revisits
from survey_app.rounds.revisit_words import REVISIT_WORDS
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.trial_slips import TrialStep, note_owner


@click.command("revisit", help=say_command("revisit"))
@directory
@round_name
@click.option(
    "--group", type=click.Choice([group.value for group in Group]), required=True, help=say_command("revisit_group")
)
@click.option("--people", type=click.IntRange(min=1), required=True, help=say_command("revisit_people"))
@click.option("--seed", required=True, help=say_command("revisit_seed"))
@click.option("--until", type=moment, required=True, help=say_command("revisit_until"))
@output
def revisit(
    folder: Path, round_name: str | None, group: Group, people: int, seed: str, until: datetime, out: Path
) -> None:
    """Draw the positions, write their list and the slips."""
    if (out / FILE).exists():
        raise SurveyError(REVISIT_WORDS.there.format(folder=out, file=FILE))
    asked = RevisitDraw(group=Group(group), people=people, seed=seed, until=until)
    settings, _ = open_store(folder)
    now = beijing_now()
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        untried = note_owner(session, round_, TrialStep.ISSUE, settings.public_url, actor=SERVER_OWNER, now=now)
        drawn = issue_revisits(session, round_, asked, actor=SERVER_OWNER, now=now, random=secrets.token_bytes)
        paths = write_revisits(out, round_, drawn, settings.public_url)
    files = "、".join(str(path.relative_to(out)) for path in paths)
    click.echo(REVISIT_WORDS.written.format(group=asked.group.zh, people=people, folder=out, files=files))
    if people < FEWEST:
        click.echo(REVISIT_WORDS.few)
    for sentence in untried:
        click.echo(sentence)
