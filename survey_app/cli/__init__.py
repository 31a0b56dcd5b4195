"""`survey`, the one program. Exit codes: 0 done, 1 the answer is another, 2 bad input, one line a problem."""

import atexit
import gc
import os
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from questionnaires.bad_input import BadInputError
from survey_app.cli.typed_texts import clean_texts
from survey_app.cli.wrong_calls import say_wrong_call
from survey_app.core.errors import SurveyError, advise

NOT_FOR_OTHERS = 0o077
RARELY = (50_000, 50, 50)
WORDS = "survey_app.words"
"""Under which a call keeps what was typed."""
COMMANDS = Path(__file__).with_name("commands.toml")
ADVICE = Path(__file__).with_name("advice.toml")


class _Program(click.Group):
    """The commands of commands.toml, each read when it is called; a wrong call is bad input like any other."""

    @cached_property
    def listed(self) -> dict[str, dict[str, Any]]:
        """Of each command its module, the name it has there, and the line that help shows."""
        return tomllib.loads(COMMANDS.read_text(encoding="utf-8"))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.listed)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if about := self.listed.get(cmd_name):
            module = import_module(f"survey_app.cli.{about['module']}")
            command: click.Command = getattr(module, about["attribute"])
            clean_texts(command)
            return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What help lists, without reading a single command."""
        rows = [(name, about["help"]) for name, about in self.listed.items() if not about.get("hidden")]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        words = [*args]
        with self._telling(click.Context(self, info_name=info_name), words):
            ctx = super().make_context(info_name, args, parent, **extra)
        ctx.meta[WORDS] = words
        return ctx

    def invoke(self, ctx: click.Context) -> Any:
        with self._telling(ctx, ctx.meta[WORDS]):
            return super().invoke(ctx)

    @contextmanager
    def _telling(self, ctx: click.Context, words: list[str]) -> Iterator[None]:
        """What click finds wrong with these words is told as bad input."""
        try:
            yield
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise SurveyError(say_wrong_call(error, ctx, words)) from None


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
def survey() -> None:
    """县域义务教育优质均衡发展社会认可度调查与四个维度自评。"""


def main() -> None:
    """Run the program; bad input ends with status 2 and no traceback. What it writes its owner alone can read."""
    os.umask(NOT_FOR_OTHERS)
    gc.set_threshold(*RARELY)  # a command makes much, throws little away and ends
    atexit.register(gc.freeze)  # at the end nothing is looked for: a fifth of a second
    try:
        survey(prog_name="survey")
    except BadInputError as error:
        advice = tomllib.loads(ADVICE.read_text(encoding="utf-8"))
        for problem in advise(getattr(error, "problems", error.args), advice):
            click.echo(problem, err=True)
        sys.exit(2)
