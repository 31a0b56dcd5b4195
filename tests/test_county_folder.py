"""`survey report --from`: a county's documents from files alone."""

import re
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner

from questionnaires.vocabulary import Dimension
from reports.checking.checker import check_folder
from reports.checking.published_round import PublishedRound
from reports.report import briefing, insert, section
from reports.screen.views import results_of
from survey_app.cli.report_command import report
from survey_app.core.errors import SurveyError
from survey_app.results.county_files import read_facts
from survey_app.results.county_folder import read_county
from tests.golden_counties import COUNTIES, golden, write_county


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_county(tmp_path_factory.mktemp("county"), COUNTIES["E"])


def test_files_alone_make_the_insert(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(report, ["--from", str(folder), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".docx", ".pdf"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_files_alone_make_every_document(folder, tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(report, ["--from", str(folder), "--part", "all", "--out", str(out)])
    assert done.exit_code == 0, done.output
    texts = [section.FILE, insert.FILE, briefing.FILE]
    written = [f"{name}{kind}" for name in texts for kind in (".docx", ".pdf")]
    pages = [f"{section.FILE}.html", "致群众：社会认可度调查结果.html", *(f"{own.zh}.html" for own in Dimension)]
    assert {path.name for path in out.iterdir()} == {*written, *pages, "附表.xlsx", "复算表.xlsx"}
    assert sorted(done.output.split()) == sorted(str(path) for path in out.iterdir())
    county = read_county(folder)
    assert check_folder(out, PublishedRound(facts=county.facts, published=county.published)) == []


def test_what_belongs_to_a_round_in_a_store_is_refused(folder, tmp_path):
    done = CliRunner().invoke(report, ["--from", str(folder), "--part", "bundle", "--out", str(tmp_path)])
    assert "不能由 --from 的文件写出" in str(done.exception)


def test_a_round_before_is_told_with_its_own_figures():
    former = golden("A").published.former.rounds
    assert [(round_.name, round_.opens.year) for round_ in former] == [("2025-1", 2025)]
    assert former[0].county.rate < golden("A").published.estimate.county.rate


def test_counts_are_those_of_frame_and_forms():
    status = golden("A").published.status
    assert status.groups["deputy"].issued == 24
    assert status.groups["deputy"].forms == 0
    assert status.forms == sum(group.forms for group in status.groups.values())
    assert sum(unit.issued for unit in status.units) == sum(group.issued for group in status.groups.values())
    assert sum(stratum.forms for stratum in status.strata) == status.forms


def test_every_problem_of_every_file_is_named(tmp_path):
    folder = write_county(tmp_path, COUNTIES["D"])
    (folder / "frame.csv").write_text((folder / "frame.csv").read_text().replace("student", "pupil", 1))
    (folder / "county.csv").write_text("indicator,value\nG99,3\n")
    (folder / "design.json").write_text("[]")
    with pytest.raises(SurveyError) as caught:
        read_county(folder)
    told = "\n".join(caught.value.problems)
    assert all(name in told for name in ("frame.csv", "design.json"))


@pytest.mark.parametrize(
    ("old", "new"), [("opens", "opened"), ("quality-2024", "quality-1999"), ("2025-2026", "2025"), ("150000", "-1")]
)
def test_facts_that_cannot_be_are_refused_by_name(tmp_path, old, new):
    folder = write_county(tmp_path, COUNTIES["D"])
    path = folder / "facts.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SurveyError) as caught:
        read_county(folder)
    assert any("facts.toml" in problem for problem in caught.value.problems)


def test_pupils_words_of_a_later_edition_are_read_where_the_facts_name_it(tmp_path):
    folder = write_county(tmp_path, COUNTIES["D"])
    facts = (folder / "facts.toml").read_text()
    (folder / "facts.toml").write_text('edition = "2027"\n' + facts)
    forms = pd.read_csv(folder / "responses.csv", dtype=str)
    words = {"5": "完全是", "4": "是", "3": "差不多是", "2": "不太是", "1": "不是", "9": "不清楚"}
    items = [name for name in forms.columns if "_" in name or name == "overall"]
    pupils = forms["group"] == "student"
    before = read_county(folder).published.estimate
    forms.loc[pupils, items] = forms.loc[pupils, items].replace(words)
    forms.to_csv(folder / "responses.csv", index=False)
    after = read_county(folder)
    assert after.published.estimate.groups["student"] == before.groups["student"]
    assert "student-2027" in [paper.id for paper in after.facts.papers]
    for edition, told in (("", "不能写“是”"), ("2031", "edition: must be one of 2026, 2027, 2027b")):
        (folder / "facts.toml").write_text(f'edition = "{edition}"\n' + facts)
        with pytest.raises(SurveyError) as caught:
            read_county(folder)
        assert told in caught.value.problems[0]


def test_what_cannot_be_seen_in_facts_reaches_no_document(folder, tmp_path):
    unseen = tmp_path / "unseen"
    shutil.copytree(folder, unseen)
    facts = (unseen / "facts.toml").read_text()
    (unseen / "facts.toml").write_text(re.sub('^(county|organiser) = "', r"\g<0>\\u202E\\u001B ", facts, flags=re.M))
    assert "\\u001B" in (unseen / "facts.toml").read_text()
    assert read_facts(unseen) == read_facts(folder)


def test_files_of_before_without_a_telephone_are_read_and_make_the_same_report(folder, tmp_path):
    """Nobody calls about a round that is over: nothing made from files alone names a telephone."""
    older = tmp_path / "older"
    shutil.copytree(folder, older)
    facts = (older / "facts.toml").read_text()
    (older / "facts.toml").write_text("".join(line for line in facts.splitlines(True) if "telephone" not in line))
    told = [read_county(files) for files in (folder, older)]
    assert [county.facts.telephone for county in told] == ["0000-1234567", ""]
    first, second = (section.section(county.facts, results_of(county.published)) for county in told)
    assert first == second
