"""Codes of all units: which are made, handed over or void, and making what is missing."""

import pandas as pd
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from questionnaires.vocabulary import JobKind, Role
from survey_app.codes.custody import count_lacking, summarise_custody
from survey_app.codes.issuing import CODES
from survey_app.codes.usual_way import plan_usual
from survey_app.core.models import Job
from survey_app.jobs.job_rows import ask_job, list_jobs
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.watch_pages import list_groups, load_view
from survey_app.rounds.opening import name_schools
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.trial_slips import check_codes

COUNTS = ["invited", "made", "handed_over", "void", "lacking"]


class IssueAll(PostedForm):
    """Which kind of codes to make for all units; `sure` once it was said for how many people.

    `untried`: why without a trial of the address.
    """

    kind: one_of((*CODES, JobKind.USUAL))  # type: ignore[valid-type]
    sure: bool = False
    untried: Line = ""


@get("/codes", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """One row a unit, those without codes first."""
    return draw_codes(console, FormProblems(200))


def draw_codes(console: ConsoleRequest, found: FormProblems) -> Page:
    """One row a unit; what was wrong with the form above."""
    with console.reading() as session:
        round_ = find_round(session)
        custody = summarise_custody(session, round_)
        names = name_schools(session)
        jobs = list_jobs(session, round_)
        session.expunge_all()
    if console.person.role == Role.TOWNSHIP:
        custody = custody[custody.township == console.person.scope]
        jobs = [job for job in jobs if job.asked_by == console.person.name]
    table = _add_lacking(custody, names)
    return console.page(
        "codes",
        found.status,
        round=round_,
        invented=round_.invented,
        rows=table.to_dict("records"),
        totals=table[COUNTS].sum().astype(int).to_dict(),
        jobs=jobs,
        names=names,
        problems=found.problems,
    )


@post("/codes/issue", sync_to_thread=True, again=draw_codes)
def issue_all(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[IssueAll]) -> Page:
    """Make the codes that are missing in all units, as a job; says first for how many people, and asks."""
    if not data.sure:
        return _ask(console, data.kind)
    with console.writing() as session:
        round_ = find_round(session)
        check_codes(session, round_, console.deps.settings.public_url, data.untried, **console.act)
        job = ask_job(session, JobKind(data.kind), round_, **console.act)
    return start(console, job)


def start(console: ConsoleRequest, job: Job, secret: bytes = b"") -> Page:
    """Have a job done whose row is stored, and show how far it is; `secret` as in `Jobs.start`."""
    console.deps.jobs.start(job.id, secret)
    return console.go(f"/console/job/{job.id}")


def _ask(console: ConsoleRequest, kind: str) -> Page:
    """For whom codes would be made, group by group."""
    if kind == JobKind.USUAL:
        with console.reading() as session:
            usual = plan_usual(session, find_round(session), console.now)
        return console.page("sure_usual", lines=usual, people=sum(line.people for line in usual))
    lines = list_groups(load_view(console))
    lacking = [(line.group, line.invited - line.issued) for line in lines if line.invited > line.issued]
    return console.page("sure_issue", kind=kind, lacking=lacking, people=sum(people for _, people in lacking))


def _add_lacking(custody: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Each unit's name, and how many of those invited have no code; what is not handed over first."""
    lacking = count_lacking(custody)
    label = custody.unit.map(names).fillna(custody.unit)
    return custody.assign(lacking=lacking, label=label).sort_values(["handed_over", "lacking"], ascending=[True, False])


HANDLERS = [show, issue_all]
