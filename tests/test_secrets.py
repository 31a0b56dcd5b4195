"""Codes that cannot be guessed, and secrets that are nowhere but with their owners."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.accounts.passwords import LETTERS
from survey_app.accounts.signing_in import csrf_of
from survey_app.answering.checked_groups import ALPHABET
from survey_app.answering.code_text import GROUPS, SHORT, new_code, new_short_code
from survey_app.core.models import Job, Model
from survey_app.jobs.running import Jobs
from survey_app.pages.rate_limits import GUESSES
from tests.console import Console, do_at_once, open_console
from tests.county import issue, open_county

ROOT = Path(__file__).parents[1]
SECURITY = (ROOT / "docs/security.md").read_text()
COMPLETE = dict.fromkeys(load_paper("social-2026").item_ids, "4")


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def test_the_odds_of_guessing_a_code_are_the_ones_we_state() -> None:
    assert len(set(ALPHABET)) ** (4 * GROUPS) == 2**80
    assert f"one guess hits with 1 in {2**80 / 10**6:.1e}" in SECURITY
    most, pause = GUESSES
    tries_a_day = most + 86_400 / pause.total_seconds()
    days = 10 ** (SHORT - 1) / 1_000 / tries_a_day
    assert f"{days:.1f} days" in SECURITY
    assert len(set(LETTERS)) ** 12 > 2**58


def test_every_code_is_drawn_from_all_there_are() -> None:
    assert [new_code(lambda n, byte=byte: byte * n)[:4] for byte in (b"\0", b"\xff")] == ["0000", "ZZZZ"]
    drawn = [new_code(secrets.token_bytes) for _ in range(2000)]
    assert len(set(drawn)) == 2000
    assert {letter for code in drawn for letter in code} == set(ALPHABET)
    assert all(re.fullmatch(r"[0-9]{9}", new_short_code(secrets.token_bytes)) for _ in range(100))


def test_an_unknown_code_costs_one_look_up_as_a_known_one_does(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        known = issue(session, "P01")[0].code
    asked: list[str] = []
    event.listen(console.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    counts = []
    for code in (known, "0" * 16):
        asked.clear()
        console.client.get(f"/q/{code}")
        counts.append(sum("FROM code" in statement for statement in asked))
    assert counts == [1, 1]


def test_no_secret_is_in_any_row_of_the_store(console: Console) -> None:
    """A slip and a class code are made, used, mistyped; people sign in, mistype, get new passwords."""
    with Session(console.engine) as session, session.begin():
        slips, shared = issue(session, "P01"), issue(session, "P02", "class")
    known = [slips[0].code, shared[0].code, shared[0].short, slips[1].code]
    for code in (*known[:3], slips[1].code[:-1]):
        page = console.client.get(f"/q/{code}")
        console.client.post(f"/q/{code}", data=COMPLETE)
        known += [cookie.value or "" for cookie in page.cookies.jar]
    admin = console.people["admin"]
    made = admin.post("/console/accounts/add", {"name": "李老师", "role": "analyst", "scope": ""})
    known += re.findall('class="password">(.*?)<', made.text) + [desk.token for desk in console.people.values()]
    access = console.client.get("/console/login")
    csrf = re.findall('name="csrf" value="(.*?)"', access.text)[0]
    console.client.post("/console/login", data={"csrf": csrf, "name": "admin", "password": "mistyped-secret"})
    known += ["mistyped-secret", csrf, csrf_of(admin.token)]

    with Session(console.engine) as session:
        rows = {name: session.execute(select(table)).all() for name, table in Model.metadata.tables.items()}
    told = {name: repr([_readable(value) for row in found for value in row]) for name, found in rows.items()}
    assert min(len(rows[name]) for name in ("box", "spent", "audit", "code", "sign_in")) > 0
    assert len([secret for secret in known if secret]) > 12
    assert [(name, secret) for name, text in told.items() for secret in known if secret and secret in text] == []


def test_a_job_takes_the_databases_address_in_its_environment_and_no_secret_on_its_command_line(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[list[str]] = []
    environments: list[dict[str, str]] = []
    secrets_given: list[bytes] = []

    class Child:
        """A process that ends at once."""

        pid, returncode = 1, 0

        def __init__(self, command: list[str], env: dict[str, str], **_: Any):
            lines.append(command)
            environments.append(env)

        def communicate(self, given: bytes) -> None:
            secrets_given.append(given)

    monkeypatch.setattr("survey_app.jobs.running.subprocess.Popen", Child)
    monkeypatch.setattr(Jobs, "start", lambda jobs, job_id, *_: jobs._run(job_id, b"16 bytes of seed"))
    console.people["admin"].post("/console/unit/issue", {"unit": "P01", "kind": "slips"})
    with Session(console.engine) as session:
        job = session.scalars(select(Job)).one()
    [line] = lines
    assert line[3:6] == ["job", "run", str(job.id)]
    assert not re.search("://|sqlite|password", " ".join(line[3:]))
    [environment] = environments
    assert environment["SURVEY_DATABASE_URL"] == console.engine.url.render_as_string(hide_password=False)
    assert secrets_given == [b"16 bytes of seed"]
    told = " ".join([*line, *environment, *environment.values()])
    assert not any(form in told for form in ("16 bytes of seed", b"16 bytes of seed".hex()))


def test_what_a_job_leaves_to_be_taken_lies_in_a_folder_of_the_owner(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs, "start", do_at_once)
    console.people["admin"].post("/console/unit/issue", {"unit": "P01", "kind": "class"})
    assert [path.stat().st_mode & 0o777 for path in (console.folder / "jobs").glob("*")] == [0o700]


def _readable(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
