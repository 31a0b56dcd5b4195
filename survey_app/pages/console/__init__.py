"""The officials' console: its routes, what they share, and how it says that something went wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from litestar import Request, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict
from litestar.di import Provide
from litestar.handlers.base import BaseRouteHandler
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.core.db import reading
from survey_app.core.errors import NotFoundError
from survey_app.core.settings import Settings
from survey_app.jobs.running import Clock, Jobs, fail_lost_jobs
from survey_app.pages.console import account_pages as accounts
from survey_app.pages.console import bulletin_pages as bulletin
from survey_app.pages.console import code_pages as codes
from survey_app.pages.console import import_pages as importing
from survey_app.pages.console import job_pages as jobs
from survey_app.pages.console import log_pages as log
from survey_app.pages.console import paper_form_pages as papers
from survey_app.pages.console import result_pages as results
from survey_app.pages.console import round_pages as rounds
from survey_app.pages.console import setup_pages as setup
from survey_app.pages.console import sign_in_pages as entering
from survey_app.pages.console import unit_pages as unit
from survey_app.pages.console import watch_pages as watch
from survey_app.pages.console.console_access import NOBODY, OPEN, FirstPasswordError, StrangerError
from survey_app.pages.console.console_request import Desk, Office, Page, check_form, read_token
from survey_app.pages.console.gate import as_request, enter, read_route, seat
from survey_app.pages.console.live_events import Pulse
from survey_app.pages.console.sign_in_pages import KNOCK
from survey_app.pages.failures import log_failure, status_of
from survey_app.rounds.opening import find_round
from survey_app.watching.live_counts import Seen, Watch

EVENTS = ("GET", "/console/events")
MODULES = (entering, watch, bulletin, codes, unit, papers, jobs, rounds, results, setup, importing, accounts, log)


def open_office(settings: Settings, engine: Engine, clock: Clock) -> Office:
    """What the console of one service shares."""
    store = reading(engine)
    seen = Watch(store)

    def look() -> Seen | None:
        with Session(store) as session:
            try:
                return seen.look(find_round(session), clock())
            except NotFoundError:
                return None

    return Office(settings, engine, store, clock, seen, Pulse(look), Jobs(settings, engine))


@asynccontextmanager
async def keep_office(office: Office) -> AsyncIterator[None]:
    """Run the pulse and the jobs; what an earlier service left unfinished has failed."""
    await asyncio.to_thread(fail_lost_jobs, office.engine, office.settings)
    pulse = asyncio.create_task(office.pulse.run())
    yield
    pulse.cancel()
    with suppress(asyncio.CancelledError):
        await pulse
    office.jobs.stop()


def console(office: Office) -> Router:
    """All routes of the console."""

    async def admit(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Nobody gets past here without the right to go this way, nor with a form from elsewhere."""
        request = as_request(connection)
        route = read_route(request)
        token = request.cookies.get(KNOCK, "") if route in OPEN else read_token(request)
        await enter(office, request, token, used=route != EVENTS)
        if request.method == "POST":
            check_form(token, await request.form())

    async def sit(request: Request[Any, Any, Any]) -> Desk:
        return seat(office, request, await request.form() if request.method == "POST" else FormMultiDict([]))

    def apologise(request: Request[Any, Any, Any], error: Exception) -> Page:
        return _apologise(office, request, error)

    return Router(
        path="/console",
        route_handlers=[handler for module in MODULES for handler in module.HANDLERS],
        guards=[admit],
        dependencies={"desk": Provide(sit)},
        exception_handlers={Exception: apologise},
    )


def _apologise(office: Office, request: Request[Any, Any, Any], error: Exception) -> Page:
    person = getattr(request.state, "person", NOBODY)
    token = getattr(request.state, "token", "")
    accepts = request.headers.get("accept-encoding", "")
    desk = Desk(office, person, token, FormMultiDict([]), {}, accepts, "", office.clock())
    match error:
        case StrangerError() if request.method == "GET":
            query = request.url.query
            return desk.go("/console/login", to=request.url.path + (f"?{query}" if query else ""))
        case FirstPasswordError():
            return desk.go("/console/password")
    status = status_of(error)
    if status >= 500:
        log_failure("request failed", error)
    problems = getattr(error, "problems", ())
    return desk.page("failed", status, status=status, problems=problems)
