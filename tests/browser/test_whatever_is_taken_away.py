"""Cookies, storage, script and network, each taken away: what is sent is stored once, and told truly, on every code.

Each one by itself, and a few sets, run in every test run, the whole of them in `make soak`. In each, every card of the
paper and the receipt are looked at in every size, in large type (长辈版) and with the type of the phone at 160 %.
"""

from collections.abc import Callable, Iterator
from itertools import chain, combinations

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import County, Phones
from tests.browser.layouts import look_at_every_card, look_at_the_top
from tests.browser.people import answer_all, expect_receipt, has_cards, send

THINGS = ("cookies", "storage", "script", "network")
SETS = [frozenset(found) for found in chain.from_iterable(combinations(THINGS, n) for n in range(5))]
SETS_OF_SEVERAL = {
    "slip": [{"cookies", "script", "network"}],
    "class": [{"cookies", "storage", "network"}, {"storage", "network"}],
    "public": [{"cookies", "script"}],
}
CORE = {kind: [*({thing} for thing in THINGS), *several] for kind, several in SETS_OF_SEVERAL.items()}
BLOCKED = """Object.defineProperty(window, 'localStorage', {
  get() { throw new DOMException('blocked', 'SecurityError') },
})"""
Address = Callable[[str], Callable[[], str]]


@pytest.fixture
def address(slips: Iterator[str], class_link: str, public_link: str) -> Address:
    return {"slip": lambda: next(slips), "class": lambda: class_link, "public": lambda: public_link}.__getitem__


def take_cookies(phone: BrowserContext) -> None:
    """No cookie goes out and none stays: blocked by the browser, or Secure ones on a page that came over http."""

    def strip(route: Route) -> None:
        reply = route.fetch(headers={key: value for key, value in route.request.headers.items() if key != "cookie"})
        phone.clear_cookies()
        route.fulfill(response=reply, headers={k: v for k, v in reply.headers.items() if k != "set-cookie"})

    phone.route("**/*", strip)


def lose_one_reply(page: Page, *, cookies: bool) -> None:
    """The answers are stored, and the phone hears nothing of it the first time."""

    def lose(route: Route) -> None:
        route.fetch()
        if not cookies:
            page.context.clear_cookies()
        route.abort("connectionreset")

    page.route("**/q/*", lose, times=1)


def cases(kind: str, wanted: list[set[str]] | list[frozenset[str]]) -> Iterator[object]:
    for missing in wanted:
        yield pytest.param(kind, frozenset(missing), id=f"{kind} without {' '.join(sorted(missing)) or 'nothing'}")


@pytest.mark.parametrize(("kind", "missing"), [case for kind, few in CORE.items() for case in cases(kind, few)])
def test_what_is_sent_is_stored_once_and_told_truly(
    county: County, phones: Phones, request: pytest.FixtureRequest, kind: str, missing: frozenset[str]
) -> None:
    answer_once(county, phones, request.getfixturevalue("address"), kind, missing)


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "missing"), [case for kind in CORE for case in cases(kind, SETS)])
def test_whatever_is_missing_it_is_stored_once_and_told_truly(
    county: County, phones: Phones, request: pytest.FixtureRequest, kind: str, missing: frozenset[str]
) -> None:
    answer_once(county, phones, request.getfixturevalue("address"), kind, missing)


def answer_once(county: County, phones: Phones, address: Address, kind: str, missing: frozenset[str]) -> None:
    before = county.count_forms()
    phone = phones(java_script_enabled="script" not in missing, is_mobile=True, has_touch=True)
    if "cookies" in missing:
        take_cookies(phone)
    if "storage" in missing:
        phone.add_init_script(BLOCKED)
    page = phone.new_page()
    page.goto(address(kind)())
    if kind == "public":
        page.get_by_role("link", name="家长").click()
    expect(page.locator("main.cards")).to_have_count(int("script" not in missing))
    look_at_every_card(page) if has_cards(page) else look_at_the_top(page)
    answer_all(page)
    if "network" in missing:
        lose_one_reply(page, cookies="cookies" not in missing)
    send(page)
    if {"network", "script"} <= missing:
        page.wait_for_url("chrome-error://**")
        page.reload()  # of the browser's own page: it sends the same once more
    expect_receipt(page)
    look_at_the_top(page)
    assert county.count_forms() == before + 1
    page.reload()
    expect_after_reload(page, kind, missing)
    assert county.count_forms() == before + 1


def expect_after_reload(page: Page, kind: str, missing: frozenset[str]) -> None:
    """The receipt again wherever anything is left by which the phone can be known: what was sent, a cookie, storage."""
    known = "script" in missing or not {"cookies", "storage"} <= missing
    if known:
        return expect_receipt(page)
    if kind == "slip":
        return expect(page.get_by_role("heading", level=1)).to_have_text("这个答题码已经用过了")
    return expect(page.locator("input[type=radio]:checked")).to_have_count(0)
