"""Codes of all units: which are made, handed over or void, and making what is missing."""

from litestar import get, post
from litestar.di import NamedDependency

from survey_app.codes.custody import summarise_custody
from survey_app.core.errors import SurveyError
from survey_app.jobs.running import CODES, TITLES, ask_job, list_jobs
from survey_app.pages.console.console_request import Desk, Page
from survey_app.rounds.opening import name_schools


@get("/codes", sync_to_thread=True)
def show(desk: NamedDependency[Desk]) -> Page:
    """One row a unit, those without codes first."""
    with desk.reading() as session:
        round_ = desk.round(session)
        table = summarise_custody(session, round_)
        names = name_schools(session)
        jobs = list_jobs(session, round_)
        session.expunge_all()
    if desk.person.role == "township":
        table = table[table["township"] == desk.person.scope]
        jobs = [job for job in jobs if job.asked_by == desk.person.name]
    live = table["made"] + table["handed_over"]
    table = table.assign(lacking=(table["invited"] - live).clip(lower=0), label=table["unit"].map(names))
    table["label"] = table["label"].fillna(table["unit"])
    ordered = table.sort_values(["handed_over", "lacking"], ascending=[True, False])
    totals = table[["invited", "made", "handed_over", "void", "lacking"]].sum().astype(int).to_dict()
    return desk.page(
        "codes",
        round=round_,
        invented=round_.invented,
        rows=ordered.to_dict("records"),
        totals=totals,
        jobs=jobs,
        names=names,
        titles=TITLES,
    )


@post("/codes/issue", sync_to_thread=True)
def issue_all(desk: NamedDependency[Desk]) -> Page:
    """Make the codes that are missing in all units, as a job."""
    kind = desk.text("kind")
    if kind not in CODES:
        raise SurveyError("请选择要制作哪一种码。")
    with desk.writing() as session:
        job = ask_job(session, kind, desk.round(session), actor=desk.person.name, now=desk.now)
    desk.office.jobs.start(job.id)
    return desk.go(f"/console/job/{job.id}")


HANDLERS = [show, issue_all]
