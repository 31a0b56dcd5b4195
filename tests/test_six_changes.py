"""What changes yearly is cheap: each of six changes costs at most three files, and a round goes through with them all.

The changes are made in a copy of the checkout, as CONTRIBUTING says; `survey check` there names what is still missing.
Runs in `make check`.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.six_changes

ROOT = Path(__file__).parents[1]
MOST_FILES = 3
RULE = "quality-2031"
STANDARD = "clear-water-2031"
FORMATS = "FORMATS: tuple[Format, ...] = ("
OWN_STANDARD = f"""
id = "{STANDARD}"
title = "清水县优质均衡推进方案（2031）"
extends = "national-2017"
published = 2026-11-27
county = "清水县"
target_year = 2035

[document]
number = "清水县2031年方案（为测试自拟）"
issuer = "清水县人民政府教育督导室"
scope = "county"
year = 2031
issued = 2031-01-01

[indicators.R8]
dimension = "resources"
title = "每百名学生拥有班级数"
measure = {{ column = "classes", per = 100, lacks = "个班", decimals = 2 }}
[indicators.R8.requires]
primary = {{ stage = "primary", operator = ">=", value = 2.2, unit = "个/百生", clause = "三（一）（自拟）" }}
junior = {{ stage = "junior", operator = ">=", value = 2.0, unit = "个/百生", clause = "三（一）（自拟）" }}
"""
HTML_WRITER = """def _write_html(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    paths = [folder / f"{table.name}.html" for table in tables]
    for path, table in zip(paths, tables, strict=True):
        table.rows.to_html(path)
    return paths


"""
OWN_PAGE = '''"""Who keeps the house."""

from litestar import get

from survey_app.pages.console.console_request import ConsoleRequest, Page


@get("/caretaker", sync_to_thread=True)
def caretaker(console: ConsoleRequest) -> Page:
    """Who keeps the house."""
    return console.page("caretaker")


HANDLERS = [caretaker]
'''


class Copy:
    """A copy of the checkout, and the files that were written in it since it was last asked."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.written: set[str] = set()
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        for name in filter(None, tracked.decode().split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")
        self.written.add(name)

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{name} has no {old!r}"
        self.write(name, text.replace(old, new, 1))

    def files_written(self) -> set[str]:
        written = self.written
        self.written = set()
        return written

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """A program of the copy."""
        return subprocess.run(
            [sys.executable, "-P", "-m", *map(str, arguments)],
            cwd=self.folder, env={"PYTHONPATH": str(self.folder), "PATH": "/usr/bin:/bin"},
            text=True, capture_output=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def problems(self) -> list[str]:
        """What `survey check` says."""
        return self.run("survey_app.cli", "check").stderr.splitlines()


def add_group(copy: Copy) -> None:
    """Retired teachers are asked, too: a line of the vocabulary."""
    last = '    PUBLIC = "public", "其他群众", "member of the public"\n'
    line = '    RETIRED = "retired", "退休教师", "retired teacher"\n'
    copy.replace("questionnaires/vocabulary.py", last, last + line)


def say_group(copy: Copy) -> None:
    """What the other language of the pages calls them: it is offered whole or not at all."""
    head = "[sentences]\n"
    copy.replace("survey_app/templates/en.toml", head, f'{head}"退休教师" = "retired teachers"\n')


def add_papers(copy: Copy) -> None:
    """A new edition: the packs that a new group needs."""
    for kind in ("social", "staff", "student"):
        text = copy.read(f"questionnaires/papers/{kind}-2026.toml").replace(f'"{kind}-2026"', f'"{kind}-2031"')
        if kind == "social":
            text = text.replace('"public"]', '"public", "retired"]')
        copy.write(f"questionnaires/papers/{kind}-2031.toml", text)


def add_rule(copy: Copy) -> None:
    """A rule that weighs the new group."""
    text = copy.read("questionnaires/rules/quality-2024.toml").replace('"quality-2024"', f'"{RULE}"')
    text = text.replace("-2026", "-2031").replace('student = "1/12"', 'student = "1/24"\nretired = "1/24"')
    copy.write(f"questionnaires/rules/{RULE}.toml", text)


def add_indicator(copy: Copy) -> None:
    """An eighth figure of schools in a county's own standard."""
    copy.write(f"analysis/standards/{STANDARD}.toml", OWN_STANDARD)


def add_format(copy: Copy) -> None:
    """Tables as HTML."""
    line = '\n    Format(name="html", label="HTML（网页表格）", write=_write_html),'
    copy.replace("reports/exports/formats.py", FORMATS, HTML_WRITER + FORMATS + line)


def add_page(copy: Copy) -> None:
    """A page of the console that says who keeps the house."""
    copy.write("survey_app/pages/console/caretaker_pages.py", OWN_PAGE)
    page = '{% extends "layout.html" %}{% block main %}看门人{% endblock %}'
    copy.write("survey_app/templates/console/caretaker.html", page)
    line = '    ("GET", "/console/log"): ADMINISTRATOR,\n'
    copy.replace("survey_app/pages/console/console_access.py", line, line + line.replace("log", "caretaker"))


def add_language(copy: Copy) -> None:
    """The new edition and the pages in one more language."""
    papers = copy.read("questionnaires/papers/2026.en.toml").replace('language = "en"', 'language = "fr"')
    copy.write("questionnaires/papers/2031.fr.toml", papers.replace("-2026", "-2031"))
    pages = copy.read("survey_app/templates/en.toml").replace('"English"', '"français"')
    copy.write("survey_app/templates/fr.toml", pages)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def changed(copy: Copy) -> Copy:
    """The copy with all six changes; each cost at most three files, and what lacked was named."""
    assert copy.problems() == []
    add_group(copy)
    assert any("退休教师" in problem for problem in copy.problems())
    say_group(copy)
    assert len(copy.files_written()) <= MOST_FILES
    assert any("retired" in problem for problem in copy.problems())
    add_papers(copy)
    copy.files_written()
    for change in (add_rule, add_indicator, add_format, add_page, add_language):
        change(copy)
        files = copy.files_written()
        assert len(files) <= MOST_FILES, (change.__name__, files)
    return copy


@pytest.fixture(scope="module")
def gone_through(changed: Copy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a whole round with the new group, rule, standard and language said; its store is in `folder`."""
    folder = tmp_path_factory.mktemp("round")
    options = ["--rule", RULE, "--standard", STANDARD, "--group", "retired", "--language", "fr"]
    done = changed.run("tests.round_through", folder, *options)
    assert done.returncode == 0, done.stderr
    return {"folder": folder, **json.loads(done.stdout.splitlines()[-1])}  # the service speaks first, of its first link


def test_with_all_six_changes_nothing_is_missing(changed: Copy) -> None:
    assert changed.problems() == []


def test_a_whole_round_goes_through_with_all_six_changes(gone_through: dict[str, Any]) -> None:
    assert 'lang="fr"' in gone_through["page"]
    assert gone_through["forms"] == 8 * 13
    assert [name for name in ("printed", "status", "report", "export") if not gone_through[name]] == []
    assert "html" in gone_through["formats"]
    assert gone_through["resources"] == [f"R{number}" for number in range(1, 9)]


def test_the_new_page_and_format_are_in_the_console(changed: Copy, gone_through: dict[str, Any]) -> None:
    paths = ("/console/caretaker", "/console/results/downloads")
    told = changed.run("tests.console_pages", gone_through["folder"], *paths)
    assert told.returncode == 0, told.stderr
    assert "看门人" in told.stdout
    assert "HTML（网页表格）" in told.stdout
