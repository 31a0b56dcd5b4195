"""What the documents name exists, and the figures they print are the ones the code prints."""

import re
from pathlib import Path

import click
import pytest

from survey_app.cli import survey
from tests.simulations.coverage_table import DESIGNS, SAMPLES, SEED, line, scenarios, simulate

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
CODE = "\n".join(path.read_text() for path in (ROOT / "survey_app").rglob("*.py"))
METHOD = (ROOT / "docs/method.md").read_text()
TABLE = [text for text in METHOD.splitlines() if text.startswith(tuple(f"| {design} |" for design in DESIGNS))]
PROMISED = [text for text in TABLE if "**" in text]

by_document = pytest.mark.parametrize("text", [path.read_text() for path in DOCUMENTS], ids=[p.name for p in DOCUMENTS])


def commands_in(text):
    """The words after `survey` in code, a continued line joined to the one before; what is not there yet left out."""
    text = re.sub(r"\\\n\s*", "", text.split("## What is not there yet")[0])
    lines = re.findall(r"`survey ([^`]+)`", text) + re.findall(r"^ {4}survey (.*)$", text, re.MULTILINE)
    return [line.split("#")[0].split() for line in lines]


@by_document
def test_every_command_and_option_named_exists(text):
    for words in commands_in(text):
        command = survey
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(click.Context(command), words[0])
            assert found is not None, words
            command = found
            words.pop(0)
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known | {"--help"}, words


@by_document
def test_every_environment_variable_named_is_read(text):
    named = set(re.findall(r"\bSURVEY_[A-Z_]+\b", text))
    assert {name for name in named if name not in CODE} == set()


@by_document
def test_every_file_named_exists(text):
    named = re.findall(r"\b((?:analysis|questionnaires|reports|survey_app|tests|docs|deploy)/[\w./-]+\.\w+)\b", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_document_named_in_code_exists_here():
    packages = ("questionnaires", "analysis", "reports", "survey_app")
    code = {path: path.read_text() for package in packages for path in (ROOT / package).rglob("*.py")}
    named = {(path.name, name) for path, text in code.items() for name in re.findall(r"\b([\w./-]+\.md)\b", text)}
    here = {document.name for document in DOCUMENTS}
    assert sorted((file, name) for file, name in named if Path(name).name not in here) == []


@by_document
def test_every_make_target_named_exists(text):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make (\w+)`", text)) <= set(targets)


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_coverage_table_has_every_case_and_its_seed():
    assert f"Seed {SEED}, {SAMPLES} samples a figure" in METHOD
    starts = [f"| {design} | {rho:.2f} | {cv:.1f} |" for design, rho, cv in scenarios()]
    assert [text.startswith(start) for text, start in zip(TABLE, starts, strict=True)] == [True] * len(starts)


@pytest.mark.parametrize("scenario", [("12 persons", 0.0, 0.0), ("8 classes x 12", 0.05, 0.3)])
def test_a_line_of_the_coverage_table_drawn_again_is_the_same(scenario):
    assert line(scenario, simulate(*scenario)) in TABLE


def test_what_is_promised_is_reached():
    assert len(PROMISED) > 40
    assert min(float(figure) for text in PROMISED for figure in re.findall(r"\*\*([\d.]+)\*\*", text)) >= 0.93


def test_the_chinese_page_has_the_lowest_figures_of_the_table():
    chinese = (ROOT / "docs/method.zh-CN.md").read_text()
    for design in DESIGNS:
        table = [text.split(" | ") for text in TABLE if text.startswith(f"| {design} |")]
        promised = [row for row in table if any("**" in figure for figure in row)]
        bold = [figure.strip("*") for row in promised for figure in row[3:9] if "**" in figure]
        lowest = [min(bold, default="—")]
        lowest += [min(row[column] for row in promised or table) for column in (10, 11, 13, 15, 17)]
        assert f"| {' | '.join(lowest).rstrip(' |')} |" in chinese


SECURITY = (ROOT / "docs/security.md").read_text()
ANSWERS = SECURITY.split("## Who answered what")[1].split("## Everything else")[0]


def test_every_line_of_the_threats_names_the_file_of_tests_that_answers() -> None:
    lines = [text for text in SECURITY.splitlines() if text.startswith("| ") and not text.startswith("| who")]
    assert len(lines) > 45
    assert [text for text in lines if not re.search(r"\.py \|$", text)] == []


def test_every_claim_about_answers_names_tests_that_are_there() -> None:
    """A row of the table, each file it names, the paragraph below and the rows of the rest: their tests are there."""
    claims = [text for text in ANSWERS.splitlines() if text.startswith("| ") and not text.startswith("| who")]
    assert len(claims) > 20
    assert [text for text in claims if "`test_" not in text] == []
    rest = [text for text in SECURITY.split(ANSWERS)[1].splitlines() if text.startswith("| ")]
    for claim in [*claims, ANSWERS, *rest]:
        code = "".join((ROOT / name).read_text() for name in re.findall(r"tests/[\w/]+\.py", claim))
        named = re.findall(r"`(test_\w+)`", claim)
        assert [name for name in named if f"def {name}(" not in code] == []


def test_what_remains_is_one_sentence_each() -> None:
    lines = [text for text in SECURITY.split("## What remains")[1].splitlines() if text.startswith("- ")]
    assert len(lines) > 25
    assert [text for text in lines if re.search(r"[.!?] [A-Z]", text) or not text.endswith(".")] == []


FAULTS = [("report", 19), ("answering", 18), ("wording", 10), ("domain", 18), ("console", 24)]


@pytest.mark.parametrize(("name", "fewest"), FAULTS)
def test_every_fault_that_was_found_names_tests_that_are_there(name: str, fewest: int) -> None:
    faults = (ROOT / "docs" / f"{name}-faults.md").read_text(encoding="utf-8")
    lines = [line for line in faults.splitlines() if line.startswith("| ") and "| held by |" not in line]
    named = [re.findall(r"`([\w/]+\.py)::(test_\w+)`", line) for line in lines]
    assert len(lines) >= fewest
    assert all(named)
    for file, name in (test for tests in named for test in tests):
        assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
