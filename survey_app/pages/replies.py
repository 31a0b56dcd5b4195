"""Answers to a browser: a page with its headers, or the way to one."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from litestar import Response
from litestar.types import Send

from questionnaires.vocabulary import CodeKind
from survey_app.answering import CodeAccess, group_code, read_code
from survey_app.pages.page_drawing import HEADERS, Drawn, compress, draw, draw_receipt, draw_told
from survey_app.pages.posted import MOST_TYPED, Head, Visit

STATUS = {"received": 200, "used": 409, "unknown": 404, "not_yet": 403, "paused": 503, "void": 410, "closed": 410}
_TYPE = (b"content-type", b"text/html; charset=utf-8")


class Page(NamedTuple):
    """An answer as it goes over the wire, but for the heads that every answer gets."""

    status: int
    heads: tuple[Head, ...]
    body: bytes

    def with_heads(self, heads: Sequence[Head]) -> "Page":
        """The same page with more heads."""
        return self._replace(heads=(*self.heads, *heads))

    def respond(self) -> Response[bytes]:
        """The same for a handler of Litestar's."""
        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.heads}
        return Response(self.body, status_code=self.status, headers=told, media_type=told["content-type"])

    async def send(self, send: Send) -> None:
        """The same sent by ourselves."""
        heads = [*self.heads, (b"content-length", str(len(self.body)).encode("ascii"))]
        await send({"type": "http.response.start", "status": self.status, "headers": heads})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def reply(visit: Visit, body: Drawn, status: int = 200, cookies: Sequence[Head] = ()) -> Page:
    """A page, compressed as the browser likes it."""
    encoding = next((encoding for encoding in ("br", "gzip") if encoding in visit.accepts), "")
    return Page(status=status, heads=(*_ready(encoding), *cookies), body=getattr(body, encoding or "plain"))


def see_other(visit: Visit, code: str, cookies: Sequence[Head] = ()) -> Page:
    """The way to a code's page."""
    way = (b"location", f"/q/{code}{visit.query}".encode("ascii"))
    return Page(status=303, heads=(*_ready(""), way, *cookies), body=b"")


@cache
def _ready(encoding: str) -> tuple[Head, ...]:
    """The heads of a page in one encoding, coded once."""
    told = {**HEADERS, "Content-Encoding": encoding} if encoding else HEADERS
    return (_TYPE, *((name.lower().encode(), value.encode()) for name, value in told.items()))


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
