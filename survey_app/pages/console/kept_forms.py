"""A form that came from somebody whose time had ended: it waits in the page on which they sign in, nowhere else.

Only a form that carries the mark of the ended visit is kept, which no other site can send; the page that follows the
sign-in asks once more before anything is done with it.
"""

from contextlib import suppress
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException

from survey_app.core.errors import SurveyError
from survey_app.pages.console.admission import check_form
from survey_app.pages.console.console_forms import SECRETS
from survey_app.pages.posted import FORM, LARGEST_BODY

NEVER = "/console/keys"
SHEET = "words_"
"""Key sheets are worth more than the typing: they are never written into another page."""


class KeptForm(msgspec.Struct, frozen=True, kw_only=True):
    """Where a form was sent to, and its fields in their order; no password is among them."""

    path: str
    fields: list[tuple[str, str]]


async def keep_form(request: Request[Any, Any, Any], token: str) -> None:
    """Note the form of a stranger whose browser still has the token that the form was drawn for."""
    length = request.headers.get("content-length", "")
    wanted = request.headers.get("content-type", "").startswith(FORM) and not request.url.path.startswith(NEVER)
    if request.method != "POST" or not token or not wanted or not length.isdecimal() or int(length) > 2 * LARGEST_BODY:
        return
    with suppress(SurveyError, HTTPException):
        form = await request.form()
        check_form(token, form)
        fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        if any(name.startswith(SHEET) for name, _ in fields):
            return
        kept = KeptForm(path=request.url.path, fields=[field for field in fields if field[0] not in SECRETS])
        request.state.kept = msgspec.json.encode(kept).decode()


def read_kept(text: str) -> KeptForm | None:
    """What a sign-in page carried; None for anything else."""
    try:
        kept = msgspec.json.decode(text, type=KeptForm)
    except msgspec.DecodeError:
        return None
    inside = kept.path.startswith("/console/") and not kept.path.startswith(("/console/login", NEVER))
    return kept if inside and kept.path.isprintable() else None
