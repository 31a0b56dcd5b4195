"""Results pages as analysts look at them: drawn by Plotly where a chart comes into view, whole without a script."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple

import numpy as np
import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session

from reports.report.section import write_word
from reports.screen.rows import load_result_words
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import Attempt, sign_in
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.closing.close import close_round
from survey_app.core.db import connect
from survey_app.core.models import Account
from survey_app.core.settings import beijing_now
from tests.browser.conftest import PHONE
from tests.county import NOW, issue, open_county
from tests.keyring import keys_of
from tests.serving import free_port, serving
from tests.test_section import status_of, write

DESK = {"width": 1280, "height": 800}
PATIENCE = 60_000
VIEWS = list(load_result_words().views)
FEW = ["verdict", "topic", "unit", "downloads"]
PICTURES = os.environ.get("SURVEY_SCREENSHOTS")
LOOKS = [(DESK, "light", VIEWS), (PHONE, "dark", VIEWS), (DESK, "dark", FEW), (PHONE, "light", FEW)]
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Office(NamedTuple):
    """A county whose round is closed, its service, and the cookie of its analyst."""

    address: str
    token: str

    def path(self, view: str) -> str:
        return f"{self.address}/console/results" + ("/downloads" if view == "downloads" else f"?by={view}")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Iterator[Office]:
    folder, port, rng = tmp_path_factory.mktemp("office"), free_port(), np.random.default_rng(4)
    shutil.copyfile(sqlite_model, folder / "survey.db")
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    open_county(engine)
    with Session(engine) as session, session.begin():
        for code in (code for unit in ("P01", "P02", "甲镇代表团", "乙镇") for code in issue(session, unit)):
            number, answers = new_number(token_bytes), "".join(rng.choice([*"554433332195"], 17))
            access = find_access(session, code.code, number, NOW)
            assert store_forms(session.connection(), [Submission(access, number, answers, NOW)]) == ["stored"]
    close_round(engine, None, keys=keys_of(engine), actor="test", now=NOW)
    with Session(engine) as session, session.begin():
        password = add_account(session, "analyst", "analyst", "", actor="test", now=NOW, random=token_bytes)
        session.get_one(Account, "analyst").must_change = False
    token = sign_in(engine, Attempt(name="analyst", password=password), now=beijing_now(), random=token_bytes).token
    engine.dispose()
    with serving(folder, port) as service:
        yield Office(service.address, token)


class Seat(NamedTuple):
    """One browser of the analyst, what it asked for and what it complained of."""

    page: Page
    asked: list[str]
    complaints: list[str]


@pytest.fixture
def seats(chromium: Browser, office: Office) -> Iterator[list[BrowserContext]]:
    made: list[BrowserContext] = []
    yield made
    for context in made:
        context.close()


def sit(chromium: Browser, office: Office, made: list[BrowserContext], **options: object) -> Seat:
    context = chromium.new_context(**{"viewport": DESK, "locale": "zh-CN"} | options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": "console", "value": office.token, "url": f"{office.address}/console"}])
    made.append(context)
    seat = Seat(context.new_page(), [], [])
    context.on("request", lambda request: seat.asked.append(request.url))
    context.on("weberror", lambda error: seat.complaints.append(str(error.error)))
    context.on("console", lambda message: seat.complaints.append(message.text))
    return seat


def draw(page: Page) -> int:
    """Bring every chart into view and wait until it is drawn."""
    figures = page.locator("figure[data-plot]")
    for place in range(figures.count()):
        figures.nth(place).scroll_into_view_if_needed()
        expect(page.locator("figure.plotted")).not_to_have_count(0, timeout=PATIENCE)
    expect(page.locator("figure.plotted")).to_have_count(figures.count(), timeout=PATIENCE)
    return figures.count()


@pytest.mark.parametrize(("viewport", "scheme", "views"), LOOKS)
def test_every_results_page_can_be_used_by_everybody(
    chromium: Browser,
    office: Office,
    seats: list[BrowserContext],
    viewport: dict[str, int],
    scheme: str,
    views: list[str],
) -> None:
    seat = sit(chromium, office, seats, viewport=viewport, color_scheme=scheme)
    for view in views:
        seat.page.goto(office.path(view))
        draw(seat.page)
        found = Axe().run(seat.page).response["violations"]
        assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found] == [], view
        assert not seat.page.evaluate(TOO_WIDE), view
        if PICTURES:
            path = Path(PICTURES) / f"console-results-{view}-{scheme}-{viewport['width']}.png"
            seat.page.screenshot(path=path, full_page=True)
    assert seat.complaints == []
    assert [url for url in seat.asked if not url.startswith(office.address)] == []


def test_plotly_comes_once_with_the_first_chart_and_stays(
    chromium: Browser, office: Office, seats: list[BrowserContext]
) -> None:
    seat = sit(chromium, office, seats)
    seat.page.goto(office.path("downloads"))
    assert not [url for url in seat.asked if "plotly" in url]
    seat.page.goto(office.path("group"))
    assert draw(seat.page) == 2
    seat.page.locator(".plot .scatterlayer .point").first.hover(force=True)
    expect(seat.page.locator(".hoverlayer .hovertext").first).to_contain_text("学生：", timeout=PATIENCE)
    seat.page.goto(office.path("topic"))
    draw(seat.page)
    assert len({url for url in seat.asked if "plotly" in url}) == 1
    assert seat.page.locator(".modebar-btn--logo").count() == 0


def test_without_a_script_every_table_is_there_and_no_empty_chart(
    chromium: Browser, office: Office, seats: list[BrowserContext]
) -> None:
    seat = sit(chromium, office, seats, java_script_enabled=False)
    for view in VIEWS:
        seat.page.goto(office.path(view))
        assert seat.page.locator("figure:visible").count() == 0
    seat.page.goto(office.path("group"))
    expect(seat.page.get_by_role("table").first).to_contain_text("区间下限")


def test_the_keyboard_alone_leads_from_view_to_view_and_through_wide_tables(
    chromium: Browser, office: Office, seats: list[BrowserContext]
) -> None:
    seat = sit(chromium, office, seats, viewport=PHONE)
    seat.page.goto(office.path("verdict"))
    seat.page.get_by_role("link", name="方面", exact=True).focus()
    seat.page.keyboard.press("Enter")
    expect(seat.page.get_by_role("heading", level=2)).to_have_text("方面")
    wide = seat.page.get_by_role("region", name="表2").first
    wide.focus()
    seat.page.keyboard.press("ArrowRight")
    seat.page.keyboard.press("ArrowRight")
    expect(wide).to_be_focused()
    assert wide.evaluate("one => one.scrollWidth > one.clientWidth")


def test_the_offline_report_shows_its_charts_on_screen_and_on_paper(chromium: Browser, tmp_path: Path) -> None:
    _, path = write_word(tmp_path, write(status=status_of()), "report", page=True)
    context = chromium.new_context(viewport=DESK, locale="zh-CN", offline=True)  # type: ignore[arg-type]
    asked: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = context.new_page()
    page.goto(path.as_uri())
    figures = page.locator("figure")
    shown = page.locator("figure > .picture > svg:visible")
    assert shown.count() == figures.count() > 0
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found] == []
    page.emulate_media(media="print")
    assert shown.count() == figures.count()
    context.close()
    assert asked == [path.as_uri()]
    assert complaints == []


A4 = {"width": 718, "height": 1047}  # pixels of a sheet within margins of one centimetre
CUT = "() => [...document.querySelectorAll('main table, main figure, main p, main svg')].filter(one => { const box ="
CUT += " one.getBoundingClientRect(); return box.width && box.right > document.documentElement.clientWidth + 1 })"
CUT += ".map(one => one.outerHTML.slice(0, 80))"


@pytest.mark.parametrize("view", VIEWS)
def test_results_print_whole_on_a4(chromium: Browser, office: Office, seats: list[BrowserContext], view: str) -> None:
    seat = sit(chromium, office, seats, viewport=A4)
    seat.page.goto(office.path(view))
    draw(seat.page)
    seat.page.emulate_media(media="print")
    assert seat.page.evaluate(CUT) == []
    assert not seat.page.evaluate(TOO_WIDE)
    sheets = pypdfium2.PdfDocument(seat.page.pdf(format="A4", prefer_css_page_size=True))
    texts = "".join(page.get_textpage().get_text_bounded() for page in sheets)
    cells = seat.page.locator("main td:visible, main th:visible").all_inner_texts()
    missing = {cell.strip() for cell in cells if "".join(cell.split()) not in "".join(texts.split())}
    assert missing == set()


def test_without_a_script_the_offline_report_shows_its_charts_all_the_same(chromium: Browser, tmp_path: Path) -> None:
    _, path = write_word(tmp_path, write(status=status_of()), "report", page=True)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("figure > .picture > svg:visible").count() == page.locator("figure").count() > 0
    context.close()
