"""One request of one signed-in person to the console or the API, and how it is answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict
from urllib.parse import quote, urlencode

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import TooManyRequestsException
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey_app.accounts.first_administrators import FirstLink
from survey_app.accounts.password_cards import find_next, use_card
from survey_app.accounts.sign_in_queue import SignInQueue
from survey_app.accounts.signing_in import DEVICE_KEPT, LONGEST, Person, csrf_of
from survey_app.core.models import Audit
from survey_app.core.settings import Settings
from survey_app.frame.importing import Import
from survey_app.imported_forms.form_files import FormFiles
from survey_app.imported_forms.waiting_files import WaitingFiles
from survey_app.jobs.job_rows import Clock
from survey_app.jobs.running import Jobs
from survey_app.pages.console.byte_ranges import find_range
from survey_app.pages.console.console_access import OFFICE, may, navigation
from survey_app.pages.console.console_drawing import HEADERS, draw
from survey_app.pages.console.live_events import LiveCounts
from survey_app.pages.page_drawing import compress
from survey_app.pages.rate_limits import Limit
from survey_app.round_path import RoundPath, find_path
from survey_app.rounds.dealt_sheets import DealtSheets
from survey_app.rounds.round_rows import holds_example
from survey_app.rounds.trial_slips import Trial, find_going_on, find_trial
from survey_app.watching.live_counts import Watch

COOKIE = "console"
DEVICE = "device"
TRIES = (30, timedelta(seconds=2))  # an office behind one address; a known device is not counted
ENCODINGS = ("br", "gzip")
ON_THE_PATH = frozenset((
    "setup", "calendar", "import", "preview", "sample", "codes", "unit", "job", "papers", "watch", "revisit",
    "round", "keys", "trial", "results", "no_results", "downloads", "empty",
))  # fmt: skip
"""Templates of a round's pages: each says what is done, what is next and what is missing."""
WITH_CARD = frozenset({"round", "keys", "downloads", "agree", "card"})
"""Templates that ask for a password of the card of who is signed in."""
WITH_TRIAL = frozenset({"codes", "sure_issue", "sure_usual", "sure_open"})
"""Templates that say whether the address of codes was tried."""
WITH_LAST = frozenset((
    "account_scope", "sure_account", "unit", "sure", "own_words", "sample", "correct", "sure_correct",
    "sure_open", "preview", "data_row", "calendar", "revisit",
))  # fmt: skip
"""Templates whose forms tell the last of such acts that their page knew; see `meanwhile.check_acts`."""
TOLD_ACTS = (
    "account_scope", "account_reset", "account_disable", "account_agree", "draft", "sample", "void_sample", "own_words",
    "follow_up", "import", "correct_data", "add_row", "remove_row", "correct", "extend", "propose_correction",
    "withdraw_correction", "issue", "hand_over", "take_back", "correct_office", "void", "calendar",
)  # fmt: skip
"""What a form tells its sender that others did: never that somebody looked at a page, answered, or typed in paper."""
Page = Response[bytes]


class Act(TypedDict):
    """Who does something, and when: what every act that is noted is given."""

    actor: str
    now: datetime


@dataclass(frozen=True)
class ConsoleDeps:
    """What all requests to the console of one service share."""

    settings: Settings
    engine: Engine
    store: Engine
    clock: Clock
    watch: Watch
    live_counts: LiveCounts
    jobs: Jobs
    dealt: DealtSheets = field(default_factory=DealtSheets)
    first: FirstLink = field(default_factory=FirstLink)
    waiting: WaitingFiles[FormFiles] = field(default_factory=WaitingFiles)
    refused: WaitingFiles[Import] = field(default_factory=WaitingFiles)
    tries: Limit = field(default_factory=lambda: Limit(*TRIES))
    sign_ins: SignInQueue = field(default_factory=SignInQueue)


@dataclass(frozen=True, kw_only=True)
class ConsoleRequest:
    """One request; `token` opens the console, or the sign-in form for whom nobody is signed in yet.

    `done` names what was done just before, to be said on the page.
    """

    deps: ConsoleDeps
    person: Person
    token: str
    done: str
    accepts: str
    address: str
    asked_bytes: str = ""
    device: str = ""
    now: datetime

    @property
    def act(self) -> Act:
        """The person and the moment of this request, for what it does."""
        return {"actor": self.person.name, "now": self.now}

    def reading(self) -> Session:
        """A session for looking."""
        return Session(self.deps.store)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are kept when it ends well."""
        with Session(self.deps.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def use_card(self, session: Session, typed: str) -> None:
        """The second factor of what is confirmed in this session, asked for last; raises ConflictError."""
        use_card(session, self.person.name, typed, now=self.now)

    def count_try(self) -> None:
        """Count a try to sign in; raises TooManyRequestsException for an address that makes too many."""
        if self.address and self.deps.tries.reached(self.address, self.now):
            raise TooManyRequestsException
        self.deps.tries.count(self.address, self.now)

    def may(self, method: str, path: str) -> bool:
        """Whether this person's role reaches a route."""
        return may(self.person, method, path)

    def page(self, template: str, code: int = 200, cookies: tuple[Cookie, ...] = (), /, **content: Any) -> Page:
        """A page of the console, as this person sees it; `beside` are sentences for fields that are wrong."""
        about = {
            "person": self.person,
            "csrf": csrf_of(self.token),
            "links": navigation(self.person),
            "may": self.may,
            "done": self.done,
            "now": self.now,
            "site": self.deps.settings.public_url,
            "only_here": self.deps.settings.only_here,
            "invented": "invented" not in content and self._shows_example(),
            "here": "",
            "beside": {},
            "path": self._find_path(template),
            "card": self._find_card(template),
            "trial": self._find_trial() if template in WITH_TRIAL else None,
            "last": self._find_last() if template in WITH_LAST else 0,
        }
        body = compress(draw(template, **about | content), effort=4)
        encoding = self.encoding
        headers = HEADERS | ({"Content-Encoding": encoding} if encoding else {})
        page: bytes = getattr(body, encoding or "plain")
        return Response(page, status_code=code, media_type="text/html", headers=headers, cookies=list(cookies))

    def _find_path(self, template: str) -> RoundPath | None:
        """The way of the round, on each page of it that the office opens."""
        if template not in ON_THE_PATH or self.person.role not in OFFICE:
            return None
        with self.reading() as session:
            return find_path(session, self.now, self.deps.settings.public_url)

    def _find_card(self, template: str) -> int | None:
        """Which password of their card the person is asked for; none without a card."""
        if template not in WITH_CARD:
            return None
        with self.reading() as session:
            return find_next(session, self.person.name)

    def _find_trial(self) -> Trial:
        """Whether phones opened the address that codes carry."""
        with self.reading() as session:
            return find_trial(session, find_going_on(session), self.deps.settings.public_url)

    def _find_last(self) -> int:
        """The number of the last of TOLD_ACTS in the log."""
        with self.reading() as session:
            return session.scalar(select(func.max(Audit.id)).where(Audit.action.in_(TOLD_ACTS))) or 0

    def _shows_example(self) -> bool:
        with self.reading() as session:
            return holds_example(session)

    @property
    def encoding(self) -> str:
        """How the browser likes an answer compressed; nothing for not at all."""
        return next((encoding for encoding in ENCODINGS if encoding in self.accepts), "")

    def go(self, path: str, cookies: tuple[Cookie, ...] = (), /, **query: object) -> Page:
        """The way to another page; `done` names what to say there."""
        where = f"{path}?{urlencode(query)}" if query else path
        return Response(b"", status_code=303, headers={**HEADERS, "Location": where}, cookies=list(cookies))

    def download(self, name: str, content: bytes, media_type: str) -> Page:
        """A file to keep."""
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        return Response(content, media_type=media_type, headers={**HEADERS, "Content-Disposition": disposition})

    def download_part(self, name: str, content: bytes, media_type: str) -> Page:
        """The bytes of a file that the browser asked for, all of them where it named none."""
        asked = find_range(self.asked_bytes, len(content))
        page = self.download(name, content if asked is None else content[asked.start : asked.stop], media_type)
        page.headers["Accept-Ranges"] = "bytes"
        if asked is not None:
            page.status_code = 206 if asked else 416
            told = f"{asked.start}-{asked.stop - 1}" if asked else "*"
            page.headers["Content-Range"] = f"bytes {told}/{len(content)}"
        return page

    def cookies(self, token: str) -> tuple[Cookie, ...]:
        """The cookies that open the console and the API; pages of respondents never see them."""
        age = int(LONGEST.total_seconds()) if token else 0
        return tuple(
            Cookie(
                key=COOKIE, value=token, path=path, max_age=age, httponly=True, samesite="strict",
                secure=self.deps.settings.secure,
            )
            for path in ("/console", "/api")
        )  # fmt: skip

    def device_cookie(self, device: str) -> Cookie:
        """What a browser is known by after somebody came in with it: in the console, and nowhere else."""
        age = int(DEVICE_KEPT.total_seconds())
        return Cookie(
            key=DEVICE, value=device, path="/console", max_age=age, httponly=True, samesite="strict",
            secure=self.deps.settings.secure,
        )  # fmt: skip


def read_token(request: Request[Any, Any, Any]) -> str:
    """What the browser's cookie holds."""
    token = request.cookies.get(COOKIE, "")
    return token if len(token) == 64 else ""


def read_device(request: Request[Any, Any, Any]) -> str:
    """What the browser was given when somebody came in with it."""
    device = request.cookies.get(DEVICE, "")
    return device if len(device) == 32 else ""
