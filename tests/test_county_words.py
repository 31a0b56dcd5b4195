"""Every document, slip, poster, page and bundle says the county's own kind, never 区（县） for all of them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from questionnaires.county_words import load_county_words, name_own, name_whole, speak_of
from questionnaires.paper import list_papers, load_paper
from questionnaires.rule import load_papers
from reports.annex.rate_tables import rate_tables
from reports.annex.tables import AnnexFacts, say_self_check
from reports.citizen.citizen_page import render_citizen_page
from reports.handouts.handout_words import say_whose
from reports.handouts.paper_forms import form_document
from reports.report.briefing import briefing
from reports.report.insert import insert
from reports.report.paperwork import LETTERS, draft, letter
from reports.report.section import section
from reports.report.telling import describe_round
from reports.screen.views import load_result_words, results_of, write_results
from tests.golden_counties import golden
from tests.test_section import text_of
from tests.test_slips import NOTICE

SLOT = load_county_words().slots.kind
TEMPLATES = Path(__file__).parents[1] / "reports" / "templates"
COUNTIES = {"黔江区": "本区", "秀山土家族苗族自治县": "本自治县", "义乌市": "本市", "明江县": "本县"}


def texts_of(county):
    """Every document of the round in a county of that name, by what it is."""
    told = golden("B")
    papers = load_papers(told.facts.rule)
    facts = replace(told.facts, county=county, papers=tuple(speak_of(paper, county) for paper in papers))
    found = results_of(told.published)
    yield "citizen", render_citizen_page(facts, found)
    for write in (insert, section, briefing):
        yield write.__name__, text_of(write(facts, found))
    for name in LETTERS:
        yield name, text_of(letter(name, facts))
    for view in load_result_words().views:
        yield view, text_of(write_results(view, facts, told.published))
    yield "annex", f"{list(rate_tables(describe_round(facts, found)))}"
    yield "form", text_of(form_document(papers[0], "parent", replace(NOTICE, county=county)))


@pytest.mark.parametrize("county", COUNTIES)
def test_no_document_says_the_word_of_every_county(county):
    assert [name for name, text in texts_of(county) if SLOT in text] == []


@pytest.mark.parametrize(("county", "own"), COUNTIES.items())
def test_what_a_county_calls_itself_stands_in_what_is_sent_out(county, own):
    texts = dict(texts_of(county))
    assert all(own in texts[name] for name in ("调查通知", "致代表委员函", "致家长的一封信", "form"))
    assert f"用于{own}自评" in say_whose(county, "", "")
    assert own in say_self_check(AnnexFacts(county, "", NOTICE.opens))


def test_a_draft_reads_as_the_phones_show_it_and_says_that_the_file_holds_the_word_for_all():
    facts = golden("B").facts
    text = text_of(draft(facts.papers[0], facts))
    assert "本县义务教育的总体情况" in text
    assert text.count(SLOT) == 1


@pytest.mark.parametrize("paper", list_papers())
def test_a_paper_keeps_its_name_and_items_and_says_the_countys_word(paper):
    spoken = speak_of(load_paper(paper), "义乌市")
    assert (spoken.id, spoken.item_ids) == (paper, load_paper(paper).item_ids)
    assert SLOT not in str((spoken.opening, spoken.items, spoken.stem, spoken.remark, spoken.guardian))


def test_no_template_of_a_document_holds_the_word_of_every_county():
    told_to_all = {
        "words.toml": 1,
        "问卷送审稿.jinja": 1,
    }  # a field that a form refuses; what the file of a paper holds
    held = {path.name: path.read_text(encoding="utf-8").count(SLOT) for path in TEMPLATES.rglob("*.*")}
    assert {name: count for name, count in held.items() if count} == told_to_all


def test_a_place_of_no_known_kind_is_called_a_place():
    assert (name_own("某地"), name_whole("某地")) == ("本地", "全县")


@pytest.mark.parametrize("folder", ["survey_app/templates", "survey_app/accounts", "analysis/checks"])
def test_no_page_of_the_console_calls_every_county_by_one_word(folder):
    """Footers of sheets that come in are theirs, not ours."""
    texts = [path for path in (TEMPLATES.parents[1] / folder).rglob("*") if path.suffix in (".html", ".toml", ".py")]
    assert texts
    assert [path.name for path in texts if re.search("全县|全区|本区（县）|本县（区）", path.read_text("utf-8"))] == []
