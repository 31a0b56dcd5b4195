"""The whole service: phones, the officials' console and the API in one process."""

from typing import Any

from litestar import Litestar, Request, Response
from sqlalchemy import Engine

from survey_app import phones
from survey_app.core.settings import Settings, beijing_now
from survey_app.pages import api
from survey_app.pages.console import console_router, make_deps, run_console
from survey_app.pages.respondent import Clock


def create() -> Litestar:
    """The service on the store that the environment names, in a child of `survey serve`."""
    settings, engine = phones.open_store()
    phones.warn_of_key(engine, settings)
    service = build(settings, engine)
    phones.spare_what_stays()
    return service


def build(settings: Settings, engine: Engine, clock: Clock = beijing_now) -> Litestar:
    """The service on this store; `clock` tells Beijing time."""
    deps = make_deps(settings, engine, clock)
    beside = phones.Beside(
        handlers=[console_router(deps), api.api(deps)],
        running=lambda: run_console(deps),
        apologise=_apologise,
    )
    return phones.build(settings, engine, clock, beside)


def _apologise(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    if api.is_api(request):
        return api.apologise(request, error)
    return phones.apologise_to_phone(request, error)
