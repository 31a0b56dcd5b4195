"""By keyboard alone: at most ten presses of Tab from the top of a page to any main act, however long its tables are."""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource
from survey_app.codes.issuing import issue_codes
from survey_app.problems.register import Finding, add_problem
from survey_app.rounds.round_rows import find_round
from tests import county as small
from tests.browser.test_console import DESK
from tests.console import Console, open_console
from tests.county import NOW, PEOPLE, open_county

MOST = 10
CLASSES = [("parent", "P01", f"五年级{number}班", 5, 40, "primary", "city", "甲镇") for number in range(1, 43)]
UNITS = [("deputy", f"{number}代表团", "", None, 12, "", "", "甲镇") for number in range(60)]
ACTS = [
    ("admin", "/console/watch", ("下载表格", "查找")),
    ("admin", "/console/codes", ("开始制作", "登记交接…")),
    ("admin", "/console/unit?unit=P01", ("制作缺的码", "登记交接")),
    ("admin", "/console/import", ("检查并预览",)),
    ("admin", "/console/data?kind=schools", ("查看", "下载全表")),
    ("admin", "/console/round", ("提出结束", "暂停", "延长")),
    ("admin", "/console/round/correct", ("先核对",)),
    ("admin", "/console/setup", ("先保存",)),
    ("admin", "/console/words", ("先保存",)),
    ("admin", "/console/problem?number=1", ("先保存",)),
    ("admin", "/console/accounts/scope?name=unit", ("更正",)),
    ("admin", "/console/data/row?kind=schools&key=P01&column=name", ("更正",)),
    ("admin", "/console/accounts", ("新增",)),
    ("admin", "/console/log", ("查看", "下载全部")),
    ("admin", "/console/problems", ("查看",)),
    ("admin", "/console/papers", ("确定",)),
]
NEXT = """() => {
  const found = document.activeElement
  return (found.innerText || found.value || found.getAttribute('aria-label') || '').trim()
}"""


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """A county with a unit of 45 rows and 64 units, all with codes that wait."""
    monkeypatch.setattr(small, "PEOPLE", [*PEOPLE, *CLASSES, *UNITS])
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        for unit in ("P01", "P02"):
            issue_codes(session, find_round(session), "slip", unit=unit, actor="test", now=NOW, random=token_bytes)
        add_problem(session, Finding(text="教师不足", source=ProblemSource.HAND), actor="test", now=NOW)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def count_presses(chromium: Browser, html: str, acts: tuple[str, ...]) -> dict[str, int]:
    """By how many presses of Tab each act is reached: the first lands on the way past the head, which is taken."""
    page = chromium.new_context(viewport=DESK).new_page()  # type: ignore[arg-type]
    page.set_content(html)
    page.keyboard.press("Tab")
    assert page.evaluate(NEXT) == "跳到正文"
    page.keyboard.press("Enter")
    reached: dict[str, int] = {}
    for presses in range(2, MOST + 1):
        page.keyboard.press("Tab")
        said = page.evaluate(NEXT)
        reached |= {act: presses for act in acts if said.startswith(act) and act not in reached}
    page.context.close()
    return reached


def test_every_main_act_is_ten_presses_away_at_most(chromium: Browser, console: Console) -> None:
    """It was 57 to 交给, behind a table of 42 rows."""
    found = {}
    for who, path, acts in ACTS:
        answer = console.people[who].get(path)
        assert answer.status_code == 200
        reached = count_presses(chromium, answer.text, acts)
        found[path] = [act for act in acts if act not in reached]
    assert found == {path: [] for _, path, _ in ACTS}
