"""Answers to a browser: a page with its headers, or the way to one."""

from collections.abc import Sequence

from litestar import Response
from litestar.datastructures import Cookie

from survey_app.answering import Door
from survey_app.pages.page_drawing import HEADERS, Body, draw_told
from survey_app.pages.posted import Visit

STATUS = {"received": 200, "used": 409, "unknown": 404, "not_yet": 403, "paused": 503, "void": 410, "closed": 410}
Page = Response[bytes]


def reply(visit: Visit, body: Body, status: int = 200, cookies: Sequence[Cookie] = ()) -> Page:
    """A page, compressed as the browser likes it."""
    encoding = next((one for one in ("br", "gzip") if one in visit.accepts), "")
    headers = HEADERS | {"Content-Encoding": encoding} if encoding else HEADERS
    content = getattr(body, encoding or "plain")
    return Response(content, status_code=status, media_type="text/html", headers=headers, cookies=list(cookies))


def see_other(visit: Visit, code: str, cookies: Sequence[Cookie] = ()) -> Page:
    """The way to a code's page."""
    headers = {**HEADERS, "Location": f"/q/{code}{visit.query}"}
    return Response(b"", status_code=303, headers=headers, cookies=list(cookies))


def turn_away(visit: Visit, door: Door, *, posted: bool = False) -> Page:
    """The plain page of a door that does not open."""
    body = draw_told(
        door.state,
        visit.language,
        code=visit.code if door.state == "received" and door.kind != "slip" else "",
        posted=posted,
        kind=door.kind,
        group=door.group,
        opens=door.opens,
        closes=door.closes,
        invented=door.invented,
    )
    return reply(visit, body, STATUS[door.state])


def apologise(visit: Visit, status: int) -> Page:
    """The page for everything that went wrong on the way."""
    return reply(visit, draw_told("failed", visit.language, status=status), status)
