"""The round: pausing, closing by two, and its report."""

from litestar import get, post
from litestar.di import NamedDependency

from analysis.standard import load_standard
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from survey_app.closing.close import load_published
from survey_app.jobs.running import TITLES, ask_job, list_jobs
from survey_app.pages.console.console_drawing import until
from survey_app.pages.console.console_request import Desk, Page
from survey_app.pages.console.job_pages import is_seen
from survey_app.rounds.opening import count_rows, find_round, list_rounds, set_paused
from survey_app.rounds.proposals import confirm_close, find_proposal, propose_close, withdraw_close

PAGE = "/console/round"


@get("/round", sync_to_thread=True)
def show(desk: NamedDependency[Desk]) -> Page:
    """The round and those before it."""
    with desk.reading() as session:
        rounds = list_rounds(session)
        if not rounds:
            return desk.page("empty")
        round_ = desk.round(session)
        rows, proposal = count_rows(session, round_), find_proposal(session, round_)
        seen = [job for job in list_jobs(session, round_) if is_seen(desk.person, job)]
        session.expunge_all()
    return desk.page(
        "round",
        round=round_,
        invented=round_.invented,
        others=[one for one in reversed(rounds) if one.id != round_.id],
        rows=rows,
        proposal=proposal,
        left=until(round_.closes, desk.now),
        jobs=[job for job in seen if job.kind in ("close", "report")],
        titles=TITLES,
        standard=f"{load_standard(round_.standard).title}（{round_.standard}）",
        rule=f"{load_rule(round_.rule).title}（{round_.rule}）",
        papers=[load_paper(name) for name in round_.papers],
    )


@post("/round/pause", sync_to_thread=True)
def pause(desk: NamedDependency[Desk]) -> Page:
    """Take no forms for a while."""
    with desk.writing() as session:
        set_paused(session, desk.round(session), True, actor=desk.person.name)
    return desk.go(PAGE, done="paused")


@post("/round/resume", sync_to_thread=True)
def resume(desk: NamedDependency[Desk]) -> Page:
    """Take forms again."""
    with desk.writing() as session:
        set_paused(session, desk.round(session), False, actor=desk.person.name)
    return desk.go(PAGE, done="resumed")


@post("/round/propose-close", sync_to_thread=True)
def propose(desk: NamedDependency[Desk]) -> Page:
    """The first of two."""
    with desk.writing() as session:
        propose_close(session, desk.round(session), actor=desk.person.name, now=desk.now)
    return desk.go(PAGE, done="proposed")


@post("/round/withdraw-close", sync_to_thread=True)
def withdraw(desk: NamedDependency[Desk]) -> Page:
    """Not yet, after all."""
    with desk.writing() as session:
        withdraw_close(session, desk.round(session), actor=desk.person.name, now=desk.now)
    return desk.go(PAGE, done="withdrawn")


@post("/round/confirm-close", sync_to_thread=True)
def confirm(desk: NamedDependency[Desk]) -> Page:
    """The second of two: the round is closed for good, as a job."""
    with desk.writing() as session:
        round_ = desk.round(session)
        both = confirm_close(session, round_, actor=desk.person.name, now=desk.now)
        job = ask_job(session, "close", round_, actor=both, now=desk.now)
    desk.office.jobs.start(job.id)
    return desk.go(f"/console/job/{job.id}")


@post("/round/report", sync_to_thread=True)
def report(desk: NamedDependency[Desk]) -> Page:
    """Write the report of a closed round, as a job."""
    with desk.writing() as session:
        round_ = find_round(session, desk.text("round") or None)
        load_published(session, round_)
        job = ask_job(session, "report", round_, actor=desk.person.name, now=desk.now)
    desk.office.jobs.start(job.id)
    return desk.go(f"/console/job/{job.id}")


HANDLERS = [show, pause, resume, propose, withdraw, confirm, report]
