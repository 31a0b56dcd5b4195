"""The JSON API: who sees what, what goes wrong and how it is said, and that its document is exact."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from analysis.results import as_json
from survey_app.accounts.signing_in import csrf_of
from survey_app.closing.close import close_round
from survey_app.closing.closing_minute import EVIDENCE
from survey_app.core.db import connect
from survey_app.core.models import Account, Batch, Job
from survey_app.pages.console import watch_pages as watch
from survey_app.pages.console.console_access import OPEN, RIGHTS
from survey_app.pages.console.console_drawing import say_share
from survey_app.rounds.round_rows import find_round
from survey_app.watching.status import load_status
from tests.console import Console, Desk, open_console
from tests.county import NOW, answer, issue, open_county
from tests.keyring import keys_of
from tests.route_list import list_served

# administrator, county official, township official, unit contact, analyst: as the issue says, not as the code does
WANTED = {
    "/api": "yyyyy",
    "/api/viewer/swagger-ui.css": "yyyyy",
    "/api/openapi.json": "yyyyy",
    "/api/me": "yyyyy",
    "/api/rounds": "yyyyy",
    "/api/status": "yyyyy",
    "/api/progress/class": "yyyyy",
    "/api/custody": "yyynn",
    "/api/trial": "yynnn",
    "/api/batches?unit=P01": "yyyyn",
    "/api/jobs": "yyyyy",
    "/api/jobs/1": "yyyyy",
    "/api/data/schools": "yynnn",
    "/api/results": "ynnny",
    "/api/results/recognition": "ynnny",
    "/api/log": "ynnnn",
    "/api/files/watch.xlsx": "yyyyy",
    "/api/files/bulletin/schools": "yyynn",
    "/api/files/papers/sheets": "yyynn",
    "/api/files/results/minute": "ynnny",
    "/api/files/accounts/template": "ynnnn",
    "/api/files/revisit/sheet": "yynnn",
    "/api/files/calendar.docx": "yynnn",
    "/api/files/paperwork.zip": "yynnn",
    "/api/files/accounts/letter": "ynnnn",
    "/api/files/template/schools": "yynnn",
    "/api/files/data.xlsx": "yynnn",
    "/api/files/sample/record/pdf": "yynnn",
    "/api/files/problems/letters": "yynnn",
    "/api/files/proofs/file": "yyyyn",
    "/api/files/proofs/package": "yynnn",
    "/api/files/log.csv": "ynnnn",
    "/api/files/voice/sound": "ynnnn",
}
TOLD = [path for path in WANTED if path.split("/")[2:3] not in (["viewer"], ["openapi.json"], ["files"])]
"""What is told as JSON; what files hold is held by `test_api_files`."""
PEOPLE = ("admin", "county", "township", "unit", "analyst")
VIEWS = ("unit", "unit_group", "group", "stage", "band", "locale", "township", "class")
FOREIGN = re.compile("P02|第二小学|乙镇|代表团")
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def console(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A county with forms and a job, only read from."""
    folder = tmp_path_factory.mktemp("api")
    engine = connect(f"sqlite:///{shutil.copyfile(sqlite_model, folder / 'survey.db')}")
    fill(engine)
    with open_console(engine, folder) as opened:
        yield opened


@pytest.fixture
def light(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    """A county without codes, to be changed."""
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def fill(engine: Engine) -> None:
    """A county with 37 forms from one school, 29 from another, and a job of the administrator for the other."""
    round_id = open_county(engine)
    with Session(engine) as session, session.begin():
        for unit, n in (("P01", 37), ("P02", 29)):
            answer(session, issue(session, unit)[:n])
        session.add(
            Job(
                id=1, kind="class", state="done", round_id=round_id, unit="P02", about={}, asked_by="admin",
                asked_at=NOW, pid=None, done=1, total=1, problem="", file="P02.pdf",
            )
        )  # fmt: skip


def read(desk: Desk, path: str) -> Any:
    """What the API answers a person."""
    answered = desk.get(path)
    assert answered.status_code == 200, answered.text
    return answered.json()


def ask(console: Console, method: str, path: str, **more: Any) -> httpx.Response:
    return console.client.request(method, path, follow_redirects=False, **more)


def test_each_role_reads_what_it_should_and_nothing_else(console: Console) -> None:
    found = {}
    for path in WANTED:
        statuses = [console.people[name].get(path).status_code for name in PEOPLE]
        assert max(statuses) < 500
        found[path] = "".join("n" if status == 403 else "y" for status in statuses)
    assert found == WANTED


def test_every_route_of_the_api_is_in_the_matrix(console: Console) -> None:
    routes = {
        (method, path)
        for method, path in list_served(console.client.app)
        if method not in ("OPTIONS", "HEAD") and path.startswith("/api")
    }
    assert routes == {one for one in {*RIGHTS, *OPEN} if one[1].startswith("/api")}
    samples = {"{view}": "class", "{job_id}": "1", "{part}": "recognition", "{name}": "swagger-ui.css"}
    samples |= {"{kind}": "schools", "{form}": "pdf"}
    read_only = {path for method, path in routes if method == "GET"}
    filled = {re.sub(r"\{\w+\}", lambda found: samples[found[0]], path) for path in read_only}
    assert filled == {path.split("?")[0] for path in WANTED}


def test_a_stranger_reads_nothing(console: Console) -> None:
    for path in WANTED:
        answered = console.stranger.get(path)
        if path == "/api":
            assert (answered.status_code, answered.headers["location"]) == (303, "/console/login?to=/api")
        else:
            assert answered.status_code == 401
            assert answered.headers["content-type"] == PROBLEM
            assert answered.headers["www-authenticate"] == "Bearer"


def test_a_unit_contact_never_sees_another_unit(console: Console) -> None:
    desk = console.people["unit"]
    for path in ("/api/status", "/api/batches", "/api/jobs", "/api/me", *(f"/api/progress/{view}" for view in VIEWS)):
        text = desk.get(path).text
        assert not FOREIGN.search(text), path
    assert read(desk, "/api/status")["forms"] == 37
    assert sum(row["forms"] for row in read(desk, "/api/progress/class")["rows"]) == 37
    assert {row["unit"] for row in read(desk, "/api/status")["units"]} == {"P01"}


@pytest.mark.parametrize("name", ["unit", "township"])
def test_the_batches_of_a_unit_that_is_not_theirs_are_not_there(console: Console, name: str) -> None:
    for unit in ("P02", "乙镇", "没有的单位"):
        answered = console.people[name].get(f"/api/batches?unit={unit}")
        assert answered.status_code == 404
        assert "第二小学" not in answered.text


def test_a_township_official_sees_its_township_alone(console: Console) -> None:
    desk = console.people["township"]
    assert {row["unit"] for row in read(desk, "/api/status")["units"]} == {"P01", "甲镇代表团"}
    assert {row["unit"] for row in read(desk, "/api/custody")} == {"P01", "甲镇代表团"}
    assert read(desk, "/api/status")["forms"] == 37


def test_another_ones_job_is_not_there(console: Console) -> None:
    for name in ("unit", "township", "analyst"):
        assert console.people[name].get("/api/jobs/1").status_code == 404
        assert read(console.people[name], "/api/jobs") == []
    assert read(console.people["county"], "/api/jobs/1")["unit"] == "P02"


def test_response_rates_are_those_of_the_page_for_units_groups_townships_and_classes(console: Console) -> None:
    desk = console.people["county"]
    for view in ("unit", "group", "township", "class"):
        rows = read(desk, f"/api/progress/{view}")["rows"]
        for row in rows:
            counted = not row["word"]
            assert row["of_invited"] == (row["forms"] / row["invited"] if counted and row["invited"] else None)
            assert row["of_issued"] == (row["forms"] / row["issued"] if counted and row["issued"] else None)
        page = desk.get(f"/console/watch?by={view}").text
        shown = re.findall(r'data-label="占受邀"><span[^>]*>([\d.]+%)', page)
        told = [say_share(row["of_invited"]) for row in rows if row["of_invited"] is not None]
        assert shown == told, view
        assert shown, view
    assert read(desk, "/api/progress/unit")["whole"]["of_issued"] is not None


def test_too_few_codes_for_a_count_have_a_word_and_no_rate(light: Console) -> None:
    with Session(light.engine) as session, session.begin():
        issue(session, "甲镇代表团")
        session.execute(update(Batch).values(issued=8))
    rows = {row["unit"]: row for row in read(light.people["county"], "/api/progress/unit")["rows"]}
    few = rows["甲镇代表团"]
    assert (few["word"], few["of_invited"], few["of_issued"]) == ("issued", None, None)


def test_the_event_stream_tells_each_role_its_own(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "STREAM_SECONDS", 0.05)
    told = {name: console.people[name].get("/console/events").text for name in PEOPLE}
    counts = {name: int(re.findall(r'"all": (\d+)', text)[0]) for name, text in told.items()}
    assert counts == {"admin": 66, "county": 66, "township": 37, "unit": 37, "analyst": 66}
    assert not FOREIGN.search(told["unit"])
    assert "P02" not in told["township"]
    assert console.stranger.get("/console/events").status_code == 303


def test_what_was_imported_is_told_as_the_data_desk_shows_it(console: Console) -> None:
    found = console.people["county"].get("/api/data/schools").json()
    assert [(row["code"], row["name"], row["built_year"]) for row in found] == [
        ("P01", "第一小学", None), ("P02", "第二小学", None)
    ]  # fmt: skip
    assert console.people["county"].get("/api/data/resources").json() == []
    assert console.people["county"].get("/api/data/resources?year=2025-2026").status_code == 404
    assert console.people["county"].get("/api/data/problems").status_code in (400, 404)


def test_the_status_is_the_one_of_the_command(console: Console) -> None:
    with Session(console.engine) as session:
        printed = load_status(session, find_round(session))
    assert read(console.people["county"], "/api/status") == as_json(printed)


def test_the_groups_of_some_units_are_their_sums(console: Console) -> None:
    status = read(console.people["unit"], "/api/status")
    for group, counts in status["groups"].items():
        own = [row for row in status["units"] if row["group"] == group]
        assert counts["forms"] == sum(row["spent"] for row in own)
        assert counts["population"] == sum(row["population"] for row in own)


def test_who_watches_one_unit_does_not_learn_who_refuses(console: Console) -> None:
    assert read(console.people["unit"], "/api/status")["refused"] is None
    assert read(console.people["county"], "/api/status")["refused"] == 0


def test_before_close_there_is_no_result_and_after_it_only_what_was_published(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        answer(session, issue(session, "P01"))
    with open_console(sqlite_engine, tmp_path / "store") as console:
        analyst = console.people["analyst"]
        for path in ("/api/results", "/api/results/recognition", f"/api/results/{EVIDENCE}"):
            assert analyst.get(path).status_code == 404
        closed = close_round(sqlite_engine, None, keys=keys_of(sqlite_engine), actor="test", now=NOW)
        assert read(analyst, "/api/results") == sorted(as_json(closed.published))
        for part, content in as_json(closed.published).items():
            assert read(analyst, f"/api/results/{part}") == content
        assert analyst.get(f"/api/results/{EVIDENCE}").status_code == 404


def test_on_postgresql_the_same_is_told(console: Console, postgresql_engine: Engine, tmp_path: Path) -> None:
    fill(postgresql_engine)
    told = [path for path in TOLD if path != "/api/log"]
    with open_console(postgresql_engine, tmp_path / "store") as other:
        for path in told:
            for name in ("admin", "unit"):
                assert other.people[name].get(path).text == console.people[name].get(path).text


def test_while_a_round_is_open_nothing_says_how_anybody_answered(console: Console) -> None:
    told = [console.people["admin"].get(path).text for path in TOLD if path != "/api"]
    names = {name for text in told for name in re.findall(r'"(\w+)":', text)}
    assert {"forms", "share", "spent", "refused"} <= names
    assert not names & {
        "rate",
        "se",
        "lower",
        "upper",
        "recognition",
        "items",
        "topics",
        "answers",
        "verdict",
        "remark",
    }
    assert "4444" not in "".join(told)  # how everybody in this county answered


def test_a_program_comes_in_with_name_and_password_and_goes_out_again(light: Console) -> None:
    password = _new_password(light, "unit")
    came = ask(light, "POST", "/api/sign-in", json={"name": "unit", "password": password})
    assert came.status_code == 200
    assert "set-cookie" not in came.headers
    bearer = {"authorization": f"Bearer {came.json()['token']}"}
    refused = ask(light, "GET", "/api/me", headers=bearer)
    assert (refused.status_code, refused.json()["detail"]) == (403, "请先修改首次口令。")
    with Session(light.engine) as session, session.begin():
        session.get_one(Account, "unit").must_change = False
    assert ask(light, "GET", "/api/me", headers=bearer).json() == {"name": "unit", "role": "unit", "scope": "P01"}
    assert ask(light, "POST", "/api/sign-out", headers=bearer).status_code == 204
    assert ask(light, "GET", "/api/me", headers=bearer).status_code == 401


def test_a_wrong_password_is_told_and_slowed_as_on_the_page(light: Console) -> None:
    wrong = {"name": "unit", "password": "wrong"}
    answers = [ask(light, "POST", "/api/sign-in", json=wrong) for _ in range(5)]
    assert {one.status_code for one in answers} == {401}
    assert "再试" in answers[-1].json()["detail"]


def test_a_cookie_alone_changes_nothing(console: Console) -> None:
    desk = console.people["admin"]
    cookie = {"cookie": f"console={desk.token}"}
    fields = {"csrf": csrf_of(desk.token)}
    assert ask(console, "POST", "/api/sign-out", headers=cookie, data=fields).status_code == 401
    assert read(desk, "/api/me")["name"] == "admin"


def test_with_the_first_password_nothing_is_told(light: Console) -> None:
    with Session(light.engine) as session, session.begin():
        session.get_one(Account, "county").must_change = True
    for path in WANTED:
        assert light.people["county"].get(path).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nowhere", 404),
        ("GET", "/api/openapi.json/x", 404),
        ("DELETE", "/api/status", 405),
        ("POST", "/api", 405),
        ("GET", "/api/progress/answers", 400),
        ("GET", "/api/log?most=501", 400),
        ("GET", "/api/log?before=x", 400),
        ("GET", "/api/status?round=%00", 400),
        ("GET", "/api/status?round=1999-1", 404),
        ("GET", "/api/jobs/0", 400),
        ("GET", "/api/jobs/99999999999999999999", 400),
        ("GET", "/api/jobs/one", 404),
        ("POST", "/api/sign-in", 400),
    ],
)
def test_what_goes_wrong_is_told_as_a_problem_in_chinese(console: Console, method: str, path: str, status: int) -> None:
    cookie = {"cookie": f"console={console.people['admin'].token}"}
    answered = ask(console, method, path, headers=cookie)
    problem = answered.json()
    assert (answered.status_code, answered.headers["content-type"]) == (status, PROBLEM)
    assert problem["status"] == status
    assert re.fullmatch("[一-鿿]+", problem["title"])
    assert problem["detail"].endswith("。")
    assert problem["detail"] != problem["title"]
    assert answered.headers["cache-control"] == "no-store"
    if status == 405:
        assert answered.headers["allow"]


def test_a_refused_parameter_is_named_but_not_repeated(console: Console) -> None:
    answered = console.people["admin"].get("/api/log?most=12345678")
    assert any(one.startswith("most: ") for one in answered.json()["problems"])
    assert "12345678" not in answered.text


def test_a_parameter_that_stands_twice_is_refused_as_nobody_knows_which_is_meant(console: Console) -> None:
    for path in ("/api/log?most=5&most=7", "/api/files/log.csv?who=a&who=b"):
        answered = console.people["admin"].get(path)
        assert (answered.status_code, len(answered.json()["problems"])) == (400, 1)


def test_a_store_that_is_away_is_said_without_detail(light: Console) -> None:
    with light.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE round RENAME TO gone")
    answered = light.people["admin"].get("/api/rounds")
    assert (answered.status_code, answered.headers["content-type"]) == (503, PROBLEM)
    assert "round" not in answered.text


def test_the_document_tells_the_api_alone(console: Console) -> None:
    document = read(console.people["unit"], "/api/openapi.json")
    assert all(path.startswith("/api/") for path in document["paths"])
    described = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    undescribed = {("GET", "/api"), ("GET", "/api/viewer/{name}"), ("GET", "/api/openapi.json")}
    assert described == {one for one in {*RIGHTS, *OPEN} if one[1].startswith("/api")} - undescribed
    assert all(operation["summary"] and operation["description"] for one in document["paths"].values()
               for operation in one.values())  # fmt: skip


def test_the_viewer_loads_nothing_from_elsewhere(console: Console) -> None:
    desk = console.people["unit"]
    page = desk.get("/api")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';")
    assert "http" not in policy
    needed = re.findall(r'(?:src|href)="(/api/.*?)"', page.text)
    assert len(needed) >= 4
    for path in needed:
        assert desk.get(path).status_code == 200
    assert not re.search("https?://", page.text)
    assert desk.get("/api/viewer/swagger-ui.js.map").status_code == 404


def test_respondents_never_carry_the_cookie_of_the_api(light: Console) -> None:
    entered = light.client.get("/console/login")
    token = re.findall('name="csrf" value="(.*?)"', entered.text)[0]
    fields = {"csrf": token, "name": "unit", "password": _new_password(light, "unit")}
    came = light.client.post("/console/login", data=fields, follow_redirects=False)
    paths = re.findall(r"console=\w+;.*?[Pp]ath=(/\w*)", came.headers["set-cookie"])
    assert sorted(paths) == ["/api", "/console"]


def _new_password(console: Console, name: str) -> str:
    answered = console.people["admin"].post("/console/accounts/reset", {"name": name, "sure": "1"})
    return str(re.findall('class="password">(.*?)<', answered.text)[0])
