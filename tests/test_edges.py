"""Command line and console are two edges of one program: the same act, the same rows, each in its own user's words."""

import ast
import inspect
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.pack import read_toml
from questionnaires.rule import load_rule
from questionnaires.vocabulary import JobKind
from survey_app.cli import ADVICE, main, survey
from survey_app.cli.options import school_year
from survey_app.core import audit
from survey_app.core.db import connect
from survey_app.core.models import Audit, CountyValue, Job
from survey_app.core.settings import Settings
from survey_app.frame.empty_sheets import write_empty_sheet
from survey_app.frame.sheets.sheet_files import read_grids
from survey_app.jobs.job_rows import ask_job
from survey_app.jobs.job_work import run_job
from survey_app.pages.console.console_drawing import TEMPLATES, load_advice
from survey_app.rounds.round_rows import find_round
from tests.console import open_console
from tests.county import NOW, answer, issue, open_county
from tests.keyring import keys_of

ROOT = Path(__file__).parents[1]
AT_TERMINALS = "survey_app/core/log_sentences.toml"
FLAG = re.compile(r"(?<![-\w])--[a-z]+|survey [a-z]+")
BUTTON = re.compile("按钮|点击|点一下|请勾选|一栏")
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def store(tmp_path: Path, sqlite_model: Path) -> Path:
    """A data folder with an open round and a few forms."""
    folder = tmp_path / "data"
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    shutil.copyfile(sqlite_model, folder / "survey.db")
    open_county(engine)
    with Session(engine) as session, session.begin():
        answer(session, issue(session, "P01"))
    assert keys_of(engine) == folder / "keys"
    engine.dispose()
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["survey", *map(str, arguments)])
    monkeypatch.setattr("os.umask", lambda _: 0)
    try:
        main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def list_commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from list_commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def test_every_option_for_a_year_takes_a_school_year_and_nothing_else() -> None:
    years = {
        f"{name} {option.opts[0]}": option.type
        for name, command in list_commands(survey)
        for option in command.params
        if "year" in (option.name or "")
    }
    assert set(years) >= {"import --year", "judge --year", "round open --year"}
    assert {name for name, type_ in years.items() if type_ is not school_year} == set()


def test_an_import_of_what_is_no_school_year_is_one_sentence_and_stores_nothing(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before, its rows were stored under "abc", which no round reads and which is later than every year."""
    sheet = store / "county.csv"
    sheet.write_text("indicator,value\nG1,1\n", encoding="utf-8")
    assert run(monkeypatch, "import", "county", sheet, "--year", "abc", "--dir", store) == 2
    said = capsys.readouterr().err
    assert said == "学年要写成前后相连的两个年份，例如 2025-2026，现为“abc”。\n"
    engine = connect(f"sqlite:///{store / 'survey.db'}")
    with open_console(engine, store) as console:
        fields = {"kind": "county", "year": "abc"}
        files = {"file": ("county.csv", sheet.read_bytes(), "text/csv")}
        page = console.people["county"].post("/console/import", fields, files)
        assert said.strip() in page.text
        draft = console.people["county"].post("/console/setup", {"school_year": "abc"})
        assert said.strip() in console.people["county"].get(draft.headers["location"]).text
    with Session(engine) as session:
        assert session.scalars(select(CountyValue)).all() == []
    engine.dispose()


def test_a_close_leaves_the_same_rows_in_the_audit_by_either_edge(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    shutil.copytree(store, other)
    assert run(monkeypatch, "round", "close", "--yes", "--dir", store) == 0
    engine = connect(f"sqlite:///{other / 'survey.db'}")
    with Session(engine) as session, session.begin():
        job = ask_job(session, JobKind.CLOSE, find_round(session), actor="甲、乙", now=NOW).id
    run_job(engine, Settings(other, "", "http://survey.example"), job, lambda: NOW)
    engine.dispose()
    rows = [list_acts(folder) for folder in (store, other)]
    assert rows[0] == rows[1]
    assert {"close", "open_boxes", "publish", "seal"} <= {action for action, *_ in rows[0]}


def list_acts(folder: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    """What the audit says was done, to what, and what it notes of it."""
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    with Session(engine) as session:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()
        acts = [(row.action, row.subject, tuple(sorted(row.detail))) for row in rows]
    engine.dispose()
    return acts


def test_an_empty_sheet_is_the_same_from_either_edge(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = connect(f"sqlite:///{store / 'survey.db'}")
    with open_console(engine, store) as console:
        for kind in ("schools", "frame", "resources", "county"):
            command = tmp_path / f"{kind}.xlsx"
            assert run(monkeypatch, "template", kind, "--out", command) == 0
            page = tmp_path / f"{kind} of the console.xlsx"
            page.write_bytes(console.people["county"].get(f"/console/template/{kind}").content)
            assert read_grids(page) == read_grids(command)
    engine.dispose()


def test_an_empty_sheet_of_answers_offers_every_paper_of_the_rule(tmp_path: Path) -> None:
    write_empty_sheet("responses", tmp_path / "responses.csv", load_rule("quality-2024"))
    header = (tmp_path / "responses.csv").read_text(encoding="utf-8-sig")
    assert all(item in header for item in ("fairness_1", "conduct_1"))


def test_issuing_twice_and_a_close_without_its_key_tell_each_user_what_they_can_do(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--out", store / "out", "--dir", store)
    assert run(monkeypatch, "issue", "--unit", "P01", *out) == 2
    assert capsys.readouterr().err == "这些单位都已经发过码。要作废尚未使用的旧码、重新印制，请加 --reprint。\n"
    shutil.rmtree(store / "keys")
    assert run(monkeypatch, "round", "close", "--yes", "--dir", store) == 2
    assert capsys.readouterr().err.endswith("请用 --key 给出。\n")
    engine = connect(f"sqlite:///{store / 'survey.db'}")
    with open_console(engine, store) as console:
        pages = {kind: show_failed(console, kind, store) for kind in (JobKind.SLIPS, JobKind.CLOSE)}
    engine.dispose()
    for kind, page in pages.items():
        assert not FLAG.search(re.sub("<style.*?</style>|<script.*?</script>|<!--.*?-->", "", page, flags=re.DOTALL))
        assert ("没有做出码，以前发的码不受影响" in page) == (kind == JobKind.SLIPS)
    assert "请到单位的页面作废并重印" in pages[JobKind.SLIPS]
    assert "请在本次调查的页面上给出" in pages[JobKind.CLOSE]


def show_failed(console: Any, kind: JobKind, folder: Path) -> str:
    """The page of a job that was asked for and failed."""
    with Session(console.engine) as session, session.begin():
        unit = "P01" if kind == JobKind.SLIPS else ""
        job = ask_job(session, kind, find_round(session), unit=unit, actor="admin", now=NOW).id
    run_job(console.engine, Settings(folder, "", "http://survey.example"), job, lambda: NOW)
    with Session(console.engine) as session:
        assert session.get_one(Job, job).state == "failed"
    page: str = console.people["admin"].get(f"/console/job/{job}").text
    return page


def say_literals(path: Path) -> Iterator[str]:
    """The Chinese texts of a module, its docstrings left out; of a f-string each part."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, documented)]
    docstrings = {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}
    for node in ast.walk(tree):
        spoken = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if spoken and CHINESE.search(node.value):
            yield node.value


def say_toml(path: Path) -> Iterator[str]:
    """Every text of a TOML file, its comments left out."""

    def walk(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    yield from walk(read_toml(path))


def list_sentences(folder: Path, *, within: bool) -> Iterator[tuple[str, str]]:
    """What a folder's modules and word files say, each with its file; `within` or outside the commands."""
    commands = ROOT / "survey_app" / "cli"
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".toml") and path.is_relative_to(commands) == within:
            for text in say_literals(path) if path.suffix == ".py" else say_toml(path):
                yield str(path.relative_to(ROOT)), text


@pytest.mark.parametrize("package", ["survey_app", "reports", "analysis", "questionnaires"])
def test_no_page_and_no_room_names_a_flag_or_a_command(package: str) -> None:
    """What a terminal shows of the log is an edge as well: who started the service there reads it."""
    found = [(file, text) for file, text in list_sentences(ROOT / package, within=False) if FLAG.search(text)]
    found = [(file, text) for file, text in found if file != AT_TERMINALS]
    assert [(file, text) for file, text in found if CHINESE.search(text)] == []


def test_no_template_of_a_page_names_a_flag_or_a_command() -> None:
    shown = {
        path.name: re.sub(r"{#.*?#}|<style.*?</style>|<script.*?</script>|<!--.*?-->", "", path.read_text("utf-8"))
        for path in [*TEMPLATES.glob("*.html"), *TEMPLATES.glob("*.txt"), *TEMPLATES.parent.glob("*.html")]
    }
    assert len(shown) > 30
    assert [name for name, text in shown.items() if FLAG.search(text)] == []


def test_no_command_and_no_room_names_a_button() -> None:
    rooms = [
        (file, text)
        for file, text in list_sentences(ROOT / "survey_app", within=False)
        if not file.startswith(("survey_app/pages", "survey_app/templates"))
    ]
    commands = list(list_sentences(ROOT / "survey_app", within=True))
    assert [(file, text) for file, text in (*rooms, *commands) if BUTTON.search(text)] == []


def test_every_fact_is_followed_by_an_edge_and_no_advice_is_about_nothing() -> None:
    raised = set()
    for path in (ROOT / "survey_app").rglob("*.py"):
        text = re.sub(">>> .*", "", path.read_text(encoding="utf-8"))
        raised |= set(re.findall(r'Fact\(\s*"([a-z_]+)"', text)) | set(re.findall(r'fact="([a-z_]+)"', text))
        raised |= {name for name in ("unusual_figures",) if f'"{name}"' in text}
    assert raised == set(read_toml(ADVICE)) | set(load_advice())


def test_every_audited_act_carries_a_clock_that_was_given() -> None:
    assert inspect.signature(audit.record).parameters["at"].default is inspect.Parameter.empty
    clocks = set()
    for path in (ROOT / "survey_app").rglob("*.py"):
        if path.is_relative_to(ROOT / "survey_app" / "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
                clocks |= {ast.unparse(word.value) for word in node.keywords if word.arg == "at"}
    assert clocks == {"now", "console.now", "full_hour(now)"}
