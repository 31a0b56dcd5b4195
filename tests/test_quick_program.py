import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from survey_app.cli import survey

ROOT = Path(__file__).parents[1]
CONTEXT = click.Context(survey)
LOADED = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})), file=sys.stderr)"


def loaded_by(*arguments: str, folder: Path) -> set[str]:
    """The libraries that the program has read when a command ends."""
    program = f"import sys; from survey_app.cli import survey\ntry: survey({list(arguments)!r})\nfinally:\n {LOADED}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder, text=True, capture_output=True, check=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("name", survey.list_commands(CONTEXT))
def test_help_says_of_each_command_what_the_command_says(name: str) -> None:
    command = survey.get_command(CONTEXT, name)
    assert command is not None
    assert survey.listed[name]["help"] == command.get_short_help_str(200)  # type: ignore[attr-defined]
    assert command.name == name


def test_help_reads_no_command(tmp_path: Path) -> None:
    assert loaded_by("--help", folder=tmp_path) & {"sqlalchemy", "pydantic", "pandas", "litestar", "structlog"} == set()


def test_a_command_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    assert survey.get_command(CONTEXT, "nothing") is None
