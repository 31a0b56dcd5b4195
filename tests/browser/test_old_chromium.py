"""The paper in Chromium 65: it is answered card by card, stored once and told, with nothing out of sight."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import County
from tests.browser.old_chromium import fetch_old_chromium, open_old_page

pytestmark = pytest.mark.soak
SIZES = [(360, 568), (360, 640), (360, 780)]
ANSWER = (
    "document.querySelector('.card.now input[value=\"4\"]').click(), document.getElementById('next').click(), "
    "document.querySelector('.card.now').id"
)
FITS = (
    "(function () { var main = document.querySelector('main'), bar = document.getElementById('steps')"
    ".getBoundingClientRect(); return main.scrollHeight <= main.clientHeight && bar.bottom <= innerHeight + .5 "
    "&& document.documentElement.scrollHeight <= innerHeight })()"
)


@pytest.fixture(scope="module")
def old_chromium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch_old_chromium(tmp_path_factory.mktemp("chromium65"))


@pytest.mark.parametrize("size", SIZES)
def test_a_slip_is_answered_and_counted_once_with_every_card_in_sight(
    county: County, slips: Iterator[str], old_chromium: Path, size: tuple[int, int]
) -> None:
    before = county.count_forms()
    with open_old_page(old_chromium, next(slips), size) as page:
        assert "HeadlessChrome/65" in page.ask("navigator.userAgent")
        page.wait("document.readyState === 'complete' && document.documentElement.classList.contains('live')")
        assert page.ask("innerWidth") == size[0]
        assert page.ask(FITS), "first card"
        page.ask("document.getElementById('next').click()")
        for number in range(17):
            assert page.ask(FITS), f"item {number + 1}"
            page.ask(ANSWER)
        assert page.ask("document.querySelector('.card.now').id") == "say"
        page.ask("document.getElementById('next').click()")
        assert page.ask("document.querySelectorAll('#review li').length") == 17
        page.ask("document.getElementById('next').click()")
        page.wait("document.querySelector('[data-page=received]') && document.body.innerText.indexOf('已收到') >= 0")
    assert county.count_forms() == before + 1
