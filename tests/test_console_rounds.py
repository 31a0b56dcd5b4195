"""A round from nothing to its report, through the console."""

import ast
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from reports.handouts.closing_minutes import closing_minute
from survey_app import app
from survey_app.accounts.signing_in import csrf_of
from survey_app.core.audit import load_audit
from survey_app.core.models import Audit, Batch, Box, FrameRow, Job, Round, School
from survey_app.jobs.running import Jobs
from survey_app.pages.console import audit_pages as log
from survey_app.pages.console import watch_pages as watch
from survey_app.results.minute_pages import describe_minute
from survey_app.rounds.round_rows import find_round
from tests.console import Console, do_at_once, hand_card, open_console
from tests.county import NOW, PLAN, answer, county_frame, issue, open_county, row_id
from tests.keyring import keys_of
from tests.postgresql import engine_mostly_sqlite
from tests.route_list import list_served

__all__ = ["engine_mostly_sqlite"]

SCHOOLS = "code,name,kind\nP01,第一小学,primary\nP02,第二小学,primary\n"
DRAFT = {
    "county": "青山区", "organiser": "青山区政府教育督导室", "telephone": "023-79220000", "population": "20000",
    "population_source": "2020年人口普查",
    "school_year": "2025-2026", "standard": "national-2017", "rule": "quality-2024",
    "opens": "2025-11-20 18:00", "closes": "2025-11-25 00:00", "approver": "某某", "document": "青教督〔2025〕1号",
    "ministry": "far",
}  # fmt: skip


@pytest.fixture
def console(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """Jobs are done at once, in this process."""
    monkeypatch.setattr(Jobs, "start", do_at_once)
    with open_console(engine, tmp_path / "store") as opened:
        yield opened


def upload(console: Console, kind: str, text: str, **fields: str) -> Any:
    files = {"file": (f"{kind}.csv", io.BytesIO(text.encode()), "text/csv")}
    return console.people["county"].post("/console/import", {"kind": kind} | fields, files)


def agree(console: Console, page: Any) -> Any:
    """Press the button under a preview."""
    form = page.text.split('action="/console/import/store"')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(.*?)" value="(.*?)"', form))
    return console.people["county"].post("/console/import/store", {key: fields[key] for key in fields if key != "csrf"})


def whole_frame() -> str:
    """A frame with all seven groups."""
    frame = county_frame()
    more = [frame.tail(1).assign(group=group, unit=f"{group}s") for group in ("principal", "cppcc")]
    return str(pd.concat([frame, *more]).to_csv(index=False))


def count(console: Console, model: Any) -> int:
    with Session(console.engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def prepare(console: Console, **changes: str) -> str:
    """Save the draft; returns the page with what is still missing."""
    assert console.people["county"].post("/console/setup", DRAFT | changes).status_code == 303
    return str(console.people["county"].get("/console/setup").text)


def test_an_import_shows_what_would_change_and_changes_it_only_then(console: Console) -> None:
    page = upload(console, "schools", SCHOOLS)
    assert "新增2行，删除0行，改动0处" in page.text
    assert count(console, School) == 0
    assert agree(console, page).status_code == 303
    assert count(console, School) == 2

    page = upload(console, "schools", "code,name,kind\nP02,第二中学,junior\n")
    assert "新增0行，删除1行，改动2处" in page.text
    assert re.search('学校名称</td><td>第二小学</td><td class="strong">第二中学', page.text)
    assert "P01" in page.text


def test_a_bad_file_is_refused_with_every_problem_and_its_cell(console: Console) -> None:
    page = upload(console, "schools", "code,name,kind\nP01,第一小学,palace\nP01,第二小学,primary\n")
    assert page.status_code == 422
    assert "共2处问题" in page.text
    assert re.search("schools.csv.*2", page.text)
    assert not list((console.folder / "uploads").glob("*/*"))
    assert count(console, School) == 0


def test_what_was_looked_at_is_imported_once(console: Console) -> None:
    page = upload(console, "schools", SCHOOLS)
    agree(console, page)
    assert agree(console, page).status_code == 404
    assert not list((console.folder / "uploads").glob("*"))


@pytest.mark.parametrize("token", ["../../etc", "0" * 32, ""])
def test_no_other_file_can_be_imported(console: Console, token: str) -> None:
    fields = {"kind": "schools", "token": token}
    assert console.people["county"].post("/console/import/store", fields).status_code == 404


def test_a_file_name_leads_nowhere(console: Console) -> None:
    files = {"file": ("../../../evil.csv", io.BytesIO(SCHOOLS.encode()), "text/csv")}
    page = console.people["county"].post("/console/import", {"kind": "schools"}, files)
    assert page.status_code == 200
    [kept] = (console.folder / "uploads").glob("*/*")
    assert "/" not in kept.name
    assert kept.parent.parent == console.folder / "uploads"


def test_the_draft_says_everything_that_is_missing(console: Console) -> None:
    page = console.people["admin"].get("/console/setup").text
    for words in ("区（县）名称", "常住人口", "评估标准", "送审稿文号", "教育部的调查", "学校名单", "名册"):
        assert re.search(f"还没有.*{words}", page)
    refused = console.people["admin"].post("/console/setup/open")
    assert refused.status_code == 409
    assert count(console, Round) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ministry": "near"}, "临近时不要开展"),
        ({"ministry_from": "2025-11-24", "ministry_to": "2025-11-30"}, "重叠"),
        ({"ministry_from": "2025-11-24"}, "要么都填"),
        ({"ministry_from": "soon", "ministry_to": "later"}, "写成 2025-12-01"),
        ({"closes": "2025-11-20 17:00"}, "结束时间应晚于开始时间"),
        ({"closes": "2025-11-19"}, "结束时间已经过去"),
        ({"opens": "明天"}, "开始时间写成"),
        ({"population": "很多"}, "大于0的整数"),
        ({"standard": "nowhere-1999"}, "没有这个评估标准"),
        ({"organiser": "满意办公室"}, "不能提到选项或目标"),
    ],
)
def test_a_draft_that_should_not_be_opened_is_not(console: Console, changes: dict[str, str], said: str) -> None:
    agree(console, upload(console, "schools", SCHOOLS))
    agree(console, upload(console, "frame", whole_frame()))
    assert said in prepare(console, **changes)
    assert console.people["admin"].post("/console/setup/open").status_code == 409
    assert count(console, Round) == 0


def test_a_group_that_the_rule_needs_and_the_frame_lacks_is_named(console: Console) -> None:
    agree(console, upload(console, "schools", SCHOOLS))
    agree(console, upload(console, "frame", str(county_frame().to_csv(index=False))))
    assert "名册里没有校长、政协委员" in prepare(console)


def test_the_draft_shows_the_sample_and_what_it_can_prove(console: Console) -> None:
    preview = upload(console, "frame", whole_frame())
    assert re.search("家长.*P01.*三年级1班.*40", preview.text.split("将新增")[1], re.DOTALL)
    agree(console, preview)
    page = prepare(console)
    assert "最低样本 30 份" in page
    assert "有把握地说高于标准线 85%" in page or "样本太小" in page


def make_ready(console: Console, **changes: str) -> Any:
    """A draft without problems; returns what is asked before it opens."""
    agree(console, upload(console, "schools", SCHOOLS))
    agree(console, upload(console, "frame", whole_frame()))
    assert "都已就绪" in prepare(console, **changes)
    return console.people["admin"].post("/console/setup/open")


def test_opening_asks_with_the_window_and_its_year_and_opens_nothing(console: Console) -> None:
    asked = make_ready(console)
    assert asked.status_code == 200
    assert "2025年11月20日 18:00 至 2025年11月25日 00:00，共5天" in asked.text
    assert "教师</dt><dd>35人" in asked.text
    assert count(console, Round) == 0


def test_a_window_of_a_year_is_questioned(console: Console) -> None:
    asked = make_ready(console, closes="2026-11-25 00:00").text
    assert "答题时间共369天，通常是4至6天" in asked
    assert "2026年11月25日" in asked


def test_a_frame_that_invites_many_times_the_plan_is_questioned(console: Console) -> None:
    asked = make_ready(console).text
    assert "最低样本30份" in asked
    assert "会为297人发码" in asked
    console.people["county"].post("/console/setup", DRAFT | {"population": "200000"})
    assert "会为" not in console.people["admin"].post("/console/setup/open").text


def test_a_work_plan_is_no_standard_to_choose(console: Console) -> None:
    page = prepare(console, standard="qianjiang-2023")
    assert 'value="qianjiang-2023"' not in page
    assert 'value="qianjiang-2020"' in page
    assert "是工作计划，不是评估标准" in page
    assert console.people["admin"].post("/console/setup/open", {"sure": "1"}).status_code == 409


@pytest.mark.parametrize("name", ["social-2026", "staff-2026", "student-2026"])
def test_a_paper_is_shown_as_on_a_phone_and_cannot_be_sent(console: Console, name: str) -> None:
    page = console.people["county"].get(f"/console/paper/{name}")
    assert page.status_code == 200
    assert page.text.count("<fieldset") == 17
    assert page.headers["content-security-policy"].endswith("sandbox allow-same-origin")
    assert '不收答卷。<a href="/console/setup">' in page.text
    assert "演示数据" not in page.text
    assert "截止" not in page.text
    console.people["county"].post("/console/setup", DRAFT)
    assert "11月24日 24:00截止" in console.people["county"].get(f"/console/paper/{name}").text
    assert console.people["county"].get("/console/paper/none-2026").status_code == 404


def test_a_round_goes_from_an_empty_store_to_its_report(console: Console) -> None:
    admin, admin2, county = (console.people[name] for name in ("admin", "admin2", "county"))
    assert county.get("/console").headers["location"] == "/console/setup"
    agree(console, upload(console, "schools", SCHOOLS))
    agree(console, upload(console, "frame", whole_frame()))
    assert "都已就绪" in prepare(console)
    assert "开始青山区的调查，邀请" in admin.post("/console/setup/open").text
    assert count(console, Round) == 0
    opened_at = admin.post("/console/setup/open", {"sure": "1"}).headers["location"]
    assert opened_at == "/console/round?done=opened"
    with Session(console.engine) as session:
        opened = session.scalars(select(Round)).one()
        assert (opened.state, opened.approver, opened.document) == ("open", "某某", "青教督〔2025〕1号")
    assert count(console, FrameRow) == 10

    asked = county.post("/console/codes/issue", {"kind": "slips"}).text
    assert re.search("还没有码的共[1-9][0-9]*人，每人一张", asked)
    assert count(console, Job) == 0
    job = county.post("/console/codes/issue", {"kind": "slips", "sure": "1"}).headers["location"]
    assert "文件：一人一码答题条.zip" in county.get(job).text
    assert county.post(f"{job}/take").content.startswith(b"PK")
    assert county.post(f"{job}/take").content.startswith(b"PK")

    assert admin.post("/console/round/propose-close").status_code == 303
    assert "不能自己确认" in admin.post("/console/round/confirm-close").text
    assert "确认后批次永远结束" in admin2.get("/console/round").text
    closing = admin2.post("/console/round/confirm-close").headers["location"]
    assert "结果已经封存" in admin2.get(closing).text
    report = console.people["analyst"].post("/console/round/report").headers["location"]
    assert console.people["analyst"].post(f"{report}/take").content.startswith(b"PK")
    with Session(console.engine) as session:
        said = [(row.actor, row.action) for row in load_audit(session)]
    for entry in [
        ("county", "draft"), ("admin", "open"), ("admin", "confirm"), ("county", "issue"), ("county", "take_file"),
        ("admin", "propose_close"), ("admin2", "confirm_close"), ("admin、admin2", "close"), ("admin、admin2", "seal"),
        ("analyst", "take_file"),
    ]:  # fmt: skip
        assert entry in said


@pytest.mark.parametrize(
    ("devices", "apart", "told"),
    [
        (("a" * 32, "a" * 32), timedelta(hours=1), ("两次确认来自同一台电脑",)),
        (("a" * 32, "b" * 32), timedelta(hours=1), ()),
        (("", ""), timedelta(hours=1), ()),
        (("a" * 32, "b" * 32), timedelta(seconds=119), ("两次确认相隔不到两分钟",)),
        (("a" * 32, "a" * 32), timedelta(0), ("两次确认来自同一台电脑", "两次确认相隔不到两分钟")),
    ],
)
def test_two_confirmations_from_one_browser_or_within_two_minutes_are_allowed_and_told_on_the_minute(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    devices: tuple[str, str],
    apart: timedelta,
    told: tuple[str, ...],
) -> None:
    monkeypatch.setattr(Jobs, "start", do_at_once)
    moments = [NOW]
    with open_console(engine, keys_of(engine).parent, now=lambda: moments[-1]) as console:
        open_county(engine)
        with Session(engine) as session, session.begin():
            answer(session, issue(session, "P01")[:12])
        for name, device, step in zip(("admin", "admin2"), devices, ("propose", "confirm"), strict=True):
            person = console.people[name]
            fields = {"csrf": csrf_of(person.token), "card": hand_card(engine, name)}
            cookies = {"cookie": f"console={person.token}; device={device}"}
            path = f"/console/round/{step}-close"
            assert console.client.post(path, data=fields, headers=cookies, follow_redirects=False).status_code == 303
            moments.append(NOW + apart)
    with Session(engine) as session:
        minute = describe_minute(session, find_round(session))
        kept = str([row.detail for row in load_audit(session)])
    assert minute.confirmed == told
    assert not any(device in kept for device in devices if device)
    assert [sentence for sentence in told if sentence not in str(closing_minute(minute))] == []


def test_before_a_close_everything_that_it_would_cut_off_is_told_in_numbers(console: Console) -> None:
    open_county(console.engine, replace(PLAN, paper_until=PLAN.closes - timedelta(days=1)))
    with Session(console.engine) as session, session.begin():
        answer(session, issue(session, "P01")[:3])
        row = row_id(session, "public", "乙镇")
    county = console.people["county"]
    county.post("/console/unit/print", {"unit": "乙镇", "row": row, "sheets": "5"})
    with Session(console.engine) as session:
        batch = session.scalars(select(Batch.id).where(Batch.kind == "paper")).one()
    fours = dict.fromkeys(load_paper("social-2026").item_ids, "4")
    county.post("/console/papers/enter", fours | {"batch": batch, "time": "1", "sheet": "1"})
    for _ in range(2):
        said = console.people["admin"].get("/console/round").text
        assert "离结束时间还有3天14小时" in said
        assert re.search("家长已回收3份，比最低样本[0-9]+份少[0-9]+份", said)
        assert re.search("教师一份也没有收到（最低样本[0-9]+份）", said)
        assert "1份纸质问卷等着录第二遍，结束后删除" in said
        assert "2个单位135人的码做好了还没有交出去" in said
        console.people["admin2"].post("/console/round/propose-close")


@pytest.mark.parametrize(("sent", "kept"), [({}, False), ({"remarks": "1"}, True)])
def test_remarks_are_taken_only_where_the_draft_chose_them(console: Console, sent: dict[str, str], kept: bool) -> None:
    agree(console, upload(console, "schools", SCHOOLS))
    agree(console, upload(console, "frame", whole_frame()))
    assert ('name="remarks" value="1" checked' in prepare(console, **sent)) is kept
    console.people["admin"].post("/console/setup/open", {"sure": "1"})
    with Session(console.engine) as session:
        assert session.scalars(select(Round.remarks)).one() is kept


def test_closing_can_be_withdrawn_and_is_never_done_by_one(console: Console) -> None:
    open_county(console.engine)
    admin, admin2 = console.people["admin"], console.people["admin2"]
    assert admin.post("/console/round/confirm-close").status_code == 409
    admin.post("/console/round/propose-close")
    assert admin2.post("/console/round/propose-close").status_code == 409
    assert admin2.post("/console/round/withdraw-close").status_code == 303
    assert admin.post("/console/round/confirm-close").status_code == 409
    with Session(console.engine) as session:
        assert session.scalars(select(Round.state)).one() == "open"


def test_an_administrator_lets_a_round_end_later_and_what_was_typed_wrong_stays(console: Console) -> None:
    open_county(console.engine)
    admin = console.people["admin"]
    for typed, sentence in {
        "明天": "写成 2026-11-30",
        "": "写成 2026-11-30",
        "2025-11-21T08:00": "应晚于现在的",
    }.items():
        refused = admin.post("/console/round/extend", {"closes": typed})
        assert sentence in refused.text
        assert f'value="{typed}"' in refused.text
    later = f"{PLAN.closes + timedelta(days=1):%Y-%m-%dT%H:%M}"
    assert admin.post("/console/round/extend", {"closes": later}).headers["location"].endswith("done=extended")
    with Session(console.engine) as session:
        assert session.scalars(select(Round.closes)).one() == PLAN.closes + timedelta(days=1)


def test_pausing_and_going_on_is_said_and_noted(console: Console) -> None:
    open_county(console.engine)
    county = console.people["county"]
    assert county.post("/console/round/pause").headers["location"].endswith("done=paused")
    assert "已暂停" in county.get("/console/round?done=paused").text
    assert county.post("/console/round/pause").status_code == 409
    assert county.post("/console/round/resume").status_code == 303
    with Session(console.engine) as session:
        actions = session.scalars(select(Audit.action).where(Audit.actor == "county")).all()
    assert actions[-2:] == ["pause", "resume"]


WALK = [
    *(
        "/console",
        "/console/watch",
        "/console/watch.xlsx",
        "/console/events?since=0",
        "/console/codes",
        "/console/round",
    ),
    *(f"/console/watch?by={by}" for by in ("class", "group", "stage", "band", "locale", "township")),
    *("/console/unit?unit=P01", "/console/job/1", "/console/setup", "/console/import", "/console/paper/social-2026"),
    *("/console/template/frame", "/console/accounts", "/console/log", "/console/password"),
]


NAMES = {"name": "social-2026", "kind": "frame"}


ARCHIVE = b"PK"


def list_paths(console: Console) -> list[str]:
    """Every way to look at something outside the respondents' pages, whoever added it, and WALK's own views."""
    routes = [
        re.sub(r"\{(\w+)[^}]*\}", lambda part: NAMES.get(part[1], "1"), path)
        for method, path in list_served(console.client.app)
        if method == "GET" and not path.startswith("/q/")
    ]
    return [*WALK, *(path for path in routes if path not in {*WALK, "/", "/console/events"})]


def walk(console: Console) -> dict[tuple[str, str], str]:
    """What every role is shown on every page."""
    paths = list_paths(console)
    return {(name, path): _read(desk.get(path)) for name, desk in console.people.items() for path in paths}


def _read(page: Any) -> str:
    assert page.status_code < 500
    if page.content.startswith(ARCHIVE):
        return "".join(_open(page.content))
    return re.sub('name="csrf" value=".*?"', "", page.text)


def _open(content: bytes) -> Iterator[str]:
    """What an archive holds, archives in it opened, too."""
    if not content.startswith(ARCHIVE):
        yield content.decode("latin-1")
        return
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            yield from _open(parts.read(name))


def test_before_the_close_nothing_shown_to_anybody_depends_on_an_answer(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "STREAM_SECONDS", 0.05)
    monkeypatch.setattr(log, "ON_A_PAGE", 5)
    open_county(console.engine)
    console.people["county"].post("/console/unit/issue", {"unit": "P02", "kind": "class"})
    with Session(console.engine) as session, session.begin():
        answer(session, issue(session, "P01")[:60])
    before = walk(console)
    with console.engine.begin() as connection:
        assert connection.execute(update(Box).values(sealed=b"1" * 128)).rowcount == 60
    after = walk(console)
    changed = {path for name, path in before if before[name, path] != after[name, path]}
    assert {re.sub(".*/(log).*", "log", path) for path in changed} == {"log"}  # the looking itself is noted
    assert {path for (_, path), text in before.items() if "60" in text} > {"/console/watch", "/console/unit?unit=P01"}


def test_before_the_close_there_is_no_report_for_anybody(console: Console) -> None:
    open_county(console.engine)
    for desk in console.people.values():
        assert desk.post("/console/round/report").status_code in (403, 404)


def test_the_log_is_read_page_by_page_and_taken_away_whole(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        session.add_all(
            Audit(at=NOW + timedelta(seconds=n), actor="=cmd", action="issue", subject="x", detail={"n": n})
            for n in range(120)
        )
    admin = console.people["admin"]
    assert "第 1 / 3 页" in admin.get("/console/log").text
    assert admin.get("/console/log?page=2&who=%3Dcmd").text.count("<tr>") == 51
    assert admin.get("/console/log?page=0").status_code == 200
    table = admin.get("/console/log.csv")
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert "'=cmd" in table.text
    assert ",=cmd" not in table.text
    assert "下载" in admin.get("/console/log").text


def recorded() -> Iterator[list[set[str]]]:
    """The words of each act that the source records: what was done, and to what."""
    for path in Path(app.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record":
                yield [
                    {constant.value for constant in ast.walk(part) if isinstance(constant, ast.Constant)}
                    for part in node.args[2:]
                ]


def test_every_act_that_is_recorded_has_words() -> None:
    acts, subjects = (set[str]().union(*words) for words in zip(*recorded(), strict=True))
    assert {"sign_in", "sign_in_failed", "pause", "release", "seal", "hand_over"} <= acts
    assert acts <= set(log.load_words().actions)
    assert {subject.split()[0] for subject in subjects} <= set(log.load_words().subjects)


def test_the_log_speaks_of_what_was_done_in_words() -> None:
    seals = {"cells.csv": "0" * 64, "frame.csv": "1" * 64}
    row = Audit(at=NOW, actor="admin", action="publish", subject="round 2025-1", detail={"sha256": seals})
    assert log.say_act(row) == ("2025-11-20 18:00:00", "admin", "封存结果", "批次 2025-1", "校验值 2项各有校验值")
    row = Audit(
        at=NOW, actor="a", action="issue", subject="round 1", detail={"kind": "slip", "unit": "P01", "codes": 3}
    )
    assert log.say_act(row).detail == "种类 一人一码，单位 P01，码 3"
    row = Audit(at=NOW, actor="a", action="new", subject="thing 1", detail={"more": ["a", "b"], "sure": True, "no": ""})
    assert log.say_act(row)[2:] == ("new", "thing 1", "more a、b，sure 是")


def test_accounts_are_made_reset_and_disabled_and_the_password_is_shown_once(console: Console) -> None:
    admin = console.people["admin"]
    page = admin.post("/console/accounts/add", {"name": "李老师", "role": "unit", "scope": "P01"})
    assert re.search('class="password">[a-z2-9-]{14}<', page.text)
    assert 'class="password"' not in admin.get("/console/accounts").text
    again = admin.post("/console/accounts/add", {"name": "李老师", "role": "unit", "scope": ""})
    assert again.status_code == 422
    assert again.text.count("<li>") == 2
    assert 'value="李老师"' in again.text
    asked = admin.post("/console/accounts/disable", {"name": "county"})
    assert "停用账号 county？" in asked.text
    assert console.people["county"].get("/console/watch").status_code == 404  # still in; there is no round
    assert admin.post("/console/accounts/disable", {"name": "county", "sure": "1"}).status_code == 303
    assert console.people["county"].get("/console/watch").status_code == 303
    assert admin.post("/console/accounts/disable", {"name": "nobody"}).status_code == 404


def test_jobs_of_a_round_are_listed_with_their_state(console: Console) -> None:
    open_county(console.engine)
    job = console.people["unit"].post("/console/unit/issue", {"unit": "P01", "kind": "class"}).headers["location"]
    assert "文件待取" in console.people["unit"].get("/console/unit").text
    assert count(console, Job) == 1
    console.people["unit"].post(f"{job}/take")
    assert "文件待取" not in console.people["unit"].get("/console/unit").text
    failed = console.people["unit"].post("/console/unit/issue", {"unit": "P01", "kind": "class"}).headers["location"]
    assert "没有做成" in console.people["unit"].get(failed).text
