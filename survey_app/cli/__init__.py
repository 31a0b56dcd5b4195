"""`survey`, the one program. Exit codes: 0 done, 1 the answer is another, 2 bad input, one line a problem."""

import os
import sys
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from analysis.indicators.sections import TableError
from questionnaires.pack import PackError
from reports.evidence.bundle_check import NotABundleError
from reports.handouts.slips import WordingError
from reports.setting.typesetting import FontMissingError
from survey_app.cli import account_commands as accounts
from survey_app.cli import bulletin_commands as bulletin
from survey_app.cli import demo_commands as demo
from survey_app.cli import file_commands as files
from survey_app.cli import job_commands as jobs
from survey_app.cli import judge_command as judging
from survey_app.cli import rate_commands as rates
from survey_app.cli import release_commands as release
from survey_app.cli import round_commands as rounds
from survey_app.cli import store_commands as store
from survey_app.cli import tally_commands as tally
from survey_app.cli import upkeep_commands as keeping
from survey_app.core.errors import SurveyError
from survey_app.core.logs import start_logs

NOT_FOR_OTHERS = 0o077
BAD_INPUT = (SurveyError, PackError, TableError, WordingError, FontMissingError, NotABundleError)


class _Program(click.Group):
    """A command that is called wrongly is bad input like any other: one line a problem."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            usage = f"（用法：{error.ctx.command_path if error.ctx else self.name} --help）"
            raise SurveyError(" ".join(error.format_message().split()) + usage) from None


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
def survey() -> None:
    """县域义务教育优质均衡发展社会认可度调查与四个维度自评。"""
    start_logs()


for command in (
    *(demo.demo, demo.serve),
    *(store.import_, store.template, store.issue, store.status, store.report, store.audit),
    *(rates.plan, rates.estimate),
    *(release.verify, release.export, tally.tally),
    bulletin.bulletin,
    *(keeping.backup, keeping.restore, keeping.purge),
    *(judging.judge_command, files.standards, files.check),
    rounds.round_,
    accounts.user,
    jobs.job,
):
    survey.add_command(command)


def main() -> None:
    """Run the program; bad input ends with status 2 and no traceback. What it writes its owner alone can read."""
    os.umask(NOT_FOR_OTHERS)
    try:
        survey(prog_name="survey")
    except BAD_INPUT as error:
        for problem in getattr(error, "problems", error.args):
            click.echo(str(problem), err=True)
        sys.exit(2)
    except OperationalError as error:
        click.echo(f"数据库打不开或写不进去：{error.orig}", err=True)
        sys.exit(2)
