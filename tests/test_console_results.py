"""Results in the console: nothing before close; after it what was published, to those who may see it."""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.results import as_json
from reports.charts.plots import read_bundle
from reports.document.word import render_docx
from reports.evidence.bundle_check import check_bundle
from reports.report.insert import insert
from reports.screen.rows import load_result_words
from reports.screen.views import list_domains, results_of
from reports.setting.figures import short_percent
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_published
from survey_app.core.db import connect
from survey_app.core.four_eyes import let_in
from survey_app.core.models import Account, Audit, Job
from survey_app.core.settings import Settings
from survey_app.frame.schools import store_frame
from survey_app.jobs.job_work import run_job
from survey_app.jobs.running import Jobs
from survey_app.results.documents import facts_of
from survey_app.rounds.opening import open_round
from survey_app.rounds.round_rows import find_round
from tests.console import Console, open_console
from tests.county import NOW, PLAN, answer, county_frame, issue, open_county
from tests.keyring import keys_of

VIEWS = list(load_result_words().views)
ROUTES = [*(f"/console/results?by={view}" for view in VIEWS), "/console/results/downloads"]
SEES = ("admin", "analyst")
REFUSED = ("county", "township", "unit")


def hold(folder: Path, model: Path) -> Iterator[Console]:
    """The small county with an open round in which all answered; jobs run when a test says so."""
    shutil.copyfile(model, folder / "survey.db")
    engine = connect(f"sqlite:///{folder / 'survey.db'}")
    open_county(engine)
    with Session(engine) as session, session.begin():
        for unit in ("P01", "P02", "甲镇代表团", "乙镇"):
            answer(session, issue(session, unit))
    with pytest.MonkeyPatch.context() as patch, open_console(engine, folder / "store") as opened:
        patch.setattr(Jobs, "start", lambda *_: None)
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Iterator[Console]:
    yield from hold(tmp_path_factory.mktemp("open"), sqlite_model)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Iterator[Console]:
    for held in hold(tmp_path_factory.mktemp("closed"), sqlite_model):
        close_round(held.engine, None, keys=keys_of(held.engine), actor="test", now=NOW)
        yield held


def run(console: Console) -> Job:
    """Do the latest job here and now."""
    with Session(console.engine) as session:
        job = session.scalars(select(Job).order_by(Job.id.desc())).first()
        assert job is not None
        session.expunge(job)
    settings = Settings(console.folder, "", "http://testserver")
    settings.folder.mkdir(exist_ok=True)
    run_job(console.engine, settings, job.id, lambda: NOW)
    return job


def take(console: Console, name: str, job: Job) -> bytes:
    taken = console.people[name].post(f"/console/job/{job.id}/take")
    assert taken.is_success
    return taken.content


def noted(console: Console, action: str) -> list[tuple[str, dict[str, Any]]]:
    with Session(console.engine) as session:
        rows = session.scalars(select(Audit).where(Audit.action == action).order_by(Audit.id))
        return [(row.actor, row.detail) for row in rows]


@pytest.mark.parametrize("name", [*SEES, *REFUSED])
def test_before_close_no_role_sees_a_rate_on_any_of_these_pages(console: Console, name: str) -> None:
    for path in ROUTES:
        answer = console.people[name].get(path)
        assert answer.status_code == (404 if name in SEES else 403)
        assert "%" not in re.sub("(?s)<style>.*?</style>|<script>.*?</script>", "", answer.text)
    for path in ("export", "ask-bundle", "confirm-bundle"):
        answer = console.people[name].post(f"/console/results/{path}", {"format": "csv"})
        assert answer.status_code == (404 if name in SEES else 403)
    assert noted(console, "ask_release") == noted(console, "export") == []


def test_before_close_the_page_says_that_results_come_after_close(console: Console) -> None:
    assert "还没有结束，结果要等结束后才能看" in console.people["analyst"].get("/console/results").text


@pytest.mark.parametrize("path", ROUTES)
def test_after_close_analysts_and_administrators_see_results_and_nobody_else(closed: Console, path: str) -> None:
    found = {name: closed.people[name].get(path).status_code for name in (*SEES, *REFUSED)}
    assert found == dict.fromkeys(SEES, 200) | dict.fromkeys(REFUSED, 403)


def test_the_first_page_tells_the_verdict_its_three_lines_and_what_would_turn_it(closed: Console) -> None:
    page = closed.people["analyst"].get("/console/results").text
    for words in (
        "社会认可度 100%：暂不作结论",
        "1.自评结论",
        "2.结论的可靠程度",
        "3.可能性",
        "最先使结论改变的",
        "不同口径下",
    ):
        assert words in page


def test_every_view_of_every_domain_is_complete_without_a_script(closed: Console) -> None:
    with Session(closed.engine) as session:
        published = load_published(session, find_round(session))
    for view in VIEWS:
        for domain in list_domains(view, published) or {"": ""}:
            page = closed.people["analyst"].get(f"/console/results?by={view}&of={domain}").text
            assert page.count("<figure") <= page.count("<table")
            assert "<svg" not in page
            assert "None" not in page
            assert "nan" not in re.sub("(?s)<style>.*?</style>|<script>.*?</script>", "", page)


def test_the_figures_are_those_that_were_published(closed: Console) -> None:
    with Session(closed.engine) as session:
        published = load_published(session, find_round(session))
    page = closed.people["analyst"].get("/console/results?by=group").text
    for row in as_json(published.estimate)["groups"].values():
        for name in ("lower", "upper"):
            assert row[name] is None or f">{short_percent(row[name], sign='')}<" in page


def test_a_view_or_domain_that_is_not_there_shows_the_first(closed: Console) -> None:
    desk = closed.people["analyst"]
    assert desk.get("/console/results?by=<b>&of=x").text == desk.get("/console/results").text
    assert desk.get("/console/results?by=topic&of=nobody").text == desk.get("/console/results?by=topic").text
    assert desk.get("/console/results?round=1999-1").status_code == 404


def test_plotly_may_run_on_pages_with_charts_and_on_no_other_page(closed: Console) -> None:
    desk = closed.people["admin"]
    page = desk.get("/console/results?by=group")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'self' 'sha256-")
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert "data-plotly" in page.text
    for path in ("/console/watch", "/console/round", "/console/results/downloads", "/console/log"):
        other = desk.get(path)
        assert "unsafe" not in other.headers["content-security-policy"]
        assert "plotly" not in other.text


def test_the_bundle_is_kept_by_the_browser_and_comes_compressed(closed: Console) -> None:
    desk = closed.people["analyst"]
    (address,) = re.findall('data-plotly="(.*?)"', desk.get("/console/results").text)
    found = desk.get(address)
    assert found.content == read_bundle().encode()
    assert found.headers["content-encoding"] in ("br", "gzip")
    assert int(found.headers["content-length"]) < 1_600_000
    assert "immutable" in found.headers["cache-control"]
    assert desk.get("/console/plotly/0000000000000000.js").status_code == 404


def test_an_edited_report_is_given_back_and_what_was_changed_is_said(closed: Console) -> None:
    with Session(closed.engine) as session:
        round_ = find_round(session)
        content = render_docx(insert(facts_of(round_), results_of(load_published(session, round_))))
    word = docx.Document(io.BytesIO(content))
    word.add_paragraph("各类对象中认可度最高的是家长。")
    edited = io.BytesIO()
    word.save(edited)
    told = {
        content: (200, "没有发现改动的数字"),
        edited.getvalue(): (200, "里的“最高”"),
        b"hello": (400, "这不是 Word 文件"),
    }
    for sent, (status, sentence) in told.items():
        page = closed.people["analyst"].post("/console/results/check", files={"file": ("改.docx", sent)})
        assert (page.status_code, sentence in page.text) == (status, True)
    nothing = closed.people["analyst"].post("/console/results/check", files={"other": ("改.docx", b"")})
    assert "请选择修改过的 Word 文件" in nothing.text


@pytest.mark.parametrize("format_", ["csv", "xlsx", "sav", "parquet"])
def test_tables_are_exported_in_every_format_and_noted(closed: Console, format_: str) -> None:
    asked = closed.people["analyst"].post("/console/results/export", {"format": format_})
    job = run(closed)
    assert asked.headers["location"] == f"/console/job/{job.id}"
    content = take(closed, "analyst", job)
    if format_ != "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert len([name for name in archive.namelist() if name.endswith(format_)]) >= 4
    assert noted(closed, "export")[-1] == ("analyst", {"format": format_, "forms": False, "purpose": ""})


def test_forms_are_exported_only_for_a_purpose(closed: Console) -> None:
    desk = closed.people["analyst"]
    assert desk.post("/console/results/export", {"format": "csv", "forms": "1"}).status_code == 400
    desk.post("/console/results/export", {"format": "csv", "forms": "1", "purpose": "教科院研究"})
    with zipfile.ZipFile(io.BytesIO(take(closed, "analyst", run(closed)))) as archive:
        assert any(name.endswith("答卷.csv") for name in archive.namelist())
    assert noted(closed, "export")[-1][1]["purpose"] == "教科院研究"


def test_a_format_that_does_not_exist_is_refused(closed: Console) -> None:
    assert closed.people["analyst"].post("/console/results/export", {"format": "exe"}).status_code == 400


def test_the_bundle_needs_two_people(closed: Console) -> None:
    closed.people["analyst"].post("/console/results/ask-bundle")
    assert closed.people["analyst"].post("/console/results/confirm-bundle").status_code == 409
    assert closed.people["admin"].post("/console/results/ask-bundle").status_code == 409
    assert closed.people["county"].post("/console/results/confirm-bundle").status_code == 403
    with Session(closed.engine) as session:
        assert session.scalars(select(Job.state).where(Job.kind == "bundle")).all() == ["asked"]
    assert closed.people["admin"].post("/console/results/confirm-bundle", {"card": "aaaa-bbbb"}).status_code == 409
    with Session(closed.engine) as session:
        assert session.scalars(select(Job.state).where(Job.kind == "bundle")).all() == ["asked"]
    confirmed = closed.people["admin"].post("/console/results/confirm-bundle")
    assert confirmed.headers["location"].startswith("/console/job/")
    job = run(closed)
    assert noted(closed, "ask_release")[-1][0] == "analyst"
    ((actor, about),) = noted(closed, "release")
    assert (actor, about["released_by"]) == ("analyst、admin", ["analyst", "admin"])
    for name in ("admin2", "county"):
        assert closed.people[name].get(f"/console/job/{job.id}").status_code == 404
        assert closed.people[name].post(f"/console/job/{job.id}/take").status_code == 404
    assert check_bundle(take(closed, "analyst", job)) == []
    assert closed.people["admin"].post(f"/console/job/{job.id}/take").status_code == 201


def test_the_bundle_is_not_released_with_an_account_that_who_asked_let_in(closed: Console) -> None:
    closed.people["analyst"].post("/console/results/ask-bundle")
    with Session(closed.engine) as session, session.begin():
        let_in(session, session.get_one(Account, "analyst"), actor="admin", now=NOW)
    refused = closed.people["admin"].post("/console/results/confirm-bundle")
    assert (refused.status_code, "还不能算两个人" in refused.text) == (409, True)
    assert closed.people["admin2"].post("/console/results/confirm-bundle").status_code == 303


def test_a_request_for_the_bundle_can_be_taken_back(closed: Console) -> None:
    closed.people["analyst"].post("/console/results/ask-bundle")
    assert "确认放行" in closed.people["admin"].get("/console/results/downloads").text
    closed.people["admin"].post("/console/results/withdraw-bundle")
    assert closed.people["admin"].post("/console/results/confirm-bundle").status_code == 409
    assert [actor for actor, _ in noted(closed, "withdraw_release")] == ["admin"]


def test_a_county_official_never_takes_a_report(closed: Console) -> None:
    closed.people["analyst"].post("/console/round/report")
    with Session(closed.engine) as session:
        job = session.scalars(select(Job.id).where(Job.kind == "report")).one()
    for name in REFUSED:
        assert closed.people[name].get(f"/console/job/{job}").status_code == 404
        assert closed.people[name].post(f"/console/job/{job}/take").status_code == 404
    assert f"/console/job/{job}" not in closed.people["county"].get("/console/round").text
    assert closed.people["admin"].get(f"/console/job/{job}").status_code == 200


def test_a_former_round_stays_in_reach_while_the_next_is_open(
    tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path
) -> None:
    for held in hold(tmp_path_factory.mktemp("twice"), sqlite_model):
        close_round(held.engine, None, keys=keys_of(held.engine), actor="test", now=NOW)
        with Session(held.engine) as session, session.begin():
            name = find_round(session).name
            store_frame(session, county_frame(), actor="test", now=NOW)
            open_round(session, PLAN, keys=keys_of(session.get_bind()), actor="test", now=NOW)
        waiting = held.people["analyst"].get("/console/results")
        assert waiting.status_code == 404
        assert f"/console/results?round={name}" in waiting.text
        assert "100%" in held.people["analyst"].get(f"/console/results?round={name}").text
