"""`survey report check --from`: an edited report is read against what files alone publish, without a store."""

from functools import cache

import docx
import pytest
from click.testing import CliRunner

from reports.report import section
from reports.screen.views import results_of
from survey_app.cli import edited_command
from survey_app.core.errors import SurveyError
from survey_app.results.county_folder import read_county
from tests.golden_counties import COUNTIES, golden, write_county
from tests.program import survey


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A county in a folder, and the report of it that is edited."""
    folder = write_county(tmp_path_factory.mktemp("county"), COUNTIES["E"])
    found = golden("E")
    document = section.section(found.facts, results_of(found.published))
    section.write_word(folder, document, section.FILE, page=True)
    return folder


read_once = cache(read_county)


@pytest.fixture
def check(folder, tmp_path, monkeypatch):
    """Runs the command in an empty place on the report after an edit; the folder is read once."""

    def run(edit, county=folder):
        word = docx.Document(str(folder / f"{section.FILE}.docx"))
        edit(word)
        word.save(str(tmp_path / "edited.docx"))
        return CliRunner().invoke(edited_command.check_report, [str(tmp_path / "edited.docx"), "--from", str(county)])

    monkeypatch.setattr(edited_command, "read_county", read_once)
    monkeypatch.chdir(tmp_path)
    return run


def swap(old, new):
    def edit(word):
        runs = [run for line in word.paragraphs for run in line.runs if old in run.text]
        assert runs
        runs[0].text = runs[0].text.replace(old, new, 1)

    return edit


def test_a_report_that_nobody_changed_has_nothing_to_tell_and_makes_no_store(check, tmp_path):
    done = check(lambda word: None)
    assert (done.exit_code, done.output) == (0, "没有发现改动的数字、不成立的说法或删去的固定句子。\n")
    assert [path.name for path in tmp_path.iterdir()] == ["edited.docx"]


def test_a_changed_number_and_a_claim_that_does_not_hold_are_told(check):
    done = check(swap("81.25%", "84.25%"))
    assert done.exit_code == 1
    assert "84.25%" in done.output
    done = check(lambda word: word.add_paragraph("各类对象中认可度最高的是家长。"))
    assert done.exit_code == 1
    assert "最高" in done.output


def test_what_another_county_publishes_is_not_what_the_report_says(check, tmp_path):
    done = check(lambda word: None, write_county(tmp_path / "other", COUNTIES["D"]))
    assert done.exit_code == 1
    assert "没有发现改动" not in done.output


def test_a_file_that_is_no_word_file_is_refused(check, folder):
    done = CliRunner().invoke(edited_command.check_report, [str(folder / "frame.csv"), "--from", str(folder)])
    assert isinstance(done.exception, SurveyError)
    assert str(done.exception).startswith("这不是 Word 文件")


def test_the_program_takes_check_as_the_first_word_and_ends_with_0(folder, tmp_path):
    survey("report", "check", folder / f"{section.FILE}.docx", "--from", folder, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
