"""`survey follow-up`: what people said who were asked again whether they had answered."""

from pathlib import Path

import click

from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import directory, existing, round_name
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import SurveyError
from survey_app.core.settings import beijing_now
from survey_app.imported_forms.follow_ups import read_follow_ups, store_follow_ups, write_follow_up_sheet
from survey_app.rounds.revisit_words import REVISIT_WORDS
from survey_app.rounds.round_rows import find_round


@click.command("follow-up", help=say_command("follow_up"))
@click.argument("file", type=existing, required=False)
@directory
@round_name
@click.option("--empty", type=click.Path(path_type=Path, dir_okay=False), help=say_command("follow_up_empty"))
def follow_up(file: Path | None, folder: Path, round_name: str | None, empty: Path | None) -> None:
    """Take what a sheet says, or write the sheet."""
    if (file is None) == (empty is None):
        raise SurveyError(say_command("follow_up_either"))
    now = beijing_now()
    with transaction(folder) as session:
        round_ = find_round(session, round_name)
        if empty is not None:
            if empty.exists():
                raise SurveyError(REVISIT_WORDS.there.format(folder=empty.parent, file=empty.name))
            write_follow_up_sheet(session, round_, empty)
            click.echo(say_command("follow_up_sheet_written", file=empty))
        if file is not None:
            said = read_follow_ups(session, round_, file, now)
            for row in store_follow_ups(session, round_, said, actor=SERVER_OWNER, now=now):
                click.echo(
                    REVISIT_WORDS.told.format(
                        group=row.group.zh, rows=row.rows, asked=row.asked, said_yes=row.said_yes,
                        said_no=row.said_no, silent=row.asked - row.said_yes - row.said_no,
                    )
                )  # fmt: skip
