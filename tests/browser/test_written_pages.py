"""The HTML files that are written, opened in Chromium as a phone of 360 pixels shows them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reports.annex.dimension_pages import write_dimension_pages
from reports.annex.tables import AnnexFacts
from reports.citizen.citizen_page import write_citizen_page
from reports.report.section import section, write_word
from reports.screen.views import results_of
from tests.golden_counties import golden

PHONE = (360, 640)
CELLS = "() => [...document.querySelectorAll('tbody td')].map(one => one.getBoundingClientRect().width).filter(Boolean)"
WIDE = "() => document.documentElement.scrollWidth"
NARROWEST = 200


@pytest.fixture(scope="module", params=["A", "E", "D"])
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page that is written of a county."""
    out = tmp_path_factory.mktemp(request.param)
    facts = golden(request.param).facts
    found = results_of(golden(request.param).published)
    write_citizen_page(out, facts, found)
    write_word(out, section(facts, found), "report", page=True)
    write_dimension_pages(out, found.judgement, facts.standard, AnnexFacts(facts.county, "", facts.generated))
    return out


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    yield page
    page.close()


def test_the_citizens_page_answers_on_its_first_screen(county: Path, phone: Page) -> None:
    phone.goto(next(county.glob("致群众*.html")).as_uri())
    answers = phone.locator(".answer dd")
    assert answers.count() == 3
    last = answers.nth(2).bounding_box()
    assert last
    assert last["y"] + last["height"] <= PHONE[1]


def test_no_page_is_wider_than_a_phone_and_tables_are_cards(county: Path, phone: Page) -> None:
    pages = sorted(county.glob("*.html"))
    assert len(pages) >= 6
    for path in pages:
        phone.goto(path.as_uri())
        assert phone.evaluate(WIDE) <= PHONE[0], path.name
        widths = phone.evaluate(CELLS)
        assert min(widths, default=NARROWEST) >= NARROWEST, path.name
