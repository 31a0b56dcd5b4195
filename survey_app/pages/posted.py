"""What a browser sent: where it wants to go, the number of its cookie, the fields of a form."""

import re
from collections.abc import Mapping
from secrets import token_bytes
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl

from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import Receive

from survey_app.answering import clean_code, mark_of, new_number
from survey_app.pages.callers import find_limit_key, read_heads
from survey_app.pages.wording import OWN, list_languages

NUMBER = re.compile(r"[0-9a-f]{32}")
COOKIE = "number"
MARK = "mark"
FORM = "application/x-www-form-urlencoded"
DAYS_15 = 15 * 86_400
MOST_FIELDS = 200
LARGEST_BODY = 64 * 1024
MOST_TYPED = 80
Head = tuple[bytes, bytes]
_COOKIES = re.compile(rf"(?:^|;) *({COOKIE}|{MARK})=([^; ]*)")


class Visit(NamedTuple):
    """One request for a code's page, `typed` as it came and `code` as it was meant.

    `address` is what limits count by, empty for the server's own calls; `sends` the type of what it brings.
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
    sends: str

    @property
    def query(self) -> str:
        """What an address of ours must carry to stay in the visitor's language."""
        return "" if self.language == OWN else f"?lang={self.language}"


def read_visit(scope: Mapping[str, Any], code: str = "") -> Visit:
    """What an ASGI request says about who comes, and how they want to be answered."""
    heads = read_heads(scope)
    cookies = dict(_COOKIES.findall(heads.get(b"cookie", b"").decode("latin-1")))
    number = cookies.get(COOKIE, "")
    asked = _read_query(scope["query_string"])
    language = asked.get("lang", "")
    return Visit(
        code=clean_code(code),
        typed=code,
        number=number if NUMBER.fullmatch(number) else None,
        mark=cookies.get(MARK, ""),
        group=asked.get("group", ""),
        language=language if language in list_languages() else OWN,
        refuses="refuse" in asked,
        address=find_limit_key(scope, heads),
        accepts=heads.get(b"accept-encoding", b"").decode("latin-1"),
        sends=heads.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower(),
    )


def _read_query(query: bytes) -> Mapping[str, str]:
    """The words after an address's question mark, of several of a name the first."""
    if not query:
        return {}
    return dict(reversed(parse_qsl(query.decode("latin-1"), keep_blank_values=True)))


def take_number(visit: Visit, fields: Mapping[str, list[str]]) -> Visit:
    """The visit under the number of the page that was sent, which wins over the cookie's; else under a new one."""
    posted = [number for number in fields.get(COOKIE, ()) if NUMBER.fullmatch(number)]
    return visit._replace(number=posted[0] if posted else visit.number or new_number(token_bytes))


async def read_body(receive: Receive) -> bytes:
    """All that a request brings; raises RequestEntityTooLarge as soon as it is more than LARGEST_BODY."""
    parts: list[bytes] = []
    room = LARGEST_BODY
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientException("the caller is gone")
        parts.append(message.get("body", b""))
        room -= len(parts[-1])
        if room < 0:
            raise RequestEntityTooLarge
        if not message.get("more_body", False):
            return b"".join(parts)


def read_fields(content_type: str, body: bytes) -> Mapping[str, list[str]]:
    """The fields of a posted form; raises ClientException for what no browser makes of one of our pages."""
    if content_type != FORM:
        raise ClientException("not a form", status_code=415)
    try:
        text = body.decode("ascii")
        return _read_plain(text) or parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise ClientException("not a form in UTF-8") from error


def _read_plain(text: str) -> Mapping[str, list[str]] | None:
    """A form's fields where nothing in it is coded, as in all without a remark; `parse_qs` takes four times as long."""
    if "%" in text or "+" in text or text.count("&") >= MOST_FIELDS:
        return None
    fields: dict[str, list[str]] = {}
    for pair in filter(None, text.split("&")):
        name, _, value = pair.partition("=")
        fields.setdefault(name, []).append(value)
    return fields


def number_cookies(code: str, number: str, secure: bool) -> list[Head]:
    """The cookie with a browser's number for one code, last, after its mark, by which the page's script knows it."""
    rest = f"; Max-Age={DAYS_15}; Path=/q/{code}; SameSite=lax"
    tls = "; Secure" if secure else ""
    mark = f"{MARK}={mark_of(number)}{rest}{tls}"
    hidden = f"{COOKIE}={number}{rest}; HttpOnly{tls}"
    return [(b"set-cookie", mark.encode("ascii")), (b"set-cookie", hidden.encode("ascii"))]
