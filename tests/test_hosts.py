"""The service answers under its own names alone."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.app import build
from survey_app.core.errors import SurveyError
from survey_app.core.models import Box
from survey_app.core.settings import Settings, read_settings
from survey_app.pages.hosts import is_served, read_host
from tests.county import NOW, issue, open_county
from tests.serving import free_port, serving

COMPLETE = dict.fromkeys(load_paper("social-2026").item_ids, "4")
NAMED = {"SURVEY_PUBLIC_URL": "https://survey.example.cn", "SURVEY_HOSTS": "10.0.0.7, Kiosk:8443"}


def names(**environment: str) -> set[str]:
    return {read_host(one) for one in read_settings(environment).hosts} - {""}


@pytest.fixture
def client(sqlite_engine: Engine, tmp_path: Path) -> Iterator[TestClient[Any]]:
    settings = Settings(tmp_path, "", "https://survey.example.cn", read_settings(NAMED).hosts)
    built = build(settings, sqlite_engine, lambda: NOW)
    with TestClient(built, base_url="http://survey.example.cn", raise_server_exceptions=False) as phone:
        phone.follow_redirects = False
        yield phone


@pytest.mark.parametrize(
    "host", ["survey.example.cn", "survey.example.cn:443", "SURVEY.Example.cn.:8443", "kiosk", "10.0.0.7:8000"]
)
def test_our_names_are_known_in_every_spelling_and_with_every_port(host: str) -> None:
    assert is_served(host, names(**NAMED))


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "127.0.0.9", "[::1]", "[::1]:8000"])
def test_the_machine_itself_may_always_ask(host: str) -> None:
    assert is_served(host, {"survey.example.cn"})


@pytest.mark.parametrize("host", ["", ":8000", "evil.example", "evil:80:80", "192.168.1.5", "[2001:db8::1]:80", "[::1"])
@pytest.mark.parametrize("more", ["", ".evil.example", "@evil.example", ":port", ":80\r\nX: y", "/", " "])
def test_any_other_name_is_not_ours(host: str, more: str) -> None:
    assert not is_served(host, {"survey.example.cn"})
    assert not more or not is_served(f"survey.example.cn{more}", {"survey.example.cn"})


@pytest.mark.parametrize("host", ["192.168.1.5:8000", "[fe80::1]:8000", "127.0.0.1:8000"])
@pytest.mark.parametrize("address", [None, "http://0.0.0.0:8000", "http://[::]:8000", "http://localhost:8000"])
def test_without_a_name_phones_in_the_room_come_by_number(host: str, address: str | None) -> None:
    environment = {"SURVEY_PUBLIC_URL": address} if address else {}
    assert is_served(host, names(**environment))
    assert not is_served("evil.example", names(**environment))


@pytest.mark.parametrize(
    "address",
    [
        "survey.example.cn",
        "ftp://survey.example.cn",
        "https://",
        "https:///q",
        "http://[::1",
        "http://a:b",
        "http://a:0",
    ],
)
def test_half_an_address_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(SurveyError, match="完整的网址"):
        read_settings({"SURVEY_PUBLIC_URL": address})


@pytest.mark.parametrize(("path", "words"), [("/", "这里不是本调查的网址"), ("/console/login", "这个网址不是本服务的")])
def test_a_foreign_name_gets_a_plain_page_without_a_link(client: TestClient[Any], path: str, words: str) -> None:
    page = client.get(path, headers={"host": "evil.example"})

    assert page.status_code == 421
    assert words in page.text
    assert "<h1>网址不对</h1>" in page.text
    assert not {'href="/"', 'href="/console"'} & set(page.text.split())
    assert "set-cookie" not in page.headers


def test_nothing_is_stored_under_a_foreign_name(client: TestClient[Any], sqlite_engine: Engine) -> None:
    open_county(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        code = issue(session, "P01")[0].code
    answers = [client.post(f"/q/{code}", data=COMPLETE, headers={"host": host}) for host in ("evil.example", "kiosk:1")]
    with Session(sqlite_engine) as session:
        stored = session.scalar(select(func.count()).select_from(Box))

    assert [one.status_code for one in answers] == [421, 200]
    assert stored == 1


def test_the_real_service_refuses_a_request_without_a_name_and_with_two(tmp_path: Path) -> None:
    port = free_port()

    def ask(*lines: str) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall("\r\n".join(["GET / HTTP/1.1", *lines, "Connection: close", "", ""]).encode())
            return line.recv(65536).split(b"\r\n")[0]

    with serving(tmp_path / "service", port):
        assert b" 200 " in ask(f"Host: 192.0.2.1:{port}")
        for lines in ([], ["Host: evil.example"], ["Host: 127.0.0.1", "Host: evil.example"], ["Host: "]):
            assert b" 4" in ask(*lines)
