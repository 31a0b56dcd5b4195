"""The process that answers phones only: their pages, the writer and the chores; what officials use is `app`'s.

It reads no pandas, scipy, plotly or statsmodels, so that several of them fit beside a database.
"""

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from threading import Thread
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey_app.answering import CodeLookup, DayCounts, Writer
from survey_app.core.db import connect, reading
from survey_app.core.db.faults import say_fault
from survey_app.core.errors import SurveyError
from survey_app.core.logs import get_logger, remove_old_logs, start_logs
from survey_app.core.settings import Settings, beijing_now, read_settings
from survey_app.pages import respondent, spoken
from survey_app.pages.callers import STATE
from survey_app.pages.failures import log_failure, status_of
from survey_app.pages.head_requests import Service
from survey_app.pages.hosts import guard_hosts
from survey_app.pages.operations import operations
from survey_app.pages.posted import LARGEST_BODY, read_visit
from survey_app.pages.rate_limits import Limits
from survey_app.pages.replies import apologise
from survey_app.pages.respondent import Clock
from survey_app.pages.response_headers import complete_headers
from survey_app.pages.spoken import Voices
from survey_app.rounds.key_watch import is_kept_elsewhere, look_for_key
from survey_app.upkeep.doctor import look_over
from survey_app.upkeep.earlier_rounds import bring_up_to_date

HOUR = 3600
MINUTE = 60
GIVES_WAY = 0.0005
"""Seconds after which a thread that computes lets another go on."""
NOT_KEPT = "counts of networks are not kept"
log = get_logger(__name__)
Apologise = Callable[[Request[Any, Any, Any], Exception], Response[bytes]]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What a process serves beside phones: handlers, what runs as long as it, and how they say that it went wrong."""

    handlers: Sequence[ControllerRouterHandler] = ()
    running: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    apologise: Apologise | None = None


def create() -> Litestar:
    """The service for phones on the store that the environment names, in a child of `survey serve --only phones`."""
    settings, engine = open_store()
    if not is_kept_elsewhere(settings.keys):
        warn_of_key(engine, settings)
    service = build(settings, engine, beijing_now, Beside())
    spare_what_stays()
    return service


def spare_what_stays() -> None:
    """Look through nothing again that was made to start: a full collection of it held every phone up for .15 s.

    A thread that computes gives way after a tenth of the usual time: a phone waits for that several times.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(GIVES_WAY)


def open_store() -> tuple[Settings, Engine]:
    """The store that the environment names, at the newest schema, for a child that leaves with its parent."""
    Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    settings = read_settings()
    start_logs(settings)
    remove_old_logs(settings, beijing_now())
    engine = _open_newest(settings)
    if found := [*look_over(engine, settings.folder, beijing_now())]:
        kinds = sorted({problem.name for problem in found})
        log.warning(
            "something is wrong with the store or the machine",
            problems=len(found),
            kinds=kinds,
            folder=str(settings.folder),
        )
    return settings, engine


def _open_newest(settings: Settings) -> Engine:
    """The store at the newest schema; one that cannot be had ends this child with a sentence on stderr."""
    try:
        engine = connect(settings.database_url)
        bring_up_to_date(engine, settings.keys, beijing_now())
    except SurveyError as error:
        raise SystemExit("\n".join(error.problems)) from None
    except DBAPIError as error:
        if sentence := say_fault(error, settings.database_url):
            raise SystemExit(sentence) from None
        raise
    return engine


def build(settings: Settings, engine: Engine, clock: Clock, beside: Beside) -> Litestar:
    """The service on this store; `clock` tells Beijing time."""
    writer = Writer(engine)
    store = reading(engine)
    lookup = CodeLookup(store)
    voices = Voices(store)
    counts = DayCounts(clock())
    dependencies = respondent.RespondentDependencies(
        store, engine, lookup, writer, clock, Limits(), counts, voices, settings.secure
    )

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        chores = (
            _repeat(HOUR, lambda: remove_old_logs(settings, clock()), "old logs are still there"),
            _repeat(MINUTE, lambda: counts.store(engine, clock()), NOT_KEPT),
        )
        tasks = [asyncio.create_task(chore) for chore in chores]
        async with beside.running():
            yield
        for task in tasks:
            task.cancel()
        await asyncio.to_thread(writer.stop)
        await asyncio.to_thread(_keep_counts, counts, engine, clock)
        lookup.close()
        await asyncio.get_running_loop().shutdown_default_executor()  # a thread may still hold a connection
        engine.dispose()

    return Service(
        route_handlers=[
            *respondent.HANDLERS,
            *spoken.HANDLERS,
            respondent.answer_phones(dependencies),
            *beside.handlers,
            operations(store, writer, clock, settings, alone=not beside.handlers),
        ],
        dependencies={
            "dependencies": Provide(lambda: dependencies, sync_to_thread=False),
            "voices": Provide(lambda: voices, sync_to_thread=False),
        },
        exception_handlers={Exception: beside.apologise or apologise_to_phone},
        middleware=[guard_hosts(settings.hosts)] if settings.hosts else [],
        before_send=[complete_headers(settings.secure)],
        lifespan=[life],
        state=State({STATE: settings.proxies}),
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def apologise_to_phone(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What a phone reads when something went wrong."""
    status = status_of(error)
    if status >= 500:
        log_failure("request failed", error)
    page = apologise(read_visit(request.scope), status).respond()
    page.headers.update(getattr(error, "headers", None) or {})
    return page


def warn_of_key(engine: Engine, settings: Settings) -> None:
    """Say it in the log where the open round's key is not where it should be."""
    with Session(reading(engine)) as session:
        fault = look_for_key(session, settings.keys).fault
    if fault:
        log.warning("the open round's key is not here", problem=fault)


def _leave_with(parent: int) -> None:
    """Stop when the parent is gone without a word: a second service on the same port would be the next."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _keep_counts(counts: DayCounts, engine: Engine, clock: Clock) -> None:
    """What a process that stops has counted; a store that is away keeps it from nothing else."""
    try:
        now = clock()
        counts.end(now)
        counts.store(engine, now)
    except Exception as error:
        log_failure(NOT_KEPT, error)


async def _repeat(seconds: float, work: Callable[[], object], failed: str) -> None:
    """Do something again and again, in a thread; a failure ends no later try."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(work)
        except Exception as error:
            log_failure(failed, error)
