"""`survey schools`: one sheet for each school."""

from pathlib import Path

import click

from analysis.standard import list_standards, load_standard
from questionnaires.school_year import SchoolYear
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import directory, output, school_year
from survey_app.cli.standard_lines import say_line
from survey_app.core.errors import SurveyError
from survey_app.core.settings import beijing_now
from survey_app.results.county_check import find_last_standard
from survey_app.results.school_sheets import gather_sheets, write_sheets


@click.command("schools")
@directory
@click.option("--year", type=school_year, required=True, help=say_command("sheets_year"))
@click.option("--standard", type=click.Choice(list_standards()), default=None, help=say_command("sheets_standard"))
@output
def schools(folder: Path, year: SchoolYear, standard: str | None, out: Path) -> None:
    """一校一策：每所学校一份（Word 和 PDF），写明差距、最省的补法、问题和可以公布的调查结果。"""
    with transaction(folder) as session:
        name = standard or find_last_standard(session)
        if name is None:
            raise SurveyError(say_line("standard_needed"))
        sheets = gather_sheets(session, load_standard(name), year, beijing_now().date())
    paths = write_sheets(out, sheets)
    click.echo(say_command("sheets_written", schools=len(sheets.schools), files=len(paths), folder=out))
