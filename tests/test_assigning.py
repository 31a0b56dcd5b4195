"""The console's page for what a file does not say: heads and words chosen from lists, kept, proposed the next time."""

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.core.models import Box, FrameRow, Resource, School
from survey_app.frame.assignments import load_assignment
from tests.console import Console, open_console
from tests.county import open_county
from tests.test_storing_imported import CLASS, HEADS, ITEMS, WORDS, row, upload

OWN = "校号,校名,类别\nP01,第一小学,镇小\nP02,第二小学,镇小\n"
HEAD = re.compile(r'<label for="(?:head|word)-(\d+)">([^<]*)</label>')


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def open_round(console: Console) -> Console:
    open_county(console.engine)
    return console


def send(console: Console, text: str, page: str = "/console/import", **fields: str) -> Any:
    files = {"file": ("表.csv", io.BytesIO(text.encode()), "text/csv")}
    return console.people["county"].post(page, fields, files)


def read_hidden(page: Any) -> dict[str, str]:
    form = page.text.split("<form", 2)[-1] if page.status_code == 200 else page.text
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found if name != "csrf"}


def choose(console: Console, page: Any, route: str = "/console/import", **said: str | list[str]) -> Any:
    return console.people["county"].post(f"{route}/assign", read_hidden(page) | said)


def number(page: Any, written: str) -> str:
    """The number of the question about this head or word."""
    return next(number for number, text in HEAD.findall(page.text) if html.unescape(text) == written)


def count(console: Console, table: type) -> int:
    with Session(console.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def store(console: Console, page: Any) -> Any:
    return console.people["county"].post("/console/import/store", read_hidden(page))


def assign_own(console: Console) -> Any:
    """Heads first, then the word that only they made readable, then the import."""
    page = send(console, OWN, kind="schools")
    assert page.status_code == 422
    names = {"校号": "code", "校名": "name", "类别": "kind"}
    page = choose(console, page, heads=[f"{number(page, head)}:{name}" for head, name in names.items()])
    assert page.status_code == 422
    return choose(console, page, words=[f"{number(page, '镇小')}:primary"])


def test_heads_and_words_are_chosen_from_lists_and_nothing_is_stored_before(console: Console) -> None:
    page = assign_own(console)
    assert page.status_code == 200
    assert count(console, School) == 0
    assert store(console, page).status_code == 303
    assert count(console, School) == 2


def test_the_next_file_finds_the_same_choices_made(console: Console) -> None:
    store(console, assign_own(console))
    page = send(console, OWN + "P03,第三小学,镇小\n", kind="schools")
    assert "以前导入这种表时，对应过表头和取值。下面已按上一次的填好，请核对。" in page.text
    chosen = re.findall(r'<option value="(\d+:\w+)" selected>', page.text)
    page = choose(console, page, heads=chosen)
    chosen = re.findall(r'<option value="(\d+:\w+)" selected>', page.text)
    page = choose(console, page, words=chosen)
    assert page.status_code == 200
    store(console, page)
    assert count(console, School) == 3


def test_a_short_name_is_proposed_and_stays_confirmed(open_round: Console) -> None:
    resources = "学校代码,学段,学生数\n一小,小学,100\n"
    page = send(open_round, resources, kind="resources", year="2025-2026")
    assert '<option value="0:P01" selected>第一小学（P01）</option>' in page.text
    page = choose(open_round, page, words=["0:P01"])
    assert page.status_code == 200
    assert store(open_round, page).status_code == 303
    assert count(open_round, Resource) == 1
    with Session(open_round.engine) as session:
        assert load_assignment(session, "resources").values == {"school": {"一小": "P01"}}


def test_a_unit_that_is_no_school_can_be_said_to_be_none(open_round: Console) -> None:
    page = send(open_round, "调查对象,单位,总人数\n其他群众,一小,400\n", kind="frame")
    page = choose(open_round, page, words=["0:一小"])
    assert page.status_code == 200
    before = count(open_round, FrameRow)
    assert store(open_round, page).status_code == 303
    assert count(open_round, FrameRow) == before + 1


def test_a_ready_mapping_is_chosen_with_the_file(console: Console) -> None:
    text = "学校（机构）标识码,学校名称,学校办学类型\n2150012345,第一小学,211\n"
    assert send(console, text, kind="schools").status_code == 422
    assert send(console, text, kind="schools", ready="moe-statistics").status_code == 200


@pytest.mark.parametrize("said", [{"heads": "9:code"}, {"heads": "0:no"}, {"words": "x"}, {"mapping": "{"}])
def test_a_choice_that_no_page_offered_changes_nothing(console: Console, said: dict[str, str]) -> None:
    page = send(console, OWN, kind="schools")
    assert choose(console, page, **said).status_code in (400, 422)
    assert count(console, School) == 0


RESPONSES = "/console/import/responses"


def test_answers_in_other_words_are_typed_by_whoever_knows_the_paper_and_never_shown(open_round: Console) -> None:
    own = {"5": "棒极了", "4": "挺好的", "3": "还凑合", "2": "不太行", "1": "太差了", "9": "说不准", "0": ""}
    lines = [[1, *CLASS, *(own[digit] for digit in "54321954321954325")], [2, *CLASS, *["挺好的"] * 17]]
    file = upload(*lines, heads=("序号", "身份类别", "单位", "班级", *ITEMS))
    page = send(open_round, file.content.decode(), RESPONSES)
    assert page.status_code == 422
    assert not any(word in page.text for word in own.values() if word)
    said = {f"said_{digit}": word for digit, word in own.items() if word}
    page = choose(open_round, page, RESPONSES, heads=[f"{number(page, '身份类别')}:group"], **said)
    assert page.status_code == 200
    assert not any(word in page.text for word in (*own.values(), *WORDS.values()) if word)
    [token] = re.findall(r'name="token" value="(\w+)"', page.text)
    assert open_round.people["county"].post(f"{RESPONSES}/store", {"token": token}).status_code == 303
    assert count(open_round, Box) == 2


def test_a_school_by_a_short_name_is_chosen_among_the_rounds_units(open_round: Console) -> None:
    file = upload(row(1, place=("家长", "一小", "三年级1班")))
    page = send(open_round, file.content.decode(), RESPONSES)
    assert '<option value="0:P01" selected>' in page.text
    assert choose(open_round, page, RESPONSES, words=["0:P01"]).status_code == 200


def test_refused_answers_are_in_no_file(open_round: Console, tmp_path: Path) -> None:
    file = upload([1, *CLASS, *["好极了"] * 17], heads=("序号", "谁", *HEADS[2:]))
    assert send(open_round, file.content.decode(), RESPONSES).status_code == 422
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if "好极了".encode() in path.read_bytes()]


def test_a_platforms_own_number_is_nothing_to_ask_about(open_round: Console) -> None:
    page = send(open_round, upload([1, *CLASS, *["好极了"] * 17]).content.decode(), RESPONSES)
    assert page.status_code == 422
    assert "这些文件没有导入" in page.text
    assert 'name="file"' in page.text
