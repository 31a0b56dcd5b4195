"""An administrator records a sentence with a microphone that plays a tone; the sound is kept and can be heard."""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import Attempt, sign_in
from survey_app.core.db import connect, upgrade
from survey_app.core.models import Account
from survey_app.core.settings import beijing_now
from tests.serving import free_port, serving

PLAYED = """sound => new Promise(resolve => {
  sound.onended = () => resolve(sound.currentTime)
  sound.onerror = () => resolve(0)
  sound.play()
})"""


@pytest.fixture
def desk(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page of recordings, of an administrator whose browser may hear."""
    engine = connect(f"sqlite:///{tmp_path / 'survey.db'}")
    upgrade(engine)
    now = beijing_now()
    with Session(engine) as session, session.begin():
        password = add_account(session, "admin", "administrator", "", actor="test", now=now, random=token_bytes)
        session.flush()
        session.get_one(Account, "admin").must_change = False
        session.get_one(Account, "admin").acts_from = None
    token = sign_in(engine, Attempt(name="admin", password=password), now=now, random=token_bytes).token
    engine.dispose()
    with serving(tmp_path, free_port()) as service:
        context = chromium.new_context(locale="zh-CN", permissions=["microphone"])
        context.add_cookies([{"name": "console", "value": token, "url": service.address}])
        page = context.new_page()
        page.goto(f"{service.address}/console/voice")
        yield page
        context.close()


def test_a_sentence_is_recorded_kept_and_heard(desk: Page) -> None:
    first = desk.locator("tbody tr").first
    first.get_by_role("button", name="录音", exact=True).click()
    expect(first.get_by_role("button", name="停止")).to_be_visible()
    desk.wait_for_timeout(700)
    first.get_by_role("button", name="停止").click()
    expect(desk.get_by_role("status").filter(has_text="已录1句")).to_be_visible()
    assert desk.locator("tbody tr").first.locator("audio").evaluate(PLAYED) > 0.3
