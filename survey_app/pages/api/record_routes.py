"""What is on record: rounds, jobs, results after close, the audit log."""

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import JobKind, JobState
from survey_app.closing.round_tables import load_parts
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Audit, Job, Round
from survey_app.frame.correcting import DATA_WORDS
from survey_app.frame.importing import OF_A_YEAR, load_table
from survey_app.jobs.job_course import find_left, tell_codes
from survey_app.jobs.job_files import read_opened
from survey_app.jobs.job_rows import list_jobs
from survey_app.pages.api.parameters import Before, Most, Number, PartName, Person, RoundName, Year, aware
from survey_app.pages.api.shapes import About, DataKind, Entry, TrialState, Work
from survey_app.pages.console.console_access import OFFICE
from survey_app.pages.console.console_request import ConsoleRequest
from survey_app.pages.console.data_pages import choose_year, list_years
from survey_app.pages.console.job_pages import find_own
from survey_app.rounds.round_rows import find_round, list_rounds
from survey_app.rounds.trial_slips import find_going_on, find_trial


@get("/rounds", sync_to_thread=True, summary="全部调查批次")
def show_rounds(console: NamedDependency[ConsoleRequest]) -> list[About]:
    """最近的在前。"""
    with console.reading() as session:
        return [_about(round_) for round_ in reversed(list_rounds(session))]


@get("/trial", sync_to_thread=True, summary="试扫")
def show_trial(console: NamedDependency[ConsoleRequest]) -> TrialState:
    """码上印的网址有没有用试扫条从手机打开过；与工作台的“试扫”相同，正在进行的（否则准备中的）批次的。"""
    with console.reading() as session:
        trial = find_trial(session, find_going_on(session), console.deps.settings.public_url)
    opened = [aware(slip.opened_at) if slip.opened_at else None for slip in trial.slips]
    return TrialState(address=trial.address, done=trial.is_done, opened=opened, reason=trial.reason)


@get("/jobs", sync_to_thread=True, summary="任务")
def show_jobs(console: NamedDependency[ConsoleRequest], round_name: RoundName = "", most: Most = 50) -> list[Work]:
    """制作答题条、结束调查并启封统计、写报告等任务和进度，最近的在前；工作人员看全部，其他人看自己的。"""
    own = None if console.person.role in OFFICE else console.person.name
    with console.reading() as session:
        found = list_jobs(session, find_round(session, round_name or None), most=most, asked_by=own)
        return [_work(session, job, console) for job in found]


@get("/jobs/{job_id:int}", sync_to_thread=True, summary="一个任务")
def show_job(console: NamedDependency[ConsoleRequest], job_id: Number) -> Work:
    """做到了哪里。"""
    with console.reading() as session:
        return _work(session, find_own(session, console, job_id), console)


@get("/data/{kind:str}", sync_to_thread=True, summary="已导入的数据")
def show_data(
    console: NamedDependency[ConsoleRequest], kind: FromPath[DataKind], year: Year = ""
) -> list[dict[str, Any]]:
    """与工作台里看到、下载的相同：名单、办学条件、县级数据、原始数据、监测成绩、等待的名册；没有的是 null。"""
    with console.reading() as session:
        years = list_years(session, kind)
        if year and kind in OF_A_YEAR and year not in years:
            raise NotFoundError(DATA_WORDS.no_year.format(year=year))
        table = load_table(session, kind, choose_year(kind, year, years))
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


@get("/results", sync_to_thread=True, summary="公布了哪些结果")
def show_results(console: NamedDependency[ConsoleRequest], round_name: RoundName = "") -> list[str]:
    """批次结束以前没有结果。"""
    with console.reading() as session:
        return sorted(load_parts(session, find_round(session, round_name or None)))


@get("/results/{part:str}", sync_to_thread=True, summary="一部分公布的结果")
def show_result(console: NamedDependency[ConsoleRequest], part: PartName, round_name: RoundName = "") -> dict[str, Any]:
    """与报告所据的相同：recognition 同 survey estimate --json，judgement 同 survey judge --json，等等。"""
    with console.reading() as session:
        published = load_parts(session, find_round(session, round_name or None))
    if part not in published:
        raise NotFoundError(f"没有公布 {part}；公布了的有 {'、'.join(sorted(published))}。")
    content: dict[str, Any] = published[part]
    return content


@get("/log", sync_to_thread=True, summary="操作记录")
def show_log(
    console: NamedDependency[ConsoleRequest], who: Person = "", before: Before = 2**31 - 1, most: Most = 100
) -> list[Entry]:
    """谁在什么时候做了什么，最近的在前；要看更早的，把 before 写成最后一条的编号。"""
    query = select(Audit).where(Audit.id < before).order_by(Audit.id.desc()).limit(most)
    with console.reading() as session:
        found = session.scalars(query.where(Audit.actor == who) if who else query)
        return [Entry(row.id, aware(row.at), row.actor, row.action, row.subject, row.detail) for row in found]


def _about(round_: Round) -> About:
    told = {name: getattr(round_, name) for name in About.__struct_fields__}
    return msgspec.convert(told | {"opens": aware(round_.opens), "closes": aware(round_.closes)}, About)


def _work(session: Session, job: Job, console: ConsoleRequest) -> Work:
    done = read_opened(console.deps.settings, job.id) if job.kind == JobKind.CLOSE else job.done
    left = find_left(session, job, done, console.now)
    found: dict[str, Any] = {
        "asked_at": aware(job.asked_at),
        "done": done if job.state == JobState.RUNNING else job.done,
        "left": None if left is None else left.total_seconds(),
        "codes": tell_codes(session, job) if job.state == JobState.FAILED else [],
    }
    told = {name: getattr(job, name) for name in Work.__struct_fields__ if name not in found}
    return msgspec.convert(told | found, Work)


HANDLERS = [show_rounds, show_trial, show_jobs, show_job, show_data, show_results, show_result, show_log]
