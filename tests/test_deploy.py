"""What deploy/ ships, checked by the programs that will read it, and the service behind a pooler of connections."""

import asyncio
import math
import os
import pwd
import re
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import httpx
import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from survey_app import app, phones
from survey_app.closing.close import close_round
from survey_app.core.db import connect
from survey_app.core.models import Form
from survey_app.core.settings import Settings, beijing_now
from tests.county import NOW, answer, issue, open_county
from tests.keyring import keys_of
from tests.nginx import needs, place_site, running_nginx
from tests.postgresql import Cluster

TRUSTING = ssl._create_unverified_context()
DEPLOY = Path(__file__).parents[1] / "deploy"
EXPOSED = 3.0  # of 10; systemd calls 4 and less OK
PREPARED = 5  # times, after which psycopg prepares a statement


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    done = run(needs("nginx", "nginx-light"), "-t", "-q", "-e", tmp_path / "error", "-c", place_site(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


class NamesItself(BaseHTTPRequestHandler):
    """Answers every request with the port that it came to."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.connection.getsockname()[1]).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def two_processes() -> Iterator[list[ThreadingHTTPServer]]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), NamesItself) for _ in range(2)]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


def test_all_requests_of_a_code_come_to_one_process_while_it_lives(
    tmp_path: Path, two_processes: list[ThreadingHTTPServer]
) -> None:
    ports = [server.server_port for server in two_processes]
    codes = [f"AAAA{number}" for number in range(30)]
    lines = {"server 127.0.0.1:8002;": f"server 127.0.0.1:{ports[1]};"}
    with (
        running_nginx(tmp_path, f"127.0.0.1:{ports[0]}", lines) as front,
        httpx.Client(base_url=front, verify=TRUSTING) as phone,
    ):
        came = {code: phone.get(f"/q/{code}").text for code in codes}
        assert set(came.values()) == set(map(str, ports))
        for code in codes:
            again = [phone.get(f"/q/{code}").text, phone.get(f"/q/{code}/?again=1").text]
            assert again == [came[code]] * 2
        assert {phone.get("/check").text for _ in range(30)} == set(map(str, ports))
        assert {phone.get("/console").text for _ in range(30)} == {str(ports[0])}
        two_processes[0].shutdown()
        two_processes[0].server_close()
        after = [phone.get(f"/q/{code}") for code in codes for _ in range(2)]
    assert [answer.status_code for answer in after].count(200) >= len(after) - 1
    assert {answer.text for answer in after if answer.status_code == 200} == {str(ports[1])}


def test_the_site_never_passes_what_is_for_this_machine_alone() -> None:
    site = (DEPLOY / "nginx.conf").read_text()
    assert re.findall(r"location ~ (\S+)\s+\{ return 404; \}", site) == [r"^/(metrics|health)(/|$)"]


def test_what_one_process_alone_knows_is_asked_of_one_process(sqlite_engine: Engine, tmp_path: Path) -> None:
    """A previewed import, a dealt sheet, the first administrator's link are in the memory of one process alone."""
    site, unit = ((DEPLOY / name).read_text(encoding="utf-8") for name in ("nginx.conf", "survey@.service"))
    upstreams = dict(re.findall(r"upstream (\w+) \{(.*?)\}", site, re.DOTALL))
    ports = {name: re.findall(r"server 127\.0\.0\.1:(\d+);", lines) for name, lines in upstreams.items()}
    assert ports == {"console": ["8000"], "phones": ["8001", "8002"]}
    assert re.findall(r"PORT of its own \((\d+)\).*qianjiang-2.env \((\d+)\)", unit) == [("8001", "8002")]
    assert all(f"\n#   {line}\n" in unit for line in ("COUNTY=qianjiang", "PORT=8000", "ONLY=--only phones"))
    assert "serve --dir /var/lib/survey/${COUNTY} --port ${PORT} $ONLY\n" in unit

    passed = dict(re.findall(r"location (\S+) \{[^}]*?proxy_pass http://(\w+);", site))
    assert passed == {"/": "phones", "/api": "console", "/console": "console"}
    settings = Settings(tmp_path, "", "http://127.0.0.1:8000")
    whole = {route.path for route in app.build(settings, sqlite_engine).routes}
    of_phones = {route.path for route in phones.build(settings, sqlite_engine, beijing_now, phones.Beside()).routes}
    assert {f"/{path.split('/')[1]}" for path in whole - of_phones} == {"/api", "/console"}


def test_nginx_writes_down_nobody() -> None:
    """A request that fails on its disk is logged as critical, with the address and the code in one line."""
    site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert re.findall(r"(access_log|error_log|proxy_max_temp_file_size) +([^;]+);", site) == [
        ("error_log", "/var/log/nginx/survey.log alert"), ("access_log", "off"), ("proxy_max_temp_file_size", "0"),
    ]  # fmt: skip


def test_nginx_takes_as_large_a_file_as_the_console_does(sqlite_engine: Engine, tmp_path: Path) -> None:
    site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    (megabytes,) = re.findall(r"location /console \{[^}]*client_max_body_size (\d+)m;", site)
    console = app.build(Settings(tmp_path, "", "http://127.0.0.1:8000"), sqlite_engine)
    handlers = [handler for route in console.routes if isinstance(route, HTTPRoute) for handler in route.route_handlers]
    largest = max(handler.resolve_request_max_body_size() or 0 for handler in handlers)
    assert int(megabytes) * 1024 * 1024 == largest


def test_the_console_reads_nothing_of_a_file_that_a_stranger_sends(sqlite_engine: Engine, tmp_path: Path) -> None:
    console = app.build(Settings(tmp_path, "", "http://127.0.0.1:8000"), sqlite_engine)

    async def bring() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    async def send() -> int:
        way = httpx.ASGITransport(app=cast("Any", console))
        async with httpx.AsyncClient(transport=way, base_url="http://127.0.0.1:8000") as stranger:
            return (await stranger.post("/console/import", content=bring())).status_code

    assert asyncio.run(send()) == 401


@pytest.fixture
def units(tmp_path: Path) -> dict[str, Path]:
    """The units as they stand, with a program that exists here."""
    found = {path.name: tmp_path / path.name for path in DEPLOY.glob("survey*@.*")}
    for name, path in found.items():
        shipped = (DEPLOY / name).read_text()
        path.write_text(shipped.replace("/opt/survey/.venv/bin/survey", "/bin/true").replace("/opt/survey", "/"))
    return found


def test_systemd_takes_the_units(units: dict[str, Path]) -> None:
    assert sorted(units) == ["survey-console@.service", "survey-console@.socket", "survey@.service"]
    done = run(needs("systemd-analyze", "systemd"), "verify", "--man=no", *units.values())
    complaints = [line for line in done.stderr.splitlines() if "survey" in line]
    assert (complaints, done.returncode) == ([], 0)


@pytest.mark.parametrize("name", ["survey@.service", "survey-console@.service"])
def test_the_units_expose_little(units: dict[str, Path], name: str) -> None:
    done = run(needs("systemd-analyze", "systemd"), "security", "--offline=true", units[name])
    level = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    assert level, done.stderr
    assert float(level[1]) <= EXPOSED


@pytest.fixture
def pooled(cluster: Cluster, postgresql_engine: Engine, tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """Engines behind pgbouncer as deploy/pgbouncer.ini sets it up, with fewer connections than the service asks for."""
    program = needs("pgbouncer", "pgbouncer")
    database = str(postgresql_engine.url.database)
    sockets = str(postgresql_engine.url.query["host"])
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    shipped = (DEPLOY / "pgbouncer.ini").read_text()
    changes = {
        "host=/run/postgresql port=5432": f"host={sockets} port=5432", "/run/pgbouncer": sockets,
        "listen_port = 6432": f"listen_port = {port}", "auth_type = peer": "auth_type = any",
        "default_pool_size = 6": "default_pool_size = 2", "reserve_pool_size = 4": "reserve_pool_size = 0",
        "* = ": f"{database} = user=tests ",
    }  # fmt: skip
    for old, new in changes.items():
        assert old in shipped, old
        shipped = shipped.replace(old, new)
    settings = Path(sockets, f"pgbouncer-{port}.ini")
    settings.write_text(shipped)
    identity = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    os.chown(settings, identity, -1)
    process = subprocess.Popen([program, "-q", settings], user=identity if os.geteuid() == 0 else None)
    engines: list[Engine] = []

    def enter(extra: str) -> Engine:
        engines.append(connect(f"postgresql+psycopg://tests@/{database}?host={sockets}&port={port}{extra}"))
        return engines[-1]

    try:
        deadline = time.monotonic() + 30
        while not Path(sockets, f".s.PGSQL.{port}").exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        yield enter
    finally:
        for engine in engines:
            engine.dispose()
        process.terminate()
        process.wait(30)


def test_a_round_goes_through_pgbouncer_from_beginning_to_end(pooled: Callable[[str], Engine]) -> None:
    engine = pooled("&prepare_threshold=none")
    open_county(engine)
    with Session(engine) as session, session.begin():
        codes = issue(session, "P01")
    for code in codes[: 4 * PREPARED]:  # one transaction each, as the service's writer has them
        with Session(engine) as session, session.begin():
            answer(session, [code])
    published = close_round(engine, None, keys=keys_of(engine), actor="test", now=NOW).published
    assert published.status.forms == 4 * PREPARED
    with Session(engine) as session:
        assert len(session.scalars(select(Form.key)).all()) == 4 * PREPARED


def test_no_statement_is_prepared_where_the_url_says_so(postgresql_engine: Engine) -> None:
    url = postgresql_engine.url.render_as_string(hide_password=False)
    counts = []
    for address in (url, f"{url}&prepare_threshold=none"):
        engine = connect(address)
        with engine.connect() as connection:
            for _ in range(2 * PREPARED):
                connection.execute(text("SELECT 1"))
            counts.append(connection.scalar(text("SELECT count(*) > 0 FROM pg_prepared_statements")))
        engine.dispose()
    assert counts == [True, False]


def test_the_sizing_follows_from_its_formulas() -> None:
    page = (DEPLOY.parent / "docs" / "deployment.md").read_text()
    found = dict(re.findall(r"^\| ([FHSJPMUB]) \| ([\d.,]+)", page, re.MULTILINE))
    F, H, S, J, P, M, U, B = (float(found[name].replace(",", "")) for name in "FHSJPMUB")
    row = r"^\| ([\d,]+) \| ([\d.,]+) /s \| (\d+)[^|]*\| ([\d,]+)[^|]*\| ([\d.,]+) GB \| ([\d.]+) ([MG])B"
    rows = re.findall(row, page, re.MULTILINE)
    assert [n for n, *_ in rows] == ["1", "40", "2,895"]
    for *figures, unit in rows:
        n, peak, cores, processes, memory, disk = (float(figure.replace(",", "")) for figure in figures)
        assert peak == pytest.approx(n * F * H * S / 3600, abs=0.5)
        assert cores == math.ceil(n * F * H * S / 3600 / J)
        assert processes == n * max(1, math.ceil(F * H * S / 3600 / J))
        assert memory == pytest.approx((processes * P + math.ceil(n * U) * M) / 1000, rel=0.08)
        assert disk == pytest.approx(n * F * B * 3 / (1e9 if unit == "G" else 1e6), rel=0.2)


def test_files_by_which_wechat_knows_the_owner_of_the_name_are_served_and_no_others() -> None:
    site = (DEPLOY / "nginx.conf").read_text()
    (pattern,) = re.findall(r"location ~ (\S+) \{ root /etc/survey/domain; \}", site)
    assert re.search(pattern, "/MP_verify_aB3dE5fG7hI9jK1l.txt")
    assert not any(re.search(pattern, path) for path in ("/../key.txt", "/MP_verify_/../x.txt", "/q/MP_verify_a.txt"))
    steps = (DEPLOY.parent / "docs/deployment.md").read_text()
    assert all(word in steps for word in ("备案", "MP_verify_", "/etc/survey/domain", "业务域名"))


@pytest.mark.parametrize(("purpose", "left_out"), [("run", ["ffmpeg"]), ("test", ["ffmpeg", "firefox-esr"])])
def test_what_is_optional_is_left_out_in_one_sentence_each(tmp_path: Path, purpose: str, left_out: list[str]) -> None:
    for program in ("dpkg", "apt-get"):
        (tmp_path / program).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / program).chmod(0o755)
    text = (DEPLOY / "install.sh").read_text(encoding="utf-8")
    part = text[text.index("optional() {") : text.index("\nrequirements=")]
    (tmp_path / "part.sh").write_text(f"set -eu; purpose={purpose}\nPATH={tmp_path}:$PATH\n{part}\necho goes on\n")
    done = run("sh", tmp_path / "part.sh")
    assert (done.returncode, done.stdout) == (0, "goes on\n")
    assert [line.split("：")[0] for line in done.stderr.splitlines()] == [f"没有 {package}" for package in left_out]


def test_sql_of_our_own_and_names_of_databases_stand_in_one_room() -> None:
    root = DEPLOY.parent / "survey_app"
    ours = re.compile(
        r"exec_driver_sql|dialect\.name|on_conflict|ON CONFLICT|\bpg_[a-z]|cursor\(?\)?\.execute|sqlite3"
        r"|\btext\(f?[\"']|[\"'](SELECT|INSERT|UPDATE|DELETE|PRAGMA|BEGIN|VACUUM|TRUNCATE|ALTER|CREATE) "
    )
    found = {
        str(path.parent.relative_to(root.parent))
        for path in root.rglob("*.py")
        if ours.search(path.read_text(encoding="utf-8"))
    }
    page = (DEPLOY.parent / "docs" / "deployment.md").read_text(encoding="utf-8")
    section = page.partition("## openGauss, KingbaseES, DM")[2].partition("| ours |")[0]
    assert found == set(re.findall(r"`(survey_app/[a-z_/]+)/`", section)) == {"survey_app/core/db"}
