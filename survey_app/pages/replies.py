"""Answers to a browser: a page with its headers, or the way to one."""

from collections.abc import Sequence

from litestar import Response
from litestar.datastructures import Cookie

from survey_app.answering import Door
from survey_app.pages.drawing import HEADERS, draw

STATUS = {"received": 200, "used": 409, "unknown": 404, "not_yet": 403, "paused": 503, "void": 410, "closed": 410}
Page = Response[bytes]


def reply(body: bytes, status: int = 200, cookies: Sequence[Cookie] = ()) -> Page:
    """A page."""
    return Response(body, status_code=status, media_type="text/html", headers=HEADERS, cookies=list(cookies))


def see_other(code: str, cookies: Sequence[Cookie] = ()) -> Page:
    """The way to a code's page."""
    return Response(b"", status_code=303, headers={**HEADERS, "Location": f"/q/{code}"}, cookies=list(cookies))


def turn_away(door: Door, code: str, *, posted: bool = False) -> Page:
    """The plain page of a door that does not open."""
    body = draw(
        door.state,
        code=code,
        posted=posted,
        kind=door.kind,
        group=door.group,
        opens=door.opens,
        closes=door.closes,
        invented=door.invented,
    )
    return reply(body, STATUS[door.state])


def apologise(status: int) -> Page:
    """The page for everything that went wrong on the way."""
    return reply(draw("failed", status=status), status)
