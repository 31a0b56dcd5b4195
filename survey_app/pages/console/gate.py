"""The gate: who comes in is checked in one place, before any handler of the console or of the API."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException

from survey_app.accounts import find_person
from survey_app.pages.console.console_access import NOBODY, OPEN, Route, check_route
from survey_app.pages.console.console_request import Desk, Office
from survey_app.pages.posted import read_visit

NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no keyboard sends and no database keeps."""


def read_route(request: Request[Any, Any, Any]) -> Route:
    """The way a request wants to go, as the table of rights names it."""
    return str(request.method), str(request.scope["path_template"])


def as_request(connection: ASGIConnection[Any, Any, Any, Any]) -> Request[Any, Any, Any]:
    """What a guard is given, as the handler will see it."""
    return connection if isinstance(connection, Request) else Request(connection.scope)


async def enter(office: Office, request: Request[Any, Any, Any], token: str, *, used: bool = True) -> None:
    """Note who comes with this token; raises for whom the way is not open. `used`: see `find_person`."""
    route, person = read_route(request), NOBODY
    if route not in OPEN:
        found = await asyncio.to_thread(find_person, office.engine, office.store, token, office.clock(), used=used)
        check_route(found, route)
        person = found or NOBODY
    request.state.person, request.state.token = person, token


def check_texts(texts: Iterable[object]) -> None:
    """Raise for a text that no page of ours can have sent."""
    if any(isinstance(text, str) and NO_TEXT.search(text) for text in texts):
        raise ClientException("not a text")


def seat(office: Office, request: Request[Any, Any, Any], form: FormMultiDict) -> Desk:
    """The desk of somebody who came in."""
    check_texts([*form.values(), *request.query_params.values()])
    return Desk(
        office=office,
        person=request.state.person,
        token=request.state.token,
        form=form,
        query=dict(request.query_params.items()),
        accepts=request.headers.get("accept-encoding", ""),
        address=read_visit(request).address,
        now=office.clock(),
    )
