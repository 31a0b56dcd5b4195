"""A re-contact as an office plays it: from the window's end to the result, at a desk and on a phone."""

import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from questionnaires.vocabulary import CodeKind
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.core.db import connect
from survey_app.core.models import Batch
from survey_app.core.settings import beijing_now
from tests.browser.test_console import Entering, Town, enter, go, look, print_card, take, town
from tests.county import PLAN, answer, issue, open_county

__all__ = ["enter", "town"]
PHONE = {"width": 360, "height": 640}


@pytest.fixture
def ended(town: Town) -> Engine:
    """A round in the town's store whose window ended an hour ago, with some answers of parents."""
    engine = connect(f"sqlite:///{town.folder / 'survey.db'}")
    now = beijing_now().replace(second=0, microsecond=0)
    open_county(engine, replace(PLAN, opens=now - timedelta(days=4), closes=now - timedelta(hours=1)))
    with Session(engine) as session, session.begin():
        made = now - timedelta(days=3)
        answer(session, issue(session, "P01", now=made)[:90], made)
        answer(session, issue(session, "P02", now=made)[:40], made)
    return engine


def read_codes(archive: Path, folder: Path) -> list[str]:
    """The code of every slip in the archive, by another decoder."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    pages = [page for path in sorted(folder.glob("*.pdf")) for page in pypdfium2.PdfDocument(path)]
    found = [code.text for page in pages for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
    return [link.rsplit("/", 1)[1] for link in found]


def fill(page: Page, until: datetime) -> None:
    page.get_by_label("哪类对象").select_option("parent")
    page.get_by_label("抽取几人").fill("60")
    page.get_by_label("答题条可用到").fill(f"{until:%Y-%m-%dT%H:%M}")
    page.get_by_label("随机种子").fill("20261127")
    page.get_by_role("button", name="抽取并制作答题条…").click()


def test_the_silent_are_drawn_answer_on_new_slips_and_the_close_takes_them(
    town: Town, enter: Entering, ended: Engine, tmp_path: Path
) -> None:
    admin = enter("admin")
    until = beijing_now().replace(second=0, microsecond=0) + timedelta(days=2)
    path = admin.get_by_role("complementary", name="各步")
    expect(path).to_contain_text("结束")
    path.get_by_role("link", name="回访").click()
    look(admin, "revisit-before")
    fill(admin, until)
    expect(admin.get_by_role("heading", level=1)).to_have_text("抽取家长60人回访？")
    look(admin, "sure-revisit")
    admin.get_by_role("button", name="抽取并制作", exact=True).click()
    codes = read_codes(take(admin, tmp_path), tmp_path / "out")
    assert len(set(codes)) == 60
    assert (tmp_path / "out" / "000-list 回访名单.docx").exists()

    phone = enter("admin2", PHONE)
    phone.goto(f"{town.address}/console/revisit")
    expect(phone.get_by_text("不满30份", exact=True)).to_be_visible()
    look(phone, "revisit-drawn")
    expect(phone.get_by_role("complementary", name="各步")).to_contain_text("到时再结束")
    phone.goto(f"{town.address}/q/{codes[0]}")
    expect(phone.get_by_text(f"{until:%-m月%-d日 %H:%M}截止")).to_be_visible()
    send(ended, codes[:36])
    phone.goto(f"{town.address}/console/revisit")
    expect(phone.get_by_text("已满30份", exact=True)).to_be_visible()

    go(admin, "批次")
    admin.get_by_role("button", name="提出结束调查并启封统计").click()
    expect(admin.get_by_role("alert")).to_contain_text("可用到")
    with ended.begin() as store:
        over = beijing_now() - timedelta(minutes=1)
        store.execute(update(Batch).where(Batch.kind == CodeKind.REVISIT.value).values(closes=over))
    admin.get_by_role("button", name="提出结束调查并启封统计").click()
    phone.get_by_label("您口令卡上的第1号口令").fill(print_card(phone, town.address)[0])
    phone.get_by_role("button", name="确认结束调查并启封统计").click()
    expect(phone.get_by_text("结果已经封存")).to_be_visible(timeout=90_000)
    go(admin, "结果")
    expect(admin.get_by_text("回访").first).to_be_visible()


def send(engine: Engine, codes: list[str]) -> None:
    """Forms of people who are a little less satisfied, on the slips of the archive."""
    with Session(engine) as session, session.begin():
        for number, code in enumerate(codes):
            answer_one(session, code, ("4" if number % 6 else "2") * 17)


def answer_one(session: Session, code: str, answers: str) -> None:
    number = new_number(token_bytes)
    now = beijing_now()
    access = find_access(session, code, number, now)
    assert store_forms(session.connection(), [Submission(access, number, answers, now)]) == ["stored"]
