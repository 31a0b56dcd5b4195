"""Accounts from a sheet: all or none, a sentence a row, passwords told once and never an administrator."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from secrets import token_bytes

import openpyxl
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.accounts.account_sheet import MOST
from survey_app.accounts.signing_in import Attempt, sign_in
from survey_app.core.models import Account, Audit
from tests.console import Console, open_console
from tests.county import NOW, open_county

HEAD = "账号名,角色,负责的乡镇或单位"
SHEET = "/console/accounts/sheet"


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path) as console:
        yield console


def send(console: Console, *lines: str) -> str:
    content = "\n".join([HEAD, *lines]).encode("utf-8-sig")
    answer = console.people["admin"].post(SHEET, files={"file": ("账号.csv", content)})
    return answer.text


def count_accounts(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


def test_each_row_becomes_an_account_with_a_strip_of_its_own(console: Console, sqlite_engine: Engine) -> None:
    text = send(console, "城关联系人,单位联系人,P01", "镇上,乡镇工作人员,甲镇", "统计,统计分析员,")
    strips = read_strips(text)
    assert [name for name, _ in strips] == ["城关联系人", "镇上", "统计"]
    for name, password in strips:
        attempt = Attempt(name=name, password=password)
        assert sign_in(sqlite_engine, attempt, now=NOW, random=token_bytes).token
    with Session(sqlite_engine) as session:
        made = session.scalars(select(Account).where(Account.name.in_(dict(strips)))).all()
        assert {(account.name, account.role, account.scope, account.must_change) for account in made} == {
            ("城关联系人", "unit", "P01", True),
            ("镇上", "township", "甲镇", True),
            ("统计", "analyst", "", True),
        }
        told = session.scalars(select(Audit).where(Audit.action == "account_add", Audit.actor == "admin")).all()
        assert {act.subject for act in told} >= {f"account {name}" for name, _ in strips}


def test_a_password_is_told_once_and_kept_nowhere(console: Console, sqlite_engine: Engine) -> None:
    ((_, password),) = read_strips(send(console, "城关,单位联系人,P01"))
    dump = "".join(map(str, sqlite_engine.raw_connection().driver_connection.iterdump()))
    assert "城关" in dump
    assert password not in dump
    assert password.replace("-", "") not in dump
    assert password not in console.people["admin"].get("/console/accounts").text
    assert "看上去一样" not in send(console, "城关,单位联系人,P01")
    assert "账号 城关 已经有了。" in send(console, "城关,单位联系人,P01")


BAD = {
    "a name that is there": ("county,统计分析员,", "账号 county 已经有了。"),
    "a name that looks like one that is there": ("C0unty,统计分析员,", "看上去一样"),
    "a name that looks like one of the sheet": ("g00d,统计分析员,", "账号名 g00d 与已有的 good 看上去一样"),
    "an administrator": ("头儿,管理员,", "表格里不能新增管理员"),
    "a role nobody knows": ("头儿,局长,", "局长"),
    "a unit nobody knows": ("二小,单位联系人,P77", "P77"),
    "a township nobody knows": ("某镇,乡镇工作人员,丁镇", "丁镇"),
    "a contact of nothing": ("二小,单位联系人,", "请写明这个账号负责的单位"),
    "a scope where there is none": ("统计,统计分析员,P01", "不用写负责的单位"),
    "a name of one letter": ("a,统计分析员,", "账号名用2到40个"),
    "no name": (",统计分析员,", "账号名"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_bad_row_is_one_sentence_with_its_place_and_nothing_is_made(
    console: Console, sqlite_engine: Engine, kind: str
) -> None:
    line, sentence = BAD[kind]
    before = count_accounts(sqlite_engine)
    page = send(console, "good,统计分析员,", line)
    assert "账号没有新增" in page
    assert [sentence in said for said in re.findall("<li>(.*第 3 行.*)", page)] == [True], page
    assert count_accounts(sqlite_engine) == before


def test_every_bad_row_is_named_at_once(console: Console) -> None:
    page = send(console, "头儿,管理员,", "二小,单位联系人,P77", "county,统计分析员,", "头儿二,局长,", "某人,,")
    assert [page.count(f"第 {row} 行") for row in range(2, 7)] == [1] * 5


def test_the_same_name_twice_in_a_sheet_is_refused(console: Console, sqlite_engine: Engine) -> None:
    before = count_accounts(sqlite_engine)
    assert "账号没有新增" in send(console, "good,统计分析员,", "good,统计分析员,")
    assert count_accounts(sqlite_engine) == before


def test_a_sheet_of_more_accounts_than_anybody_has_is_refused(console: Console) -> None:
    lines = [f"人{number:03},统计分析员," for number in range(MOST + 1)]
    assert f"一次最多新增{MOST}个账号" in send(console, *lines)


def test_without_a_file_the_page_asks_for_one(console: Console) -> None:
    answer = console.people["admin"].post(SHEET, files={"file": ("", b"")})
    assert answer.status_code in (400, 422)
    assert "请选择文件。" in answer.text


def test_the_sheet_to_fill_in_begins_a_line_for_every_unit_without_an_account_and_comes_back_as_it_is(
    console: Console, sqlite_engine: Engine
) -> None:
    """The unit P01 has one."""
    admin = console.people["admin"]
    content = admin.get("/console/accounts/template").content
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    begun = {str(row[0]) for row in sheet.iter_rows(min_row=2, values_only=True) if row[0]}
    assert begun
    assert "P01" not in begun
    answer = admin.post(SHEET, files={"file": ("账号表.xlsx", content)})
    assert {name for name, _ in read_strips(answer.text)} == begun


def read_strips(page: str) -> list[tuple[str, str]]:
    """Name and password of each strip."""
    strips = page.split("<li><h2>")[1:]
    parts = [strip.split('<dd class="password">')[1:] for strip in strips]
    return [(name.split("<")[0], password.split("<")[0]) for name, password in parts]
