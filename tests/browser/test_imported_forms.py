"""Answers from a file into the open round, through the console, on a phone and on a desk."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from survey_app.cli.account_commands import user
from survey_app.core.db import connect, upgrade
from survey_app.core.settings import beijing_now
from tests.browser.test_console import Entering, Town, enter, go, look
from tests.county import PLAN, open_county
from tests.serving import free_port, serving
from tests.test_storing_imported import CLASS, row, upload

__all__ = ["enter"]
SIZES = ({"width": 360, "height": 640}, {"width": 1280, "height": 800})


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A county whose round is open now."""
    folder = tmp_path_factory.mktemp("imports")
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    upgrade(engine)
    now = beijing_now()
    open_county(engine, replace(PLAN, opens=now - timedelta(hours=1), closes=now + timedelta(days=4)))
    engine.dispose()
    with pytest.MonkeyPatch.context() as clean:
        clean.delenv("SURVEY_DATABASE_URL", raising=False)
        command = ["add", "county", "--role", "county", "--dir", str(folder)]
        said = CliRunner().invoke(user, command, catch_exceptions=False).output
    passwords = {"county": said.split("：")[1].split("（")[0]}
    with serving(folder, free_port()) as service:
        yield Town(folder, service.address, passwords)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_answers_are_counted_first_and_then_sealed(enter: Entering, size: dict[str, int]) -> None:
    page = enter("county", size)
    go(page, "导入")
    page.get_by_role("link", name="导入答卷（纸质问卷、其他平台）").click()
    look(page, "import-responses")
    number = size["width"]
    for file, button in ((upload([1, *CLASS, *["好极了"] * 17]), "refused"), (upload(row(number), row(-number)), "")):
        sent = {"name": file.name, "mimeType": "text/csv", "buffer": file.content}
        page.get_by_label("答卷文件").set_input_files([sent])  # type: ignore[list-item]
        page.get_by_role("button", name="检查并清点").click()
        if button:
            expect(page.get_by_role("alert")).to_contain_text("这些文件没有导入")
            expect(page.get_by_text("好极了")).to_have_count(0)
            look(page, "responses-refused")
    expect(page.get_by_role("heading", level=1)).to_have_text("新的答卷2份")
    look(page, "responses-seen")
    page.get_by_role("button", name="封存入库").click()
    expect(page.get_by_role("status").first).to_have_text("答卷已封存入库，计入外部导入。")
