"""What a respondent meets: the paper, its receipt, and a plain page for everything else."""

import secrets
from asyncio import wrap_future
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy import Engine

from questionnaires.answers import Checked, check_answers, encode_answers
from questionnaires.paper import load_paper
from survey_app.answering import Door, Submission, Writer, clean_code, find_door, new_number
from survey_app.errors import StorageError
from survey_app.pages.drawing import draw, draw_again, draw_paper, sheet_behind
from survey_app.pages.posted import number_cookie, read_fields, read_number
from survey_app.pages.replies import STATUS, Page, reply, see_other, turn_away

PAUSED = "调查暂时停一停，刚才没有保存。请过一会儿再提交一次，不会重复计数。"
Clock = Callable[[], datetime]


@get("/", sync_to_thread=False)
def home(code: FromQuery[str] = "") -> Page:
    """One field for a code."""
    if clean_code(code):
        return see_other(clean_code(code))
    return reply(draw("home", typed=code), 400 if code else 200)


@get("/q/{code:str}", sync_to_thread=False)
def show(
    request: Request[Any, Any, Any],
    code: FromPath[str],
    store: NamedDependency[Engine],
    clock: NamedDependency[Clock],
    secure: NamedDependency[bool],
) -> Page:
    """The paper, or what stands in its way; writes nothing."""
    if clean_code(code) not in ("", code):
        return see_other(clean_code(code))
    number = read_number(request.cookies)
    door = _look_up(store, code, number, clock())
    if door.state != "open":
        return turn_away(door, code)
    given = [] if number else [number_cookie(code, new_number(secrets.token_bytes), secure)]
    return reply(draw_paper(sheet_behind(door)), cookies=given)


@post("/q/{code:str}")
async def submit(
    request: Request[Any, Any, Any],
    code: FromPath[str],
    store: NamedDependency[Engine],
    writer: NamedDependency[Writer],
    clock: NamedDependency[Clock],
    secure: NamedDependency[bool],
) -> Page:
    """Check and store the answers; the way to the receipt is shown once they are committed."""
    code = clean_code(code)
    number = read_number(request.cookies) or new_number(secrets.token_bytes)
    door = _look_up(store, code, number, clock())
    if door.state not in ("open", "paused"):
        return _tell(door, code)
    fields = read_fields(request.content_type[0], await request.body())
    checked = check_answers(load_paper(door.paper), fields)
    page = await _store(writer, door, code, number, checked, clock())
    page.cookies.append(number_cookie(code, number, secure))
    return page


@post("/q/{code:str}/next", sync_to_thread=False)
def go_on(code: FromPath[str], secure: NamedDependency[bool]) -> Page:
    """The next person on the same phone or computer gets a number of their own."""
    code = clean_code(code) or "unknown"
    return see_other(code, [number_cookie(code, new_number(secrets.token_bytes), secure)])


async def _store(writer: Writer, door: Door, code: str, number: str, checked: Checked, now: datetime) -> Page:
    """Wait for the commit; whoever has to send again finds all answers still there."""
    sheet = sheet_behind(door)
    if checked.problems:
        return reply(draw_again(sheet, checked), 422)
    submission = Submission(door, number, encode_answers(checked.answers), now, checked.remark)
    try:
        outcome = await wrap_future(writer.submit(submission))
    except StorageError as error:
        return reply(draw_again(sheet, checked, *error.problems), error.status)
    if outcome == "paused":
        return reply(draw_again(sheet, checked, PAUSED), STATUS["paused"])
    return _tell(replace(door, state="received" if outcome == "stored" else outcome), code)


def _look_up(store: Engine, code: str, number: str | None, now: datetime) -> Door:
    with store.connect() as connection:
        return find_door(connection, code, number, now)


def _tell(door: Door, code: str) -> Page:
    """After a post: the way to the receipt for those whose answers count, a plain page for the others."""
    return see_other(code) if door.state == "received" else turn_away(door, code, posted=True)
