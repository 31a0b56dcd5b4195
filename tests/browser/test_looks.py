"""Every page a respondent can meet, on phones and desks, by day and by night.

With SURVEY_SCREENSHOTS=folder a picture of each is written there, for people to look at.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.db import connect
from survey_app.models import Batch, Round
from survey_app.settings import beijing_now
from tests.browser.conftest import County, Phones
from tests.browser.test_answering import answer_all, send

SIZES = {"phone": (360, 780), "desk": (1280, 800), "narrow": (320, 640), "enlarged": (180, 390)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
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
    before = [(one.id, {name: getattr(one, name) for name in values}) for one in session.query(model)]
    session.execute(update(model).values(values))
    session.commit()
    yield
    session.execute(update(model), [{"id": id_, **old} for id_, old in before])
    session.commit()


def look(page: Page, name: str) -> None:
    """Hold a page against the rules of the house in every size and colour scheme."""
    for (size, (width, height)), scheme in product(SIZES.items(), SCHEMES):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        assert [fault for rule in RULES if (fault := page.evaluate(rule))] == [], (size, scheme)
        if PICTURES and size in ("phone", "desk"):
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png", full_page=size == "phone")


def test_the_paper_of_every_kind(
    county: County, slips: Iterator[str], pupils_slips: Iterator[str], phones: Phones
) -> None:
    teacher = county.issue("slips", "P03")[0]
    for name, slip in {"social": next(slips), "staff": teacher, "student": next(pupils_slips)}.items():
        page = phones().new_page()
        page.goto(slip)
        page.get_by_text("基本满意", exact=True).first.click()
        look(page, f"paper-{name}")


def test_a_paper_with_problems(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    for question in page.get_by_role("group").all()[4:]:
        question.get_by_text("满意", exact=True).click()
    page.get_by_label("还有想说的").fill("长" * 501)
    send(page)
    look(page, "problems")


def test_receipts_and_a_used_slip(slips: Iterator[str], class_link: str, phones: Phones) -> None:
    slip = next(slips)
    for name, address in {"receipt-slip": slip, "receipt-class": class_link}.items():
        page = phones().new_page()
        page.goto(address)
        answer_all(page)
        send(page)
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
def test_a_door_that_is_not_open(
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
def test_pages_without_a_code(county: County, phones: Phones, name: str, path: str) -> None:
    page = phones().new_page()
    page.goto(county.address + path)
    look(page, name)


def test_what_has_the_focus_can_be_seen(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    page.keyboard.press("Tab")

    outline = page.locator("input:focus + span").evaluate("one => getComputedStyle(one).outline")

    assert "3px" in outline
    assert "solid" in outline
