"""Custody in the console: three accounts take and try three sheets; two, given by the second, close the round."""

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey_app.core.four_eyes import let_in
from survey_app.core.models import Account, Audit, Job, Round
from survey_app.jobs.running import Jobs
from survey_app.rounds.dealt_sheets import DealtSheets
from survey_app.rounds.key_files import destroy_key, key_path, load_key
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import split_seed
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.sheet_text import read_sheet, write_sheet
from tests.console import Console, do_at_once, open_console
from tests.county import NOW, answer, issue, open_county
from tests.keyring import keys_of
from tests.postgresql import engine_mostly_sqlite
from tests.test_console_rounds import DRAFT, SCHOOLS, agree, upload, whole_frame

__all__ = ["engine_mostly_sqlite"]

SHARED = {"custody": "shared", "holder_1": "督导室", "holder_2": "教委办公室", "holder_3": "机要室"}
HOLDERS = ("admin", "admin2", "county")


class Clock:
    """The console's clock: it stands still until a test sets it."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def let_in_by(console: Console, name: str, actor: str) -> None:
    with Session(console.engine) as session, session.begin():
        let_in(session, session.get_one(Account, name), actor=actor, now=NOW)


@pytest.fixture
def console(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Console]:
    """Jobs are done at once, in this process."""
    monkeypatch.setattr(Jobs, "start", do_at_once)
    with open_console(engine, tmp_path / "store", clock) as opened:
        yield opened


@pytest.fixture
def waiting(console: Console) -> Console:
    """A round with three sheets that nobody has taken yet."""
    agree(console, upload(console, "schools", SCHOOLS))
    agree(console, upload(console, "frame", whole_frame()))
    console.people["county"].post("/console/setup", DRAFT | SHARED)
    opened = console.people["admin"].post("/console/setup/open", {"sure": "1"})
    assert opened.headers["location"] == "/console/keys?done=dealt"
    return console


def state(console: Console) -> str:
    with Session(console.engine) as session:
        return find_round(session).state


def take(console: Console, name: str, number: int) -> httpx.Response:
    return console.people[name].post("/console/keys/take", {"sheet": number})


def read_pdf(content: bytes) -> str:
    """The ten groups that are printed on a sheet."""
    text = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()
    return "-".join(re.findall(r"\b[0-9A-Z]{5}\b", text)[:10])


def test_two_sheets_do_not_go_to_one_administrators_accounts(waiting: Console) -> None:
    sheets = {"admin": in_order(read_pdf(take(waiting, "admin", 1).content))}
    let_in_by(waiting, "county", "admin")
    refused = take(waiting, "county", 2)
    assert (refused.status_code, "还不能算两个人" in refused.text) == (409, True)
    assert try_words(waiting, "admin", sheets["admin"]).status_code == 200
    sheets["admin2"] = in_order(read_pdf(take(waiting, "admin2", 2).content))
    refused = try_words(waiting, "county", sheets["admin2"])
    assert (refused.status_code, "还不能算两个人" in refused.text) == (409, True)


def in_order(groups: str) -> str:
    """The page has two columns: the text of a PDF runs across them."""
    cells = groups.split("-")
    return "-".join([*cells[::2], *cells[1::2]])


def take_all(console: Console) -> dict[str, str]:
    """Each holder's sheet as text."""
    sheets = {}
    for number, name in enumerate(HOLDERS, 1):
        reply = take(console, name, number)
        assert reply.headers["content-type"] == "application/pdf", reply.text
        sheets[name] = in_order(read_pdf(reply.content))
    return sheets


def try_words(console: Console, name: str, words: str) -> httpx.Response:
    return console.people[name].post("/console/keys/try", {"words": words}, {"file": ("", b"", "application/pdf")})


def told(reply: httpx.Response) -> str:
    """The sentences above a form, without their page."""
    found = re.search(r'class="problems".*?<ul[^>]*>(.*?)</ul>', reply.text, re.S)
    assert found, reply.text[:2000]
    return re.sub(r"<.*?>|\s", "", found[1])


@pytest.fixture
def begun(waiting: Console) -> tuple[Console, dict[str, str]]:
    """The same after each holder took and tried a sheet; twelve parents have answered."""
    sheets = take_all(waiting)
    for name, words in sheets.items():
        assert try_words(waiting, name, words).status_code == 200
    with Session(waiting.engine) as session, session.begin():
        answer(session, issue(session, "P01")[:12], NOW)
    return waiting, sheets


def confirm(console: Console, name: str, *words: str) -> httpx.Response:
    fields = {f"words_{place}": text for place, text in enumerate(words, 1)}
    empty = {"file_1": ("", b"", "application/pdf"), "file_2": ("", b"", "application/pdf")}
    return console.people[name].post("/console/round/confirm-close", fields, empty)


def test_three_accounts_take_and_try_a_sheet_each_and_the_third_right_one_opens_the_round(waiting: Console) -> None:
    assert state(waiting) == "waiting_for_sheets"
    assert "教委办公室" in waiting.people["admin2"].get("/console/keys").text
    sheets = take_all(waiting)
    assert len(set(sheets.values())) == 3
    assert "还要试用：第2、3张" in try_words(waiting, "admin", sheets["admin"]).text
    assert "还要试用：第3张" in try_words(waiting, "admin2", sheets["admin2"].lower().replace("-", " ")).text
    assert state(waiting) == "waiting_for_sheets"
    assert "调查批次 2025-1 开始" in try_words(waiting, "county", sheets["county"]).text
    assert state(waiting) == "open"
    assert list((waiting.folder / "keys").glob("*")) == []


def test_a_sheet_is_shown_once_and_each_account_takes_and_tries_one_alone(waiting: Console) -> None:
    sheet = in_order(read_pdf(take(waiting, "admin", 1).content))
    assert "每个账号只领一张" in told(take(waiting, "admin", 2))
    assert "已经领走" in told(take(waiting, "admin2", 1))
    other = in_order(read_pdf(take(waiting, "admin2", 2).content))
    refused = try_words(waiting, "admin", other)
    assert refused.status_code == 409
    assert "您经手的是第1张" in told(refused)
    assert "第1张启封密钥单正确" in try_words(waiting, "admin", sheet).text
    assert sheet not in waiting.people["admin2"].get("/console/keys").text


def test_a_sheet_that_does_not_fit_is_one_sentence_and_what_was_typed_stays(waiting: Console) -> None:
    sheet = in_order(read_pdf(take(waiting, "admin", 1).content))
    groups = sheet.split("-")
    groups[6] = groups[6][:-1] + ("2" if groups[6][-1] != "2" else "3")
    wrong = try_words(waiting, "admin", "-".join(groups))
    assert told(wrong) == "第7组有字符不对，请照纸面核对后重新键入；其他组都对。"
    assert "-".join(groups) in wrong.text
    assert "现在读到45个" in told(try_words(waiting, "admin", "-".join(groups[1:])))
    assert "太长" in told(try_words(waiting, "admin", sheet * 5))
    foreign = write_sheet(split_seed(bytes(16)).sheets[0])
    assert "不是调查批次2025-1的" in told(try_words(waiting, "admin", foreign))
    assert "请键入启封密钥单" in told(try_words(waiting, "admin", ""))
    assert state(waiting) == "waiting_for_sheets"


def test_a_picture_of_the_sheet_is_read_and_a_torn_one_is_typed_instead(waiting: Console) -> None:
    content = take(waiting, "admin", 1).content
    picture = pypdfium2.PdfDocument(content)[0].render(scale=2).to_pil()
    torn = picture.copy()
    torn.paste("white", (0, 0, torn.width // 4, torn.height))
    asked = send_picture(waiting, torn)
    assert asked.status_code == 400
    assert "请改为键入纸面上的10组字符" in told(asked)
    assert "打不开" in told(waiting.people["admin"].post("/console/keys/try", {}, {"file": ("x.jpg", b"\xff\xd8\xff")}))
    assert "第1张启封密钥单正确" in send_picture(waiting, picture).text


def send_picture(console: Console, picture: Any) -> httpx.Response:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return console.people["admin"].post("/console/keys/try", {"words": ""}, {"file": ("单.png", stream.getvalue())})


def test_sheets_lost_before_the_start_are_dealt_anew_and_those_of_before_are_worth_nothing(waiting: Console) -> None:
    before = take_all(waiting)
    try_words(waiting, "admin", before["admin"])
    admin = waiting.people["admin"]
    assert "请先勾选" in told(admin.post("/console/keys/deal-again"))
    assert admin.post("/console/keys/deal-again", {"sure": "1"}).status_code == 303
    assert "不是调查批次2025-1的" in told(try_words(waiting, "admin", before["admin"]))
    assert "正确" not in admin.get("/console/keys").text
    for name, words in take_all(waiting).items():
        try_words(waiting, name, words)
    assert state(waiting) == "open"
    assert admin.post("/console/keys/deal-again", {"sure": "1"}).status_code == 409


def test_a_service_that_was_started_anew_says_that_its_sheets_are_gone(
    waiting: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DealtSheets, "find", lambda *_: None)
    assert "不在这里" in waiting.people["admin"].get("/console/keys").text
    assert "重新生成" in told(take(waiting, "admin", 1))


def test_two_sheets_of_three_close_the_round_and_one_alone_does_not(begun: tuple[Console, dict[str, str]]) -> None:
    console, sheets = begun
    admin, admin2 = console.people["admin"], console.people["admin2"]
    assert admin.post("/console/round/propose-close").status_code == 303
    assert "要任意两张启封密钥单" in admin2.get("/console/round").text
    for words, sentence in {
        (sheets["admin"],): "只有一张启封密钥单，启封需要两张",
        (): "两张不同的启封密钥单",
        (sheets["admin"], sheets["admin"]): "第1张启封密钥单给了两次",
        (sheets["admin"], write_sheet(split_seed(bytes(16)).sheets[1])): "第2张启封密钥单不是调查批次2025-1的",
        (sheets["admin"], sheets["county"][:-1]): "第二栏：启封密钥单共10组、50个字符，现在读到49个",
    }.items():
        refused = confirm(console, "admin2", *words)
        assert sentence in told(refused)
        assert all(text in refused.text for text in words)
        assert state(console) == "open"
    assert confirm(console, "admin", *list(sheets.values())[:2]).status_code == 409
    done = confirm(console, "admin2", sheets["county"], sheets["admin"])
    assert "结果已经封存" in admin2.get(done.headers["location"]).text
    assert state(console) == "closed"


def test_what_was_given_at_close_is_in_no_row_and_no_file(begun: tuple[Console, dict[str, str]]) -> None:
    console, sheets = begun
    console.people["admin"].post("/console/round/propose-close")
    confirm(console, "admin2", sheets["county"], sheets["admin"])
    with Session(console.engine) as session:
        rows = [str(row.detail) for row in session.scalars(select(Audit))]
        rows += [str(job.about) for job in session.scalars(select(Job))]
    parts = [group for words in sheets.values() for group in words.split("-")[2:8]]
    stored = [path.read_bytes() for path in console.folder.rglob("*") if path.is_file()]
    assert not any(part in row for part in parts for row in rows)
    shares = [read_sheet(words).share for words in sheets.values()]
    kinds = [kind.encode() for words in sheets.values() for kind in (words, words.replace("-", ""))]
    kinds += [kind for share in shares for kind in (share, share.hex().encode())]
    assert not any(kind in data for kind in kinds for data in stored)


def test_a_close_whose_job_died_is_asked_for_again_by_two(
    begun: tuple[Console, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    console, sheets = begun
    admin, admin2 = console.people["admin"], console.people["admin2"]
    admin.post("/console/round/propose-close")
    with monkeypatch.context() as broken:
        broken.delattr("survey_app.closing.close.write_forms")
        with pytest.raises(NameError):
            confirm_raising(console, sheets)
    assert state(console) == "closed"
    page = admin.get("/console/round").text
    assert "启封没有做完" in page
    assert "写报告" not in page
    admin.post("/console/round/propose-close")
    done = confirm(console, "admin2", sheets["county"], sheets["admin2"])
    assert "结果已经封存" in admin2.get(done.headers["location"]).text
    page = admin.get("/console/round").text
    assert "启封没有做完" not in page
    assert "还没有登记销毁的密钥：启封密钥单（甲）、启封密钥单（乙）、启封密钥单（丙）" in page
    assert "批次进行中的备份仍能打开" in page
    assert admin.post("/console/round/propose-close").status_code == 409


def confirm_raising(console: Console, sheets: dict[str, str]) -> None:
    """The second confirms; the job that it starts dies at once."""
    reply = confirm(console, "admin2", sheets["county"], sheets["admin"])
    if reply.status_code >= 500:
        raise NameError


def test_the_day_before_the_end_each_holder_is_asked_and_who_did_not_answer_is_named(
    begun: tuple[Console, dict[str, str]], clock: Clock
) -> None:
    console, sheets = begun
    holders = [console.people[name] for name in HOLDERS]
    assert "启封密钥单在手吗" not in holders[0].get("/console/watch").text
    clock.now = NOW + timedelta(minutes=30)
    with Session(console.engine) as session, session.begin():
        find_round(session).closes = NOW + timedelta(hours=24, minutes=1)
    pages = ("/console/watch", "/console/round", "/console/keys")
    for path in pages:
        assert "还没有回答的：甲（督导室）、乙（教委办公室）、丙（机要室）。" in holders[0].get(path).text
    assert "启封密钥单在手吗" not in console.people["unit"].get("/console/watch").text
    assert holders[0].post("/console/keys/in-hand", {"sheet": "2"}).status_code == 409
    assert holders[0].post("/console/keys/in-hand", {"sheet": "1"}).status_code == 303
    assert try_words(console, "admin2", sheets["admin2"]).status_code == 200
    for path in pages:
        page = holders[2].get(path).text
        assert "还没有回答的：丙（机要室）。" in page
        assert "这一天还没有试（admin，" in page
        assert "在手，试过</span>（admin2，" in page


def test_a_lost_sheet_is_printed_anew_by_two_administrators_and_opens_the_round(
    begun: tuple[Console, dict[str, str]],
) -> None:
    console, sheets = begun
    admin, admin2 = console.people["admin"], console.people["admin2"]
    assert console.people["county"].post("/console/keys/propose-renewal", {"sheet": "3"}).status_code == 403
    assert "还没有人提出补印" in told(renew(console, "admin2", sheets["admin"], sheets["admin2"]))
    assert admin.post("/console/keys/propose-renewal", {"sheet": "3"}).status_code == 303
    assert "不能自己确认" in told(renew(console, "admin", sheets["admin"], sheets["admin2"]))
    assert "只有一张启封密钥单" in told(renew(console, "admin2", sheets["admin"]))
    assert "提出补印的是丙，给出的两张补出的是乙" in told(renew(console, "admin2", sheets["admin"], sheets["county"]))
    assert renew(console, "admin2", sheets["admin"], sheets["admin2"], card="aaaa-bbbb").status_code == 409
    printed = renew(console, "admin2", sheets["admin"], sheets["admin2"])
    assert in_order(read_pdf(printed.content)) == sheets["county"]
    assert "还没有人提出补印" in told(renew(console, "admin2", sheets["admin"], sheets["admin2"]))
    admin.post("/console/round/propose-close")
    confirm(console, "admin2", sheets["county"], sheets["admin"])
    assert state(console) == "closed"
    assert "补印的启封密钥单（丙）" in admin2.get("/console/keys").text


def renew(console: Console, name: str, *words: str, **card: str) -> httpx.Response:
    fields = {f"words_{place}": text for place, text in enumerate(words, 1)} | card
    empty = {"file_1": ("", b"", "application/pdf"), "file_2": ("", b"", "application/pdf")}
    return console.people[name].post("/console/keys/confirm-renewal", fields, empty)


def test_until_every_sheet_is_ticked_as_destroyed_the_page_says_that_old_backups_still_open(
    begun: tuple[Console, dict[str, str]],
) -> None:
    console, sheets = begun
    admin = console.people["admin"]
    two = {"destroyed_by": "王五", "witness": "赵六"}
    early = admin.post("/console/keys/destroyed", two | {"copies": "sheet 1"})
    assert "还没有结束" in told(early)
    admin.post("/console/round/propose-close")
    confirm(console, "admin2", sheets["county"], sheets["admin"])
    assert "请先勾选" in told(admin.post("/console/keys/destroyed", two))
    alone = admin.post("/console/keys/destroyed", {"copies": "sheet 1", "destroyed_by": "王五", "witness": "王五"})
    assert "不能是同一人" in told(alone)
    admin.post("/console/keys/destroyed", two | {"copies": ["sheet 1", "sheet 3"]})
    assert "还没有登记销毁的密钥：启封密钥单（乙）。" in admin.get("/console/round").text
    assert "没有这一份" in told(admin.post("/console/keys/destroyed", two | {"copies": "sheet 1"}))
    admin.post("/console/keys/destroyed", two | {"copies": "sheet 2"})
    page = admin.get("/console/round").text
    assert "保管人手里的密钥都已登记销毁" in page
    assert "备份仍能打开" not in page
    assert "王五销毁，赵六在场" in admin.get("/console/keys").text


def test_three_holders_must_be_three(console: Console) -> None:
    agree(console, upload(console, "schools", SCHOOLS))
    agree(console, upload(console, "frame", whole_frame()))
    county = console.people["county"]
    county.post("/console/setup", DRAFT | SHARED | {"holder_3": "督导室"})
    assert "三个不同的保管岗位" in county.get("/console/setup").text
    county.post("/console/setup", DRAFT | {"custody": "elsewhere"})
    assert "请选择密钥由谁保管" in county.get("/console/setup").text


def test_the_servers_key_is_copied_shown_and_moved_and_closes_the_round_from_its_file(console: Console) -> None:
    open_county_in(console)
    admin, admin2 = console.people["admin"], console.people["admin2"]
    assert "还没有导出过" in admin.get("/console/keys").text
    copied = admin.post("/console/keys/export").content
    assert "已经导出1次" in admin.get("/console/keys").text
    for name, content in (("x.txt", b"no key"), ("", b"")):
        refused = admin.post("/console/keys/move", {}, {"file": (name, content)})
        assert refused.status_code == 400
        assert public_key_here(console)
    assert admin.post("/console/keys/move", {}, {"file": ("k.key", copied)}).status_code == 303
    assert not public_key_here(console)
    assert "密钥另存" in admin.get("/console/round").text
    machine = admin.get("/console/machine").text
    assert ("没有发现问题" in machine, machine.count(KEY_WORDS.kept_apart)) == (True, 2)
    assert admin.post("/console/keys/export").status_code == 409
    admin.post("/console/round/propose-close")
    assert "导出的密钥文件" in told(confirm(console, "admin2"))
    done = admin2.post("/console/round/confirm-close", {}, {"file_1": ("k.key", copied)})
    assert "结果已经封存" in admin2.get(done.headers["location"]).text
    assert "还没有登记销毁的密钥：admin于" in admin.get("/console/round").text


def test_a_lost_key_is_said_on_the_rounds_page_before_people_answer_for_nothing(console: Console) -> None:
    open_county_in(console)
    with Session(console.engine) as session:
        destroy_key(console.folder / "keys", find_round(session).public_key or b"")
    for name, path in (("county", "/console/round"), ("county", "/console/keys"), ("admin", "/console/round")):
        assert "请立即暂停批次" in console.people[name].get(path).text


def open_county_in(console: Console) -> None:
    """A round whose key is in the folder of this console, with three answers."""
    open_county(console.engine)
    with Session(console.engine) as session, session.begin():
        public = session.scalars(select(Round)).one().public_key or b""
        answer(session, issue(session, "P01")[:3])
    own = console.folder / "keys"
    if keys_of(console.engine) != own:
        own.mkdir(exist_ok=True, parents=True)
        key_path(own, public).write_bytes(key_path(keys_of(console.engine), public).read_bytes())


def public_key_here(console: Console) -> bool:
    with Session(console.engine) as session:
        return load_key(console.folder / "keys", find_round(session).public_key or b"") is not None
