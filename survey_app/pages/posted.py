"""What a browser sent: the fields of a form, and the number that its cookie carries."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs

from litestar.datastructures import Cookie
from litestar.exceptions import ClientException

NUMBER = re.compile(r"[0-9a-f]{32}")
COOKIE = "number"
FORM = "application/x-www-form-urlencoded"
DAYS_15 = 15 * 86_400
MOST_FIELDS = 200


def read_fields(content_type: str, body: bytes) -> Mapping[str, list[str]]:
    """The fields of a posted form; raises ClientException for what no browser makes of one of our pages."""
    if content_type != FORM:
        raise ClientException("not a form", status_code=415)
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise ClientException("not a form in UTF-8") from error


def read_number(cookies: Mapping[str, str]) -> str | None:
    """The number that we gave this browser for this code, if it has one."""
    number = cookies.get(COOKIE, "")
    return number if NUMBER.fullmatch(number) else None


def number_cookie(code: str, number: str, secure: bool) -> Cookie:
    """The cookie that carries a browser's number for one code, and goes nowhere else."""
    return Cookie(
        key=COOKIE,
        value=number,
        path=f"/q/{code}",
        max_age=DAYS_15,
        httponly=True,
        secure=secure,
        samesite="lax",
    )
