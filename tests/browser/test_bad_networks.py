"""A network that goes away before, during or after sending ends with exactly one form, and says what it does."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from survey_app.pages.page_drawing import draw_told
from survey_app.pages.wording import OWN
from tests.browser.conftest import County, Phones
from tests.browser.people import answer_all, expect_receipt, press, send

Fault = Callable[[Route], None]


def cut_during(route: Route) -> None:
    """The answers never arrive."""
    route.abort("connectionreset")


def lose_the_reply(route: Route) -> None:
    """The answers are stored, and the phone never hears of it."""
    route.fetch()
    route.abort("connectionreset")


def answer_for_a_service_that_is_away(route: Route) -> None:
    """What the web server in front says while the service restarts."""
    route.fulfill(status=502, content_type="text/html", body="<h1>502 Bad Gateway</h1>")


def show_the_log_in_page_of_a_wireless_network(route: Route) -> None:
    """A page of somebody else, with a status as if all were well."""
    route.fulfill(status=200, content_type="text/html", body="<h1>WiFi</h1><form></form>")


def find_it_too_slow(route: Route) -> None:
    """What the service says of a body that did not come in time."""
    page = draw_told("failed", OWN, status=408).plain.decode()
    route.fulfill(status=408, content_type="text/html; charset=utf-8", body=page)


@pytest.fixture
def page(slips: Iterator[str], phones: Phones) -> Page:
    """A paper that is answered and looked over."""
    page = phones().new_page()
    page.goto(next(slips))
    answer_all(page)
    return page


def status(page: Page, words: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(words)


@pytest.mark.parametrize(
    "fault",
    [
        cut_during,
        lose_the_reply,
        answer_for_a_service_that_is_away,
        find_it_too_slow,
        show_the_log_in_page_of_a_wireless_network,
    ],
)
def test_what_did_not_arrive_or_was_not_heard_of_is_sent_again_and_counts_once(
    county: County, page: Page, fault: Fault
) -> None:
    before = county.count_forms()
    page.route("**/q/*", fault, times=1)
    send(page)
    status(page, "没有连上服务。答案没有丢，2 秒后自动再交，不会重复计数，")

    expect_receipt(page)
    assert county.count_forms() == before + 1


def test_the_pauses_between_tries_grow_and_nobody_has_to_wait_for_them(county: County, page: Page) -> None:
    page.route("**/q/*", cut_during, times=3)
    send(page)
    for pause in (2, 4, 8):
        status(page, f"{pause} 秒后")
        press(page, "现在再试一次")

    expect_receipt(page)


def test_without_network_the_answers_wait_and_go_out_when_it_is_back(county: County, page: Page) -> None:
    before = county.count_forms()
    page.context.set_offline(True)
    send(page)
    status(page, "现在没有网络。答案没有丢，一有网络就自动提交")
    page.context.set_offline(False)

    expect_receipt(page)
    assert county.count_forms() == before + 1


def test_answers_that_were_waiting_go_out_when_the_page_is_opened_again(county: County, page: Page) -> None:
    before, slip, phone = county.count_forms(), page.url.split("#")[0], page.context
    phone.set_offline(True)
    send(page)
    status(page, "现在没有网络")
    page.close()
    phone.set_offline(False)
    again = phone.new_page()
    again.goto(slip)

    expect_receipt(again)
    assert county.count_forms() == before + 1


def test_a_pause_of_the_survey_is_said_and_the_answers_go_out_after_it(county: County, page: Page) -> None:
    county.run("round", "pause")
    send(page)
    status(page, "调查暂时停一停")
    county.run("round", "resume")
    press(page, "现在再试一次")

    expect_receipt(page)


def test_while_sending_nothing_can_be_sent_twice_and_nothing_can_be_seen(county: County, page: Page) -> None:
    page.context.set_offline(True)
    send(page)
    status(page, "现在没有网络")

    expect(page.get_by_role("button", name="提交答卷")).to_be_hidden()
    expect(page.locator(".choice:visible, #review:visible")).to_have_count(0)
