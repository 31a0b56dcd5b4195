"""A desk: one request of one signed-in person, what they sent, and how they are answered."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response
from litestar.datastructures import Cookie, FormMultiDict, UploadFile
from litestar.exceptions import TooManyRequestsException
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.accounts import LONGEST, Person, csrf_of
from survey_app.core.models import Round
from survey_app.core.settings import Settings
from survey_app.jobs.running import Clock, Jobs
from survey_app.pages.console.console_access import ForbiddenError, may, navigation
from survey_app.pages.console.console_drawing import HEADERS, draw
from survey_app.pages.console.live_events import Pulse
from survey_app.pages.page_drawing import compress
from survey_app.pages.rate_limits import Limit
from survey_app.rounds.opening import find_round
from survey_app.watching.live_counts import Watch

COOKIE = "console"
TRIES = (30, timedelta(seconds=2))  # an office behind one address; each try costs a core a moment
NUMBER = re.compile(r"[0-9]{1,9}")
Page = Response[bytes]


@dataclass(frozen=True)
class Office:
    """What every desk of a service shares."""

    settings: Settings
    engine: Engine
    store: Engine
    clock: Clock
    watch: Watch
    pulse: Pulse
    jobs: Jobs
    tries: Limit = field(default_factory=lambda: Limit(*TRIES))


@dataclass(frozen=True)
class Desk:
    """One request; `token` opens the console, or the sign-in form for whom nobody is signed in yet."""

    office: Office
    person: Person
    token: str
    form: FormMultiDict
    query: dict[str, str]
    accepts: str
    address: str
    now: datetime

    def reading(self) -> Session:
        """A session for looking."""
        return Session(self.office.store)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are kept when it ends well."""
        with Session(self.office.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def count_try(self) -> None:
        """Count a try to sign in; raises TooManyRequestsException for an address that makes too many."""
        if self.address and self.office.tries.reached(self.address, self.now):
            raise TooManyRequestsException
        self.office.tries.count(self.address, self.now)

    def text(self, name: str) -> str:
        """A field of the form, without blanks around it."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def numbers(self, name: str) -> list[int]:
        """The whole numbers sent under one name."""
        values = self.form.getall(name, [])
        return [int(one) for one in values if isinstance(one, str) and NUMBER.fullmatch(one)]

    def files(self, name: str) -> list[UploadFile]:
        """The files sent under one name."""
        return [one for one in self.form.getall(name, []) if isinstance(one, UploadFile) and one.filename]

    def may(self, method: str, path: str) -> bool:
        """Whether this person's role reaches a route."""
        return may(self.person, method, path)

    def page(self, template: str, code: int = 200, cookies: tuple[Cookie, ...] = (), /, **content: Any) -> Page:
        """A page of the console, as this person sees it."""
        about = {
            "person": self.person,
            "csrf": csrf_of(self.token),
            "links": navigation(self.person),
            "may": self.may,
            "done": self.query.get("done", ""),
            "now": self.now,
            "invented": False,
            "here": "",
        }
        body = compress(draw(template, **about | content), effort=4)
        encoding = next((one for one in ("br", "gzip") if one in self.accepts), "")
        headers = HEADERS | ({"Content-Encoding": encoding} if encoding else {})
        page: bytes = getattr(body, encoding or "plain")
        return Response(page, status_code=code, media_type="text/html", headers=headers, cookies=list(cookies))

    def go(self, path: str, cookies: tuple[Cookie, ...] = (), /, **query: object) -> Page:
        """The way to another page; `done` names what to say there."""
        where = f"{path}?{urlencode(query)}" if query else path
        return Response(b"", status_code=303, headers={**HEADERS, "Location": where}, cookies=list(cookies))

    def download(self, name: str, content: bytes, media_type: str) -> Page:
        """A file to keep."""
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        return Response(content, media_type=media_type, headers={**HEADERS, "Content-Disposition": disposition})

    def cookies(self, token: str) -> tuple[Cookie, ...]:
        """The cookies that open the console and the API; pages of respondents never see them."""
        age = int(LONGEST.total_seconds()) if token else 0
        return tuple(
            Cookie(
                key=COOKIE, value=token, path=path, max_age=age, httponly=True, samesite="strict",
                secure=self.office.settings.secure,
            )
            for path in ("/console", "/api")
        )  # fmt: skip

    def round(self, session: Session) -> Round:
        """The round that pages are about: the open one, else the latest."""
        return find_round(session)


def check_form(token: str, form: FormMultiDict) -> None:
    """Raise for a form that none of this person's pages sent."""
    sent = form.get("csrf", "")
    if not token or not isinstance(sent, str) or not compare_digest(sent.encode(), csrf_of(token).encode()):
        raise ForbiddenError("这个页面放得太久，或者不是从这里打开的。请回到上一页刷新后再试。")


def read_token(request: Request[Any, Any, Any]) -> str:
    """What the browser's cookie holds."""
    token = request.cookies.get(COOKIE, "")
    return token if len(token) == 64 else ""
