"""What a phone sees that opens a trial slip, and when it passes for a phone outside: the page itself never counts.

Looking writes nothing. Whoever sees the paper presses a button; that press is kept, to the minute, if it came from the
internet, under the address that the slip carries, out of WeChat on a phone that is not on Wi-Fi. All of that is read
off the request and forgotten: a browser can claim to be another, so it tells of an opening, not of a telephone.
"""

import asyncio
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine

from survey_app.answering import CodeAccess, find_trial_slip, note_opened
from survey_app.pages import wording
from survey_app.pages.callers import Heads, find_caller, read_heads
from survey_app.pages.hosts import read_host
from survey_app.pages.page_drawing import compress, draw_shown, sheet_behind
from survey_app.pages.posted import Visit
from survey_app.pages.replies import Page, reply

PRESSED = "trial"
"""The field that the button sends; answers that somebody sends to a trial slip lack it, and are let go."""
WECHAT = re.compile(rb"MicroMessenger/")
DESK = re.compile(rb"Windows|Macintosh|MacWechat|X11")
WIFI = re.compile(rb"NetType/WIFI")


def show_trial(store: Engine, visit: Visit, access: CodeAccess, doubt: str = "") -> Page:
    """The paper behind a trial slip, under a bar with the button, or with when it was pressed."""
    with store.connect() as connection:
        slip = find_trial_slip(connection, visit.code)
    template = wording.load_environment(wording.OWN).get_template("trial_bar.html")
    bar = template.render(opened_at=slip.opened_at, doubt=_load_doubts().get(doubt, ""), pressed=PRESSED)
    page = draw_shown(sheet_behind(access, wording.OWN), bar.encode())
    return reply(visit, compress(page), 403 if doubt else 200)


async def press_trial(
    engine: Engine, visit: Visit, access: CodeAccess, scope: Mapping[str, Any], now: datetime
) -> Page:
    """Keep that a phone opened the slip, unless the request leaves a doubt, which is told."""

    def keep() -> Page:
        with engine.connect() as connection:
            slip = find_trial_slip(connection, visit.code)
        doubt = "" if slip.opened_at else find_doubt(scope, read_heads(scope), slip.address)
        if not doubt:
            note_opened(engine, visit.code, now)
        return show_trial(engine, visit, access, doubt)

    return await asyncio.to_thread(keep)


def find_doubt(scope: Mapping[str, Any], heads: Heads, address: str) -> str:
    """Why a request may be no phone on mobile data that came by an address: a name in `trial_doubts.toml`, or ""."""
    agent = heads.get(b"user-agent", b"")
    caller = find_caller(scope, heads)
    if not WECHAT.search(agent) or DESK.search(agent):
        return "not_wechat"
    if WIFI.search(agent):
        return "wifi"
    if read_host(heads.get(b"host", b"").decode("latin-1")) != read_host(urlsplit(address).netloc):
        return "other_address"
    return "" if caller is not None and caller.is_global else "from_inside"


@cache
def _load_doubts() -> dict[str, str]:
    """What a phone is told whose opening is not kept, from `templates/trial_doubts.toml`."""
    return tomllib.loads((wording.TEMPLATES / "trial_doubts.toml").read_text(encoding="utf-8"))
