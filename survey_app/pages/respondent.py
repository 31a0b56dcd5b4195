"""What a respondent meets: the paper, its receipt, and a plain page for everything else."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from litestar import Request, Response, asgi, get
from litestar.di import NamedDependency
from litestar.exceptions import MethodNotAllowedException, NotFoundException, TooManyRequestsException
from litestar.handlers import ASGIRouteHandler
from litestar.params import FromQuery
from litestar.types import Receive, Scope, Send
from msgspec.structs import replace
from sqlalchemy import Engine

from questionnaires.answers import Checked, check_answers, encode_answers
from questionnaires.paper import load_asked_paper
from questionnaires.vocabulary import CodeKind
from survey_app.answering import (
    REFUSED,
    CodeAccess,
    CodeLookup,
    DayCounts,
    Submission,
    Writer,
    box_number,
    is_counted,
    is_short,
    mark_of,
    new_number,
    read_code,
    read_receipt,
)
from survey_app.answering.answer_course import UNTOLD, read_course
from survey_app.core.audit import was_restored
from survey_app.core.errors import StorageError
from survey_app.pages.callers import name_network
from survey_app.pages.page_drawing import (
    Drawn,
    compress,
    draw,
    draw_again,
    draw_paper,
    draw_told,
    sheet_behind,
    write_lines,
)
from survey_app.pages.posted import MOST_TYPED, Visit, number_cookies, read_body, read_fields, read_visit, take_number
from survey_app.pages.rate_limits import Limits
from survey_app.pages.replies import STATUS, Page, reply, see_other, turn_away
from survey_app.pages.spoken import Voices
from survey_app.pages.trial_page import PRESSED, press_trial, show_trial
from survey_app.pages.wording import OWN, PAUSED

MOUNT = "/q"
ALLOWED = {"": ("GET", "POST", "OPTIONS"), "next": ("POST", "OPTIONS")}
"""What may be asked of a code's address and of each step after it."""
Clock = Callable[[], datetime]


class RespondentDependencies(NamedTuple):
    """What a respondent's requests share; one dependency, since Litestar starts a task for each of several."""

    store: Engine
    engine: Engine
    lookup: CodeLookup
    writer: Writer
    clock: Clock
    limits: Limits
    counts: DayCounts
    voices: Voices
    secure: bool


@get("/", sync_to_thread=False)
def home(request: Request[Any, Any, Any], code: FromQuery[str] = "") -> Response[bytes]:
    """One field for a code."""
    visit = read_visit(request.scope)
    read = read_code(code)
    if read.code:
        return see_other(visit, read.code).respond()
    page = draw("home", visit.language, typed=code[:MOST_TYPED], read=read)
    return reply(visit, compress(page), 400 if code else 200).respond()


def answer_phones(dependencies: RespondentDependencies) -> ASGIRouteHandler:
    """All that stands under a code's address, as one mount: Litestar's own requests and answers cost more."""

    @asgi(MOUNT, is_mount=True, copy_scope=False)
    async def phones(scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["path"]
        scope["path"] = MOUNT + inside.rstrip("/")  # the mount took its part off; what goes wrong is told by the whole
        page = await _answer(dependencies, scope, inside, receive)
        await page.send(send)

    return phones


async def _answer(dependencies: RespondentDependencies, scope: Any, path: str, receive: Receive) -> Page:
    """What `path` under the mount answers to; raises what Litestar raises for what is not there."""
    before, _, after = path.rstrip("/").partition("/")
    code, _, step = after.partition("/")
    allowed = ALLOWED.get(step, ())
    if before or not code or not allowed:
        raise NotFoundException
    match scope["method"]:
        case "GET" if "GET" in allowed:
            return show(dependencies, scope, code)
        case "POST" if step:
            return go_on(dependencies, scope, code)
        case "POST":
            return await submit(dependencies, scope, code, receive)
        case "OPTIONS":
            return Page(status=204, heads=((b"allow", ", ".join(allowed).encode("ascii")),), body=b"")
    raise MethodNotAllowedException(headers={"allow": ", ".join(allowed)})


def show(dependencies: RespondentDependencies, scope: Any, code: str) -> Page:
    """The paper, or what stands in its way; writes nothing."""
    visit = read_visit(scope, code)
    if visit.code not in ("", code):
        return see_other(visit, visit.code)
    access = _look_up(dependencies, visit, dependencies.clock())
    if access.state == "trial":
        return show_trial(dependencies.store, visit, access)
    if access.state != "open":
        return turn_away(visit, access)
    number = visit.number or new_number(secrets.token_bytes)
    known = visit.number is not None and visit.mark == mark_of(number)
    cookies = [] if known else number_cookies(visit.code, number, dependencies.secure)
    return reply(visit, _draw_open(dependencies, visit._replace(number=number), access), cookies=cookies)


async def submit(dependencies: RespondentDependencies, scope: Any, code: str, receive: Receive) -> Page:
    """Check and store the answers; the receipt is the answer itself, once they are committed."""
    visit = read_visit(scope, code)
    fields = read_fields(visit.sends, await read_body(receive))
    visit = take_number(visit, fields)
    now = dependencies.clock()
    access = _look_up(dependencies, visit, now)
    if access.state == "trial" and PRESSED in fields:
        return await press_trial(dependencies.engine, visit, access, scope, now)
    if access.state == "trial":
        return show_trial(dependencies.store, visit, access)
    if access.state not in ("open", "paused"):
        return turn_away(visit, access, posted=True)
    if access.kind != CodeKind.SLIP and not dependencies.limits.admits(visit.address, access.digest, now):
        raise TooManyRequestsException
    page = await _receive(dependencies, visit, access, fields)
    return page.with_heads(number_cookies(visit.code, str(visit.number), dependencies.secure))


def go_on(dependencies: RespondentDependencies, scope: Any, code: str) -> Page:
    """The next person on the same phone or computer gets a number of their own."""
    visit = read_visit(scope, code)
    place = visit.code or "unknown"
    return see_other(visit, place, number_cookies(place, new_number(secrets.token_bytes), dependencies.secure))


async def _receive(dependencies: RespondentDependencies, visit: Visit, access: CodeAccess, fields: Any) -> Page:
    """Wait for the commit; whoever has to send again finds all answers still there."""
    if not access.group:
        return reply(visit, _draw_open(dependencies, visit, access), 422)
    sheet = sheet_behind(access, visit.language, dependencies.voices.find)
    paper = load_asked_paper(access.paper, OWN, remarks=access.remarks)
    checked = Checked((), "", ()) if "refuse" in fields else check_answers(paper, fields)
    if checked.problems:
        return reply(visit, draw_again(sheet, str(visit.number), checked), 422)
    answers = encode_answers(checked.answers) if checked.answers else REFUSED
    submission = Submission(
        access,
        str(visit.number),
        answers,
        dependencies.clock(),
        checked.remark,
        course=read_course(fields.get("seen", ()), len(paper.items)) if answers else UNTOLD,
    )
    try:
        outcome = await dependencies.writer.receive(submission)
    except StorageError as error:
        return reply(visit, draw_again(sheet, str(visit.number), checked, *error.problems), error.status)
    if outcome == "stored" and access.kind == CodeKind.CLASS:
        dependencies.counts.count(access.batch_id, name_network(visit.address), submission.now)
    if outcome == "paused":
        return reply(visit, draw_again(sheet, str(visit.number), checked, PAUSED), STATUS["paused"])
    if outcome != "stored" and outcome != "received":
        anew = dependencies.lookup.find_anew(visit.code, visit.number, submission.now, visit.group)
        return turn_away(visit, anew if anew.state == "received" else replace(access, state=outcome), posted=True)
    receipt = box_number(submission.number, access.digest, access.round_key) if access.round_key else b""
    return turn_away(visit, replace(access, state="received", receipt=receipt))


def _look_up(dependencies: RespondentDependencies, visit: Visit, now: datetime) -> CodeAccess:
    """The access; who tried too many codes that do not exist may use none that a machine can guess."""
    suspect = dependencies.limits.guessed_too_often(visit.address, now)
    if suspect and is_short(visit.code):
        raise TooManyRequestsException
    access = dependencies.lookup.find(visit.code, visit.number, now, visit.group)
    if access.state == "unknown":
        if suspect:
            raise TooManyRequestsException
        dependencies.limits.count_guess(visit.address, now)
    return access


def _draw_open(dependencies: RespondentDependencies, visit: Visit, access: CodeAccess) -> Drawn:
    """What an open code shows: on a public code first the choice of a group."""
    about = {"group": access.group, "invented": access.invented}
    if not access.group:
        return draw_told("pick", visit.language, organiser=access.organiser, groups=access.groups, **about)
    if visit.refuses:
        return compress(_draw_refusal(visit, access))
    return draw_paper(sheet_behind(access, visit.language, dependencies.voices.find), str(visit.number))


def _draw_refusal(visit: Visit, access: CodeAccess) -> bytes:
    about = {"kind": access.kind, "number": visit.number}
    return draw("refuse", visit.language, group=access.group, invented=access.invented, **about)


@get("/check", sync_to_thread=False)
def check(
    request: Request[Any, Any, Any], dependencies: NamedDependency[RespondentDependencies], number: FromQuery[str] = ""
) -> Response[bytes]:
    """Whether a receipt's box is in the store: people see that they were counted, nobody what they said."""
    visit = read_visit(request.scope)
    now = dependencies.clock()
    wanted = read_receipt(number)
    if wanted is None:
        page = draw("check", visit.language, typed=number, found="")
        return reply(visit, compress(page), 400 if number else 200).respond()
    if dependencies.limits.guessed_too_often(visit.address, now):
        raise TooManyRequestsException
    with dependencies.store.connect() as connection:
        found = "counted" if is_counted(connection, wanted) else "restored" if was_restored(connection) else "unknown"
    if found != "counted":
        dependencies.limits.count_guess(visit.address, now)
    page = draw("check", visit.language, typed=write_lines(wanted), found=found)
    return reply(visit, compress(page), 200 if found == "counted" else 404).respond()


HANDLERS = [home, check]
