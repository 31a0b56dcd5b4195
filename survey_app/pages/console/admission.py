"""Admission: who comes in is checked in one place, before any handler of the console or of the API."""

import asyncio
import re
from collections.abc import Iterable
from hmac import compare_digest
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException

from survey_app.accounts.signing_in import csrf_of, find_person
from survey_app.pages.console.console_access import NOBODY, OPEN, ForbiddenError, Route, check_route
from survey_app.pages.console.console_request import ConsoleDeps, ConsoleRequest, read_device
from survey_app.pages.posted import read_visit

NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no keyboard sends and no database keeps."""


def read_route(request: Request[Any, Any, Any]) -> Route:
    """The way a request wants to go, as the table of rights names it."""
    return str(request.method), str(request.scope["path_template"])


def as_request(connection: ASGIConnection[Any, Any, Any, Any]) -> Request[Any, Any, Any]:
    """What a guard is given, as the handler will see it."""
    return connection if isinstance(connection, Request) else Request(connection.scope)


async def admit_person(deps: ConsoleDeps, request: Request[Any, Any, Any], token: str, *, used: bool = True) -> None:
    """Note who comes with this token; raises for whom the way is not open. `used`: see `find_person`."""
    route = read_route(request)
    person = NOBODY
    if route not in OPEN:
        found = await asyncio.to_thread(find_person, deps.engine, deps.store, token, deps.clock(), used=used)
        check_route(found, route)
        person = found or NOBODY
    request.state.person = person
    request.state.token = token


def check_form(token: str, form: FormMultiDict) -> None:
    """Raise for a form that none of this person's pages sent, or that holds what is no text."""
    check_texts(form.values())
    sent = form.get("csrf", "")
    if not token or not isinstance(sent, str) or not compare_digest(sent.encode(), csrf_of(token).encode()):
        raise ForbiddenError("这个页面放得太久，或者不是从这里打开的。请回到上一页刷新后再试。")


def check_texts(texts: Iterable[object]) -> None:
    """Raise for a text that no page of ours can have sent."""
    if any(isinstance(text, str) and NO_TEXT.search(text) for text in texts):
        raise ClientException("not a text")


def read_console_request(deps: ConsoleDeps, request: Request[Any, Any, Any]) -> ConsoleRequest:
    """The request of somebody who came in; raises ClientException for a question that is no text."""
    check_texts(request.query_params.values())
    return describe_request(deps, request)


def describe_request(deps: ConsoleDeps, request: Request[Any, Any, Any]) -> ConsoleRequest:
    """The same of whoever came, also where something went wrong on the way in."""
    return ConsoleRequest(
        deps=deps,
        person=getattr(request.state, "person", NOBODY),
        token=getattr(request.state, "token", ""),
        done=request.query_params.get("done", ""),
        accepts=request.headers.get("accept-encoding", ""),
        asked_bytes=request.headers.get("range", ""),
        device=read_device(request),
        address=read_visit(request.scope).address,
        now=deps.clock(),
    )
