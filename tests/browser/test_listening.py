"""A question is read aloud: from one bundle, in the paper's order, and nobody learns who listens to what."""

import json
from base64 import b64encode

import pytest
from playwright.sync_api import Page, Request, Route, expect

from survey_app.pages.page_drawing import STATIC
from tests.browser.conftest import Phones
from tests.browser.drawn_pages import ADDRESS, draw_sheet, open_drawn
from tests.browser.people import card, go_on

ITEMS = ("virtue_1", "virtue_2")
OPTIONS = ("5", "4", "3", "2", "1", "9")
BUNDLE = {name: ["audio/wav", b64encode(name.encode()).decode()] for name in (*ITEMS, *OPTIONS)}
PLAYED = """() => {
  window.played = []
  HTMLMediaElement.prototype.play = function () {
    fetch(this.src).then(reply => reply.text()).then(text => { played.push(text); if (this.onended) this.onended() })
    return Promise.resolve()
  }
}"""
SPEECH = """local => {
  window.said = []
  const voices = [{ localService: local, lang: 'zh_CN', name: 'x' }, { localService: true, lang: 'fr-FR', name: 'y' }]
  Object.defineProperty(window, 'speechSynthesis', { value: {
    getVoices: () => voices, speak: what => said.push(what.textOf || what.text), cancel: () => {} } })
  window.SpeechSynthesisUtterance = function (text) { this.text = text }
}"""


def open_with_voice(phones: Phones, voices: str, start: str = f"({PLAYED})()") -> tuple[Page, list[Request]]:
    """A drawn paper that has this voice, on its first item, and every request it made after it was there."""
    phone = phones(has_touch=True, bypass_csp=start != "")  # the test looks into what was played
    phone.add_init_script(start)
    page = open_drawn(phone, draw_sheet("parent", voices=voices))
    asked: list[Request] = []

    def answer(route: Route) -> None:
        asked.append(route.request)
        if route.request.url.endswith("/listen.js"):
            route.fulfill(path=STATIC / "listen.js", content_type="text/javascript")
        else:
            route.fulfill(body=json.dumps(BUNDLE), content_type="application/json")

    page.route(f"{ADDRESS}/listen.js", answer)
    page.route(f"{ADDRESS}/voice/*", answer)
    go_on(page)
    return page, asked


def listen(page: Page) -> None:
    page.get_by_role("button", name="听题").tap()


def test_nothing_is_fetched_until_it_is_touched_and_then_all_at_once(phones: Phones) -> None:
    page, asked = open_with_voice(phones, "0123456789abcdef")
    assert asked == []
    listen(page)
    page.wait_for_function("played.length === 7")
    assert page.evaluate("played") == ["virtue_1", *OPTIONS]
    go_on(page)
    go_on(page)
    listen(page)
    page.wait_for_function("played.length === 14")
    assert page.evaluate("played.slice(7)") == ["virtue_2", *OPTIONS]
    assert [request.url for request in asked] == [f"{ADDRESS}/listen.js", f"{ADDRESS}/voice/0123456789abcdef"]
    for request in asked:
        assert {"cookie", "referer"}.isdisjoint(request.all_headers())


def test_a_button_touched_twice_before_its_script_came_reads_once(phones: Phones) -> None:
    page, asked = open_with_voice(phones, "0123456789abcdef")
    page.locator("#listen").evaluate("button => { button.click(); button.click() }")
    page.wait_for_function("played.length >= 7")
    page.wait_for_timeout(300)
    assert page.evaluate("played") == ["virtue_1", *OPTIONS]
    assert [request.url.rpartition("/")[2] for request in asked].count("0123456789abcdef") == 1


def test_the_pages_policy_lets_its_sounds_play(phones: Phones) -> None:
    page, _ = open_with_voice(phones, "0123456789abcdef", "")
    listen(page)
    expect(page.locator("#listen")).to_be_enabled()
    page.wait_for_timeout(300)  # a policy that was broken is a complaint, and those fail the test


def test_of_several_ways_of_speaking_one_is_asked_for_once(phones: Phones) -> None:
    page, asked = open_with_voice(phones, "苗语=00 西南官话=11")
    listen(page)
    card(page).get_by_role("button", name="西南官话").tap()
    page.wait_for_function("played.length === 7")
    listen(page)
    page.wait_for_function("played.length === 14")
    assert [request.url.rpartition("/")[2] for request in asked] == ["listen.js", "11"]


def test_without_recordings_the_phones_own_speech_reads(phones: Phones) -> None:
    page, asked = open_with_voice(phones, "", f"({SPEECH})(true)")
    listen(page)
    page.wait_for_function("said.length === 8")
    assert page.evaluate("said.slice(1, 4)") == ["学校对学生的文明礼貌教育", "非常满意", "满意"]
    assert [request.url.rpartition("/")[2] for request in asked] == ["listen.js"]


@pytest.mark.parametrize("start", ["", f"({SPEECH})(false)"], ids=["none", "speech of a service elsewhere"])
def test_a_phone_that_has_no_speech_of_its_own_has_no_button(phones: Phones, start: str) -> None:
    page, _ = open_with_voice(phones, "", start)
    expect(page.locator("#listen")).to_be_hidden()
