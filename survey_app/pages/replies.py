"""Answers to a browser: a page with its headers, or the way to one."""

from collections.abc import Sequence
from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from questionnaires.vocabulary import CodeKind
from survey_app.answering import CodeAccess, group_code, read_code
from survey_app.pages.page_drawing import HEADERS, Drawn, compress, draw, draw_receipt, draw_told
from survey_app.pages.posted import MOST_TYPED, Visit

STATUS = {"received": 200, "used": 409, "unknown": 404, "not_yet": 403, "paused": 503, "void": 410, "closed": 410}
Page = Response[bytes]


def reply(visit: Visit, body: Drawn, status: int = 200, cookies: Sequence[Cookie] = ()) -> Page:
    """A page, compressed as the browser likes it."""
    encoding = next((encoding for encoding in ("br", "gzip") if encoding in visit.accepts), "")
    headers = HEADERS | {"Content-Encoding": encoding} if encoding else HEADERS
    content = getattr(body, encoding or "plain")
    return Response(content, status_code=status, media_type="text/html", headers=headers, cookies=list(cookies))


def see_other(visit: Visit, code: str, cookies: Sequence[Cookie] = ()) -> Page:
    """The way to a code's page."""
    headers = {**HEADERS, "Location": f"/q/{code}{visit.query}"}
    return Response(b"", status_code=303, headers=headers, cookies=list(cookies))


def turn_away(visit: Visit, access: CodeAccess, *, posted: bool = False) -> Page:
    """The receipt of whoever was counted, or the plain page of a code that does not open."""
    about: dict[str, Any] = {"kind": access.kind, "group": access.group, "invented": access.invented}
    if access.state == "received":
        return reply(visit, _draw_receipt(visit, access, about))
    if access.state == "unknown":
        typed = visit.typed[:MOST_TYPED] if not visit.code else group_code(visit.code)
        page = draw("unknown", visit.language, typed=typed, read=read_code(visit.typed), **about)
        return reply(visit, compress(page), STATUS["unknown"])
    body = draw_told(access.state, visit.language, posted=posted, opens=access.opens, closes=access.closes, **about)
    return reply(visit, body, STATUS[access.state])


def _draw_receipt(visit: Visit, access: CodeAccess, about: dict[str, Any]) -> Drawn:
    code = visit.code if access.kind != CodeKind.SLIP else ""
    return draw_receipt(access.receipt, visit.language, code=code, sealed=bool(access.round_key), **about)


def apologise(visit: Visit, status: int) -> Page:
    """The page for everything that went wrong on the way."""
    return reply(visit, draw_told("failed", visit.language, status=status), status)
