"""A round as its officials play it, from an empty store to the downloaded report; by keyboard; on a phone."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import pypdfium2
import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from questionnaires.paper import load_paper
from survey_app.cli.account_commands import user
from survey_app.core.db import connect
from survey_app.core.settings import beijing_now
from tests.browser.conftest import REFUSED
from tests.console import try_address
from tests.serving import free_port, serving

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 780}
PASSWORD = "a good long sentence"
PEOPLE = {
    "admin": ("administrator", ""), "admin2": ("administrator", ""), "county": ("county", ""),
    "unit": ("unit", "P01"), "analyst": ("analyst", ""), "township": ("township", "甲镇"),
}  # fmt: skip
SCHOOLS = "code,name,kind,township\nP01,第一小学,primary,甲镇\nP02,第二小学,primary,乙镇\n"
FRAME = """group,unit,class,grade,population,invited,stage,locale,township
parent,P01,三年级1班,3,40,24,primary,city,甲镇
parent,P02,三年级1班,3,40,24,primary,city,乙镇
student,P01,三年级1班,3,40,24,primary,city,甲镇
teacher,P01,,,20,20,,city,甲镇
principal,P01,,,12,12,,city,甲镇
deputy,甲镇代表团,,,12,12,,,甲镇
cppcc,教育界,,,12,12,,,
public,乙镇,,,200,60,,,乙镇
"""
FIRST_VIEW, ANALYSIS = 60_000, ("结果",)
PICTURES = os.environ.get("SURVEY_SCREENSHOTS")
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
Entering = Callable[..., Page]


class Town(NamedTuple):
    """A store that is empty but for two trial slips that were opened, its service, its people's first passwords."""

    folder: Path
    address: str
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder, port = tmp_path_factory.mktemp("town"), free_port()
    passwords = {}
    with pytest.MonkeyPatch.context() as clean:
        clean.delenv("SURVEY_DATABASE_URL", raising=False)
        for name, (role, scope) in PEOPLE.items():
            command = ["add", name, "--role", role, "--scope", scope, "--dir", str(folder)]
            said = CliRunner().invoke(user, command, catch_exceptions=False).output
            passwords[name] = said.split("：")[1].split("（")[0]
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    try_address(engine, f"http://127.0.0.1:{port}")
    engine.dispose()
    with serving(folder, port) as service:
        yield Town(folder, service.address, passwords)


@pytest.fixture
def enter(chromium: Browser, town: Town) -> Iterator[Entering]:
    """Signs somebody in, in a browser of their own that may not complain or talk to another host."""
    made, complaints, asked = [], [], []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            complaints.append(message.text)

    def sign_in(name: str, viewport: dict[str, int] = DESK) -> Page:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", accept_downloads=True)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        context.on("console", hear)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("request", lambda request: asked.append(request.url))
        made.append(context)
        page = context.new_page()
        page.goto(f"{town.address}/console")
        page.get_by_label("账号").fill(name)
        page.get_by_label("口令").fill(town.passwords[name])
        page.get_by_role("button", name="登录").click()
        if page.url.endswith("/console/password"):
            page.get_by_label("现在的口令").fill(town.passwords[name])
            page.get_by_label("新口令", exact=True).fill(PASSWORD)
            page.get_by_label("再输一次新口令").fill(PASSWORD)
            page.get_by_role("button", name="修改").click()
            expect(page.get_by_role("status").first).to_have_text("口令已修改。")
            town.passwords[name] = PASSWORD
        return page

    yield sign_in
    for context in made:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(town.address)] == []


def look(page: Page, name: str) -> None:
    """No rule of accessibility is broken and nothing is too wide."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found] == [], name
    assert not page.evaluate(TOO_WIDE), name
    if PICTURES:
        size = page.viewport_size or DESK
        page.screenshot(path=Path(PICTURES) / f"console-{name}-{size['width']}.png", full_page=True)


def print_card(page: Page, address: str, password: str = PASSWORD) -> list[str]:
    """Print one's own card of passwords, by which one confirms; the page goes to the round afterwards."""
    page.goto(f"{address}/console/card")
    look(page, "card")
    page.get_by_label("登录口令").fill(password)
    page.get_by_role("button", name="印一张").click()
    look(page, "card-sheet")
    card = page.locator("li.password").all_inner_texts()
    page.goto(f"{address}/console/round")
    return card


def go(page: Page, label: str) -> None:
    page.get_by_role("navigation", name="主要页面").get_by_role("link", name=label, exact=True).click()


def bring(page: Page, kind: str, text: str) -> None:
    """Import a sheet, looking at what it changes first."""
    go(page, "导入")
    page.get_by_label("哪一种表").select_option(kind)
    page.get_by_label("文件").set_input_files(
        [{"name": f"{kind}.csv", "mimeType": "text/csv", "buffer": text.encode()}]
    )
    page.get_by_role("button", name="检查并预览").click()
    look(page, f"preview-{kind}")
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_role("status").first).to_have_text("已导入。")


def fill_setup(page: Page) -> None:
    """Fill in what the page 准备 asks for a round that opens now, and save it."""
    now = beijing_now()
    for label, value in {
        "区（县）名称": "青山区", "组织单位": "青山区人民政府教育督导室", "咨询电话": "023-79220000",
        "常住人口": "40000",
        "常住人口的出处": "2020年人口普查", "学年": "2025-2026", "送审稿批准人": "某某",
        "送审稿文号": "青教督〔2025〕1号", "开始时间": f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M}",
        "结束时间": f"{now + timedelta(days=4):%Y-%m-%dT%H:%M}",
    }.items():  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("评估标准").select_option("national-2017")
    page.get_by_label("认可度测算规则").select_option("quality-2024")
    page.get_by_label("已确认不在近期").check()
    page.get_by_role("button", name="保存", exact=True).click()


def take(page: Page, folder: Path) -> Path:
    """Wait for a job and download its file."""
    with page.expect_download(timeout=90_000) as download:
        page.get_by_role("button", name="下载").click(timeout=90_000)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_round_is_played_from_an_empty_store_to_the_downloaded_report(
    town: Town, enter: Entering, tmp_path: Path
) -> None:
    county = enter("county")
    expect(county.get_by_role("heading", level=1)).to_have_text("准备下一个批次")
    look(county, "setup-empty")
    go(county, "导入")
    county.get_by_label("文件").set_input_files([{"name": "bad.csv", "mimeType": "text/csv", "buffer": b"code\nP01\n"}])
    county.get_by_role("button", name="检查并预览").click()
    expect(county.get_by_role("alert")).to_contain_text("这份文件没有导入")
    look(county, "import-refused")
    bring(county, "schools", SCHOOLS)
    bring(county, "frame", FRAME)

    go(county, "准备")
    fill_setup(county)
    expect(county.get_by_text("都已就绪，可以开始")).to_be_visible()
    look(county, "setup-ready")
    county.get_by_role("link", name="义务教育情况问卷（社会卷）").click()
    expect(county.locator("fieldset")).to_have_count(17)

    admin = enter("admin")
    go(admin, "准备")
    admin.get_by_role("button", name="开始这个批次…").click()
    look(admin, "sure-open")
    admin.get_by_role("button", name="开始", exact=True).click()
    expect(admin.get_by_role("heading", level=1)).to_contain_text("进行中")
    look(admin, "round")

    unit = enter("unit")
    go(unit, "我的单位")
    unit.get_by_role("button", name="制作缺的码").click()
    look(unit, "job")
    slips = take(unit, tmp_path)
    links = [
        code.text
        for page in pypdfium2.PdfDocument(slips)
        for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    ]
    assert len(links) == 80
    unit.reload()
    expect(unit.get_by_role("button", name="再次下载")).to_be_visible()
    county.goto(f"{town.address}/console/unit?unit=甲镇代表团")  # codes of one unit alone make no total live
    county.get_by_role("button", name="制作缺的码").click()
    take(county, tmp_path)

    watching = enter("county", PHONE)
    expect(watching.get_by_role("heading", level=1)).to_have_text("尚缺60份")
    whole = watching.locator('dd [data-live="all"]')
    expect(whole).to_have_text("0")
    for link in links[:9]:
        answers = dict.fromkeys(load_paper("social-2026").item_ids, "4")
        assert httpx.post(link, data=answers).status_code == 200
    expect(whole).to_have_text("9", timeout=4_000)
    expect(watching.locator('td [data-live="unit:P01"]')).to_have_text("少于3份")  # a unit's count comes later
    expect(watching.get_by_role("heading", level=1)).to_have_text("尚缺60份")
    look(watching, "watch-live")

    county.goto(f"{town.address}/console/codes")
    look(county, "codes")
    county.get_by_role("link", name="第一小学").click()
    county.get_by_label("领取单位（领取人）").fill("第一小学教务处")
    county.get_by_label("领取单位（领取人）").press("Enter")
    expect(county.get_by_role("heading", level=1)).to_contain_text("第一小学：")  # Enter made no codes
    county.get_by_role("button", name="登记交接").click()
    expect(county.get_by_text("第一小学教务处（").first).to_be_visible()
    look(county, "unit")
    county.get_by_label("选择教师").check()
    county.get_by_role("button", name="遗失作废…").click()
    expect(county.get_by_role("heading", level=1)).to_have_text(re.compile("作废第一小学的[0-9]+个未使用的码？"))
    look(county, "sure")
    county.get_by_role("button", name="作废", exact=True).click()
    expect(county.get_by_text("已作废").first).to_be_visible()

    go(admin, "批次")
    admin.get_by_role("button", name="提出结束调查并启封统计").click()
    second = enter("admin2")
    go(second, "批次")
    look(second, "round-no-card")
    card = print_card(second, town.address)
    second.get_by_label("您口令卡上的第1号口令").fill(card[0])
    look(second, "round-proposed")
    second.get_by_role("button", name="确认结束调查并启封统计").click()
    expect(second.get_by_text("结果已经封存")).to_be_visible(timeout=90_000)

    analyst = enter("analyst")
    go(analyst, "批次")
    analyst.get_by_role("button", name="写报告").click()
    assert take(analyst, tmp_path).suffix == ".zip"
    go(admin, "操作记录")
    look(admin, "log")
    go(admin, "账号")
    look(admin, "accounts")


@pytest.mark.parametrize("name", ["admin", "township", "unit", "analyst"])
def test_every_page_of_a_role_can_be_used_by_everybody(enter: Entering, name: str) -> None:
    """As a phone shows it; `test_every_page` looks at all pages in both widths."""
    page = enter(name, PHONE)
    links = page.get_by_role("navigation", name="主要页面").get_by_role("link")
    for label in links.all_text_contents():
        go(page, label)
        look(page, f"{name}-{label}")
        weight = page.request.get(page.url, headers={"accept-encoding": "br"}).headers["content-length"]
        assert label in ANALYSIS or int(weight) <= FIRST_VIEW


def test_a_program_maker_reads_the_document_and_tries_the_api(enter: Entering, town: Town) -> None:
    page = enter("unit")
    page.goto(f"{town.address}/console/password")
    page.get_by_role("link", name="接口文档").click()
    expect(page.get_by_role("heading", name="社会认可度调查")).to_be_visible()
    assert not page.evaluate(TOO_WIDE)
    asked = page.locator("[id$=ApiMeShowMe]")
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "api-1280.png")
    asked.locator(".opblock-summary").click()
    asked.get_by_role("button", name="Try it out").click()
    asked.get_by_role("button", name="Execute").click()
    expect(asked.locator(".live-responses-table")).to_contain_text('"scope": "P01"')


def test_the_sign_in_page_and_a_refusal_can_be_used_by_everybody(chromium: Browser, town: Town) -> None:
    page = chromium.new_context(viewport=PHONE, locale="zh-CN").new_page()  # type: ignore[arg-type]
    page.goto(f"{town.address}/console/watch")
    look(page, "login")
    page.get_by_label("账号").fill("nobody")
    page.get_by_label("口令").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("账号或口令不对")
    look(page, "login-refused")
    page.context.close()


def test_the_keyboard_alone_is_enough(chromium: Browser, town: Town) -> None:
    page = chromium.new_context(viewport=DESK, locale="zh-CN").new_page()  # type: ignore[arg-type]
    page.goto(f"{town.address}/console")
    expect(page.get_by_label("账号")).to_be_focused()
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(town.passwords["admin"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="改口令")).to_be_visible()
    if page.url.endswith("/password"):
        for text in (town.passwords["admin"], PASSWORD, PASSWORD):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        town.passwords["admin"] = PASSWORD
        expect(page.get_by_role("status").first).to_have_text("口令已修改。")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        one = page.locator(":focus")
        seen.add(one.inner_text())
        assert "3px" in one.evaluate("one => getComputedStyle(one).outline")
    assert {"进度", "批次", "账号", "操作记录"} <= seen
    page.context.close()
