"""Putting right what a round says, and cancelling one that was opened by mistake."""

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from survey_app.closing.cancelling import cancel_round
from survey_app.codes.custody import summarise_custody
from survey_app.core.errors import SurveyError
from survey_app.pages.console.console_forms import Confirmed, FormProblems, Line, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, check_acts
from survey_app.pages.console.round_pages import draw_round
from survey_app.rounds.corrections import (
    TEXTS,
    TIMES,
    ask_correction,
    confirm_correction,
    correct_round,
    has_codes,
    withdraw_correction,
    write_fields,
)
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.round_rows import TAKEN, count_rows, find_round, was_answered
from survey_app.rounds.round_words import ROUND_WORDS

ROUND = "/console/round"
NO_PROBLEMS = FormProblems(200)


CORRECTING = ("correct", "extend", "propose_correction", "withdraw_correction")


class Corrected(PostedForm):
    """What a round should say, and why; `sure` once it was shown what changes."""

    county: Line = ""
    organiser: Line = ""
    telephone: Line = ""
    population_source: Line = ""
    approver: Line = ""
    document: Line = ""
    opens: Line = ""
    closes: Line = ""
    reason: Line = ""
    sure: bool = False
    last: Last = 0

    def list_wanted(self) -> dict[str, str]:
        """The fields of the round as they were sent; one that was emptied is empty."""
        return {name: str(getattr(self, name)) for name in (*TEXTS, *TIMES)}


class Cancelled(PostedForm):
    """Why a round should never have been opened; `sure` is ticked by who read what goes."""

    reason: Line = ""
    sure: bool = False


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """What a cancelled round takes with it: rows of the frame come back, codes of so many people die."""

    rows: int
    codes: int
    handed_over: int


@get("/round/correct", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """What may be put right, as it stands."""
    return draw_correction(console, NO_PROBLEMS)


def draw_correction(console: ConsoleRequest, found: FormProblems) -> Page:
    """The form, with what was typed and what is wrong with it."""
    with console.reading() as session:
        round_ = find_round(session)
        printed = has_codes(session, round_)
        session.expunge_all()
    return console.page(
        "correct",
        found.status,
        round=round_,
        invented=round_.invented,
        printed=printed,
        labels=DRAFT_WORDS.fields,
        texts=TEXTS,
        times=TIMES,
        typed=write_fields(round_) | {"reason": ""} | dict(found.typed),
        problems=found.problems,
    )


@post("/round/correct", sync_to_thread=True, again=draw_correction)
def correct(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[Corrected]) -> Page:
    """Put it right, or propose it to a second administrator; asks first, with each change."""
    with console.reading() as session:
        check_acts(session, data.last, CORRECTING, lambda act: True)
    if not data.sure:
        return _ask(console, data)
    with console.writing() as session:
        done = correct_round(session, find_round(session), data.list_wanted(), data.reason, **console.act)
    return console.go(ROUND, done="corrected" if done else "correction_proposed")


def _ask(console: ConsoleRequest, data: Corrected) -> Page:
    with console.reading() as session:
        round_ = find_round(session)
        question = ask_correction(session, round_, data.list_wanted(), data.reason, console.now)
        session.expunge_all()
    wanted = data.list_wanted()
    return console.page("sure_correct", round=round_, question=question, wanted=wanted, reason=data.reason)


@post("/round/confirm-correction", sync_to_thread=True, again=draw_round)
def confirm(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[Confirmed]) -> Page:
    """The second of two."""
    with console.writing() as session:
        confirm_correction(session, find_round(session), **console.act)
        console.use_card(session, data.card)
    return console.go(ROUND, done="corrected")


@post("/round/withdraw-correction", sync_to_thread=True)
def withdraw(console: NamedDependency[ConsoleRequest]) -> Page:
    """Not so, after all."""
    with console.writing() as session:
        withdraw_correction(session, find_round(session), **console.act)
    return console.go(ROUND, done="withdrawn")


@get("/round/cancel", sync_to_thread=True)
def show_cancel(console: NamedDependency[ConsoleRequest]) -> Page:
    """What cancelling would do, in numbers, and the question why."""
    return draw_cancel(console, NO_PROBLEMS)


def draw_cancel(console: ConsoleRequest, found: FormProblems) -> Page:
    """The question, with what was wrong with the answer."""
    with console.reading() as session:
        round_ = find_round(session)
        custody = summarise_custody(session, round_)
        lost = Lost(
            rows=count_rows(session, round_),
            codes=int(custody.made.sum() + custody.handed_over.sum()),
            handed_over=int((custody.handed_over > 0).sum()),
        )
        answered = was_answered(session, round_)
        session.expunge_all()
    return console.page(
        "sure_cancel",
        found.status,
        round=round_,
        invented=round_.invented,
        taken=round_.state in TAKEN,
        answered=answered,
        lost=lost,
        reason=found.typed.get("reason", ""),
        problems=found.problems,
    )


@post("/round/cancel", sync_to_thread=True, again=draw_cancel)
def cancel(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[Cancelled]) -> Page:
    """Cancel a round that nobody has answered."""
    if not data.sure:
        raise SurveyError(ROUND_WORDS.tick_cancel)
    with console.reading() as session:
        name = find_round(session).name
    keys = console.deps.settings.keys
    cancel_round(console.deps.engine, name, keys=keys, **console.act, mistake=data.reason)
    return console.go(ROUND, done="cancelled")


HANDLERS = [show, correct, confirm, withdraw, show_cancel, cancel]
