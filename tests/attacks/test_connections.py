"""Connections that are held, without a request, with half of one, with a body without end; bare and through nginx."""

import asyncio
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from threading import Barrier
from typing import NamedTuple, cast

import httpx
import pytest
from granian.constants import HTTPModes
from litestar.types import Receive
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey_app.answering import hash_code, new_code
from survey_app.cli.held_connections import bound_connections
from survey_app.core.models import Batch, Code, FrameRow
from survey_app.core.settings import beijing_now
from survey_app.pages import slow_bodies
from survey_app.pages.slow_bodies import Body, RequestTooSlow
from tests.conftest import copy_store, make_round
from tests.journeys import RECEIPT, Journey, plan_journeys
from tests.nginx import running_nginx
from tests.serving import free_port, is_open, serving

TRUSTING = ssl._create_unverified_context()
CLASS = 60
HELD = (300, 900, 50)
MORE_HELD = (2000, 1600, 200)
AS_GRANIAN_COMES = "Server('survey_app.phones:create', port={port}, factory=True, interface='asgi').serve()"
HURRY = (
    "import survey_app.cli.held_connections as heads, survey_app.pages.slow_bodies as bodies;"
    "heads.HEAD_SECONDS = 1; bodies.START_SECONDS = 2"
)
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 999\r\n\r\n"
READ_PATIENCE = 2.0
"""Seconds in which a page is to be there."""


class Street(NamedTuple):
    """Where phones reach the service without and with nginx, codes of slips and the one code of a class."""

    folder: Path
    addresses: dict[str, str]
    codes: list[str]
    shared: str


@pytest.fixture(scope="module")
def street(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder, site = tmp_path_factory.mktemp("service"), tmp_path_factory.mktemp("nginx")
    now = beijing_now()
    with copy_store(sqlite_model, folder) as engine:
        codes = make_round(engine, codes=CLASS + 1, opens=now - timedelta(1), closes=now + timedelta(1)).codes
        shared = add_class_code(engine)
    with serving(folder, free_port(), only="phones") as service, running_nginx(site, service.address) as front:
        yield Street(folder, {"bare": service.address, "nginx": front}, codes, shared)


def add_class_code(engine: Engine) -> str:
    """The code of a class of sixty in the round that is open."""
    with Session(engine) as session, session.begin():
        row = session.scalars(select(FrameRow)).one()
        made = Batch(frame_row_id=row.id, kind="class", state="handed_over", codes=1, issued=1, made_at=beijing_now())
        session.add(made)
        session.flush()
        code = new_code(token_bytes)
        session.add(Code(digest=hash_code(code), batch_id=made.id))
        return code


@contextmanager
def held(address: str, counts: tuple[int, ...]) -> Iterator[subprocess.Popen[str]]:
    """An attacker with so many connections, all of which it tried to open."""
    command = [sys.executable, "-m", "tests.attacks.held_connections", address, "/q/AAAA", *map(str, counts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as attacker:
        try:
            assert attacker.stdout
            assert attacker.stdout.readline() == "held\n"
            yield attacker
        finally:
            attacker.kill()


def seconds_to_see(address: str, code: str, patience: float = 10) -> float:
    """How long a phone that was not there before waits for its page; infinite where none comes."""
    began = time.monotonic()
    try:
        with httpx.Client(verify=TRUSTING, timeout=patience) as phone:
            page = phone.get(f"{address}/q/{code}")
    except httpx.TransportError:
        return float("inf")
    return time.monotonic() - began if page.status_code == 200 else float("inf")


def watch(address: str, code: str, seconds: float) -> list[float]:
    """What honest phones waited, some at a time, for so long."""
    until = time.monotonic() + seconds

    def look(_: int) -> list[float]:
        waited = []
        while time.monotonic() < until:
            waited.append(seconds_to_see(address, code))
            time.sleep(0.2)
        return waited

    with ThreadPoolExecutor(4) as phones:
        return [looked for found in phones.map(look, range(4)) for looked in found]


@pytest.mark.parametrize("way", ["bare", "nginx"])
def test_phones_are_served_beside_connections_that_are_held(street: Street, way: str) -> None:
    with held(street.addresses[way], HELD):
        waited = [seconds_to_see(street.addresses[way], street.codes[-1]) for _ in range(10)]
    assert float("inf") not in waited


def test_the_same_attack_stops_the_server_as_it_comes(street: Street) -> None:
    """What was so before: no page while 1,024 connections are held."""
    port = free_port()
    command = f"from granian.server import Server; {AS_GRANIAN_COMES.format(port=port)}"
    with subprocess.Popen(
        [sys.executable, "-c", command], env=os.environ | {"SURVEY_DIR": str(street.folder)}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    ) as server:  # fmt: skip
        try:
            while not is_open(f"http://127.0.0.1:{port}"):
                assert server.poll() is None
                time.sleep(0.1)
            with held(f"http://127.0.0.1:{port}", HELD):
                time.sleep(1)
                assert seconds_to_see(f"http://127.0.0.1:{port}", street.codes[-1], patience=3) == float("inf")
        finally:
            os.killpg(server.pid, signal.SIGKILL)


@pytest.mark.soak(minutes=10)
@pytest.mark.parametrize("way", ["bare", "nginx"])
def test_99_of_100_pages_come_in_two_seconds_beside_3800_connections(street: Street, way: str) -> None:
    with held(street.addresses[way], MORE_HELD):
        waited = watch(street.addresses[way], street.codes[-1], 60)
    late = [seconds for seconds in waited if seconds > READ_PATIENCE]
    assert len(late) <= 0.01 * len(waited), late


@pytest.mark.soak(minutes=10)
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGSTOP], ids=["gone", "silent"])
def test_the_bare_service_is_back_within_five_seconds(street: Street, ending: signal.Signals) -> None:
    """Whether the attacker lets go of the connections or is silent and keeps them."""
    with held(street.addresses["bare"], MORE_HELD) as attacker:
        time.sleep(20)
        attacker.send_signal(ending)
        ended = time.monotonic()
        assert seconds_to_see(street.addresses["bare"], street.codes[-1]) < float("inf")
        assert time.monotonic() - ended < 5
        attacker.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def impatient(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service with a tenth of its patience."""
    folder = tmp_path_factory.mktemp("impatient")
    with copy_store(sqlite_model, folder), serving(folder, free_port(), only="phones", patched=HURRY) as service:
        yield service.address


REQUEST = b"GET /check HTTP/1.1\r\nHost: %s\r\n"
POST = b"POST /q/AAAA HTTP/1.1\r\nHost: %s\r\n" + FORM + b"a=1"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(REQUEST, b"", id="half a head"),
        pytest.param(REQUEST + b"\r\n", b"200", id="a request and no other"),
        pytest.param(REQUEST + b"\r\nGET /che", b"200", id="a request and half of another"),
        pytest.param(POST, b"408", id="half a body"),
    ],
)
def test_who_sends_no_whole_request_is_let_go_of(impatient: str, sent: bytes, answered: bytes) -> None:
    host, port = impatient.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as phone:
        phone.sendall(sent.replace(b"%s", f"{host}:{port}".encode()))
        answer = b"".join(iter(lambda: phone.recv(65_536), b""))
    assert answer[9:12] == answered


def test_a_body_has_the_more_time_the_more_of_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_bodies, "START_SECONDS", 0.2)
    monkeypatch.setattr(slow_bodies, "PACE", 1000)

    async def read(size: int, pause: float, pieces: int) -> int:
        left = iter(range(pieces, -1, -1))

        async def receive() -> dict[str, object]:
            await asyncio.sleep(pause)
            more = next(left) > 1
            return {"type": "http.request", "body": b"a" * size, "more_body": more}

        body, got = Body(cast("Receive", receive)), 0
        while True:
            message = await body.receive()
            got += len(message["body"])
            if not message["more_body"]:
                return got

    assert asyncio.run(read(100, 0.05, 10)) == 1000  # .5 s: a hundred bytes bring a tenth of a second each
    with pytest.raises(RequestTooSlow):
        asyncio.run(read(1, 0.05, 10))


def test_the_service_holds_so_many_connections_of_one_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    """What docs/deployment.md says, for the unit's own bound of open files and for a machine that allows fewer."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    room = []
    for allowed in (65_536, 4096):
        monkeypatch.setattr(resource, "getrlimit", lambda _, allowed=allowed: (1024, allowed))
        bounds = bound_connections()
        room.append(bounds["backpressure"])
        assert (bounds["http"], bounds["websockets"], bounds["backlog"]) == (HTTPModes.http1, False, 4096)
        assert bounds["http1_settings"].header_read_timeout == 10_000
    assert room == [16_384, 4096 - 512]
    assert asked == [(16_384 + 512, 65_536), (4096, 4096)]


def behind_one_address(front: str, path: str, network: str, times: int) -> Counter[int]:
    """What so many requests from addresses of one network get, one after another."""
    with httpx.Client(verify=TRUSTING) as phones:
        return Counter(
            phones.get(f"{front}{path}", headers={"x-test-address": network.format(n + 1)}).status_code
            for n in range(times)
        )


@pytest.fixture(scope="module")
def told_addresses(street: Street, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx that believes the tests where a phone is: there is one IPv6 address on this machine.

    It forgets slower than ours, as this machine may be too busy for a flood.
    """
    told = {
        "gzip          off;": "gzip off; set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;",
        "rate=30r/s": "rate=1r/s",
    }
    with running_nginx(tmp_path_factory.mktemp("told"), street.addresses["bare"], told) as front:
        yield front


@pytest.mark.parametrize(
    ("network", "neighbour"),
    [("2001:db8:1:2::{:x}", "2001:db8:1:3::1"), ("192.0.2.7", "192.0.2.8")],
    ids=["/64", "address"],
)
def test_a_flood_slows_its_own_network_alone(told_addresses: str, network: str, neighbour: str) -> None:
    flood = behind_one_address(told_addresses, "/nowhere", network, 900)
    assert set(flood) == {404, 429}
    assert flood[404] >= 600
    assert behind_one_address(told_addresses, "/nowhere", neighbour, 20) == {404: 20}


@pytest.mark.parametrize("way", ["slips", "class code"])
def test_a_class_behind_one_address_never_meets_a_limit(street: Street, told_addresses: str, way: str) -> None:
    """Sixty phones open the paper at once, look at it once more, and send."""
    ready = Barrier(CLASS)
    codes = street.codes[:CLASS] if way == "slips" else [street.shared] * CLASS

    def answer(journey: Journey) -> list[int]:
        heads = {"x-test-address": "198.51.100.9", "cookie": f"number={journey.number}"}
        with httpx.Client(verify=TRUSTING, timeout=60, headers=heads) as phone:
            ready.wait(60)
            page = f"{told_addresses}/q/{journey.code}"
            statuses = [phone.get(page).status_code for _ in range(2)]
            return [*statuses, phone.post(page, data=journey.fields()).status_code]

    with ThreadPoolExecutor(CLASS) as phones:
        found = list(phones.map(answer, plan_journeys(codes)))
    assert found == [[200, 200, RECEIPT]] * CLASS


WAYS_TO_INSIDE = ("/health", "/health/", "/metrics", "/metrics/", "//health/", "/%68ealth/", "/./metrics/")


@pytest.mark.parametrize("path", WAYS_TO_INSIDE)
def test_what_is_for_this_machine_alone_comes_through_by_no_spelling(street: Street, path: str) -> None:
    assert httpx.get(street.addresses["nginx"] + path, verify=TRUSTING).status_code == 404


def test_a_web_server_that_passes_everything_gets_nothing_for_others_either(street: Street, tmp_path: Path) -> None:
    """The service's own bar, behind our file without its bar; the machine itself is told."""
    told = "set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;"
    changes = {"gzip          off;": f"gzip off; {told}", "location ~ ^/(metrics|health)(/|$) { return 404; }": ""}
    with running_nginx(tmp_path, street.addresses["bare"], changes) as front:
        outside = {"x-test-address": "203.0.113.9"}
        found = {path: httpx.get(front + path, verify=TRUSTING, headers=outside).status_code for path in WAYS_TO_INSIDE}
    assert set(found.values()) == {404}, found
    assert httpx.get(street.addresses["bare"] + "/health").status_code == 200


@pytest.fixture(scope="module")
def impatient_nginx(street: Street, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx with a tenth of its patience."""
    times = (
        "client_header_timeout  10s",
        "client_body_timeout    15s",
        "send_timeout           15s",
        "keepalive_timeout      20s",
    )
    hurry = {time: f"{time.split()[0]} 1s" for time in times}
    with running_nginx(tmp_path_factory.mktemp("hurry"), street.addresses["bare"], hurry) as front:
        yield front


@contextmanager
def line_to(front: str, *, room: int = 0, protocol: str = "http/1.1") -> Iterator[ssl.SSLSocket]:
    """A connection to nginx, with so little room for what comes back."""
    context = ssl._create_unverified_context()
    context.set_alpn_protocols([protocol])
    with socket.socket() as line:
        if room:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        line.settimeout(20)
        host, port = front.removeprefix("https://").split(":")
        line.connect((host, int(port)))
        with context.wrap_socket(line) as phone:
            yield phone


def read_to_the_end(phone: ssl.SSLSocket) -> int:
    """How many bytes still come before nginx lets go; it does so without a word."""
    read = 0
    with suppress(ConnectionError, ssl.SSLError):
        while piece := phone.recv(65_536):
            read += len(piece)
    return read


HALF_BLOCK = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000 04 00 00000000  000001 01 00 00000001 82")
"""The preface of HTTP/2, no settings, and a block of heads that is not the last."""


def test_nginx_lets_go_of_half_a_head_over_http2(impatient_nginx: str) -> None:
    with line_to(impatient_nginx, protocol="h2") as phone:
        began = time.monotonic()
        phone.sendall(HALF_BLOCK)
        read_to_the_end(phone)
        assert time.monotonic() - began < 10  # a tenth of both times is 3 s


def test_nginx_keeps_no_file_of_a_stranger(street: Street) -> None:
    """The answer is there before the body is: the service refuses who may not send it, and nginx waits for no rest."""
    head = b"POST /console/import HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 31000000\r\n\r\n"
    with line_to(street.addresses["nginx"]) as stranger:
        stranger.sendall(head + bytes(100))
        assert stranger.recv(12) == b"HTTP/1.1 404"  # for phones alone there is no such page


def test_where_nginx_answers_itself_it_says_what_to_do(street: Street, tmp_path: Path) -> None:
    large = httpx.post(f"{street.addresses['nginx']}/check", verify=TRUSTING, content=bytes(70_000))
    gone, few = f"http://127.0.0.1:{free_port()}", {"burst=600": "burst=1"}
    with running_nginx(tmp_path, gone, few) as front, httpx.Client(verify=TRUSTING) as phone:
        found = {page.status_code: page for page in (large, *(phone.get(f"{front}/q/AAAA") for _ in range(20)))}
    headings = {status: page.text.partition("<h1>")[2].partition("</h1>")[0] for status, page in found.items()}
    assert headings == {413: "内容太大", 429: "请稍等一会儿", 502: "暂时没有连上"}
    assert {page.headers["content-type"] for page in found.values()} == {"text/html; charset=utf-8"}


@pytest.mark.parametrize("sent", [b"", REQUEST, POST], ids=["nothing", "half a head", "half a body"])
def test_nginx_lets_go_of_who_sends_no_whole_request(impatient_nginx: str, sent: bytes) -> None:
    with line_to(impatient_nginx) as phone:
        phone.sendall(sent.replace(b"%s", b"127.0.0.1"))
        assert read_to_the_end(phone) == 0


def test_nginx_lets_go_of_who_takes_no_answer(impatient_nginx: str) -> None:
    """The bare service does not: see docs/deployment.md."""
    asked = 500
    page = len(httpx.get(impatient_nginx + "/check", verify=TRUSTING, headers={"accept-encoding": "identity"}).content)
    with line_to(impatient_nginx, room=2048) as phone:
        phone.sendall((REQUEST.replace(b"%s", b"127.0.0.1") + b"\r\n") * asked)
        time.sleep(4)
        assert read_to_the_end(phone) < asked * page
