"""The service: routes, the store they use, the writer that lives as long as it, and the hourly shuffle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from traceback import extract_tb
from typing import Any

import structlog
from litestar import Litestar, Request
from litestar.di import Provide
from litestar.exceptions import HTTPException
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from survey_app.answering import Writer
from survey_app.db import connect, reading, upgrade
from survey_app.errors import StorageError, SurveyError
from survey_app.pages import respondent
from survey_app.pages.replies import Page, apologise
from survey_app.pages.respondent import Clock
from survey_app.settings import Settings, beijing_now, read_settings
from survey_app.shuffle import shuffle_if_due

LARGEST_BODY = 64 * 1024
MINUTE = 60
log = structlog.get_logger()


def create() -> Litestar:
    """The service on the store that the environment names."""
    settings = read_settings()
    engine = connect(settings.database_url)
    upgrade(engine)
    return build(settings, engine)


def build(settings: Settings, engine: Engine, clock: Clock = beijing_now) -> Litestar:
    """The service on this store; `clock` tells Beijing time."""
    writer = Writer(engine)
    store = reading(engine)

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        shuffler = asyncio.create_task(_shuffle_hourly(engine, clock))
        yield
        shuffler.cancel()
        await asyncio.to_thread(writer.stop)
        engine.dispose()

    return Litestar(
        route_handlers=[respondent.home, respondent.show, respondent.submit, respondent.go_on],
        dependencies={
            "store": Provide(lambda: store, sync_to_thread=False),
            "writer": Provide(lambda: writer, sync_to_thread=False),
            "clock": Provide(lambda: clock, sync_to_thread=False),
            "secure": Provide(lambda: settings.secure, sync_to_thread=False),
        },
        exception_handlers={Exception: _apologise},
        lifespan=[life],
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


async def _shuffle_hourly(engine: Engine, clock: Clock) -> None:
    """Every minute, see whether an hour passed in which at least ten forms came; a failure ends no later try."""
    while True:
        await asyncio.sleep(MINUTE)
        try:
            await asyncio.to_thread(shuffle_if_due, engine, clock())
        except Exception as error:
            _log("shuffle failed", error)


def _apologise(_: Request[Any, Any, Any], error: Exception) -> Page:
    status = _status(error)
    if status >= 500:
        _log("request failed", error)
    page = apologise(status)
    page.headers.update(getattr(error, "headers", None) or {})
    return page


def _status(error: Exception) -> int:
    match error:
        case HTTPException():
            return error.status_code
        case SurveyError():
            return error.status
        case DBAPIError():
            return StorageError.status
    return 500


def _log(event: str, error: Exception) -> None:
    """What failed and where; never a value, which could be a code or an answer."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    log.error(event, error=type(error).__name__, places=places[-5:])
