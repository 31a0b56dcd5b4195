"""Ten thousand bad requests: each is answered, none with a failure of ours, and nothing is stored."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from litestar import Litestar
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.accounts.signing_in import csrf_of
from survey_app.core.models import Model
from survey_app.jobs.running import Jobs
from survey_app.pages.console import watch_pages as watch
from survey_app.rounds.draft import DATES
from survey_app.rounds.draft import FIELDS as DRAFT
from tests.console import Console, open_console
from tests.county import issue, open_county
from tests.route_list import list_served

SEED = 10
NOTED = {
    "audit",
    "audit_link",
    "failed_sign_in",
    "draft",
}  # who tried what is noted, and a draft takes anything; no more may change
SLOWED_AFTER = 5000  # so many requests, and one address is told to wait
REACHED = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
ITEMS = load_paper("social-2026").item_ids
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
TYPES = (
    *(FORM, f"{FORM}; charset=utf-16", MULTIPART, f"{MULTIPART}; boundary=", f"{MULTIPART}; boundary=x"),
    *(f"{MULTIPART}; boundary=\xe9", "application/json", "text/plain", "", "\xff/\xff", "a" * 5000, ";;=;"),
)
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get", "")
ODD = (
    *("", "0", "-1", "1e9", "9" * 20, "9" * 5000, "null", "None", "true", "..", "../../etc/passwd", "%", "%00"),
    *("\0", "\x1b[2J", "\u202e", "\ufeff", "\ud800", "𝟜", "４", "👩‍👩‍👧", "a" * 5000, "=1+1", "{{7*7}}", "${7*7}"),
    *("'; DROP TABLE form; --", '" OR ""="', "<script>alert(1)</script>", "\r\nSet-Cookie: a=b", "年" * 300, "٣"),
    *("2025-11-20T08:00+08:00", "0001-01-01 00:00", "9999-12-31 23:59", "2025-13-01", "NaN", "inf", "[]", "{}"),
)
FIELDS = {  # what each form of the console asks for; without it, or with nonsense in it, nothing may happen
    "/console/unit/issue": ("unit", "kind", "row"),
    "/console/unit/more": ("unit", "row", "people"),
    "/console/unit/reprint": ("unit", "kind", "row", "sure"),
    "/console/unit/hand-over": ("unit", "row", "office"),
    "/console/round/correct": ("organiser", "opens", "closes", "reason", "sure"),
    "/console/round/cancel": ("reason",),  # with `sure` it would be a good one
    "/console/unit/correct-office": ("unit", "row", "office", "why"),
    "/console/since": ("up_to", "to"),
    "/console/data/correct": ("kind", "year", "key", "column", "seen", "value", "reason"),
    "/console/data/add": ("kind", "year", "cell_code", "reason"),
    "/console/data/remove": ("kind", "year", "key", "reason", "last"),
    "/console/unit/void": ("unit", "row", "sure"),
    "/console/codes/issue": ("kind",),
    "/console/revisit": ("group", "people", "seed", "until"),
    "/console/revisit/answers": ("file",),
    "/console/keys/destroyed": ("copies", "destroyed_by", "witness"),
    "/console/voice/store": ("paper", "speech", "sentence", "file"),
    "/console/voice/approve": ("paper", "speech", "sentence", "heard"),
    "/console/voice/drop": ("paper", "speech", "sentence"),
    "/console/words": (),
    "/console/words/process": ("day", "process_kind", "what"),
    "/console/words/drop": ("number",),
    "/console/keys/in-hand": ("sheet",),
    "/console/own/proof": ("year", "file"),
    "/console/problem/proof": ("number", "file"),
    "/console/own/drop-proof": ("year", "proof"),
    "/console/problem/drop-proof": ("number", "proof"),
    "/console/own/reply": ("year", "says", "reason"),
    "/console/calendar": ("item", "done"),
    "/console/rows/until": ("year", "until"),
    "/console/rows/paper": ("year", "school", "says", "reason"),
    "/console/rows/decide": ("year", "school", "seen", "decision", "answer"),
    "/console/judgements/package": ("year", "standard", "as_of", "county"),
    "/console/judgements/verify": ("file",),
    "/console/proofs/add": ("year", "indicator", "school", "problem", "file"),
    "/console/proofs/drop": ("number", "year"),
    "/console/problem/change": ("number", "measure", "post", "due", "funds"),
    "/console/problem/apply": ("number", "proof"),
    "/console/problem/verify": ("number",),
    "/console/accounts/reset": ("name",),
    "/console/accounts/scope": ("name", "scope", "reason"),
    "/console/accounts/agree": ("name", "card", "file"),
    "/console/card": ("password", "card"),
    "/console/accounts/disable": ("name",),
    "/console/accounts/add": ("name", "role", "scope"),
    "/console/accounts/sheet": ("file",),
    "/console/password": ("old", "new", "again"),
    "/console/import": ("kind", "year", "file", "checked"),
    "/console/import/store": ("kind", "year", "token"),
    "/console/results/check": ("round", "file"),
    "/console/setup": (*DRAFT, *DATES),
    "/console/setup/open": ("sure",),
    "/console/trial/without": ("untried",),  # it was tried
}
QUERIES = (
    "code",
    "lang",
    "group",
    "refuse",
    "to",
    "by",
    "unit",
    "who",
    "page",
    "since",
    "round",
    "done",
    "before",
    "most",
)


Way = tuple[str, str]
OF_A_BROKEN_BODY = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning"
)
"""Of a body that breaks off Litestar leaves a file to the collector, which closes it."""


class Sent:
    """One request, made by a machine that means no good."""

    def __init__(self, random: Random, codes: list[str], console: Console, ways: list[Way]):
        self.random, self.console = random, console
        self.method, self.path = self._way(codes, ways)
        self.signed_in = random.random() < 0.4
        self.type = random.choice((FORM, FORM, FORM, *TYPES))
        asked = {random.choice(QUERIES): self._odd() for _ in range(random.randrange(3))}
        self.query = urlencode(asked, errors="replace")
        self.body = self._body()

    def _odd(self) -> str:
        odd = self.random.choice(ODD)
        return (
            odd if self.random.random() < 0.8 else odd + "".join(chr(self.random.randrange(0xD7FF)) for _ in range(5))
        )

    def _way(self, codes: list[str], ways: list[Way]) -> Way:
        """To a code's page, to the console or the API, or to nowhere."""
        code, (method, known) = self.random.choice(codes), self.random.choice(ways)
        odd = quote(self._odd(), errors="replace")
        known = re.sub("[{}]", "", known)
        nowhere = (f"/q/{code[:-1]}%00", f"/q/{odd}", f"{known}/{odd}", f"/console/job/{odd}", "/" + "q/" * 200, "//")
        made = (*[("POST", f"/q/{code}")] * 4, ("GET", f"/q/{code}"), *[(method, known)] * 4)
        made = (*made, *[(self.random.choice(("GET", "POST")), self.random.choice(nowhere))] * 2)
        method, path = self.random.choice(made)
        return method if self.random.random() < 0.9 else self.random.choice(METHODS), path

    def _body(self) -> bytes:
        if self.path in FIELDS and self.signed_in:
            self.type = self.random.choice((FORM, f"{MULTIPART}; boundary=x"))
            fields = {name: self._odd() for name in FIELDS[self.path] if self.random.random() < 0.8}
            return self._encode({"csrf": csrf_of(self.console.people["admin"].token)} | fields)
        answers = {item: self.random.choice("123459") for item in ITEMS if self.random.random() < 0.9}
        wrong = self.random.choice((*ITEMS, "version", "remark ", "x", "", "code"))
        made = (
            self.random.randbytes(self.random.randrange(300)),
            self._encode(answers | {wrong: "6" + self._odd()}),
            self._encode(answers) + b"&overall=1&overall=5&overall=3",
            self._encode(answers | {"not_ours": "1"}) + b"%ff%fe",
            self._encode(answers).replace(b"=", b"") + b"x" * 70_000,
            b"&".join([b"a=1"] * 300),
            urlencode(answers).encode("utf-16"),
            b'{"name": "admin", "password": "' + self._odd().encode(errors="replace") + b'"',
            b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n' + self.random.randbytes(9),
        )
        return self.random.choice(made)

    def _encode(self, fields: dict[str, str]) -> bytes:
        if not self.type.startswith(MULTIPART):
            return urlencode(fields, errors=self.random.choice(("replace", "surrogatepass"))).encode()
        head = 'Content-Disposition: form-data; name="{}"'
        parts = [
            f"--x\r\n{head.format(name)}{'; filename=a.csv' * (name == 'file')}\r\n\r\n{text}\r\n".encode(
                errors="replace"
            )
            for name, text in fields.items()
        ]
        return b"".join(parts) + b"--x--\r\n"

    def headers(self) -> list[tuple[bytes, bytes]]:
        random, token = self.random, self.console.people["admin"].token
        odd = self._odd().encode(errors="replace").replace(b"\r\n", b"").replace(b"\0", b"")[:4000]
        cookie = (
            f"console={token}".encode() if self.signed_in else random.choice((b"", b"number=" + odd, odd, b"mark=;=;"))
        )
        found = [(b"host", b"testserver"), (b"cookie", cookie), (b"content-type", self.type.encode("latin-1"))]
        found += [(random.choice((b"accept-encoding", b"authorization", b"x-real-ip", b"accept-language")), odd)]
        length = random.choice((None, str(len(self.body)).encode(), b"0", b"-1", b"many"))
        return found + ([(b"content-length", length)] if length else [])


async def answer_to(app: Litestar, sent: Sent) -> int:
    """The status of the answer, the body sent in pieces."""
    pieces = [sent.body[: len(sent.body) // 2], sent.body[len(sent.body) // 2 :]]
    status = 0

    async def receive() -> Any:
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    scope: Any = {
        **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": ""},
        **{"method": sent.method, "path": unquote(sent.path, errors="replace"), "raw_path": sent.path.encode()},
        **{
            "query_string": sent.query.encode(),
            "headers": sent.headers(),
            "client": (f"192.0.2.{sent.random.randrange(2)}", 1),
        },
        **{"server": ("testserver", 80), "extensions": {}},
    }
    await app(scope, receive, send)
    return status


def count(engine: Engine) -> dict[str, int]:
    with Session(engine) as session:
        tables = [table for name, table in Model.metadata.tables.items() if name not in NOTED]
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    monkeypatch.setattr(Jobs, "start", lambda *_: None)
    monkeypatch.setattr(watch, "STREAM_SECONDS", 0.0)
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        opened.sign_in_all()
        yield opened


@OF_A_BROKEN_BODY
@pytest.mark.parametrize(("many", "least"), [(1500, 1), pytest.param(10_000, 10, marks=pytest.mark.soak)])
def test_thousands_of_bad_requests_are_answered_and_leave_nothing(console: Console, many: int, least: int) -> None:
    with Session(console.engine) as session, session.begin():
        codes = [one.code for unit in ("P01", "P02") for one in issue(session, unit)[:5]]
    app, random, before = console.client.app, Random(SEED), count(console.engine)
    ways = [*(("POST", path) for path in FIELDS), *(way for way in list_served(app) if way[1] != "/console/logout")]

    statuses: Counter[int] = Counter()

    async def send_all() -> list[str]:
        found = []
        for number in range(many):
            sent = Sent(random, codes, console, ways)
            status = await answer_to(app, sent)
            statuses[status] += 1
            if not 200 <= status < 500:
                found.append(
                    f"{number}: {status} {sent.method} {sent.path} ?{sent.query} {sent.type} {sent.body!r:.200}"
                )
        return found

    assert asyncio.run(send_all()) == []
    reached = REACHED if many > SLOWED_AFTER else REACHED - {429}
    assert min(statuses[status] for status in reached) >= least, statuses
    assert count(console.engine) == before
