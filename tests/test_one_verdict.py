"""One verdict for one thing: wherever social recognition is judged, the same words by the same line of the standard."""

import re

import pytest
from python_calamine import CalamineWorkbook

from analysis.results import as_json
from questionnaires.vocabulary import Operator, Verdict
from reports.annex.dimension_pages import write_dimension_pages
from reports.annex.rate_tables import rate_tables
from reports.annex.tables import AnnexFacts
from reports.annex.workbook import write_workbook
from reports.checking.document_reading import read_written
from reports.checking.tightening import tighten
from reports.citizen.citizen_page import write_citizen_page
from reports.report.insert import insert
from reports.report.point_words import load_point_words
from reports.report.section import section
from reports.report.telling import describe_round
from reports.screen.views import results_of, write_results
from reports.setting.figures import whole_percent
from tests.golden_counties import COUNTIES, golden
from tests.test_section import text_of

SAID = re.compile("社会认可度为[^。]*?(自评达到评估标准|自评尚未达到评估标准|暂不作结论)")


def clauses_of(text):
    """What a text says of the county's recognition, wherever it says it."""
    return set(SAID.findall(tighten(text)))


@pytest.mark.parametrize("name", COUNTIES)
def test_every_document_page_table_and_json_has_the_one_verdict(name, tmp_path):
    facts = golden(name).facts
    published = golden(name).published
    found = results_of(published)
    verdict = published.judgement.dimensions.recognition.verdict
    said = load_point_words().verdicts[verdict.value]
    about = AnnexFacts(facts.county, "", facts.generated, facts.invented)
    page = read_written(write_citizen_page(tmp_path, facts, found))
    texts = {
        "insert": text_of(insert(facts, found)),
        "report": text_of(section(facts, found)),
        "citizen": "\n".join(page.paragraphs),
    }
    clause = said if verdict == Verdict.UNDETERMINED else f"自评{said}"
    assert {place: clauses_of(text) for place, text in texts.items()} == {place: {clause} for place in texts}
    rows = {
        "report": row_of(texts["report"], "社会认可度 | "),
        "console": row_of(text_of(write_results("dimensions", facts, published)), "社会认可度 | "),
    }
    assert all(verdict.zh in row.split(" | ") for row in rows.values()), rows
    pages = write_dimension_pages(tmp_path, published.judgement, facts.standard, about)
    dimension = read_written(next(path for path in pages if path.stem == "社会认可度"))
    assert any(f" {verdict.zh}" in f" {line[1:]}" for line in dimension.paragraphs)
    assert verdict.zh in dimension.tables[0][1]
    assert text_of(write_results("verdict", facts, published)).count(said)
    own = [row for row in rows_of_workbook(facts, published, tmp_path) if "本规则" in row]
    assert own
    assert all(verdict.zh in row for row in own)
    told = as_json(published.estimate)["recognition"], as_json(published.judgement)["dimensions"]["recognition"]
    assert {part["verdict"] for part in told} == {verdict.value}


def rows_of_workbook(facts, published, folder):
    about = AnnexFacts(facts.county, "", facts.generated, facts.invented)
    tables = rate_tables(describe_round(facts, results_of(published)))
    book = CalamineWorkbook.from_path(str(write_workbook(folder, published.judgement, facts.standard, about, tables)))
    return [
        [str(cell) for cell in row] for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()
    ]


def row_of(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


@pytest.mark.parametrize("name", COUNTIES)
def test_the_line_and_its_operator_are_those_of_the_standard_that_is_cited(name):
    facts = golden(name).facts
    limit = facts.standard.recognition_line
    said = Operator(limit.operator).zh + whole_percent(limit.value / 100)
    found = results_of(golden(name).published)
    assert f"评估标准要求{said}" in text_of(insert(facts, found))
    assert f"评估标准要求{said}" in text_of(section(facts, found))


@pytest.mark.parametrize("name", COUNTIES)
def test_nothing_but_the_titles_of_documents_stands_in_title_marks_on_any_page(name, tmp_path):
    facts = golden(name).facts
    published = golden(name).published
    about = AnnexFacts(facts.county, "", facts.generated, facts.invented)
    pages = write_dimension_pages(tmp_path, published.judgement, facts.standard, about)
    text = "".join(path.read_text(encoding="utf-8") for path in pages)
    text += "".join(cell for row in rows_of_workbook(facts, published, tmp_path) for cell in row)
    assert not re.search("《[^》]*（20[0-9]{2}）》", text)
    assert "测算规则：本系统选定的测算口径" in text


def test_a_missing_group_leaves_it_undetermined_and_a_rate_below_the_line_not_met():
    assert golden("A").published.estimate.county.verdict == Verdict.UNDETERMINED
    assert golden("G").published.estimate.county.incomplete
    assert golden("B").published.estimate.county.verdict == Verdict.NOT_MET
