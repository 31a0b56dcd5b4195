"""Paper forms are printed and typed in twice, by keyboard alone, on a desk and readable on a phone."""

import os
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from survey_app.core.settings import beijing_now
from tests.browser.conftest import COUNTY, FRAME, PHONE, County, Phones
from tests.serving import free_port, serving

DESK = {"width": 1280, "height": 800}
PASSWORD = "a good long sentence"
PICTURES = os.environ.get("SURVEY_SCREENSHOTS")
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
TYPED = "44432444594444444"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[County, dict[str, str]]]:
    """A county whose round takes paper forms, and the first passwords of two clerks."""
    folder, port = tmp_path_factory.mktemp("office"), free_port()
    county = County(folder, f"http://127.0.0.1:{port}")
    (folder / "frame.csv").write_text(FRAME, encoding="utf-8")
    county.run("import", "frame", str(folder / "frame.csv"))
    now = beijing_now()
    opens, until = (f"{now + timedelta(days=days):%Y-%m-%d}" for days in (-1, 2))
    about = ("--population-source", "2020年人口普查", "--year", "2025-2026", "--opens", opens, "--paper-until", until)
    county.run("round", "open", *COUNTY, *about, "--ministry-not-near")
    passwords = {}
    for name in ("clerk1", "clerk2"):
        said = county.run("user", "add", name, "--role", "county", "--scope", "")
        passwords[name] = said.split("：")[1].split("（")[0]
    with serving(folder, port):
        yield county, passwords


def press(page: Page, *keys: str) -> None:
    """Keys one after another; a text is typed, the name of a key is pressed."""
    for key in keys:
        page.keyboard.press(key) if key in ("Tab", "Enter", "Backspace") else page.keyboard.type(key)


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(f"{address}/console")
    expect(page.get_by_label("账号")).to_be_focused()
    press(page, name, "Tab", password, "Enter")
    expect(page.get_by_label("现在的口令")).to_be_focused()
    press(page, password, "Tab", PASSWORD, "Tab", PASSWORD, "Enter")
    expect(page.get_by_role("status").first).to_have_text("口令已修改。")


def look(page: Page, name: str) -> None:
    """No rule of accessibility is broken and nothing is too wide, on a desk and on a phone."""
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found] == [], name
        assert not page.evaluate(TOO_WIDE), name
        if PICTURES:
            picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(64)
            picture.save(Path(PICTURES) / f"console-{name}-{size['width']}.png", optimize=True)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]


def test_a_sheet_is_printed_and_typed_in_twice_by_keyboard_alone(
    office: tuple[County, dict[str, str]], phones: Phones
) -> None:
    county, passwords = office
    one, two = (phones(viewport=DESK, accept_downloads=True).new_page() for _ in range(2))
    for page, name in ((one, "clerk1"), (two, "clerk2")):
        page.set_default_timeout(20_000)
        sign_in(page, county.address, name, passwords[name])

    one.goto(f"{county.address}/console/unit?unit=甲镇")
    one.get_by_label("选择其他群众").check()
    one.get_by_label("纸质问卷份数").fill("5")
    one.get_by_role("button", name="印纸质问卷").click()
    expect(one.get_by_role("status").first).to_have_text("已登记，请点“下载”打印纸质问卷。")
    look(one, "unit-paper")
    with one.expect_download() as download:
        one.get_by_role("link", name="下载其他群众的5份纸质问卷").click()
    assert zipfile.is_zipfile(download.value.path())

    one.get_by_role("link", name="纸质", exact=True).click()
    look(one, "papers")
    one.get_by_role("link", name="录第一遍").click()
    expect(one.get_by_label("编号（写在右下角的）")).to_be_focused()
    press(one, "Tab", TYPED[:4], "7", "Backspace", TYPED[3:])
    look(one, "paper")
    press(one, "Enter")
    expect(one.get_by_role("status").first).to_have_text("第一遍已存，接着录下一份。")
    expect(one.get_by_label("编号（写在右下角的）")).to_have_value("2")
    expect(one.get_by_label("编号（写在右下角的）")).to_be_focused()
    press(one, "Tab", TYPED, "Enter")
    expect(one.get_by_label("编号（写在右下角的）")).to_have_value("3")
    expect(one.get_by_label("编号（写在右下角的）")).to_be_focused()
    assert county.count_forms() == 0

    two.goto(f"{county.address}/console/papers")
    two.get_by_role("link", name="录第二遍").click()
    expect(two.get_by_label("编号（写在右下角的）")).to_have_value("1")
    expect(two.get_by_label("编号（写在右下角的）")).to_be_focused()
    press(two, "Tab", TYPED, "Enter")
    expect(two.get_by_role("status").first).to_have_text("两遍核对完，已入库。请在这一份上打勾，放到另一边。")
    assert county.count_forms() == 1
    expect(two.get_by_label("编号（写在右下角的）")).to_have_value("2")
    expect(two.get_by_label("编号（写在右下角的）")).to_be_focused()
    press(two, "Tab", "5", TYPED[1:], "Enter")
    expect(two.get_by_role("heading", level=1)).to_have_text("2号有1题两遍不一致")
    look(two, "paper-differ")
    assert county.count_forms() == 1
    press(two, "4", "Enter")
    expect(two.get_by_role("status").first).to_contain_text("已入库")
    assert county.count_forms() == 2
    two.goto(f"{county.address}/console/watch")
    expect(two.locator('td [data-live="unit:甲镇"]')).to_have_count(0)  # five sheets are too few for a count
    expect(two.get_by_text("另有1行发码不足10个，不单独列出份数")).to_be_visible()
