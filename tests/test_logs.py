"""What is logged, and what never is; how long it is kept."""

import ast
import json
import logging
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.accounts.new_accounts import add_account
from survey_app.core.errors import SurveyError
from survey_app.core.logs import DailyFiles, remove_old_logs, start_logs
from survey_app.core.settings import SIX_MONTHS, Settings, beijing_now, read_settings
from tests.conftest import OpenRound
from tests.program import ROOT
from tests.serving import free_port, serving

NOON = datetime(2025, 11, 20, 12)
ANSWERS = dict.fromkeys(load_paper("social-2026").item_ids, "2") | {"remark": "食堂的饭菜还可以"}
ADDRESS = "203.0.113.77"
WRONG = "not my password at all"


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Path]:
    """The folder of this process's logs, and everything as it was afterwards."""
    handlers, hook, level = logging.getLogger().handlers[:], sys.excepthook, logging.getLogger().level
    start_logs(Settings(tmp_path, "", ""))
    yield tmp_path / "logs"
    logging.getLogger().handlers, sys.excepthook = handlers, hook
    logging.getLogger().setLevel(level)


def lines(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_nothing_that_was_sent_stands_in_any_log(
    engine: Engine, open_round: Callable[..., OpenRound], tmp_path: Path
) -> None:
    now = beijing_now()
    made = open_round(codes=2, opens=now - timedelta(days=1), closes=now + timedelta(days=1))
    with Session(engine) as session, session.begin():
        add_account(
            session, "guanliyuan", "administrator", "", actor="test", now=now, random=os.urandom
        )  # else a link is said
        password = add_account(session, "wanglaoshi", "unit", "P01", actor="test", now=now, random=os.urandom)
    url = engine.url.render_as_string(hide_password=False)
    with open(tmp_path / "said", "wb") as said, serving(tmp_path / "service", free_port(), url, said=said) as service:
        sent = [*made.codes, "0" * 16, password, WRONG, "wanglaoshi", ANSWERS["remark"], ADDRESS, "Fang/1.0"]
        with httpx.Client(base_url=service.address, headers={"x-real-ip": ADDRESS, "user-agent": "Fang/1.0"}) as phone:
            sent += visit(phone, made.codes[0], password)
            with engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE box RENAME TO gone")
            assert phone.post(f"/q/{made.codes[1]}", data=ANSWERS).status_code == 503
            with engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE code RENAME TO away")
            assert phone.get(f"/q/{made.codes[1]}").status_code == 503
            assert phone.get("/api/me").status_code == 401
    spoken = (tmp_path / "said").read_text()
    kept = "".join(path.read_text() for path in (tmp_path / "service/logs").iterdir())
    events = [json.loads(line)["event"] for line in kept.splitlines()]
    assert "forms not stored" in events
    assert "request failed" in events
    assert all(line in spoken for line in kept.splitlines())
    everything = spoken + kept
    assert [one for one in sent if one in everything] == []
    assert not re.search(r"/q/|/console|POST|GET|\"2\"|2{17}", everything)


def visit(phone: httpx.Client, code: str, password: str) -> list[str]:
    """What respondents and officials do, rightly and wrongly; returns what is in their cookies."""
    phone.get(f"/q/{code}")
    assert phone.post(f"/q/{code}", data=ANSWERS).status_code == 200
    phone.get(f"/q/{code}")
    phone.get("/q/" + "0" * 16)
    phone.post(f"/q/{code}", content=b"\xff", headers={"content-type": "text/plain"})
    token = re.findall('name="csrf" value="(.*?)"', phone.get("/console/login").text)[0]
    for said in (WRONG, password):
        phone.post("/console/login", data={"csrf": token, "name": "wanglaoshi", "password": said})
    phone.get("/console/watch")
    assert phone.post("/api/sign-in", json={"name": "wanglaoshi", "password": WRONG}).status_code == 401
    return [cookie.value for cookie in phone.cookies.jar if cookie.value and len(cookie.value) > 8]


def test_every_line_is_one_json_object_with_a_time_a_level_and_an_event(
    logged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    structlog.get_logger("survey_app.core.db.rewriting").warning("old rows left traces", remains=["还在"])
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task exception=('53549')>")
    logging.getLogger("litestar").error("failed at %s", "/q/7K3M")
    found = lines(logged)
    assert [(one["level"], one["event"]) for one in found] == [
        ("warning", "old rows left traces"),
        ("error", "Task exception was never retrieved"),
        ("error", "failed at %s"),
    ]
    assert all(datetime.fromisoformat(one["at"]).utcoffset() == timedelta(hours=8) for one in found)
    assert found == [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_no_application_takes_the_loggers_of_this_process_from_us() -> None:
    made = {
        (path.relative_to(ROOT), call.lineno): [keyword.arg for keyword in call.keywords]
        for path in [*ROOT.glob("survey_app/**/*.py"), *ROOT.glob("tests/**/*.py")]
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Litestar"
    }
    assert made
    assert [place for place, named in made.items() if "logging_config" not in named] == []


def test_of_an_error_only_its_kind_and_places_are_logged(logged: Path) -> None:
    try:
        raise ValueError("Key (ticket)=(53549) already exists")
    except ValueError:
        logging.getLogger("library").exception("it went wrong")
    [found] = lines(logged)
    assert found["error"] == "ValueError"
    assert found["places"][0].startswith(__file__)
    assert "53549" not in json.dumps(found)


def test_what_ends_a_process_is_logged_without_its_text(logged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("53549")
    sys.excepthook(ValueError, error, None)
    assert lines(logged)[0]["error"] == "ValueError"
    assert "53549" not in capsys.readouterr().err


def test_a_file_a_day_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    days = iter([NOON, NOON, NOON + timedelta(days=1)])
    files = DailyFiles(tmp_path / "logs", lambda: next(days))
    for _ in range(3):
        files.emit(logging.makeLogRecord({"msg": "said"}))
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "logs").iterdir()}
    assert found == {"survey-2025-11-20.log": 0o600, "survey-2025-11-21.log": 0o600}
    assert (tmp_path / "logs/survey-2025-11-20.log").read_text() == "said\nsaid\n"
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


def test_a_disk_that_takes_no_line_stops_nothing(tmp_path: Path) -> None:
    files = DailyFiles(tmp_path / "logs")
    (tmp_path / "logs").rmdir()
    files.emit(logging.makeLogRecord({"msg": "said"}))


@pytest.mark.parametrize("days", [SIX_MONTHS, 30])
def test_what_is_older_than_the_setting_is_removed_and_nothing_else(tmp_path: Path, days: int) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    ages = {age: folder / f"survey-{NOON - timedelta(days=age):%Y-%m-%d}.log" for age in (0, 29, 30, 31, 184, 185, 900)}
    others = [folder / "notes.log", folder / "survey-2020.log"]
    for path in (*ages.values(), *others):
        path.touch()
    removed = remove_old_logs(Settings(tmp_path, "", "", log_days=days), NOON)
    assert set(removed) == {path for age, path in ages.items() if age > days}
    assert set(folder.iterdir()) == {*others, *(path for age, path in ages.items() if age <= days)}


def test_logs_are_kept_as_long_as_the_longest_six_months() -> None:
    months = [
        (datetime(2025, first, 1), datetime(2025 + (first + 5) // 12, (first + 5) % 12 + 1, 1))
        for first in range(1, 13)
    ]
    assert max((end - start).days for start, end in months) == SIX_MONTHS == read_settings({}).log_days
    assert read_settings({"SURVEY_LOG_DAYS": "365"}).log_days == 365


@pytest.mark.parametrize("days", ["0", "-1", "half a year", "１８０"])
def test_a_setting_that_means_nothing_is_refused_in_one_sentence(days: str) -> None:
    with pytest.raises(SurveyError, match="SURVEY_LOG_DAYS 应为天数"):
        read_settings({"SURVEY_LOG_DAYS": days})
