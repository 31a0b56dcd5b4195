"""A round whose key three holders share, in three browsers: two of the three sheets close it, one alone does not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple

import httpx
import pypdfium2
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Download, Page, expect
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import Attempt, sign_in
from survey_app.cli import survey
from survey_app.codes.issuing import issue_codes
from survey_app.core.db import connect
from survey_app.core.models import Account
from survey_app.core.settings import beijing_now
from survey_app.rounds.draft import store_draft
from survey_app.rounds.round_rows import find_round
from tests.browser.test_console import DESK, look, print_card
from tests.serving import free_port, serving
from tests.test_console_keys import SHARED, in_order, read_pdf
from tests.test_console_rounds import DRAFT, SCHOOLS, whole_frame

PHONE = {"width": 360, "height": 640}
PEOPLE = {"admin": "administrator", "admin2": "administrator", "county": "county"}
Entering = Callable[..., Page]


class Office(NamedTuple):
    """A county with a draft that is ready, its service, and what opens the console for each person."""

    folder: Path
    address: str
    tokens: dict[str, str]
    passwords: dict[str, str]

    def issue(self) -> list[str]:
        """Slips of the first school, as their codes."""
        engine = connect(f"sqlite:///{self.folder / 'survey.db'}")
        with Session(engine) as session, session.begin():
            codes = issue_codes(
                session, find_round(session), "slip", unit="P01", actor="test", now=beijing_now(), random=token_bytes
            )
        engine.dispose()
        return [code.code for code in codes]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    for kind, text in {"schools": SCHOOLS, "frame": whole_frame()}.items():
        (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
        command = ["import", kind, str(folder / f"{kind}.csv"), "--dir", str(folder)]
        assert CliRunner().invoke(survey, command, env={"SURVEY_DATABASE_URL": ""}).exit_code == 0
    now = beijing_now()
    window = {
        "opens": f"{now - timedelta(hours=1):%Y-%m-%d %H:%M}",
        "closes": f"{now + timedelta(days=4):%Y-%m-%d %H:%M}",
    }
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    with Session(engine) as session, session.begin():
        store_draft(session, DRAFT | SHARED | window, actor="test", now=now)
        passwords = {
            name: add_account(session, name, role, "", actor="test", now=now, random=token_bytes)
            for name, role in PEOPLE.items()
        }
        for name in PEOPLE:
            session.get_one(Account, name).must_change = False
    tokens = {
        name: sign_in(engine, Attempt(name=name, password=passwords[name]), now=now, random=token_bytes).token
        for name in PEOPLE
    }
    engine.dispose()
    with serving(folder, free_port()) as service:
        yield Office(folder, service.address, tokens, passwords)


@pytest.fixture
def enter(chromium: Browser, office: Office) -> Iterator[Entering]:
    """Opens a page of somebody who is signed in, in a browser of their own."""
    made = []

    def open_page(name: str, path: str, viewport: dict[str, int] = DESK) -> Page:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", accept_downloads=True)  # type: ignore[arg-type]
        context.add_cookies([{"name": "console", "value": office.tokens[name], "url": office.address}])
        context.set_default_timeout(20_000)
        made.append(context)
        page = context.new_page()
        page.goto(office.address + path)
        return page

    yield open_page
    for context in made:
        context.close()


def save(download: Download, folder: Path) -> Path:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def take(page: Page, name: str, folder: Path) -> Path:
    """The sheet that a holder prints."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"领取{name}，打印").click()
    return save(download.value, folder)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_two_of_three_sheets_close_a_round_with_the_third_lost_and_one_alone_does_not(
    office: Office, enter: Entering, tmp_path: Path
) -> None:
    admin = enter("admin", "/console/setup")
    look(admin, "setup-shared")
    press(admin, "开始这个批次…")
    admin.get_by_label("不试扫的理由").fill("上月用这个网址扫过")
    look(admin, "sure-open-untried")
    press(admin, "开始")
    expect(admin.get_by_role("status").first).to_contain_text("请三位保管人各领一张")
    look(admin, "keys-waiting")
    pages = {
        "admin": admin,
        "admin2": enter("admin2", "/console/keys"),
        "county": enter("county", "/console/keys", PHONE),
    }
    look(pages["county"], "keys-waiting")
    sheets = {}
    for (person, page), name in zip(pages.items(), ("甲", "乙", "丙"), strict=True):
        sheets[person] = take(page, name, tmp_path)
        page.reload()
    words = {person: in_order(read_pdf(path.read_bytes())) for person, path in sheets.items()}

    mistyped = words["admin"].replace("-", " ")[:-1]
    admin.get_by_label("键入纸面上的10组字符").fill(mistyped)
    press(admin, "试用")
    expect(admin.get_by_role("alert")).to_contain_text("现在读到49个")
    expect(admin.get_by_label("键入纸面上的10组字符")).to_have_value(mistyped)
    look(admin, "keys-wrong")
    admin.reload()  # in the middle: the browser sends the same once more
    admin.get_by_label("键入纸面上的10组字符").fill(words["admin"])
    press(admin, "试用")
    expect(admin.get_by_role("status").first).to_contain_text("还要试用")
    picture = tmp_path / "photo.png"
    pypdfium2.PdfDocument(sheets["admin2"])[0].render(scale=2).to_pil().save(picture)
    pages["admin2"].get_by_label("或者选择启封密钥单的照片、PDF").set_input_files(picture)
    press(pages["admin2"], "试用")
    expect(pages["admin2"].get_by_role("status").first).to_contain_text("还要试用：第3张")
    look(pages["admin2"], "keys-tried")
    pages["county"].get_by_label("或者选择启封密钥单的照片、PDF").set_input_files(sheets["county"])
    press(pages["county"], "试用")
    expect(pages["county"].get_by_role("status").first).to_contain_text("开始")
    look(pages["county"], "keys-open")

    answers = dict.fromkeys(load_paper("social-2026").item_ids, "4")
    for code in office.issue()[:12]:
        assert httpx.post(f"{office.address}/q/{code}", data=answers).status_code == 200

    admin.goto(f"{office.address}/console/round")
    press(admin, "提出结束调查并启封统计")
    second = enter("admin2", "/console/round")
    card = print_card(second, office.address, office.passwords["admin2"])
    look(second, "round-sheets")
    fields = second.get_by_label("键入10组字符")
    fields.nth(0).fill(words["admin2"])
    second.get_by_label("您口令卡上的第1号口令").fill(card[0])
    press(second, "确认结束调查并启封统计")
    expect(second.get_by_role("alert")).to_contain_text("只有一张启封密钥单，启封需要两张")
    expect(fields.nth(0)).to_have_value(words["admin2"])
    second.set_viewport_size(PHONE)
    look(second, "round-one-sheet")
    second.get_by_label("或者选择照片、PDF").nth(1).set_input_files(sheets["county"])
    second.get_by_label("您口令卡上的第1号口令").fill(card[0])
    press(second, "确认结束调查并启封统计")
    expect(second.get_by_text("结果已经封存")).to_be_visible(timeout=90_000)
    second.goto(f"{office.address}/console/round")
    expect(second.get_by_role("heading", level=1)).to_contain_text("已结束")
    assert [path.suffix for path in (office.folder / "keys").glob("*")] == [".closed"]
