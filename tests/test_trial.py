"""Trying the address of codes: two slips that phones open, that never count, and what is asked of who goes without."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import transport
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.closing.cancelling import cancel_round
from survey_app.closing.close import close_round
from survey_app.core.audit import load_audit
from survey_app.core.models import Audit, AuditLink, Batch, Code, Job, Model, TrialSlip
from survey_app.jobs.running import Jobs
from survey_app.pages.trial_page import PRESSED
from survey_app.results.minute_pages import describe_minute
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.trial_slips import find_trial, tell_trial
from survey_app.watching.status import load_status
from tests.console import SITE, Console, do_at_once, open_console, try_address
from tests.county import NOW, PLAN, answer, issue, open_county
from tests.keyring import keys_of
from tests.postgresql import engine_mostly_sqlite
from tests.test_console_rounds import DRAFT, SCHOOLS, agree, upload, whole_frame

__all__ = ["engine_mostly_sqlite"]

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "MicroMessenger/8.0.50(0x18003237) NetType/4G Language/zh_CN"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 13; V2231A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 "
    "Mobile Safari/537.36 XWEB/1160117 MicroMessenger/8.0.49.2600(0x2800315A) WeChat/arm64 NetType/5G Language/zh_CN"
)
ON_A_DESK = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/116.0.0.0 Safari/537.36 "
    "MicroMessenger/7.0.20.1781(0x6700143B) NetType/4G MiniProgramEnv/Windows WindowsWechat/WMPF"
)
NOTED = (TrialSlip, Audit, AuditLink)
OUTSIDE = {"user-agent": IPHONE, "x-forwarded-for": "223.104.3.7", "host": "testserver"}
"""What a request of a phone on mobile data looks like behind our own web server."""


@pytest.fixture(autouse=True)
def behind_a_web_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests come from this machine, as from our own web server, which tells for whom."""
    parse = transport.TestClientTransport.parse_request
    local = {"client": ("127.0.0.1", 50_000)}
    monkeypatch.setattr(
        transport.TestClientTransport, "parse_request", lambda self, request: parse(self, request) | local
    )


@pytest.fixture
def console(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """A round goes on whose address nobody tried; jobs are done at once."""
    monkeypatch.setattr(Jobs, "start", do_at_once)
    open_county(engine)
    with open_console(engine, tmp_path / "store", tried=False) as opened:
        yield opened


def print_slips(console: Console) -> list[str]:
    """The codes of two new slips, as the page prints them."""
    assert console.people["county"].post("/console/trial").status_code == 303
    return find_slips(console)


def find_slips(console: Console) -> list[str]:
    return re.findall(rf"<p>{SITE}/q/([0-9A-Z]{{20}})</p>", console.people["county"].get("/console/trial").text)


def press(console: Console, code: str, fields: dict[str, str] | None = None, **heads: str) -> Any:
    """A phone that presses the button."""
    sent = {PRESSED: "1"} if fields is None else fields
    told = OUTSIDE | {name.replace("_", "-"): value for name, value in heads.items()}
    return console.client.post(f"/q/{code}", data=sent, headers=told)


def opened(console: Console) -> list[bool]:
    with Session(console.engine) as session:
        return [slip.opened_at is not None for slip in session.scalars(select(TrialSlip).order_by(TrialSlip.number))]


def count_all(engine: Engine, *but: type[Model]) -> dict[str, int]:
    """How many rows each table has."""
    spared = {model.__tablename__ for model in but}
    with Session(engine) as session:
        tables = [table for table in Model.metadata.sorted_tables if table.name not in spared]
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_two_phones_open_two_slips_and_the_page_says_when(console: Console) -> None:
    assert "还没有印试扫条" in console.people["county"].get("/console/trial").text
    one, other = print_slips(console)
    seen = console.client.get(f"/q/{one}", headers=OUTSIDE).text
    assert "不是答卷，交不了" in seen
    assert "单位、电话和时间是印条时填的" in seen
    assert opened(console) == [False, False]
    assert "已登记：11月20日18:00从手机打开" in press(console, one).text
    assert "还差1张" in console.people["county"].get("/console/trial").text
    assert press(console, other, user_agent=ANDROID).status_code == 200
    page = console.people["county"].get("/console/trial").text
    assert "两张都已从手机打开" in page
    assert page.count("已从手机打开（11月20日 18:00）") == 2
    assert "已登记" in console.client.get(f"/q/{one}", headers=OUTSIDE).text
    codes = console.people["county"].get("/console/codes").text
    assert "两张试扫条已从手机打开（11月20日 18:00、11月20日 18:00）" in codes
    told = console.people["county"].get("/api/trial").json()
    assert told == {"address": SITE, "done": True, "opened": ["2025-11-20T18:00:00+08:00"] * 2, "reason": ""}


def test_a_slip_shows_the_real_paper_of_the_round_with_nothing_in_it_that_sends(console: Console) -> None:
    papers = [console.client.get(f"/q/{code}", headers=OUTSIDE).text for code in print_slips(console)]
    assert [paper.count("<fieldset") for paper in papers] == [17, 17]
    assert ["由家长填写" in papers[0], "由教师填写" in papers[1]] == [True, True]
    for paper in papers:
        assert PLAN.organiser in paper
        assert "11月24日 08:00截止" in paper
        assert paper.count("<form") == 1
        assert f'name="{PRESSED}"' in paper.split("<form")[1].split("</form>")[0]
        assert "<script></script>" in paper


def test_one_slip_opened_twice_is_not_two_and_keeps_its_first_minute(console: Console) -> None:
    one, _ = print_slips(console)
    for agent in (IPHONE, ANDROID, IPHONE):
        press(console, one, user_agent=agent)
    assert opened(console) == [True, False]
    with Session(console.engine) as session:
        assert not find_trial(session, find_round(session), SITE).is_done


@pytest.mark.parametrize(
    ("heads", "told"),
    [
        ({"user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0"}, "不是在手机微信里打开的"),
        ({"user_agent": ""}, "不是在手机微信里打开的"),
        ({"user_agent": ON_A_DESK}, "不是在手机微信里打开的"),
        ({"user_agent": IPHONE.replace("4G", "WIFI")}, "手机正连着无线网"),
        ({"x_forwarded_for": "127.0.0.1"}, "看不出是从外面的网络打开的"),
        ({"x_forwarded_for": "10.1.2.3"}, "看不出是从外面的网络打开的"),
        ({"x_forwarded_for": "192.168.1.7, 127.0.0.1"}, "看不出是从外面的网络打开的"),
        ({"x_forwarded_for": "fe80::1"}, "看不出是从外面的网络打开的"),
        ({"x_forwarded_for": "unknown"}, "看不出是从外面的网络打开的"),
        ({"x_real_ip": "223.104.3.8"}, "看不出是从外面的网络打开的"),
        ({"host": "localhost:8000"}, "打开的网址不是试扫条上的"),
        ({"host": "127.0.0.1"}, "打开的网址不是试扫条上的"),
    ],
)
def test_what_may_be_no_phone_outside_is_told_why_and_not_kept(
    console: Console, heads: dict[str, str], told: str
) -> None:
    one, _ = print_slips(console)
    answer = press(console, one, **heads)
    assert (answer.status_code, told in answer.text) == (403, True)
    assert opened(console) == [False, False]


def test_looking_from_anywhere_writes_nothing(console: Console) -> None:
    one, other = print_slips(console)
    before = count_all(console.engine)
    for code in (one, other, one.lower()):
        for method in ("GET", "HEAD"):
            assert console.client.request(method, f"/q/{code}", headers=OUTSIDE).status_code == 200
    assert (opened(console), count_all(console.engine)) == ([False, False], before)


def test_answers_sent_to_a_trial_slip_go_nowhere(console: Console) -> None:
    one, other = print_slips(console)
    before = count_all(console.engine)
    forms = [{f"quality_{n}": "4" for n in (1, 2)} | {"number": "a" * 32}, {"refuse": "1"}, {"number": "b" * 32}]
    for code in (one, other):
        for fields in forms:
            answered = press(console, code, fields)
            assert "不是答卷，交不了" in answered.text
            assert 'data-page="received"' not in answered.text
        assert console.client.post(f"/q/{code}/next", headers=OUTSIDE, follow_redirects=False).status_code == 303
    assert (opened(console), count_all(console.engine)) == ([False, False], before)
    press(console, one, {PRESSED: "1", "refuse": "1", "number": "c" * 32, "quality_1": "4"})
    assert (opened(console), count_all(console.engine)) == ([True, False], before)


def test_no_count_table_or_published_figure_knows_a_trial_slip(console: Console) -> None:
    """The same round with a trial and without: what is counted, published and sealed is the same."""
    with Session(console.engine) as session, session.begin():
        answer(session, issue(session, "P01")[:12])
        before = load_status(session, find_round(session))
    assert console.people["county"].token
    counted = count_all(console.engine, *NOTED)
    for code in print_slips(console):
        press(console, code)
    assert count_all(console.engine, *NOTED) == counted
    with Session(console.engine) as session:
        assert load_status(session, find_round(session)) == before
        codes = {bytes(digest) for digest in session.scalars(select(Code.digest))}
        assert len(codes) == sum(session.scalars(select(Batch.codes)))
    closed = close_round(console.engine, None, keys=keys_of(console.engine), actor="test", now=NOW)
    assert closed.published.estimate.received == 12
    assert console.client.get(f"/q/{find_codes(console.engine)[0]}", headers=OUTSIDE).status_code == 410


def find_codes(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(TrialSlip.code).order_by(TrialSlip.number)))


def test_a_slip_of_a_cancelled_round_is_over_and_the_next_round_is_tried_anew(console: Console) -> None:
    one, other = print_slips(console)
    press(console, one)
    press(console, other)
    cancel_round(console.engine, None, keys=keys_of(console.engine), actor="test", now=NOW, mistake="写错")
    assert [console.client.get(f"/q/{code}", headers=OUTSIDE).status_code for code in (one, other)] == [410, 410]
    assert press(console, one).status_code == 410
    with Session(console.engine) as session:
        assert find_trial(session, None, SITE).slips == ()
        assert find_trial(session, find_round(session), SITE).is_done


def test_slips_of_another_address_say_nothing_of_this_one(console: Console) -> None:
    try_address(console.engine, "http://old.example")
    assert "以前试扫的是别的网址，不算数" in console.people["county"].get("/console/trial").text
    refused = console.people["county"].post("/console/codes/issue", {"kind": "usual", "sure": "1"})
    assert "两张试扫条还没有都从手机打开" in refused.text
    for code in print_slips(console):
        press(console, code)
    assert console.people["county"].post("/console/codes/issue", {"kind": "usual", "sure": "1"}).status_code == 303
    with Session(console.engine) as session:
        assert session.scalar(select(func.count()).select_from(TrialSlip)) == 2


def test_new_slips_void_those_before(console: Console) -> None:
    one, _ = print_slips(console)
    press(console, one)
    fresh = print_slips(console)
    assert opened(console) == [False, False]
    assert press(console, one).status_code == 404
    assert one not in fresh


def test_codes_are_made_without_a_trial_for_a_reason_that_is_kept_and_asked_for_once(console: Console) -> None:
    county, unit = console.people["county"], console.people["unit"]
    assert "不试扫的理由" in county.post("/console/codes/issue", {"kind": "slips"}).text
    for reason in ({}, {"untried": " "}):
        refused = county.post("/console/codes/issue", {"kind": "slips", "sure": "1"} | reason)
        assert (refused.status_code, "请先试扫；不试扫的，写明理由" in refused.text) == (400, True)
    for path, more in (("issue", {}), ("more", {"row": "1", "people": "1"})):
        refused = unit.post(f"/console/unit/{path}", {"unit": "P01", "kind": "slips"} | more)
        assert refused.status_code in (403, 409)
    assert "请督导室在“试扫”页上试扫" in unit.post("/console/unit/issue", {"unit": "P01", "kind": "slips"}).text
    with Session(console.engine) as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0
    assert county.post("/console/trial/without", {"untried": ""}).status_code == 400
    assert county.post("/console/trial/without", {"untried": "上月用这个网址扫过"}).status_code == 303
    assert unit.post("/console/unit/issue", {"unit": "P01", "kind": "slips"}).status_code == 303
    assert "不试扫的理由" not in county.post("/console/codes/issue", {"kind": "slips"}).text
    assert county.post("/console/codes/issue", {"kind": "slips", "sure": "1"}).status_code == 303
    with Session(console.engine) as session:
        said = [act.detail for act in load_audit(session) if act.action == "no_trial"]
        assert said == [{"step": "issue", "reason": "上月用这个网址扫过", "address": SITE}]
        [told] = tell_trial(session, find_round(session))
    assert told == "发码时没有试扫：上月用这个网址扫过（county，11-20 18:00，http://testserver）"
    assert told in console.people["admin"].get("/console/round").text


def test_the_minute_tells_of_the_trial_and_of_each_step_without(console: Console) -> None:
    county = console.people["county"]
    county.post("/console/codes/issue", {"kind": "slips", "sure": "1", "untried": "网址用过"})
    for code in print_slips(console):
        press(console, code)
    close_round(console.engine, None, keys=keys_of(console.engine), actor="test", now=NOW)
    with Session(console.engine) as session:
        told = describe_minute(session, find_round(session)).trial
    assert told == (
        "http://testserver：两张试扫条已从手机微信打开（11-20 18:00、11-20 18:00）",
        "发码时没有试扫：网址用过（county，11-20 18:00，http://testserver）",
    )


def test_a_round_is_tried_before_it_opens_or_opened_for_a_reason(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs, "start", do_at_once)
    with open_console(engine, tmp_path / "store", tried=False) as console:
        admin, county = console.people["admin"], console.people["county"]
        assert "请先在“准备”里填好" in county.post("/console/trial").text
        agree(console, upload(console, "schools", SCHOOLS))
        agree(console, upload(console, "frame", whole_frame()))
        county.post("/console/setup", DRAFT)
        one, other = print_slips(console)
        assert "青山区政府教育督导室" in console.client.get(f"/q/{one}", headers=OUTSIDE).text
        for telephone, changed in (("023-70000000", True), (DRAFT["telephone"], False)):
            county.post("/console/setup", DRAFT | {"telephone": telephone})
            assert ("手机上看到的还是印条时的" in county.get("/console/trial").text) == changed
        press(console, one)
        asked = admin.post("/console/setup/open").text
        assert 'name="untried"' in asked
        refused = admin.post("/console/setup/open", {"sure": "1", "last": "9999999"})
        assert (refused.status_code, "请先试扫；不试扫的，写明理由" in refused.text) == (400, True)
        assert not (tmp_path / "store" / "keys").exists()
        press(console, other)
        assert 'name="untried"' not in admin.post("/console/setup/open").text
        assert admin.post("/console/setup/open", {"sure": "1"}).status_code == 303
        assert "手机上看到的还是印条时的" not in county.get("/console/trial").text
        assert county.post("/console/codes/issue", {"kind": "usual", "sure": "1"}).status_code == 303
        with Session(engine) as session:
            assert [act for act in load_audit(session) if act.action == "no_trial"] == []
            assert len(tell_trial(session, find_round(session))) == 1


def test_a_round_opened_for_a_reason_has_it_in_the_log_and_is_asked_again_for_codes(
    engine: Engine, tmp_path: Path
) -> None:
    with open_console(engine, tmp_path / "store", tried=False) as console:
        admin, county = console.people["admin"], console.people["county"]
        agree(console, upload(console, "schools", SCHOOLS))
        agree(console, upload(console, "frame", whole_frame()))
        county.post("/console/setup", DRAFT)
        opened_at = admin.post("/console/setup/open", {"sure": "1", "untried": "没有手机信号"})
        assert opened_at.status_code == 303
        assert county.post("/console/codes/issue", {"kind": "usual", "sure": "1"}).status_code == 400
        with Session(engine) as session:
            [act] = [act for act in load_audit(session) if act.action == "no_trial"]
        assert (act.actor, act.detail["step"], act.detail["reason"]) == ("admin", "open", "没有手机信号")
        assert "没有试扫" in admin.get("/console/log").text
