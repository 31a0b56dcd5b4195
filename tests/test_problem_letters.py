"""督导通报, 整改通知书 and 催办函 from the register: to whom, about what, and nothing that is not so."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import ProblemSource
from reports.handouts.problem_letters import Letters
from survey_app.problems.closing_steps import apply_for_closing
from survey_app.problems.register import Finding, Remedy, Wanted, add_problem
from survey_app.results.register_letters import gather_letters, say_left_out
from tests.conftest import copy_store
from tests.console import Console, open_console
from tests.county import NOW, open_county
from tests.program import survey
from tests.test_problems import ACT, close, keep_year

TODAY = NOW.date()
LATE, LATER = TODAY - timedelta(days=12), TODAY + timedelta(days=30)
PLANNED = {"measure": "补充教师2名", "post": "教师科科长"}


def enter(session: Session, text: str, lead: str = "", due: date | None = None, **remedy: str) -> int:
    finding = Finding(text=text, source=ProblemSource.CITY, school="P01")
    return add_problem(session, finding, Remedy(lead=lead, due=due, **remedy), **ACT).number


def fill_register(session: Session) -> None:
    """1 late, 2 in time, 3 late of another unit and applied for, 4 closed, 5 without a lead."""
    keep_year(session, SchoolYear(2025))
    enter(session, "门卫未持证", "教师科", LATE, **PLANNED)
    enter(session, "图书陈旧|过期", "教师科", LATER)
    applied = enter(session, "跑道破损", "计划财务科", LATE, **PLANNED)
    apply_for_closing(session, applied, "第一小学", "验收单", **ACT)
    close(session, enter(session, "缺音乐教师", "教师科", LATE))
    enter(session, "围墙倾斜")
    session.flush()


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session:
        fill_register(session)
        yield session


def text_of(content: bytes) -> str:
    """The words of a Word file, cells and paragraphs apart."""
    with ZipFile(BytesIO(content)) as archive:
        marked = archive.read("word/document.xml").decode()
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"</w:p>", "\n", marked)))


def written(session: Session, kind: str, **wanted: Any) -> dict[str, str]:
    found = gather_letters(session, kind, Wanted(**wanted), TODAY)
    return {name: text_of(content) for name, content in found.files.items()}


def test_the_circular_counts_what_the_register_holds_and_lists_what_is_late(session: Session) -> None:
    [(name, text)] = written(session, "circular").items()
    assert name == "督导通报.docx"
    assert "问题5个：整改中3个，已申请销号1个，已销号1个；超过完成时限尚未销号的2个" in text
    assert "2个：第2、5号" in text
    assert "门卫未持证" in text
    assert "跑道破损" in text
    assert "缺音乐教师" not in text
    assert "青山区政府教育督导室" in text


def test_a_problem_of_two_leading_units_counts_with_each_of_them_in_the_circular(session: Session) -> None:
    assert "各计一次" not in written(session, "circular")["督导通报.docx"]
    enter(session, "校门狭窄", "教师科、计划财务科", LATE)
    text = written(session, "circular")["督导通报.docx"]
    assert "问题6个" in text
    assert re.search(r"\n教师科\n4\n3\n0\n1\n2\n", text)
    assert re.search(r"\n计划财务科\n2\n1\n1\n0\n2\n", text)
    assert "有1个问题由两个以上单位牵头，在各牵头单位各计一次" in text


def test_each_leading_unit_gets_its_own_order_about_what_it_still_has_to_do(session: Session) -> None:
    letters = written(session, "order")
    assert list(letters) == ["整改通知书-教师科.docx"]
    text = letters["整改通知书-教师科.docx"]
    assert "门卫未持证" in text
    assert "图书陈旧｜过期" in text
    assert "第2号问题还没有写明" in text
    assert not any(other in text for other in ("跑道破损", "缺音乐教师", "围墙倾斜"))


def test_only_what_is_late_and_not_applied_for_is_urged(session: Session) -> None:
    letters = written(session, "reminder")
    assert list(letters) == ["催办函-教师科.docx"]
    assert "门卫未持证" in letters["催办函-教师科.docx"]
    assert "12" in letters["催办函-教师科.docx"]
    assert "图书陈旧" not in letters["催办函-教师科.docx"]


def test_problems_that_nobody_leads_are_named_and_an_empty_letter_is_never_written(session: Session) -> None:
    assert (
        say_left_out(gather_letters(session, "order", Wanted(), TODAY)) == "1个问题没有定牵头单位，没有写进去：第5号。"
    )
    none = gather_letters(session, "reminder", Wanted(unit="计划财务科"), TODAY)
    assert (none.files, none.why) == ({}, "没有要写的催办函：没有定了牵头单位、逾期未申请销号的问题。")


@pytest.mark.parametrize("kind", ["circular", "order", "reminder"])
def test_no_sign_that_somebody_types_is_read_as_a_mark(session: Session, kind: str) -> None:
    enter(session, "见表@units、图@rates", "# 区教委@网信", LATE, measure="<改>|好", progress="> 表@problems：一半")
    written = gather_letters(session, kind, Wanted(), TODAY)
    text = "".join(map(text_of, written.files.values()))
    assert "见表＠units、图＠rates" in text
    assert "区教委＠网信" in text


def test_the_same_register_gives_the_same_bytes(session: Session) -> None:
    first, second = (gather_letters(session, "circular", Wanted(), TODAY).files for _ in range(2))
    assert first == second


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Path:
    folder = tmp_path_factory.mktemp("letters")
    with copy_store(sqlite_model, folder / "data") as engine, Session(engine) as session, session.begin():
        fill_register(session)
    return folder


def test_the_program_writes_letters_of_a_county_without_a_round_with_a_blank_to_fill(folder: Path) -> None:
    said = survey("problem", "letter", "--kind", "order", "--out", "out", folder=folder)
    assert said.stdout.splitlines() == ["out/整改通知书-教师科.docx"]
    assert "第5号" in said.stderr
    assert "＿＿＿＿" in text_of((folder / "out/整改通知书-教师科.docx").read_bytes())
    refused = survey("problem", "letter", "--kind", "order", "--unit", "没有", "--out", "no", folder=folder, code=2)
    assert "没有要写的整改通知书" in refused.stderr
    assert not (folder / "no").exists()


def test_a_letter_is_written_of_a_problem_that_was_typed_with_what_cannot_be_seen(folder: Path) -> None:
    survey("problem", "add", "--text", "操场\u202e积\u200b水\x07\x1b", "--lead", "教\x1b师\u200b科", folder=folder)
    assert "操场积水" in survey("problem", "list", "--unit", "教师\u202e科", folder=folder).stdout
    survey("problem", "letter", "--kind", "order", "--out", "typed", folder=folder)
    assert "操场积水" in text_of((folder / "typed/整改通知书-教师科.docx").read_bytes())


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        fill_register(session)
        enter(session, "球场破损", "计划财务科", LATER)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_the_console_gives_one_file_or_an_archive_and_notes_it(console: Console) -> None:
    office = console.people["admin"]
    assert "督导通报" in office.get("/console/problems").text
    one = office.get("/console/problems/letters?kind=circular")
    assert "跑道破损" in text_of(one.content)
    several = office.get("/console/problems/letters?kind=order")
    with ZipFile(BytesIO(several.content)) as archive:
        assert sorted(archive.namelist()) == ["整改通知书-教师科.docx", "整改通知书-计划财务科.docx"]
    assert office.get("/console/problems/letters?kind=none").status_code == 404
    assert "没有要写的" in office.get("/console/problems/letters?kind=order&unit=没有").text
    assert "整改通知书" in office.get("/console/log").text


def test_of_many_problems_that_nobody_leads_the_first_twenty_are_named() -> None:
    told = say_left_out(Letters({}, "", tuple(range(1, 448))))
    assert told == f"447个问题没有定牵头单位，没有写进去：第{'、'.join(map(str, range(1, 21)))}号等。"
