"""The paper in Firefox: every code is answered, stored once and told, with cookies and script or without them."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import County
from tests.browser.firefox import NO_COOKIES, PROGRAM, Firefox, FirefoxPage, open_firefox
from tests.browser.layouts import look_at_every_card, look_at_the_top
from tests.browser.people import ANSWER

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="Firefox is not installed: `apt-get install firefox-esr`")
WITHOUT_SCRIPT = "() => { window.DOMParser = undefined }"
RECEIPT = "document.querySelector('[data-page=received]')"
MARK = """() => document.querySelectorAll('fieldset').forEach(one =>
  [...one.querySelectorAll('.choice')].find(choice => choice.textContent === '满意').click())"""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with open_firefox(tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox


@pytest.fixture(scope="module")
def firefox_without_cookies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with open_firefox(tmp_path_factory.mktemp("firefox"), **NO_COOKIES) as firefox:
        yield firefox


def send_in_cards(page: FirefoxPage) -> None:
    look_at_every_card(page)
    page.evaluate(ANSWER, ["满意", []])
    page.wait("document.querySelector('#finish.now') && document.querySelectorAll('#review li').length === 17")
    page.evaluate("() => document.getElementById('next').click()")
    page.wait(RECEIPT)
    look_at_the_top(page)


@pytest.mark.parametrize("kind", ["slip", "class", "public"])
def test_a_paper_is_answered_card_by_card_with_everything_in_sight(
    county: County, slips: Iterator[str], class_link: str, public_link: str, firefox: Firefox, kind: str
) -> None:
    before = county.count_forms()
    address = {"class": class_link, "public": f"{public_link}?group=parent"}.get(kind) or next(slips)
    page = firefox.open(address)
    send_in_cards(page)
    page.reload()
    page.wait(RECEIPT)
    assert county.count_forms() == before + 1


def test_a_browser_that_keeps_nothing_is_told_the_truth(
    county: County, slips: Iterator[str], firefox_without_cookies: Firefox
) -> None:
    before, slip = county.count_forms(), next(slips)
    page = firefox_without_cookies.open(slip)
    assert page.evaluate("() => { try { return localStorage.length } catch (blocked) { return blocked.name } }") == (
        "SecurityError"
    )
    send_in_cards(page)
    assert county.count_forms() == before + 1


def test_the_plain_page_is_answered(county: County, slips: Iterator[str], firefox: Firefox) -> None:
    before = county.count_forms()
    page = firefox.open(next(slips), before=WITHOUT_SCRIPT)
    assert not page.evaluate("() => document.querySelector('main.cards') !== null")
    look_at_the_top(page)
    page.evaluate(MARK)
    page.evaluate("() => document.getElementById('send').click()")
    page.wait(RECEIPT)
    assert county.count_forms() == before + 1
