"""Whether the service is well, and its counts: for whom, and of what."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from questionnaires.paper import load_paper
from survey_app import app, phones
from survey_app.core.errors import SurveyError
from survey_app.core.models import Job
from survey_app.core.settings import Settings, read_settings
from survey_app.rounds.key_files import key_path
from survey_app.rounds.round_rows import find_round
from tests.conftest import NOON, OpenRound
from tests.county import NOW, open_county
from tests.keyring import keys_of

COMPLETE = dict.fromkeys(load_paper("social-2026").item_ids, "4")
LOCAL = "127.0.0.1"


@pytest.fixture
def service(engine: Engine, tmp_path: Path) -> Iterator[Litestar]:
    built = app.build(Settings(tmp_path, "", "http://testserver"), engine, lambda: NOON)
    with TestClient(built, raise_server_exceptions=False):
        yield built


def ask(service: Litestar, path: str, peer: str = LOCAL, data: Any = None, **headers: str) -> httpx.Response:
    """One request of a machine at this address."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(service, raise_app_exceptions=False, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.request("POST" if data else "GET", path, data=data, headers=headers)

    return asyncio.run(send())


def read_counts(service: Litestar) -> dict[str, float]:
    """All samples of the service's own counts."""
    text = ask(service, "/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    named = {one.name + "".join(f" {value}" for value in one.labels.values()): one.value for one in samples}
    return {name: value for name, value in named.items() if name.startswith("survey_")}


def test_a_service_that_is_well_says_so_in_a_word(service: Litestar) -> None:
    answer = ask(service, "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_service_without_its_store_is_down_and_says_no_more(service: Litestar, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE round RENAME TO away")
    answer = ask(service, "/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "down"})


def test_the_counts_are_those_of_what_happened(service: Litestar, engine: Engine, open_round: Any) -> None:
    made: OpenRound = open_round(codes=3)
    for code in made.codes[:2]:
        assert ask(service, f"/q/{code}", data=COMPLETE).status_code == 200
    with Session(engine) as session, session.begin():
        for state in ("done", "done", "failed"):
            session.add(
                Job(
                    kind="slips", state=state, round_id=made.round_id, unit="P01", about={}, asked_by="x",
                    asked_at=NOON, pid=None, done=0, total=0, problem="", file="",
                )
            )  # fmt: skip
    counts = read_counts(service)
    assert counts["survey_forms_stored_total"] == 2
    assert 1 <= counts["survey_commits_total"] <= 2
    assert counts["survey_forms_turned_away_total"] == 0
    assert counts["survey_queue_length"] == 0
    assert [counts[f"survey_jobs {state}"] for state in ("waiting", "running", "done", "failed")] == [0, 0, 2, 1]
    assert counts["survey_store_up"] == 1


def test_failures_and_forms_turned_away_are_counted(service: Litestar, engine: Engine, open_round: Any) -> None:
    [code] = open_round().codes
    before = read_counts(service).get("survey_failures_total request failed", 0)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE box RENAME TO gone")
    assert ask(service, f"/q/{code}", data=COMPLETE).status_code == 503
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE code RENAME TO away")
    assert ask(service, f"/q/{code}").status_code == 503
    counts = read_counts(service)
    assert counts["survey_forms_turned_away_total"] == 1
    assert counts["survey_failures_total request failed"] == before + 1


def test_without_the_store_the_counts_of_the_process_remain(service: Litestar, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE job RENAME TO away")
    counts = read_counts(service)
    assert counts["survey_store_up"] == 0
    assert "survey_forms_stored_total" in counts


def test_no_count_is_one_of_a_unit_a_code_or_a_person(service: Litestar, open_round: Any) -> None:
    made: OpenRound = open_round()
    ask(service, f"/q/{made.codes[0]}", data=COMPLETE)
    text = ask(service, "/metrics").text
    families = [family for family in text_string_to_metric_families(text) if family.name.startswith("survey_")]
    labels = {name for family in families for sample in family.samples for name in sample.labels}
    assert labels <= {"state", "event"}
    assert not any(one in text for one in (made.codes[0], "P01", "parent", "青山区"))


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 404),
        ("10.0.0.5", {}, 404),
        ("203.0.113.9", {"x-real-ip": "127.0.0.1"}, 404),
        ("203.0.113.9", {"x-forwarded-for": "127.0.0.1"}, 404),
        ("127.0.0.1", {"x-real-ip": "203.0.113.9"}, 404),
        ("127.0.0.1", {"x-real-ip": "203.0.113.9", "x-forwarded-for": "127.0.0.1"}, 404),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1, 203.0.113.9"}, 404),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, 404),
        ("127.0.0.1", {"x-real-ip": "nonsense"}, 404),
        ("not an address", {}, 404),
    ],
)
def test_the_counts_and_how_it_is_are_for_this_machine_alone(
    sqlite_engine: Engine, tmp_path: Path, peer: str, headers: dict[str, str], status: int
) -> None:
    built = app.build(Settings(tmp_path, "", ""), sqlite_engine, lambda: NOON)
    with TestClient(built):
        for path in ("/metrics", "/metrics/", "/health", "/health/"):
            assert ask(built, path, peer, **headers).status_code == status


def test_other_addresses_may_be_let_in_by_a_setting(sqlite_engine: Engine, tmp_path: Path) -> None:
    networks = read_settings({"SURVEY_METRICS_FROM": "10.1.0.0/16, 192.168.1.5"}).metrics_from
    built = app.build(Settings(tmp_path, "", "", metrics_from=networks), sqlite_engine, lambda: NOON)
    with TestClient(built):
        found = {
            peer: ask(built, "/metrics", peer).status_code for peer in ("10.1.2.3", "192.168.1.5", "10.2.0.1", LOCAL)
        }
        assert ask(built, "/metrics", LOCAL, **{"x-real-ip": "10.1.2.3"}).status_code == 200
    assert found == {"10.1.2.3": 200, "192.168.1.5": 200, "10.2.0.1": 404, LOCAL: 404}


def test_an_address_that_is_none_is_refused_in_one_sentence() -> None:
    with pytest.raises(SurveyError, match="SURVEY_METRICS_FROM 应为"):
        read_settings({"SURVEY_METRICS_FROM": "everybody"})


def test_a_key_that_is_gone_is_said_at_the_start_and_in_health_before_people_answer_for_nothing(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_county(engine)
    with Session(engine) as session:
        public = find_round(session).public_key or b""
    url = engine.url.render_as_string(hide_password=False)
    settings = Settings(tmp_path, url, "http://testserver")
    settings.keys.mkdir(exist_ok=True)
    copy = key_path(settings.keys, public)
    copy.write_bytes(key_path(keys_of(engine), public).read_bytes() if not copy.exists() else copy.read_bytes())
    monkeypatch.setattr(phones, "read_settings", lambda: settings)
    monkeypatch.setattr(phones, "start_logs", lambda _: None)
    monkeypatch.setattr(phones, "_leave_with", lambda _: None)
    assert start_and_ask() == ([], {"status": "ok"})
    copy.unlink()
    said, health = start_and_ask()
    assert "请立即暂停批次，并把密钥文件放回去" in said[0]
    assert health == {"status": "ok", "key": "密钥缺失"}


@pytest.mark.parametrize(("kept_here", "said"), [(False, None), (True, "密钥缺失")])
def test_a_machine_for_phones_alone_misses_no_key_that_never_was_there(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kept_here: bool, said: str | None
) -> None:
    open_county(engine)
    settings = Settings(tmp_path / "phones", engine.url.render_as_string(hide_password=False), "http://testserver")
    if kept_here:
        settings.keys.mkdir(parents=True)
    monkeypatch.setattr(phones, "read_settings", lambda: settings)
    monkeypatch.setattr(phones, "start_logs", lambda _: None)
    monkeypatch.setattr(phones, "_leave_with", lambda _: None)
    monkeypatch.setattr(phones, "spare_what_stays", lambda: None)
    with capture_logs() as lines:
        built = phones.create()
        with TestClient(built, raise_server_exceptions=False):
            health = ask(built, "/health").json()
    assert any(line["event"] == "the open round's key is not here" for line in lines) == kept_here
    assert health.get("key") == said


def start_and_ask() -> tuple[list[str], dict[str, str]]:
    """What a service says of the key when it starts, and what its /health says."""
    with capture_logs() as lines:
        settings, engine = phones.open_store()
        phones.warn_of_key(engine, settings)
        built = app.build(settings, engine, lambda: NOW)
        with TestClient(built, raise_server_exceptions=False):
            health = ask(built, "/health").json()
    return [line["problem"] for line in lines if line["event"] == "the open round's key is not here"], health
