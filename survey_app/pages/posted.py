"""What a browser sent: where it wants to go, the number of its cookie, the fields of a form."""

import re
from collections.abc import Mapping
from secrets import token_bytes
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from litestar import Request
from litestar.datastructures import Cookie
from litestar.exceptions import ClientException

from survey_app.answering import clean_code, mark_of, new_number
from survey_app.pages.callers import find_limit_key
from survey_app.pages.wording import OWN, list_languages

NUMBER = re.compile(r"[0-9a-f]{32}")
COOKIE = "number"
MARK = "mark"
FORM = "application/x-www-form-urlencoded"
DAYS_15 = 15 * 86_400
MOST_FIELDS = 200
MOST_TYPED = 80


class Visit(NamedTuple):
    """One request for a code's page, `typed` as it came and `code` as it was meant.

    `address` is what limits count by, empty for the server's own calls.
    """

    code: str
    typed: str
    number: str | None
    mark: str
    group: str
    language: str
    refuses: bool
    address: str
    accepts: str

    @property
    def query(self) -> str:
        """What an address of ours must carry to stay in the visitor's language."""
        return "" if self.language == OWN else f"?lang={self.language}"


def read_visit(request: Request[Any, Any, Any], code: str = "") -> Visit:
    """What a request says about who comes, and how they want to be answered."""
    number = request.cookies.get(COOKIE, "")
    language = request.query_params.get("lang", "")
    return Visit(
        code=clean_code(code),
        typed=code,
        number=number if NUMBER.fullmatch(number) else None,
        mark=request.cookies.get(MARK, ""),
        group=request.query_params.get("group", ""),
        language=language if language in list_languages() else OWN,
        refuses="refuse" in request.query_params,
        address=find_limit_key(request),
        accepts=request.headers.get("accept-encoding", ""),
    )


def take_number(visit: Visit, fields: Mapping[str, list[str]]) -> Visit:
    """The visit under the number of the page that was sent, which wins over the cookie's; else under a new one."""
    posted = [number for number in fields.get(COOKIE, ()) if NUMBER.fullmatch(number)]
    return visit._replace(number=posted[0] if posted else visit.number or new_number(token_bytes))


def read_fields(content_type: str, body: bytes) -> Mapping[str, list[str]]:
    """The fields of a posted form; raises ClientException for what no browser makes of one of our pages."""
    if content_type != FORM:
        raise ClientException("not a form", status_code=415)
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise ClientException("not a form in UTF-8") from error


class _Cookie(Cookie):
    """A cookie written straight out: going through the standard library's takes a tenth of a whole request."""

    def to_encoded_header(self) -> tuple[bytes, bytes]:
        flags = ("; HttpOnly" if self.httponly else "") + ("; Secure" if self.secure else "")
        text = f"{self.key}={self.value}; Max-Age={self.max_age}; Path={self.path}; SameSite={self.samesite}{flags}"
        return b"set-cookie", text.encode("ascii")


def number_cookies(code: str, number: str, secure: bool) -> list[Cookie]:
    """The cookie with a browser's number for one code, last, after its mark, by which the page's script knows it."""
    return [
        _Cookie(key, f"/q/{code}", value, max_age=DAYS_15, httponly=hidden, secure=secure, samesite="lax")
        for key, value, hidden in ((MARK, mark_of(number), False), (COOKIE, number, True))
    ]
