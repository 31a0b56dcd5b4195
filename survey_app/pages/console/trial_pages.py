"""Trying the address of codes: two slips to print, whether phones opened them, and why somebody goes on without."""

from datetime import datetime
from secrets import token_bytes

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from reports.handouts.slips import draw_qr
from survey_app.answering import group_code
from survey_app.core.errors import ConflictError
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.rounds.trial_slips import WORDS, check_codes, find_going_on, find_trial, is_outdated, make_slips

PAGE = "/console/trial"


class PrintedSlip(msgspec.Struct, frozen=True, kw_only=True):
    """A trial slip as it is printed."""

    number: int
    url: str
    code: str
    qr: str
    opened_at: datetime | None


class WithoutTrial(PostedForm):
    """Why codes are made without a trial."""

    untried: Line = ""


@get("/trial", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """Both slips, and when each was opened."""
    return draw_trial(console, FormProblems(200))


def draw_trial(console: ConsoleRequest, found: FormProblems) -> Page:
    """The same; with what was wrong with a form of it."""
    address = console.deps.settings.public_url
    with console.reading() as session:
        round_ = find_going_on(session)
        trial = find_trial(session, round_, address)
        name = round_.name if round_ else ""
        outdated = is_outdated(session, round_, trial.slips)
    return console.page(
        "trial",
        found.status,
        trial=trial,
        round_name=name,
        outdated=outdated,
        printed=[_print(slip.number, f"{address}/q/{slip.code}", slip.code, slip.opened_at) for slip in trial.slips],
        typed=found.typed,
        problems=found.problems,
    )


@post("/trial", sync_to_thread=True, again=draw_trial)
def make(console: NamedDependency[ConsoleRequest]) -> Page:
    """Two new slips; those before tell of nothing any more."""
    with console.writing() as session:
        address = console.deps.settings.public_url
        make_slips(session, find_going_on(session), address, **console.act, random=token_bytes)
    return console.go(PAGE, done="trial_made")


@post("/trial/without", sync_to_thread=True, again=draw_trial)
def go_without(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[WithoutTrial]) -> Page:
    """Say why the codes of the round that goes on are made without a trial, for everybody who makes some."""
    address = console.deps.settings.public_url
    with console.writing() as session:
        round_ = find_going_on(session)
        trial = find_trial(session, round_, address)
        if round_ is None or trial.is_done or trial.reason:
            raise ConflictError(WORDS.not_asked)
        check_codes(session, round_, address, data.untried, **console.act)
    return console.go(PAGE, done="untried")


def _print(number: int, url: str, code: str, opened_at: datetime | None) -> PrintedSlip:
    return PrintedSlip(number=number, url=url, code=group_code(code), qr=draw_qr(url), opened_at=opened_at)


HANDLERS = [show, make, go_without]
