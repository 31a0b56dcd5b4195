"""Every page a respondent can meet, on phones and desks, by day and by night, in large type, read aloud.

With SURVEY_SCREENSHOTS=folder a picture of each is written there, for people to look at.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.core.db import connect
from survey_app.core.models import Batch, Round
from survey_app.core.settings import beijing_now
from survey_app.pages.page_drawing import draw_told
from survey_app.pages.wording import OWN
from tests.browser.conftest import County, Phones
from tests.browser.people import answer_all, answer_some, card, expect_chosen, expect_receipt, go_on, press, send

SIZES = {"phone": (360, 780), "desk": (1280, 800), "narrow": (320, 640), "enlarged": (180, 390)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LARGE_TYPE = "on => document.documentElement.classList[on ? 'add' : 'remove']('elder')"
CONTRAST = """() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number)
  const light = colour => channels(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const behind = one => {
    while (one.parentElement && channels(getComputedStyle(one).backgroundColor)[3] === 0) one = one.parentElement
    return getComputedStyle(one).backgroundColor
  }
  const ratio = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
  return [...document.body.querySelectorAll('*')]
    .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(one => ratio(light(getComputedStyle(one).color), light(behind(one))) < 4.5)
    .map(one => one.outerHTML)
}"""
SMALL = """() => [...document.querySelectorAll('.choice, button, a, .field')]
  .filter(one => one.offsetParent)
  .filter(one => one.getBoundingClientRect().height < (one.matches('.choice') ? 48 : 44))
  .map(one => one.outerHTML)"""
SMALL_TYPE = """() => [...document.body.querySelectorAll('*')]
  .filter(one => one.matches('.field') || [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16).map(one => one.outerHTML)"""
MODERN = """() => [...document.body.querySelectorAll('*')]
  .filter(one => /flex|grid/.test(getComputedStyle(one).display)).map(one => one.outerHTML)"""
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
RULES = (CONTRAST, SMALL, SMALL_TYPE, MODERN, TOO_WIDE)
PICTURES = os.environ.get("SURVEY_SCREENSHOTS")


@pytest.fixture
def store(county: County) -> Iterator[Session]:
    engine = connect(f"sqlite:///{county.folder / 'survey.db'}")
    with Session(engine) as session:
        yield session
    engine.dispose()


@contextmanager
def changed(session: Session, model: type[Round | Batch], **values: Any) -> Iterator[None]:
    """While inside, all rounds or batches have these values."""
    before = [(row.id, {name: getattr(row, name) for name in values}) for row in session.query(model)]
    session.execute(update(model).values(values))
    session.commit()
    try:
        yield
    finally:
        session.execute(update(model), [{"id": id_, **old} for id_, old in before])
        session.commit()


def look(page: Page, name: str) -> None:
    """Hold a page against the rules of the house and WCAG 2.2 AA in every size, colour scheme and type."""
    for (size, (width, height)), scheme in product(SIZES.items(), SCHEMES):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        assert [fault for rule in RULES if (fault := page.evaluate(rule))] == [], (size, scheme)
        if size == "phone":
            listen(page)
        if PICTURES and size in ("phone", "desk"):
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png", full_page=size == "phone")
    page.evaluate(LARGE_TYPE, True)
    for width, height in (SIZES["phone"], SIZES["narrow"]):
        page.set_viewport_size({"width": width, "height": height})
        assert [fault for rule in RULES if (fault := page.evaluate(rule))] == [], "large type"
    listen(page)
    page.evaluate(LARGE_TYPE, False)


def listen(page: Page) -> None:
    """axe-core finds nothing that somebody could not see, hear or reach."""
    found = Axe().run(page)
    assert [
        (violation["id"], [node["html"] for node in violation["nodes"]]) for violation in found.response["violations"]
    ] == []


def test_a_paper_of_every_kind_fits_and_can_be_heard(
    county: County, slips: Iterator[str], pupils_slips: Iterator[str], phones: Phones
) -> None:
    teacher = county.issue("slips", "P03")[0]
    for name, slip in {"social": next(slips), "staff": teacher, "student": next(pupils_slips)}.items():
        page = phones().new_page()
        page.goto(slip)
        look(page, f"paper-{name}")


def test_every_card_of_a_paper_fits_and_can_be_heard(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    answer_some(page, "基本满意", 1)
    press(page, "返回")
    look(page, "question")
    answer_all(page, leave=(3,))
    look(page, "review")
    page.goto(f"{page.url.split('#')[0]}#say")
    expect(page.get_by_role("textbox", name="还有想说的")).to_be_visible()
    look(page, "remark")
    page.goto(f"{page.url.split('#')[0]}#finish")
    page.context.set_offline(True)
    send(page)
    expect(page.get_by_role("status")).to_contain_text("现在没有网络")
    look(page, "offline")


def test_the_plain_page_fits_and_can_be_heard_with_its_problems(slips: Iterator[str], phones: Phones) -> None:
    phone = phones()
    phone.add_init_script("window.DOMParser = undefined")
    page = phone.new_page()
    page.goto(next(slips))
    look(page, "plain")
    answer_all(page, leave=(1, 5))
    page.locator("#remark").evaluate("one => one.value = '长'.repeat(151)")
    send(page)
    look(page, "plain-problems")


def test_problems_are_listed_and_lead_to_their_questions(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    answer_all(page, leave=(1, 2, 3, 4))
    page.locator("#remark").evaluate("one => one.value = '长'.repeat(151)")
    send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    look(page, "problems")
    page.get_by_role("link", name="第 1 题").click()
    look(page, "problem")


def test_english_fits_where_chinese_does(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(f"{next(slips)}?lang=en")
    look(page, "english")
    answer_some(page, "Satisfied", 1)
    look(page, "english-question")


def test_what_is_chosen_before_a_paper_fits_and_can_be_heard(
    slips: Iterator[str], public_link: str, class_link: str, phones: Phones
) -> None:
    page = phones().new_page()
    page.goto(public_link)
    look(page, "pick")
    page.get_by_role("link", name="家长").click()
    look(page, "public")
    page.goto(next(slips))
    page.get_by_role("link", name="我不想参加").click()
    look(page, "refuse")
    page.goto(class_link)
    answer_some(page, "满意", 1)
    page.goto(class_link)
    look(page, "resume")


def test_receipts_and_used_slips_fit_and_can_be_heard(slips: Iterator[str], class_link: str, phones: Phones) -> None:
    slip = next(slips)
    for name, address in {"receipt-slip": slip, "receipt-class": class_link}.items():
        page = phones().new_page()
        page.goto(address)
        answer_all(page)
        send(page)
        expect_receipt(page)
        look(page, name)
    stranger = phones().new_page()
    stranger.goto(slip)
    look(stranger, "used")


@pytest.mark.parametrize(
    ("name", "model", "values"),
    [
        ("not_yet", Round, lambda: {"opens": beijing_now() + timedelta(hours=1)}),
        ("paused", Round, lambda: {"state": "paused"}),
        ("closed", Round, lambda: {"closes": beijing_now()}),
        ("void", Batch, lambda: {"state": "void"}),
        ("invented", Round, lambda: {"invented": True, "opens": beijing_now() + timedelta(hours=1)}),
    ],
)
def test_a_code_that_is_not_open_says_so_and_shows_no_form(
    slips: Iterator[str],
    phones: Phones,
    store: Session,
    name: str,
    model: type[Round | Batch],
    values: Callable[[], dict[str, Any]],
) -> None:
    page = phones().new_page()
    slip = next(slips)
    with changed(store, model, **values()):
        page.goto(slip)
        look(page, name)
        page.goto(slip)
        assert page.locator("form").count() == 0


@pytest.mark.parametrize(
    ("name", "path"),
    [("home", "/"), ("mistyped", "/?code=ABC"), ("unknown", f"/q/{'0' * 16}"), ("failed", "/nowhere")],
)
def test_pages_without_a_code_fit_and_can_be_heard(county: County, phones: Phones, name: str, path: str) -> None:
    page = phones().new_page()
    page.goto(county.address + path)
    look(page, name)


@pytest.mark.parametrize("status", [413, 429, 500])
def test_what_went_wrong_on_the_way_says_that_the_code_still_holds(phones: Phones, status: int) -> None:
    page = phones().new_page()
    page.set_content(draw_told("failed", OWN, status=status).plain.decode())
    expect(page.get_by_text("答题码仍然有效")).to_be_visible()
    look(page, f"failed-{status}")


def test_in_high_contrast_the_chosen_answer_is_marked_without_colour(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.emulate_media(forced_colors="active")
    page.goto(next(slips))
    answer_some(page, "基本满意", 1)
    page.go_back()

    outline = page.locator("input:checked + span").evaluate("one => getComputedStyle(one).outlineStyle")
    others = page.locator(".card.now input:not(:checked) + span").evaluate_all(
        "all => all.map(one => getComputedStyle(one).outlineStyle)"
    )

    assert outline == "solid"
    assert set(others) == {"none"}
    assert page.locator(".card.now input:checked").evaluate("one => getComputedStyle(one).appearance") == "auto"
    listen(page)


def test_type_that_wechat_enlarges_grows_and_nothing_is_lost(slips: Iterator[str], phones: Phones) -> None:
    page = phones(is_mobile=True, has_touch=True).new_page()
    page.goto(next(slips))
    high = "() => document.querySelector('.card.now .lede, .card.now legend').getBoundingClientRect().height"
    before = page.evaluate(high)
    page.evaluate("() => document.body.style.webkitTextSizeAdjust = '160%'")

    assert page.evaluate(high) > 1.4 * before
    assert not page.evaluate(TOO_WIDE)
    go_on(page)
    assert not page.evaluate(TOO_WIDE)
    card(page).get_by_text("不了解", exact=True).click()
    expect_chosen(page, 1)


def test_what_has_the_focus_can_be_seen(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    go_on(page)
    page.keyboard.press("Tab")

    outline = page.locator("input:focus + span").evaluate("one => getComputedStyle(one).outline")

    assert "3px" in outline
    assert "solid" in outline


def test_large_type_is_remembered_on_every_page_of_the_phone(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    press(page, "长辈版（大字）")
    size = "() => parseFloat(getComputedStyle(document.body).fontSize)"
    assert page.evaluate(size) >= 22
    for other in (next(slips), page.url.split("/q/")[0]):
        page.goto(other)
        assert page.evaluate(size) >= 22


def test_every_question_and_every_field_has_a_name(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    answer_some(page, "满意", 17)

    expect(page.get_by_role("textbox", name="还有想说的")).to_be_visible()
    page.go_back()
    question = page.get_by_role("group", name="第 17 题，共 17 题 总的来看，您满意还是不满意？ 本区义务教育的总体情况")
    expect(question.get_by_role("radio")).to_have_count(6)
    expect(question.get_by_role("radio", name="不了解")).to_be_visible()
    assert page.title() == "第 17 题，共 17 题 · 义务教育情况问卷（社会卷）"


@pytest.mark.skipif(not PICTURES, reason="pictures are taken where SURVEY_SCREENSHOTS says")
def test_pictures_for_the_documentation(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    take(page, "first", 360)
    answer_some(page, "基本满意", 1)
    card(page).get_by_text("满意", exact=True).click()
    take(page, "question", 390)
    page.emulate_media(color_scheme="dark")
    take(page, "question-dark", 390)
    page.emulate_media(color_scheme="light")
    answer_all(page, leave=(3,))
    take(page, "review", 768)
    page.context.set_offline(True)
    send(page)
    expect(page.get_by_role("status")).to_contain_text("现在没有网络")
    take(page, "offline", 360)
    parent = phones().new_page()
    parent.goto(next(slips))
    press(parent, "长辈版（大字）")
    go_on(parent)
    take(parent, "question-large", 320)


def take(page: Page, name: str, width: int) -> None:
    """A small picture of what a phone of this width shows."""
    page.set_viewport_size({"width": width, "height": 780})
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(48)
    path = Path(str(PICTURES)) / f"respondent-{name}-{width}.png"
    picture.save(path, optimize=True)
    assert path.stat().st_size <= 60_000
