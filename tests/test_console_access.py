import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from survey_app import app
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import csrf_of
from survey_app.core.models import Account, Batch, FrameRow, Job, Round, SignIn
from survey_app.core.settings import Settings
from survey_app.jobs.running import Jobs
from survey_app.pages.console.console_access import NAVIGATION, OPEN, RIGHTS
from survey_app.pages.console.console_request import TRIES
from tests.conftest import copy_store
from tests.console import ROLES, Console, open_console
from tests.county import NOW, answer, issue, open_county
from tests.route_list import list_served

# administrator, county official, township official, unit contact, analyst: as the issue says, not as the code does
WANTED = {
    ("GET", "/console"): "yyyyy",
    ("GET", "/console/watch"): "yyyyy",
    ("GET", "/console/watch?by=class"): "yyyyy",
    ("GET", "/console/watch.xlsx"): "yyyyy",
    ("GET", "/console/bulletin"): "yyynn",
    ("GET", "/console/bulletin/docx"): "yyynn",
    ("GET", "/console/password"): "yyyyy",
    ("POST", "/console/password"): "yyyyy",
    ("POST", "/console/logout"): "yyyyy",
    ("GET", "/console/codes"): "yyynn",
    ("POST", "/console/codes/issue"): "yynnn",
    ("POST", "/console/codes/hand-over"): "yyynn",
    ("GET", "/console/codes/signatures"): "yyynn",
    ("GET", "/console/unit?unit=P01"): "yyyyn",
    ("POST", "/console/unit/issue"): "yyyyn",
    ("POST", "/console/unit/more"): "yyynn",
    ("POST", "/console/unit/reprint"): "yyynn",
    ("POST", "/console/unit/hand-over"): "yyynn",
    ("POST", "/console/unit/take-back"): "yyynn",
    ("POST", "/console/unit/correct-office"): "yyynn",
    ("POST", "/console/unit/print"): "yyynn",
    ("GET", "/console/papers/sheets"): "yyynn",
    ("GET", "/console/papers"): "yynnn",
    ("POST", "/console/papers/until"): "yynnn",
    ("GET", "/console/papers/enter"): "yynnn",
    ("POST", "/console/papers/enter"): "yynnn",
    ("POST", "/console/papers/settle"): "yynnn",
    ("POST", "/console/papers/drop"): "yynnn",
    ("POST", "/console/unit/void"): "yyynn",
    ("GET", "/console/round"): "yynny",
    ("GET", "/console/sample"): "yynnn",
    ("POST", "/console/sample"): "yynnn",
    ("GET", "/console/sample/record/docx"): "yynnn",
    ("POST", "/console/round/pause"): "yynnn",
    ("POST", "/console/round/resume"): "yynnn",
    ("POST", "/console/round/extend"): "ynnnn",
    ("GET", "/console/round/correct"): "ynnnn",
    ("POST", "/console/round/correct"): "ynnnn",
    ("POST", "/console/round/confirm-correction"): "ynnnn",
    ("POST", "/console/round/withdraw-correction"): "ynnnn",
    ("GET", "/console/round/cancel"): "ynnnn",
    ("POST", "/console/round/cancel"): "ynnnn",
    ("POST", "/console/round/propose-close"): "ynnnn",
    ("POST", "/console/round/withdraw-close"): "ynnnn",
    ("POST", "/console/round/confirm-close"): "ynnnn",
    ("POST", "/console/round/report"): "ynnny",
    ("GET", "/console/words"): "yynnn",
    ("POST", "/console/words"): "yynnn",
    ("POST", "/console/words/process"): "yynnn",
    ("POST", "/console/words/drop"): "yynnn",
    ("GET", "/console/revisit"): "yynnn",
    ("POST", "/console/revisit"): "ynnnn",
    ("POST", "/console/revisit/answers"): "yynnn",
    ("GET", "/console/revisit/sheet"): "yynnn",
    ("GET", "/console/keys"): "yynnn",
    ("POST", "/console/keys/take"): "yynnn",
    ("POST", "/console/keys/try"): "yynnn",
    ("POST", "/console/keys/deal-again"): "ynnnn",
    ("POST", "/console/keys/in-hand"): "yynnn",
    ("POST", "/console/keys/propose-renewal"): "ynnnn",
    ("POST", "/console/keys/confirm-renewal"): "ynnnn",
    ("POST", "/console/keys/destroyed"): "ynnnn",
    ("POST", "/console/keys/export"): "ynnnn",
    ("POST", "/console/keys/move"): "ynnnn",
    ("GET", "/console/results"): "ynnny",
    ("GET", "/console/results?by=unit"): "ynnny",
    ("GET", "/console/results/downloads"): "ynnny",
    ("GET", "/console/results/minute"): "ynnny",
    ("POST", "/console/results/check"): "ynnny",
    ("POST", "/console/results/export"): "ynnny",
    ("POST", "/console/results/ask-bundle"): "ynnny",
    ("POST", "/console/results/withdraw-bundle"): "ynnny",
    ("POST", "/console/results/confirm-bundle"): "ynnny",
    ("GET", "/console/plotly/x.js"): "ynnny",
    ("GET", "/console/setup"): "yynnn",
    ("POST", "/console/setup"): "yynnn",
    ("POST", "/console/setup/from-last"): "yynnn",
    ("POST", "/console/setup/open"): "ynnnn",
    ("GET", "/console/trial"): "yynnn",
    ("POST", "/console/trial"): "yynnn",
    ("POST", "/console/trial/without"): "yynnn",
    ("GET", "/console/paper/social-2026"): "yynnn",
    ("GET", "/console/voice"): "ynnnn",
    ("GET", "/console/voice/sound"): "ynnnn",
    ("POST", "/console/voice/store"): "ynnnn",
    ("POST", "/console/voice/approve"): "ynnnn",
    ("POST", "/console/voice/drop"): "ynnnn",
    ("GET", "/console/import"): "yynnn",
    ("POST", "/console/import"): "yynnn",
    ("POST", "/console/import/store"): "yynnn",
    ("POST", "/console/import/assign"): "yynnn",
    ("POST", "/console/import/marked"): "yynnn",
    ("POST", "/console/import/responses/assign"): "yynnn",
    ("POST", "/console/import/responses/marked"): "yynnn",
    ("GET", "/console/import/responses"): "yynnn",
    ("POST", "/console/import/responses"): "yynnn",
    ("POST", "/console/import/responses/store"): "yynnn",
    ("GET", "/console/template/frame"): "yynnn",
    ("GET", "/console/data"): "yynnn",
    ("GET", "/console/data.xlsx?kind=schools"): "yynnn",
    ("GET", "/console/data/row?kind=schools&key=P01"): "yynnn",
    ("POST", "/console/data/correct"): "yynnn",
    ("GET", "/console/data/new?kind=schools"): "yynnn",
    ("POST", "/console/data/add"): "yynnn",
    ("POST", "/console/data/remove"): "yynnn",
    ("GET", "/console/own"): "nnnyn",
    ("POST", "/console/own/reply"): "nnnyn",
    ("POST", "/console/own/proof"): "nnnyn",
    ("POST", "/console/own/drop-proof"): "nnnyn",
    ("POST", "/console/problem/drop-proof"): "yyyyn",
    ("POST", "/console/problem/proof"): "yyyyn",
    ("GET", "/console/rows"): "yynnn",
    ("GET", "/console/calendar"): "yynnn",
    ("POST", "/console/calendar"): "yynnn",
    ("GET", "/console/calendar.docx"): "yynnn",
    ("GET", "/console/paperwork.zip"): "yynnn",
    ("POST", "/console/rows/until"): "yynnn",
    ("POST", "/console/rows/paper"): "yynnn",
    ("POST", "/console/rows/decide"): "yynnn",
    ("GET", "/console/judgements"): "ynnny",
    ("POST", "/console/judgements/judge"): "ynnny",
    ("GET", "/console/judgements/compare?a=1&b=2"): "ynnny",
    ("POST", "/console/judgements/package"): "ynnny",
    ("POST", "/console/judgements/verify"): "ynnny",
    ("GET", "/console/problems"): "yyyyn",
    ("GET", "/console/problem?number=1"): "yyyyn",
    ("GET", "/console/problems/letters?kind=circular"): "yynnn",
    ("GET", "/console/proofs"): "yynnn",
    ("GET", "/console/proofs/file?number=1"): "yyyyn",
    ("GET", "/console/proofs/package?year=2025-2026"): "yynnn",
    ("POST", "/console/proofs/add"): "yynnn",
    ("POST", "/console/proofs/drop"): "yynnn",
    ("POST", "/console/problems/add"): "yynnn",
    ("POST", "/console/problems/sheets"): "ynnnn",
    ("POST", "/console/problem/change"): "yynnn",
    ("POST", "/console/problem/apply"): "yyyyn",
    ("POST", "/console/problem/verify"): "yynnn",
    ("POST", "/console/problem/send-back"): "yynnn",
    ("GET", "/console/accounts"): "ynnnn",
    ("POST", "/console/accounts/add"): "ynnnn",
    ("POST", "/console/accounts/sheet"): "ynnnn",
    ("GET", "/console/accounts/template"): "ynnnn",
    ("POST", "/console/accounts/reset"): "ynnnn",
    ("POST", "/console/accounts/disable"): "ynnnn",
    ("GET", "/console/accounts/scope"): "ynnnn",
    ("POST", "/console/accounts/scope"): "ynnnn",
    ("GET", "/console/accounts/agree?name=admin2"): "ynnnn",
    ("POST", "/console/accounts/agree"): "ynnnn",
    ("GET", "/console/accounts/letter?name=admin2"): "ynnnn",
    ("GET", "/console/card"): "ynnny",
    ("POST", "/console/card"): "ynnny",
    ("GET", "/console/since"): "ynnnn",
    ("POST", "/console/since"): "ynnnn",
    ("GET", "/console/machine"): "yynnn",
    ("GET", "/console/log"): "ynnnn",
    ("GET", "/console/log.csv"): "ynnnn",
}
PEOPLE = ("admin", "county", "township", "unit", "analyst")
REFUSED = (403, 404)


@contextmanager
def county_console(engine: Engine, folder: Path) -> Iterator[Console]:
    open_county(engine)
    with Session(engine) as session, session.begin():
        for unit, n in (("P01", 37), ("P02", 29)):
            answer(session, issue(session, unit)[:n])
    with pytest.MonkeyPatch.context() as patch, open_console(engine, folder) as opened:
        patch.setattr(Jobs, "start", lambda *_: None)
        yield opened


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    with county_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Iterator[Console]:
    """One console for all who are refused, and for who may go where: nobody's sign-in ends here."""
    folder = tmp_path_factory.mktemp("shared") / "store"
    with copy_store(sqlite_model, folder) as engine, county_console(engine, folder) as opened:
        yield opened


def ask(console: Console, name: str, method: str, path: str) -> Any:
    desk = console.people.get(name, console.stranger)
    return desk.get(path) if method == "GET" else desk.post(path, {"unit": "P01"})


@pytest.mark.parametrize(("method", "path"), WANTED)
def test_each_role_goes_where_it_should_and_nowhere_else(
    request: pytest.FixtureRequest, method: str, path: str
) -> None:
    console = request.getfixturevalue("console" if path == "/console/logout" else "shared")
    found = ""
    for name in PEOPLE:
        status = ask(console, name, method, path).status_code
        assert status < 500
        found += "n" if status == 403 else "y"
    assert found == WANTED[method, path]


def test_every_route_is_in_the_matrix(console: Console) -> None:
    routes = {
        (method, path)
        for method, path in list_served(console.client.app)
        if method not in ("OPTIONS", "HEAD") and path.startswith("/console")
    }
    assert routes == {one for one in {*RIGHTS, *OPEN} if one[1].startswith("/console")}
    jobs = {("POST", f"/console/job/{{job_id}}/{act}") for act in ("take", "cancel")}
    shown = {("GET", "/console/events"), ("GET", "/console/job/{job_id}"), *jobs}
    plain = {(method, re.sub(r"\?.*", "", path)) for method, path in WANTED}
    named = ("paper/{name}", "template/{kind}", "bulletin/{kind}", "plotly/{name}", "sample/record/{form}")
    templates = {("GET", f"/console/{one}") for one in named}
    left = routes - set(OPEN) - shown - templates
    assert left == {one for one in plain if not re.search(r"/(paper|template|bulletin|plotly|record)/", one[1])}


@pytest.mark.parametrize(("method", "path"), WANTED)
def test_a_stranger_is_shown_the_door_everywhere(shared: Console, method: str, path: str) -> None:
    answer = ask(shared, "nobody", method, path)
    if method == "GET":
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/login?to=")
    else:
        assert answer.status_code == 401
    assert "P01" not in answer.text
    assert "第一小学" not in answer.text


@pytest.mark.parametrize(("method", "path"), [one for one in WANTED if one[0] == "POST"])
@pytest.mark.parametrize("token", ["", "0" * 32, "another's"])
def test_no_form_is_taken_without_its_own_token(shared: Console, method: str, path: str, token: str) -> None:
    other = csrf_of(shared.people["admin2"].token)
    desk = shared.people["admin" if WANTED[method, path].startswith("y") else "unit"]
    answer = desk.post(path, {"csrf": other if token == "another's" else token})
    assert answer.status_code == 403
    assert "放得太久" in answer.text


@pytest.mark.parametrize("name", ["unit", "township"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/console/unit?unit=P02"),
        ("POST", "/console/unit/issue"),
        ("POST", "/console/unit/void"),
        ("POST", "/console/unit/reprint"),
        ("POST", "/console/unit/hand-over"),
        ("POST", "/console/unit/correct-office"),
        ("POST", "/console/unit/more"),
        ("POST", "/console/unit/print"),
    ],
)
def test_nobody_reaches_a_unit_that_is_not_theirs(shared: Console, name: str, method: str, path: str) -> None:
    desk = shared.people[name]
    fields = {"unit": "P02", "kind": "slips", "office": "x", "row": "1", "people": "1", "sure": "1"}
    answer = desk.get(path) if method == "GET" else desk.post(path, fields)
    assert answer.status_code in REFUSED
    assert "第二小学" not in answer.text


def test_a_row_of_another_unit_cannot_be_smuggled_in(console: Console) -> None:
    with Session(console.engine) as session:
        foreign = session.scalars(select(FrameRow.id).where(FrameRow.unit == "P02")).first()
    desk = console.people["township"]
    for path in ("void", "reprint", "more"):
        fields = {"unit": "P01", "kind": "slips", "row": foreign, "people": "1", "sure": "1"}
        assert desk.post(f"/console/unit/{path}", fields).status_code == 400
    with Session(console.engine) as session:
        states = session.scalars(select(Batch.state).join(FrameRow).where(FrameRow.unit == "P02")).all()
    assert set(states) == {"made"}


def test_a_unit_contact_never_sees_another_unit_in_any_page_or_export(console: Console) -> None:
    desk = console.people["unit"]
    views = [f"/console/watch?by={by}" for by in ("unit", "class", "township", "stage", "band", "locale", "group")]
    for path in (*views, "/console/unit"):
        page = desk.get(path)
        assert page.status_code == 200
        assert not re.search("P02|第二小学|乙镇|代表团", page.text)
        assert "37" in page.text
        assert ">66<" not in page.text
    book = desk.get("/console/watch.xlsx").content
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    assert "第一小学" in text
    assert not re.search("P02|第二小学|乙镇|代表团", text)


def test_another_ones_job_is_not_there(console: Console) -> None:
    console.people["admin"].post("/console/unit/issue", {"unit": "P02", "kind": "class"})
    with Session(console.engine) as session:
        job = session.scalars(select(Job.id)).one()
    for name, act in product(("unit", "township", "analyst"), ("", "/take", "/cancel")):
        desk = console.people[name]
        assert (desk.post if act else desk.get)(f"/console/job/{job}{act}").status_code == 404
    assert console.people["county"].get(f"/console/job/{job}").status_code == 200


def test_signing_in_leads_to_where_one_was_going(console: Console, sqlite_engine: Engine) -> None:
    password = _new_password(console, "unit")
    phone = console.client
    asked = phone.get("/console/watch?by=class", follow_redirects=False)
    page = phone.get(asked.headers["location"])
    token = re.findall('name="csrf" value="(.*?)"', page.text)[0]
    way = re.findall('name="to" value="(.*?)"', page.text)[0]
    fields = {"csrf": token, "to": way, "name": "unit", "password": password}
    entered = phone.post("/console/login", data=fields, follow_redirects=False)
    assert (entered.status_code, entered.headers["location"]) == (303, "/console/watch?by=class")
    cookie = entered.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/console", "console="))
    assert phone.get("/console/watch", follow_redirects=False).headers["location"] == "/console/password"


@pytest.mark.parametrize("way", ["https://evil.example/", "//evil.example", "/q/1", "/console\\@evil", "/consoles", ""])
def test_signing_in_never_leads_out_of_the_console(shared: Console, way: str) -> None:
    page = shared.client.get("/console/login", params={"to": way})
    assert 'name="to" value="/console"' in page.text


def test_a_sign_in_form_from_elsewhere_is_refused(console: Console) -> None:
    fields = {"name": "unit", "password": "x"}
    assert console.client.post("/console/login", data=fields).status_code == 403


def test_with_the_first_password_there_is_nothing_but_changing_it(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        session.get_one(Account, "county").must_change = True
    desk = console.people["county"]
    for path in ("/console", "/console/watch", "/console/codes", "/console/watch.xlsx"):
        assert desk.get(path).headers["location"] == "/console/password"
    assert desk.post("/console/round/pause").headers["location"] == "/console/password"
    assert desk.get("/console/password").status_code == 200


def test_who_signed_out_or_stayed_away_is_a_stranger(console: Console) -> None:
    console.sign_in_all()
    desk = console.people["county"]
    assert desk.post("/console/logout").headers["location"] == "/console/login"
    assert desk.get("/console/watch").status_code == 303
    with Session(console.engine) as session, session.begin():
        for sign_in in session.scalars(select(SignIn)):
            sign_in.seen = NOW - timedelta(hours=3)
    assert console.people["admin"].get("/console/watch").status_code == 303


def test_respondents_never_get_a_cookie_of_the_console(console: Console) -> None:
    for path in ("/", "/q/" + "0" * 16, "/nowhere"):
        answer = console.client.get(path, headers={"cookie": f"console={console.people['admin'].token}"})
        assert "console" not in answer.headers.get("set-cookie", "")


def test_every_page_of_an_example_says_that_it_is_one_and_no_page_of_a_county_does(console: Console) -> None:
    desk = console.people["admin"]
    for invented in (False, True):
        with Session(console.engine) as session, session.begin():
            session.execute(update(Round).values(invented=invented))
        for link in NAVIGATION:
            page = desk.get(link)
            assert ("演示数据，仅供试用" in page.text) == invented, link


def test_over_tls_the_cookie_never_travels_without_it(sqlite_engine: Engine, tmp_path: Path) -> None:
    with Session(sqlite_engine) as session, session.begin():
        password = add_account(session, "third", "county", actor="test", now=NOW, random=token_bytes)
    built = app.build(Settings(tmp_path, "", "https://survey.example"), sqlite_engine, lambda: NOW)
    with TestClient(built, base_url="https://survey.example") as client:
        page = client.get("/console/login")
        fields = {"csrf": re.findall('name="csrf" value="(.*?)"', page.text)[0], "name": "third", "password": password}
        came = client.post("/console/login", data=fields, follow_redirects=False)
    told = [line.lower() for answer in (page, came) for line in answer.headers.get_list("set-cookie")]
    assert {line.partition("=")[0] for line in told} == {"login_csrf", "console", "device"}
    assert [line for line in told if not {"secure", "httponly", "samesite=strict"} <= {*line.split("; ")}] == []


def test_every_page_allows_its_own_style_and_script_and_nothing_else(console: Console) -> None:
    page = console.people["admin"].get("/console/watch")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    body = re.sub("(?s)<style>.*?</style>|<script>.*?</script>", "", page.text)
    assert not re.search(r"\sstyle=|\son[a-z]+=|https?://", body)
    assert page.headers["cache-control"] == "no-store"


def test_many_tries_from_one_address_are_slowed(console: Console) -> None:
    def enter(name: str) -> int:
        page = console.client.get("/console/login")
        fields = {"csrf": re.findall('name="csrf" value="(.*?)"', page.text)[0], "name": name, "password": "wrong"}
        return console.client.post("/console/login", data=fields).status_code

    assert {enter(f"nobody{number}") for number in range(TRIES[0])} == {401}
    assert enter("unit") == 429


def _new_password(console: Console, name: str) -> str:
    answer = console.people["admin"].post("/console/accounts/reset", {"name": name, "sure": "1"})
    return str(re.findall('class="password">(.*?)<', answer.text)[0])


def test_roles_are_the_five_of_the_issue() -> None:
    assert {role for role, _ in ROLES.values()} == {"administrator", "county", "township", "unit", "analyst"}
