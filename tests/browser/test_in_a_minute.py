"""A paper takes a minute: how often a person must touch and scroll, and that nothing is touched twice by mistake.

Papers stand without a service here (drawn_pages.py); sizes are those of cheap phones, of large type and of landscape.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from survey_app.answering import read_code, read_receipt
from survey_app.pages.page_drawing import draw
from survey_app.pages.wording import OWN
from tests.browser.conftest import Phones
from tests.browser.drawn_pages import draw_sheet, open_drawn
from tests.browser.layouts import (
    HIDDEN,
    IN_SIGHT,
    LARGE_TYPE,
    LAYOUTS,
    NUMBER_IS_CUT,
    SIZES,
    TOGETHER,
    TYPE_SIZE,
    Layout,
    lay_out,
    look_at_the_top,
)
from tests.browser.people import answer_all, card, choose, expect_receipt, go_on, send

MOST_TAPS = 20
NEWER = ("social-2027", "staff-2027", "social-2027b", "staff-2027b")
SUM = "0123456789abcdef"  # as if the paper could be listened to: its button takes room
IN_THE_MIDDLE = """() => {
  const [circle, box] = ['input', 'span'].map(what => {
    const at = document.querySelector('.card.now .choice ' + what).getBoundingClientRect()
    return (at.top + at.bottom) / 2
  })
  return Math.abs(circle - box)
}"""
OFF_THE_DISK = """() => {
  const disk = document.querySelector('.mark'), text = document.createRange()
  text.selectNodeContents(disk)
  const [round, mark] = [disk, text].map(what => what.getBoundingClientRect())
  return Math.abs(round.top + round.bottom - mark.top - mark.bottom) / 2
}"""
IS_CUT = "field => field.scrollWidth > field.clientWidth || field.scrollHeight > field.clientHeight"
TRANSLATE = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = []
  while (walk.nextNode()) if (walk.currentNode.data.trim() && walk.currentNode.parentNode.tagName !== 'SCRIPT')
    texts.push(walk.currentNode)
  for (const text of texts) {
    const outer = document.createElement('font'), inner = outer.appendChild(document.createElement('font'))
    inner.textContent = '«' + text.data.trim() + '»'
    text.replaceWith(outer)
  }
}"""


def phone_of(phones: Phones, size: tuple[int, int] = (360, 640), **options: Any) -> Any:
    width, height = size
    return phones(viewport={"width": width, "height": height}, has_touch=True, **options)


def tap(page: Page, label: str) -> None:
    card(page).get_by_text(label, exact=True).tap()


def turn(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def list_cards(page: Page) -> list[str]:
    found: list[str] = page.locator(".card").evaluate_all("all => all.map(one => one.id)")
    return [name for name in found if name != "sending"]


def show(page: Page, name: str) -> None:
    page.evaluate("name => { location.hash = name }", name)
    expect(page.locator(f"#{name}.now")).to_be_visible()


@pytest.mark.parametrize(
    ("paper", "large"),
    [
        *((paper, False) for paper in ("social-2026", "staff-2026", "student-2026", *NEWER, "student-2027")),
        *((paper, True) for paper in ("social-2026", "staff-2026", *NEWER)),
    ],
)
def test_nothing_has_to_be_scrolled_from_the_first_card_to_the_last_item(
    phones: Phones, paper: str, large: bool
) -> None:
    group = {"social": "parent", "staff": "teacher"}.get(paper.partition("-")[0], "student")
    sheet = draw_sheet(group, kind="class", paper=paper, remarks=group != "student", voices=SUM)
    page = open_drawn(phone_of(phones), sheet)
    page.evaluate(LARGE_TYPE, large)
    for size in SIZES[-1:] if large else SIZES:
        turn(page, size)
        for name in list_cards(page)[:-1]:
            show(page, name)
            assert page.evaluate(HIDDEN) == IN_SIGHT, (size, name)


@pytest.mark.parametrize(
    ("size", "large", "type_size"),
    [
        ((640, 360), False, 100),
        ((780, 360), True, 100),
        ((360, 568), True, 100),
        ((320, 568), False, 160),
        ((360, 640), True, 160),
    ],
)
def test_where_there_is_less_room_choices_scroll_and_the_button_and_the_question_stay(
    phones: Phones, size: tuple[int, int], large: bool, type_size: int
) -> None:
    page = open_drawn(phone_of(phones, size, is_mobile=True), draw_sheet(remarks=True, voices=SUM))
    page.evaluate(LARGE_TYPE, large)
    page.evaluate(TYPE_SIZE, type_size)
    for name in list_cards(page):
        show(page, name)
        found = page.evaluate(HIDDEN)
        assert (found["page"], found["bar"]) == (0, True), name
        assert name in ("intro", "say", "finish") or page.evaluate(TOGETHER), name


def test_seventeen_items_take_at_most_twenty_taps(phones: Phones) -> None:
    for sheet in (draw_sheet(remarks=True), draw_sheet("student", kind="class")):
        page = open_drawn(phone_of(phones), sheet)
        page.evaluate("() => { window.taps = 0; addEventListener('pointerdown', () => taps++, true) }")
        page.locator("#next").tap()
        for _ in range(17):
            choose(page, "满意", Locator.tap)
        for _ in list_cards(page)[18:]:
            page.locator("#next").tap()
        expect(page.locator("[data-page=received]")).to_be_visible()
        assert page.evaluate("taps") <= MOST_TAPS


@pytest.mark.parametrize("size", SIZES)
def test_a_childs_card_has_faces_and_nothing_for_grandparents(phones: Phones, size: tuple[int, int]) -> None:
    page = open_drawn(phone_of(phones, size), draw_sheet("student", kind="class", paper="student-2027"))
    expect(page.get_by_text("长辈版")).to_have_count(0)
    expect(page.get_by_text("English")).to_have_count(0)
    for name in list_cards(page)[:-1]:
        show(page, name)
        assert page.evaluate(HIDDEN) == IN_SIGHT, name
    faces = card(page).locator(".choice svg")
    expect(faces).to_have_count(6)
    strokes = faces.evaluate_all("all => all.map(one => getComputedStyle(one).strokeWidth + one.clientWidth)")
    assert len(set(strokes)) == 1
    expect(card(page).get_by_role("radio", name="差不多是")).to_be_visible()


@pytest.mark.parametrize("letters", ["WWMM" * 6, "W123" * 6])
def test_a_receipts_number_is_whole_whatever_its_letters(phones: Phones, letters: str) -> None:
    number = read_receipt(letters)
    assert number
    page = open_drawn(phone_of(phones, is_mobile=True), draw_sheet(), number)
    answer_all(page)
    send(page)
    expect_receipt(page)
    look_at_the_top(page)
    for width, large, type_size in ((360, True, 160), (320, True, 100), (320, False, 160)):
        lay_out(page, Layout(width, 568, large, type_size))
        assert not page.evaluate(NUMBER_IS_CUT), (width, large, type_size)
    shown = page.locator("#receipt").input_value()
    assert [len(line) for line in shown.split("\n")] == [14, 14]
    assert read_receipt(shown) == number


def test_a_change_from_the_review_is_one_tap_and_comes_back_to_it(phones: Phones) -> None:
    page = open_drawn(phone_of(phones), draw_sheet())
    answer_all(page)
    page.get_by_role("link", name="学校对学生的文明礼貌教育").tap()
    expect(page.locator("#next")).to_have_text("看一遍再提交")
    choose(page, "不满意", Locator.tap)

    expect(page.locator("#finish.now")).to_be_visible()
    expect(page.locator("#review b").first).to_have_text("不满意")


def hold_time(page: Page) -> None:
    """From here on the page's time passes only where the test lets it, however slow the machine is."""
    page.clock.pause_at(page.evaluate("() => Date.now()") / 1000 + 2)


def touch_twice(page: Page, where: FloatRect | None, pause: int) -> None:
    """A finger that means one touch and makes two, `pause` milliseconds apart."""
    assert where
    for _ in range(2):
        page.touchscreen.tap(where["x"] + 20, where["y"] + 5)
        page.clock.run_for(pause)


@pytest.mark.parametrize("pause", [0, 60, 150, 300, 600])
def test_a_double_tap_never_skips_or_answers_the_card_that_comes(phones: Phones, pause: int) -> None:
    phone = phone_of(phones)
    phone.clock.install()
    page = open_drawn(phone, draw_sheet())
    go_on(page)
    hold_time(page)
    touch_twice(page, card(page).get_by_text("基本满意", exact=True).bounding_box(), pause)
    page.clock.run_for(1000)
    expect(card(page)).to_contain_text("第 2 题")
    expect(page.locator("input:checked[type=radio]")).to_have_count(1)

    show(page, "virtue_1")
    page.clock.run_for(1000)
    touch_twice(page, page.locator("#next").bounding_box(), min(pause, 400))
    page.clock.run_for(1000)
    expect(card(page)).to_contain_text("第 2 题")
    touch_twice(page, page.locator("#next").bounding_box(), min(pause, 400))  # of a blank item the first one tells so
    page.clock.run_for(1000)
    expect(card(page)).to_contain_text("第 2 题")


@pytest.mark.parametrize(("large", "pause"), [(False, 250), (True, 800)])
def test_a_choice_is_seen_for_a_moment_before_the_next_item_comes(phones: Phones, large: bool, pause: int) -> None:
    phone = phone_of(phones, (360, 780))
    phone.clock.install()
    page = open_drawn(phone, draw_sheet())
    page.evaluate(LARGE_TYPE, large)
    go_on(page)
    hold_time(page)
    choice = card(page).locator(".choice").nth(1)
    before = choice.screenshot()
    where = choice.bounding_box()
    assert where
    page.touchscreen.tap(where["x"] + 20, where["y"] + 20)
    page.clock.run_for(pause - 1)
    expect(choice.locator("input")).to_be_checked()
    expect(card(page)).to_contain_text("第 1 题")
    assert choice.screenshot() != before
    page.clock.run_for(1)
    expect(card(page)).to_contain_text("第 2 题")


def test_the_keyboard_and_a_screen_reader_are_never_led_on(phones: Phones) -> None:
    page = open_drawn(phone_of(phones), draw_sheet())
    go_on(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(400)
    expect(card(page)).to_contain_text("第 1 题")
    page.evaluate("""() => {
      const choice = document.querySelector('.card.now .choice')
      choice.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true, width: 0, height: 0, pressure: 0}))
      choice.click()
    }""")
    page.wait_for_timeout(400)
    expect(card(page)).to_contain_text("第 1 题")


def test_who_switches_it_off_goes_on_by_hand_and_that_is_remembered(phones: Phones) -> None:
    phone = phone_of(phones)
    page = open_drawn(phone, draw_sheet())
    page.get_by_label("选好后自动到下一题").uncheck()
    for number in (1, 2):
        go_on(page)
        tap(page, "满意")
        page.wait_for_timeout(400)
        expect(card(page)).to_contain_text(f"第 {number} 题")
        page.goto("about:blank")
        page = open_drawn(phone, draw_sheet())
        expect(page.get_by_label("选好后自动到下一题")).not_to_be_checked()


def test_going_back_undoes_it_and_waits(phones: Phones) -> None:
    page = open_drawn(phone_of(phones), draw_sheet())
    go_on(page)
    choose(page, "满意", Locator.tap)
    page.get_by_role("button", name="返回").tap()
    expect(card(page)).to_contain_text("第 1 题")
    page.wait_for_timeout(600)
    expect(card(page)).to_contain_text("第 1 题")
    expect(card(page).get_by_label("满意", exact=True)).to_be_checked()


def test_in_large_type_the_next_item_takes_its_time_and_the_last_choice_can_be_changed(phones: Phones) -> None:
    page = open_drawn(phone_of(phones, (360, 780)), draw_sheet())
    page.get_by_role("button", name="长辈版（大字）").tap()
    go_on(page)
    tap(page, "基本满意")
    page.wait_for_timeout(500)
    expect(card(page)).to_contain_text("第 1 题")
    expect(card(page)).to_contain_text("第 2 题")
    expect(page.get_by_text("上一题：基本满意")).to_be_visible()
    assert page.evaluate(HIDDEN) == IN_SIGHT
    page.get_by_role("button", name="修改").tap()
    expect(card(page)).to_contain_text("第 1 题")


def test_circles_and_boxes_grow_with_the_type(phones: Phones) -> None:
    page = open_drawn(phone_of(phones, is_mobile=True), draw_sheet())
    measure = """() => ['#auto', '.choice input'].map(what => {
      const mark = document.querySelector(what), box = mark.closest('label')
      return parseFloat(getComputedStyle(mark).width) / parseFloat(getComputedStyle(box).fontSize)
    })"""
    normal = page.evaluate(measure)
    page.evaluate(LARGE_TYPE, True)
    assert page.evaluate(measure) == pytest.approx(normal, rel=0.02)
    show(page, "virtue_1")
    for type_size in (100, 160):
        page.evaluate(TYPE_SIZE, type_size)
        assert page.evaluate(IN_THE_MIDDLE) < 2


@pytest.mark.parametrize("name", ["received", "used"])
def test_a_mark_stays_in_its_disk_whatever_the_type(phones: Phones, name: str) -> None:
    page = phone_of(phones, is_mobile=True, java_script_enabled=False).new_page()
    about = {"group": "parent", "posted": True, "receipt": "", "sealed": True, "kind": "slip", "code": ""}
    page.set_content(draw(name, OWN, **about).decode())
    for layout in LAYOUTS:
        lay_out(page, layout)
        assert page.evaluate(OFF_THE_DISK) < 4, layout


@pytest.mark.parametrize("number", ["WWMM-" * 5 + "WWMM", "W123-" * 5 + "W123"])
def test_what_was_typed_stands_whole_in_its_field(phones: Phones, number: str) -> None:
    page = phone_of(phones, is_mobile=True).new_page()
    code = " ".join(number.replace("-", "")[at : at + 5] for at in range(0, 20, 5))
    pages = {
        "number": draw("check", OWN, typed=number, found="unknown"),
        "code": draw("home", OWN, typed=code, read=read_code(code)),
    }
    for field, drawn in pages.items():
        page.set_content(drawn.decode())
        for layout in LAYOUTS:
            lay_out(page, layout)
            assert not page.locator(f"#{field}").evaluate(IS_CUT), (field, layout)


def test_a_blank_item_is_said_once_where_it_happens(phones: Phones) -> None:
    page = open_drawn(phone_of(phones), draw_sheet())
    go_on(page)
    go_on(page)
    expect(card(page)).to_contain_text("第 1 题")
    expect(card(page).get_by_role("alert")).to_have_text("这一题还没有选。想先空着，就再按一次下面的按钮。")
    for number in (2, 3):
        go_on(page)
        expect(card(page)).to_contain_text(f"第 {number} 题")
        expect(page.get_by_text("这一题还没有选。")).to_be_hidden()


def test_a_browser_that_translates_the_page_breaks_nothing(phones: Phones) -> None:
    page = open_drawn(phone_of(phones), draw_sheet())
    page.evaluate(TRANSLATE)
    go_on(page)
    for _ in range(17):
        choose(page, "«满意»", Locator.tap)
    expect(page.locator("#review li")).to_have_count(17)
    text = page.locator("#finish").inner_text()
    assert "undefined" not in text
    assert text.count("«满意»") == 17


def test_a_paper_left_for_an_hour_or_on_a_computer_that_answered_asks_whose_it_is(phones: Phones) -> None:
    for change in ({"at": 0}, None):
        phone = phone_of(phones)
        page = open_drawn(phone, draw_sheet())
        go_on(page)
        choose(page, "满意")
        page.evaluate(
            """change => {
              if (!change) return localStorage.setItem('answered', '1')
              const kept = JSON.parse(localStorage.getItem('answers /q/0000'))
              localStorage.setItem('answers /q/0000', JSON.stringify(Object.assign(kept, change)))
            }""",
            change,
        )
        page.goto("about:blank")
        page = open_drawn(phone, draw_sheet())
        expect(page.get_by_text("是您自己的吗？")).to_be_visible()
        expect(page.locator("input:checked[type=radio]")).to_have_count(0)
        expect(page.locator("#next")).to_be_hidden()


def test_what_was_chosen_is_cleared_by_one_touch(phones: Phones) -> None:
    page = open_drawn(phone_of(phones), draw_sheet(remarks=True))
    expect(page.get_by_role("button", name="清除我填的")).to_be_hidden()
    answer_all(page)
    show(page, "intro")
    page.get_by_role("button", name="清除我填的").tap()

    expect(page.locator("input:checked[type=radio]")).to_have_count(0)
    kept = page.evaluate("() => localStorage.getItem('answers /q/0000')")
    assert not kept or "=5" not in json.loads(kept)["answers"]
