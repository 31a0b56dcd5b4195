"""The round: pausing, closing by two, and its report."""

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import MultipartBody, URLEncodedBody

from analysis.standard import load_standard
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.vocabulary import Custody, JobKind
from survey_app.closing.round_tables import load_published
from survey_app.codes.custody import summarise_custody
from survey_app.core.errors import SurveyError
from survey_app.jobs.job_rows import ask_job, list_jobs
from survey_app.pages.console.code_pages import start
from survey_app.pages.console.console_drawing import until
from survey_app.pages.console.console_forms import FormProblems, Line, OfRound, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.job_pages import is_seen
from survey_app.pages.console.key_pages import LARGEST_PICTURE, GivenKeys, list_asked
from survey_app.pages.console.progress_lines import ProgressLine
from survey_app.pages.console.watch_pages import list_groups, load_view
from survey_app.printed_forms.transcribing import list_stacks
from survey_app.rounds.corrections import find_correction, find_long_window, list_changes
from survey_app.rounds.draft import read_time
from survey_app.rounds.extending import extend_round
from survey_app.rounds.given_keys import read_handed
from survey_app.rounds.key_copies import list_copies
from survey_app.rounds.key_custody import find_seed, key_warning
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.opening import set_paused
from survey_app.rounds.proposals import (
    confirm_close,
    find_proposal,
    is_cut_short,
    propose_close,
    wants_key,
    withdraw_close,
)
from survey_app.rounds.round_rows import LIVE, TAKEN, count_rows, find_round, list_rounds, was_answered
from survey_app.rounds.round_words import ROUND_WORDS
from survey_app.rounds.trial_slips import tell_trial

PAGE = "/console/round"
OF_A_ROUND = (JobKind.CLOSE, JobKind.REPORT)


class OpenEnds(msgspec.Struct, frozen=True, kw_only=True):
    """What a close would cut off, in numbers: what each group lacks, sheets typed once, people with codes in hand.

    `short` are groups below their target, `empty` groups without any form; `waiting` sheets that were typed in once;
    `kept` the people whose codes were made and not handed over, in `units` units.
    """

    short: list[ProgressLine]
    empty: list[ProgressLine]
    waiting: int
    kept: int
    units: int


@get("/round", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """The round and those before it."""
    return draw_round(console, FormProblems(200))


def draw_round(console: ConsoleRequest, found: FormProblems) -> Page:
    """The round; with what kept the last act on it from being done."""
    with console.reading() as session:
        rounds = list_rounds(session)
        if not rounds:
            return console.page("empty")
        round_ = find_round(session)
        rows = count_rows(session, round_)
        proposal = find_proposal(session, round_)
        correction = find_correction(session, round_)
        changes = list_changes(round_, correction.fields) if correction else []
        cut_short = is_cut_short(session, round_)
        copies = list_copies(session, round_)
        may_cancel = round_.state in TAKEN and not was_answered(session, round_)
        wanted = wants_key(session, round_, console.deps.settings.keys)
        warning = key_warning(session, round_, console.deps.settings.keys)
        tried = tell_trial(session, round_)
        seen = [job for job in list_jobs(session, round_) if is_seen(console.person, job)]
        session.expunge_all()
    return console.page(
        "round",
        found.status,
        ends=_find_open_ends(console) if round_.state in LIVE else None,
        round=round_,
        invented=round_.invented,
        others=[earlier for earlier in reversed(rounds) if earlier.id != round_.id],
        rows=rows,
        proposal=proposal,
        correction=correction,
        changes=changes,
        long_window=find_long_window(round_, changes),
        may_cancel=may_cancel,
        cut_short=cut_short,
        copies=copies,
        left_copies=[copy for copy in copies if not copy.destroyed_by],
        asked=list_asked(console),
        wanted=wanted,
        custody=Custody(round_.custody),
        tried=tried,
        warning=warning,
        kept_apart=warning == KEY_WORDS.kept_apart,
        typed=found.typed,
        left=until(round_.closes, console.now),
        jobs=[job for job in seen if job.kind in OF_A_ROUND],
        standard=f"{load_standard(round_.standard).title}（{round_.standard}）",
        rule=f"{load_rule(round_.rule).title}（{round_.rule}）",
        papers=[load_paper(name) for name in round_.papers],
        problems=found.problems,
    )


@post("/round/pause", sync_to_thread=True, again=draw_round)
def pause(console: NamedDependency[ConsoleRequest]) -> Page:
    """Take no forms for a while."""
    with console.writing() as session:
        set_paused(session, find_round(session), True, **console.act)
    return console.go(PAGE, done="paused")


@post("/round/resume", sync_to_thread=True, again=draw_round)
def resume(console: NamedDependency[ConsoleRequest]) -> Page:
    """Take forms again."""
    with console.writing() as session:
        set_paused(session, find_round(session), False, **console.act)
    return console.go(PAGE, done="resumed")


class Extended(PostedForm):
    """Until when a round goes on."""

    closes: Line = ""


@post("/round/extend", sync_to_thread=True, again=draw_round)
def extend(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[Extended]) -> Page:
    """A later end."""
    closes = read_time(data.closes)
    if closes is None:
        raise SurveyError(ROUND_WORDS.no_time)
    with console.writing() as session:
        extend_round(session, find_round(session), closes, **console.act)
    return console.go(PAGE, done="extended")


@post("/round/propose-close", sync_to_thread=True, again=draw_round)
def propose(console: NamedDependency[ConsoleRequest]) -> Page:
    """The first of two."""
    with console.writing() as session:
        propose_close(session, find_round(session), device=console.device, **console.act)
    return console.go(PAGE, done="proposed")


@post("/round/withdraw-close", sync_to_thread=True, again=draw_round)
def withdraw(console: NamedDependency[ConsoleRequest]) -> Page:
    """Not yet, after all."""
    with console.writing() as session:
        withdraw_close(session, find_round(session), **console.act)
    return console.go(PAGE, done="withdrawn")


@post("/round/confirm-close", sync_to_thread=True, request_max_body_size=LARGEST_PICTURE, again=draw_round)
def confirm(console: NamedDependency[ConsoleRequest], data: MultipartBody[GivenKeys]) -> Page:
    """The second of two: the round is closed for good, as a job.

    Sheets are put together before anything changes, and the key goes to the job through its standard input alone.
    """
    with console.writing() as session:
        round_ = find_round(session)
        both = confirm_close(session, round_, device=console.device, **console.act)
        keys = console.deps.settings.keys
        seed = b""
        if wants_key(session, round_, keys):
            seed = find_seed(round_, keys, read_handed(round_, data.list_handed()))
        console.use_card(session, data.card)
        job = ask_job(session, JobKind.CLOSE, round_, actor=both, now=console.now)
    return start(console, job, seed)


@post("/round/report", sync_to_thread=True)
def report(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[OfRound]) -> Page:
    """Write the report of a closed round, as a job."""
    with console.writing() as session:
        round_ = find_round(session, data.round or None)
        load_published(session, round_)
        job = ask_job(session, JobKind.REPORT, round_, **console.act)
    return start(console, job)


def _find_open_ends(console: ConsoleRequest) -> OpenEnds:
    """What is still open in the round that goes on."""
    groups = list_groups(load_view(console))
    with console.reading() as session:
        round_ = find_round(session)
        custody = summarise_custody(session, round_)
        waiting = sum(stack.waiting for stack in list_stacks(session, round_))
    return OpenEnds(
        short=[line for line in groups if line.needed and line.forms],
        empty=[line for line in groups if line.target and not line.forms],
        waiting=waiting,
        kept=int(custody.made.sum()),
        units=int((custody.made > 0).sum()),
    )


HANDLERS = [show, pause, resume, extend, propose, withdraw, confirm, report]
