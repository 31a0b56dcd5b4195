import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from survey_app.cli import survey

ROOT = Path(__file__).parents[1]
CONTEXT = click.Context(survey)
HEAVY = {"pandas", "scipy", "plotly", "statsmodels"}
POSTGRESQL = "sqlalchemy.dialects.postgresql"
LOADED = (
    f"import json, sys; names = {{name if name == {POSTGRESQL!r} else name.split('.')[0] for name in sys.modules}}; "
    "print(json.dumps(sorted(names)), file=sys.stderr)"
)


def loaded_by(*arguments: str, folder: Path, fails: bool = False) -> set[str]:
    """The libraries that the program has read when a command ends."""
    program = f"import sys; from survey_app.cli import survey\ntry: survey({list(arguments)!r})\nfinally:\n {LOADED}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder, text=True, capture_output=True, check=not fails, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return set(json.loads(next(line for line in done.stderr.splitlines() if line.startswith('["'))))


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


def test_the_process_that_answers_phones_reads_nothing_that_calculates(tmp_path: Path) -> None:
    """The whole service does: its console judges, draws and closes."""
    read = {module: loaded_in(f"import survey_app.{module}", tmp_path) for module in ("phones", "app")}
    assert read["phones"] & HEAVY == set()
    assert read["app"] & HEAVY >= {"pandas", "scipy"}


def test_what_only_waits_for_the_service_to_end_reads_no_tables_and_the_console_no_solver(tmp_path: Path) -> None:
    """Of each county in a province both are in memory all day."""
    waits = loaded_in("import sys, survey_app.cli.serve_commands\nassert 'sqlalchemy.orm' not in sys.modules", tmp_path)
    assert "granian" in waits
    built = "from survey_app.app import create; create()\nimport sys; assert 'scipy.optimize' not in sys.modules"
    assert "scipy" in loaded_in(built, tmp_path)


def test_serving_phones_only_opens_a_store_and_answers_without_what_calculates(tmp_path: Path) -> None:
    program = """
from litestar.testing import TestClient
from survey_app import phones
from survey_app.core.settings import beijing_now
settings, engine = phones.open_store()
service = phones.build(settings, engine, beijing_now, phones.Beside())
with TestClient(service, base_url="http://127.0.0.1:8000") as client:
    assert client.get("/q/0000000000000000").status_code == 404
    assert client.get("/check").status_code == 200
    assert client.get("/console").status_code == 404
"""
    assert loaded_in(program, tmp_path) & HEAVY == set()


def test_status_reads_no_tables_and_no_migrations_of_a_store_that_is_up_to_date(tmp_path: Path) -> None:
    upgraded = loaded_by("user", "add", "clerk", "--role", "county", folder=tmp_path)
    assert upgraded >= {"alembic", "sqlalchemy", POSTGRESQL}
    read = loaded_by("status", "--json", folder=tmp_path, fails=True)
    assert read & (HEAVY | {"numpy", "alembic", "litestar", "granian", "nacl", POSTGRESQL}) == set()


def test_a_report_reads_nothing_that_solves_draws_codes_or_writes_for_other_programs(tmp_path: Path) -> None:
    read = loaded_by("report", "--help", folder=tmp_path)
    assert read >= {"pandas", "docx"}
    assert read & {"qrcode", "PIL", "openpyxl", "pyreadstat", "plotly", "litestar"} == set()


def loaded_in(program: str, folder: Path) -> set[str]:
    """The libraries that a program has read when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{LOADED}"],
        cwd=folder,
        text=True,
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "SURVEY_DIR": str(folder / "data")},
    )
    return set(json.loads(next(line for line in done.stderr.splitlines() if line.startswith('["'))))


def test_a_command_reads_what_writes_logs_with_its_first_line_alone(tmp_path: Path) -> None:
    survey_status = loaded_by("status", folder=tmp_path, fails=True)
    assert "structlog" not in survey_status
    program = (
        "import logging\nfrom survey_app.cli.options import _begin_logs\n"
        "from survey_app.core.first_line import await_first_line\n"
        "await_first_line(_begin_logs); await_first_line(_begin_logs)\n"
        "logging.getLogger('survey_app.upkeep').info('emptied'); logging.getLogger('survey_app.upkeep').info('again')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, text=True, capture_output=True, check=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["emptied", "again"]
