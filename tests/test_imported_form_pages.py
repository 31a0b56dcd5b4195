"""The console's page for answers from files: counts, never an answer, and the files in memory alone."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.core.models import Box
from survey_app.frame.sheets import Mapping, Upload
from survey_app.imported_forms.form_files import FormFiles
from survey_app.imported_forms.waiting_files import KEPT, MOST, Waiting, WaitingFiles
from tests.console import Console, open_console
from tests.county import NOW, open_county
from tests.test_storing_imported import ANSWERS, CLASS, HEADS, WORDS, row, upload

PAGE = "/console/import/responses"
LARGE = 2 * 1024 * 1024  # beyond what a form's parser keeps in memory


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def send(console: Console, file: Upload, who: str = "county", **fields: str) -> Any:
    files = {"file": (file.name, io.BytesIO(file.content), "text/csv")}
    return console.people[who].post(PAGE, fields, files)


def agree(console: Console, page: Any, who: str = "county") -> Any:
    [token] = re.findall(r'name="token" value="(\w+)"', page.text)
    return console.people[who].post(f"{PAGE}/store", {"token": token})


def boxes(console: Console) -> int:
    with Session(console.engine) as session:
        return session.scalar(select(func.count()).select_from(Box)) or 0


def test_the_page_counts_by_group_and_unit_and_stores_only_then(console: Console) -> None:
    page = send(console, upload(row(1), row(2, "1" * 17)))
    assert page.status_code == 200
    assert "家长　P01　2份" in page.text
    assert not any(word in page.text for word in WORDS.values() if word)
    assert boxes(console) == 0
    assert agree(console, page).status_code == 303
    assert boxes(console) == 2
    assert agree(console, page).status_code == 404
    assert boxes(console) == 2


def test_faults_are_told_by_kind_and_place_and_not_what_stands_there(console: Console) -> None:
    page = send(console, upload([1, *CLASS, *["好极了"] * 17], [2, *CLASS, *["好极了"] * 17]))
    assert page.status_code == 422
    assert "34处，第2、3行" in page.text
    assert "好极了" not in page.text


def test_numbers_without_a_coding_are_asked_for_on_the_page(console: Console) -> None:
    file = upload([1, *CLASS, *[4] * 17])
    assert "没有写明 5 是最好还是 1 是最好" in send(console, file).text
    assert send(console, file, coding="best-is-5").status_code == 200


def test_nobody_else_stores_what_one_has_looked_at(console: Console) -> None:
    page = send(console, upload(row(1)))
    assert agree(console, page, "admin").status_code == 404
    assert boxes(console) == 0


def test_no_file_of_the_store_holds_an_upload_before_or_after(console: Console, tmp_path: Path) -> None:
    many = [row(number) for number in range(30)]
    notes = "x" * (LARGE // 30)
    file = upload(*([*line, notes] for line in many), heads=(*HEADS, "备注"))
    assert len(file.content) > LARGE
    page = send(console, file)
    assert page.status_code == 200
    agree(console, page)
    assert boxes(console) == 30
    needles = (WORDS["1"].encode(), ANSWERS.encode(), notes[:2000].encode())
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not [path.name for path in kept if any(needle in path.read_bytes() for needle in needles)]


def test_files_wait_for_half_an_hour_and_only_a_few_at_a_time() -> None:
    held = WaitingFiles()
    numbers = iter(range(100))
    waiting = Waiting(asked=FormFiles(files=[], mapping=Mapping()), owner="王", since=NOW)
    tokens = [held.hold(waiting, lambda: str(next(numbers))) for _ in range(MOST + 1)]
    assert [held.find(token, "王", NOW) is not None for token in tokens] == [False, *[True] * MOST]
    assert held.find(tokens[-1], "李", NOW) is None
    assert held.find(tokens[-1], "王", NOW + KEPT - timedelta(seconds=1))
    assert held.find(tokens[-1], "王", NOW + KEPT) is None
