"""The JSON API: what the console shows, for programs; the same table of rights guards both."""

from collections import Counter
from typing import Any

from litestar import Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import ValidationException
from litestar.handlers.base import BaseRouteHandler

from survey_app.pages.api import api_description as document
from survey_app.pages.api import viewer
from survey_app.pages.api.api_problems import tell
from survey_app.pages.console.admission import admit_person, as_request, read_console_request
from survey_app.pages.console.console_access import StrangerError
from survey_app.pages.console.console_request import ConsoleDeps, ConsoleRequest, read_token
from survey_app.pages.failures import log_failure, status_of

ROOT = "/api"
LARGEST_BODY = 4096
BEARER = "Bearer "


def api(deps: ConsoleDeps) -> Router:
    """All routes of the API."""

    async def admit(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Nobody gets past here without the right to go this way.

        What changes something asks for the token in a header, which no other site can make a browser send.
        """
        request = as_request(connection)
        token = read_token(request) if request.method == "GET" else ""
        await admit_person(deps, request, _read_bearer(request) or token)

    async def read_request(request: Request[Any, Any, Any]) -> ConsoleRequest:
        check_asked_once(request)
        return read_console_request(deps, request)

    return Router(
        path=ROOT,
        route_handlers=[*document.HANDLERS, document.show_document, *viewer.HANDLERS],
        guards=[admit],
        dependencies={"console": Provide(read_request)},
        request_max_body_size=LARGEST_BODY,
    )


def check_asked_once(request: Request[Any, Any, Any]) -> None:
    """Raise for a parameter that stands twice: which of the two is meant nobody knows."""
    named = Counter(name for name, _ in request.query_params.multi_items())
    if twice := [{"key": name, "message": "Stands more than once"} for name, times in named.items() if times > 1]:
        raise ValidationException(extra=twice)


def is_api(request: Request[Any, Any, Any]) -> bool:
    """Whether a request was meant for the API, even where it has no such route."""
    return request.url.path == ROOT or request.url.path.startswith(f"{ROOT}/")


def apologise(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What went wrong, as JSON; whoever opens the viewer without being signed in is shown the way."""
    if isinstance(error, StrangerError) and request.url.path == ROOT:
        return Response(b"", status_code=303, headers={"Location": f"/console/login?to={ROOT}"})
    if status_of(error) >= 500:
        log_failure("request failed", error)
    return tell(error)


def _read_bearer(request: Request[Any, Any, Any]) -> str:
    sent = request.headers.get("authorization", "")
    return sent.removeprefix(BEARER) if sent.startswith(BEARER) else ""
