"""The officials' console: its routes, what they share, and how it says that something went wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from litestar import Request, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers.base import BaseRouteHandler
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.core.db import reading
from survey_app.core.errors import NotFoundError
from survey_app.core.settings import Settings
from survey_app.jobs.job_rows import Clock
from survey_app.jobs.job_taking import forget_taken
from survey_app.jobs.running import Jobs, fail_lost_jobs
from survey_app.pages.console.admission import (
    admit_person,
    as_request,
    check_form,
    read_console_request,
    read_route,
)
from survey_app.pages.console.console_access import OPEN, StrangerError
from survey_app.pages.console.console_failures import apologise
from survey_app.pages.console.console_request import ConsoleDeps, ConsoleRequest, read_token
from survey_app.pages.console.first_pages import say_first_link
from survey_app.pages.console.kept_forms import keep_form
from survey_app.pages.console.live_events import LiveCounts
from survey_app.pages.console.sign_in_pages import LOGIN_CSRF
from survey_app.rounds.round_rows import find_round
from survey_app.watching.grown_counts import Glance, GroupWatch
from survey_app.watching.live_counts import Watch

EVENTS = ("GET", "/console/events")


def list_handlers() -> list[BaseRouteHandler]:
    """The handlers of every module of this folder that is called `*_pages`."""
    names = [module.name for module in iter_modules(__path__) if module.name.endswith("_pages")]
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return [handler for module in modules for handler in module.HANDLERS]


def make_deps(settings: Settings, engine: Engine, clock: Clock) -> ConsoleDeps:
    """What the console of one service shares."""
    store = reading(engine)
    seen = Watch(store)
    groups = GroupWatch(store, seen)

    def look() -> Glance | None:
        with Session(store) as session:
            try:
                return groups.glance(find_round(session), clock())
            except NotFoundError:
                return None

    return ConsoleDeps(
        settings=settings,
        engine=engine,
        store=store,
        clock=clock,
        watch=seen,
        live_counts=LiveCounts(look),
        jobs=Jobs(settings, engine, clock),
    )


@asynccontextmanager
async def run_console(deps: ConsoleDeps) -> AsyncIterator[None]:
    """Run the live counts and the jobs; what an earlier service left unfinished has failed.

    Where nobody can sign in yet, the link by which the first administrators are made is printed.
    """
    await asyncio.to_thread(fail_lost_jobs, deps.engine, deps.settings, deps.clock())
    await asyncio.to_thread(forget_taken, deps.engine, deps.settings, deps.clock())
    await asyncio.to_thread(say_first_link, deps)
    counting = asyncio.create_task(deps.live_counts.run())
    yield
    counting.cancel()
    with suppress(asyncio.CancelledError):
        await counting
    deps.sign_ins.stop()
    deps.jobs.stop()


def console_router(deps: ConsoleDeps) -> Router:
    """All routes of the console."""

    async def admit(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Nobody gets past here without the right to go this way, nor with a form from elsewhere."""
        request = as_request(connection)
        route = read_route(request)
        token = request.cookies.get(LOGIN_CSRF, "") if route in OPEN else read_token(request)
        try:
            await admit_person(deps, request, token, used=route != EVENTS)
        except StrangerError:
            await keep_form(request, token)
            raise
        if request.method == "POST":
            request.state.form = await request.form()
            check_form(token, request.state.form)

    async def read_request(request: Request[Any, Any, Any]) -> ConsoleRequest:
        return read_console_request(deps, request)

    return Router(
        path="/console",
        route_handlers=list_handlers(),
        guards=[admit],
        dependencies={"console": Provide(read_request)},
        exception_handlers={Exception: lambda request, error: apologise(deps, request, error)},
    )
