"""`survey problem`: the register of problems, overdue first; closed by two people."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import convert, to_builtins

from questionnaires.vocabulary import ProblemSource, ProblemState, ReportedStage
from reports.handouts.problem_letters import CIRCULAR, load_letter_words
from survey_app.cli.command_lines import say_command
from survey_app.cli.opened_store import transaction
from survey_app.cli.options import as_json, directory, echo_json, output
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import SurveyError
from survey_app.core.settings import beijing_now
from survey_app.problems.closing_steps import apply_for_closing, verify_closing
from survey_app.problems.problem_lines import problem_lines
from survey_app.problems.problem_words import PROBLEM_WORDS
from survey_app.problems.register import (
    Finding,
    Remedy,
    Wanted,
    add_problem,
    change_problem,
    find_school_code,
    list_problems,
    read_date,
    read_funds,
)
from survey_app.results.register_letters import gather_letters, say_left_out

F = TypeVar("F", bound=Callable[..., Any])
NUMBER = click.IntRange(min=1, max=2**31 - 1)
STATES = [state.value for state in ProblemState]
SOURCES = [source.value for source in ProblemSource]
LETTERS = list(load_letter_words().kinds)
STAGES = [stage.value for stage in ReportedStage]
WRITTEN = ("root_cause", "measure", "lead", "cooperating", "post", "due", "funds", "progress")


def remedy_options(command: F) -> F:
    """One option for each thing that is written down of what is done about a problem."""
    for name in reversed(WRITTEN):
        option = click.option(f"--{name.replace('_', '-')}", name, default=None, help=say_command(f"problem_{name}"))
        command = option(command)
    return command


def read_remedy(typed: dict[str, str | None]) -> Remedy:
    """What was written, an empty text for nothing; raises SurveyError for a day or an amount that is none."""
    written: dict[str, Any] = {name: text.strip() for name, text in typed.items() if text is not None}
    for name, read in (("due", read_date), ("funds", read_funds)):
        if name in written:
            written[name] = read(written[name])
    return Remedy(**written)


@click.group("problem")
def problem() -> None:
    """问题台账：列出、登记、更改、销号。"""


@problem.command("list")
@directory
@click.option("--unit", default="", help=say_command("problem_unit"))
@click.option("--school", default="", help=say_command("problem_of_school"))
@click.option("--township", default="", help=say_command("problem_township"))
@click.option("--state", type=click.Choice(STATES), help=say_command("problem_state"))
@click.option("--source", type=click.Choice(SOURCES), help=say_command("problem_of_source"))
@as_json
def list_(folder: Path, as_json: bool, **asked: str | None) -> None:
    """列出问题，逾期的在前。"""
    wanted = convert({name: typed or "" for name, typed in asked.items()}, Wanted)
    with transaction(folder) as session:
        found = list_problems(session, wanted, beijing_now().date())
    if as_json:
        echo_json(to_builtins(found))
        return
    for line in problem_lines(found):
        click.echo(line)


@problem.command("add")
@directory
@click.option("--text", required=True, help=say_command("problem_text"))
@click.option("--school", default="", help=say_command("problem_school"))
@click.option("--stage", type=click.Choice(STAGES), default=None, help=say_command("problem_stage"))
@click.option("--indicator", default="", help=say_command("problem_indicator"))
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    default=ProblemSource.HAND.value,
    show_default=True,
    help=say_command("problem_source"),
)
@remedy_options
def add(
    folder: Path, text: str, school: str, stage: str | None, indicator: str, source: str, **typed: str | None
) -> None:
    """登记一个问题。"""
    with transaction(folder) as session:
        finding = Finding(
            text=text.strip(),
            source=ProblemSource(source),
            school=find_school_code(session, school) if school else "",
            stage=stage or "",
            indicator=indicator,
        )
        added = add_problem(session, finding, read_remedy(typed), actor=SERVER_OWNER, now=beijing_now())
        click.echo(PROBLEM_WORDS.added.format(number=added.number))


@problem.command("change")
@click.argument("number", type=NUMBER)
@directory
@remedy_options
def change(number: int, folder: Path, **typed: str | None) -> None:
    """写下或更改原因、措施、单位、岗位、时限、进展。"""
    remedy = read_remedy(typed)
    if not remedy.said:
        raise SurveyError(PROBLEM_WORDS.nothing_to_change)
    with transaction(folder) as session:
        change_problem(session, number, remedy, actor=SERVER_OWNER, now=beijing_now())
    click.echo(PROBLEM_WORDS.changed.format(number=number))


@problem.command("close")
@click.argument("number", type=NUMBER)
@directory
@click.option("--applied-by", default="", help=say_command("problem_applied_by"))
@click.option("--verified-by", default="", help=say_command("problem_verified_by"))
@click.option("--proof", default="", help=say_command("problem_proof"))
def close(number: int, folder: Path, applied_by: str, verified_by: str, proof: str) -> None:
    """销号分两步：责任单位申请（--applied-by），督导室另一人核验（--verified-by）；可以分两次做。"""
    applicant = applied_by.strip()
    verifier = verified_by.strip()
    if not (applicant or verifier):
        raise SurveyError(PROBLEM_WORDS.who_applies)
    with transaction(folder) as session:
        now = beijing_now()
        if applicant:
            apply_for_closing(session, number, applicant, proof, actor=SERVER_OWNER, now=now)
        if verifier:
            verify_closing(session, number, verifier, actor=SERVER_OWNER, now=now)
    said = PROBLEM_WORDS.closed if verifier else PROBLEM_WORDS.applied
    click.echo(said.format(number=number))


@problem.command("letter")
@directory
@click.option(
    "--kind", type=click.Choice(LETTERS), default=CIRCULAR, show_default=True, help=say_command("letter_kind")
)
@click.option("--unit", default="", help=say_command("problem_unit"))
@output
def letter(folder: Path, kind: str, unit: str, out: Path) -> None:
    """写出督导通报（circular）、整改通知书（order）、催办函（reminder），都是 Word。"""
    with transaction(folder) as session:
        letters = gather_letters(session, kind, Wanted(unit=unit), beijing_now().date())
    if letters.why:
        raise SurveyError(letters.why, *filter(None, [say_left_out(letters)]))
    out.mkdir(parents=True, exist_ok=True)
    for name, content in letters.files.items():
        (out / name).write_bytes(content)
        click.echo(out / name)
    if told := say_left_out(letters):
        click.echo(told, err=True)
