"""`survey report --from`: the documents of a county from files alone."""

from dataclasses import replace
from pathlib import Path

import click

from survey_app.cli.command_lines import say_command
from survey_app.cli.report_command import BUNDLE, MINUTE, PAPERWORK
from survey_app.core.errors import SurveyError
from survey_app.results.county_folder import read_county
from survey_app.results.documents import PARTS, write_documents
from survey_app.rounds.own_texts import read_words


def report_files(county: Path, part: str, level: int, out: Path, written: Path | None) -> None:
    """Documents from files alone; evidence and letters belong to a round in a store."""
    if part in (BUNDLE, MINUTE, PAPERWORK):
        raise SurveyError(say_command("only_of_a_round"))
    read = read_county(county)
    facts = replace(read.facts, own=read_words(written)) if written else read.facts
    parts = PARTS if part == "all" else (part,)
    for path in write_documents(out, facts, read.published, parts, level=level):
        click.echo(str(path))
