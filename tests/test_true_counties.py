"""Invented results by the hundred: every sentence and every table of their documents holds."""

import pytest

from reports.annex.dimension_pages import write_dimension_pages
from reports.annex.rate_tables import rate_tables
from reports.annex.tables import AnnexFacts
from reports.annex.workbook import write_workbook
from reports.checking.checker import check_folder, check_written
from reports.checking.document_reading import Written, read_written
from reports.checking.published_round import PublishedRound
from reports.checking.tightening import tighten
from reports.citizen.citizen_page import write_citizen_page
from reports.document.document import Heading, Paragraph, Table
from reports.report import briefing, insert, section
from reports.report.telling import describe_round
from reports.screen.views import results_of
from tests.drawn_results import KINDS, draw_results

COUNTIES = 1_000
BATCH = 50
LAID_OUT = 50


def round_of(seed):
    facts, published = draw_results(seed)
    return PublishedRound(facts=facts, published=published)


def documents_of(round_):
    found = results_of(round_.published)
    return [write(round_.facts, found) for write in (insert.insert, section.section, briefing.briefing)]


def words_of(document):
    """What stands in a document before any format; every fiftieth county is read from its files besides."""
    lines = []
    tables = []
    for block in document.blocks:
        match block:
            case Heading():
                lines.append(block.text)
            case Paragraph():
                lines.append("".join(block.lines))
            case Table():
                tables.append([[tighten(cell) for cell in row] for row in (block.head, *block.rows)])
                lines += [block.caption, *block.notes]
            case _:
                lines.append(block.caption)
    return Written([tighten(line) for line in lines], tables)


def find_untrue(seed, folder):
    round_ = round_of(seed)
    found = [line for document in documents_of(round_) for line in check_written(words_of(document), round_)]
    page = write_citizen_page(folder, round_.facts, results_of(round_.published))
    return found + list(check_written(read_written(page), round_))


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_a_county_of_each_kind_has_true_documents(seed, tmp_path):
    assert find_untrue(seed, tmp_path) == []


@pytest.mark.soak
@pytest.mark.parametrize("first", range(0, COUNTIES, BATCH))
def test_a_thousand_counties_have_true_documents(first, tmp_path):
    untrue = {seed: find_untrue(seed, tmp_path) for seed in range(first, first + BATCH)}
    assert {seed: lines for seed, lines in untrue.items() if lines} == {}


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(0, COUNTIES, LAID_OUT))
def test_what_is_read_back_from_word_pdf_workbook_and_pages_is_true(seed, tmp_path):
    round_ = round_of(seed)
    tables = rate_tables(describe_round(round_.facts, results_of(round_.published)))
    about = AnnexFacts(round_.facts.county, "", round_.facts.opens, round_.facts.invented)
    write_workbook(tmp_path, round_.published.judgement, round_.facts.standard, about, tables)
    write_dimension_pages(tmp_path, round_.published.judgement, round_.facts.standard, about)
    for file, document in zip((insert.FILE, section.FILE, briefing.FILE), documents_of(round_), strict=True):
        section.write_word(tmp_path, document, file, page=True)
        section.write_pdf(tmp_path, document, file)
    assert check_folder(tmp_path, round_) == []
