"""The register of problems as rows of the store: what is found, written down, changed, and listed overdue first."""

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from questionnaires.text import BETWEEN_UNITS
from questionnaires.vocabulary import ProblemSource, ProblemState
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import Audit, Problem, School
from survey_app.problems.problem_words import PROBLEM_WORDS, is_post

LARGEST_NUMBER = 2**31 - 1
FUNDS = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:[,，][0-9]{3}){1,3}")


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What is done about a problem, by whom, until when and for how many yuan; UNSET is not said.

    `post` is a position, never a name.
    """

    root_cause: str | UnsetType = UNSET
    measure: str | UnsetType = UNSET
    lead: str | UnsetType = UNSET
    cooperating: str | UnsetType = UNSET
    post: str | UnsetType = UNSET
    due: date | UnsetType | None = UNSET
    funds: int | UnsetType | None = UNSET
    progress: str | UnsetType = UNSET

    @property
    def said(self) -> dict[str, str | date | int | None]:
        """The fields that were said."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if value is not UNSET}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong, where, and who found it; `school` is a code, empty for the county."""

    text: str
    source: ProblemSource
    school: str = ""
    stage: str = ""
    indicator: str = ""
    identity: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which problems are meant; an empty field leaves nothing out. `unit` leads or cooperates."""

    unit: str = ""
    school: str = ""
    township: str = ""
    state: str = ""
    source: str = ""
    number: int = 0


class ListedProblem(Struct, frozen=True, kw_only=True):
    """A line of the register as it is told; `overdue` on the day it was asked for."""

    number: int
    school: str
    name: str
    township: str
    stage: str
    indicator: str
    source: ProblemSource
    text: str
    root_cause: str
    measure: str
    lead: str
    cooperating: str
    post: str
    due: date | None
    funds: int | None
    progress: str
    state: ProblemState
    overdue: bool
    reopened: int
    found_at: date
    applied_by: str
    applied_with: str
    verified_by: str
    judged: str
    found: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state != ProblemState.CLOSED


class ProblemCounts(NamedTuple):
    """How many problems there are, and of those how many in each state."""

    total: int
    open: int
    overdue: int
    applied: int
    closed: int


def find_problem(session: Session, number: int) -> Problem:
    """The problem of that number; raises NotFoundError."""
    problem = session.get(Problem, number, with_for_update=True) if 0 < number <= LARGEST_NUMBER else None
    if problem is None:
        raise NotFoundError(PROBLEM_WORDS.no_problem.format(number=number))
    return problem


def find_school_code(session: Session, typed: str) -> str:
    """The code of a school written by its code or full name; raises SurveyError where there is none, or two."""
    codes = session.scalars(select(School.code).where(or_(School.code == typed, School.name == typed)).limit(2)).all()
    if len(codes) != 1:
        raise SurveyError(PROBLEM_WORDS.no_school.format(school=typed))
    return codes[0]


def add_problem(
    session: Session, finding: Finding, remedy: Remedy | None = None, *, actor: str, now: datetime
) -> Problem:
    """Enter a problem; raises SurveyError with all that is wrong with it."""
    remedy = remedy or Remedy()
    problems = [*([] if finding.text else [PROBLEM_WORDS.no_text]), *_find_faults(remedy)]
    if problems:
        raise SurveyError(*problems)
    written = dict.fromkeys(("root_cause", "measure", "lead", "cooperating", "post", "progress"), "")
    problem = Problem(
        identity=finding.identity,
        school=finding.school,
        stage=finding.stage,
        indicator=finding.indicator,
        source=finding.source,
        text=finding.text,
        **{**written, **remedy.said},
        state=ProblemState.OPEN,
        found_at=now,
        applied_by="",
        applied_with="",
        verified_by="",
        reopened=0,
        standard="",
        judged="",
        found=False,
    )
    session.add(problem)
    session.flush()
    record(session, actor, "problem_add", f"problem {problem.number}", at=now, source=finding.source, what=finding.text)
    return problem


def change_problem(session: Session, number: int, remedy: Remedy, *, actor: str, now: datetime) -> Problem:
    """Write down what is done about a problem; the log keeps what it was before and what it became."""
    problem = find_problem(session, number)
    if faults := _find_faults(remedy):
        raise SurveyError(*faults)
    for name, value in remedy.said.items():
        before = getattr(problem, name)
        if before != value:
            setattr(problem, name, value)
            record(
                session,
                actor,
                "problem_change",
                f"problem {number}",
                at=now,
                field=f"problem_{name}",
                before=_write_down(before),
                after=_write_down(value),
            )
    return problem


def _write_down(value: str | date | int | None) -> str:
    return "" if value is None else str(value)


def _find_faults(remedy: Remedy) -> list[str]:
    post = remedy.post or ""
    return [] if is_post(post) else [PROBLEM_WORDS.not_a_post.format(typed=post)]


def read_date(typed: str) -> date | None:
    """The day that was written; None for nothing; raises SurveyError for anything else.

    >>> read_date("2026-06-30"), read_date("")
    (datetime.date(2026, 6, 30), None)
    """
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise SurveyError(PROBLEM_WORDS.bad_date.format(typed=typed)) from None


def read_funds(typed: str) -> int | None:
    """The whole yuan that were written; None for nothing; raises SurveyError for anything else.

    >>> read_funds("8,500,000"), read_funds("0"), read_funds("")
    (8500000, 0, None)
    """
    if typed and not FUNDS.fullmatch(typed):
        raise SurveyError(PROBLEM_WORDS.bad_funds.format(typed=typed))
    return int(re.sub("[,，]", "", typed)) if typed else None


def list_problems(session: Session, wanted: Wanted, today: date) -> list[ListedProblem]:
    """The problems that are meant: the overdue first, then by date, those without one after them, the closed last."""
    rows = session.execute(_query(wanted))
    told = [_tell(problem, name or problem.school, township or "", today) for problem, name, township in rows]
    return sorted(told, key=_order)


def _query(wanted: Wanted) -> Select[Problem, str, str]:
    query = select(Problem, School.name, School.township).outerjoin(School, School.code == Problem.school)
    if wanted.unit:
        among = (BETWEEN_UNITS + Problem.lead + BETWEEN_UNITS).contains(
            f"{BETWEEN_UNITS}{wanted.unit}{BETWEEN_UNITS}", autoescape=True
        )
        named = among | Problem.cooperating.contains(wanted.unit, autoescape=True)
        query = query.where(named)
    if wanted.school:
        query = query.where(or_(Problem.school == wanted.school, School.name == wanted.school))
    if wanted.township:
        query = query.where(School.township == wanted.township)
    if wanted.state:
        query = query.where(Problem.state == wanted.state)
    if wanted.source:
        query = query.where(Problem.source == wanted.source)
    if wanted.number:
        query = query.where(Problem.number == wanted.number)
    return query


def _order(problem: ListedProblem) -> tuple[bool, bool, date, int]:
    return (not problem.is_open, not problem.overdue, problem.due or date.max, problem.number)


def _tell(problem: Problem, name: str, township: str, today: date) -> ListedProblem:
    state = ProblemState(problem.state)
    return ListedProblem(
        number=problem.number,
        school=problem.school,
        name=name,
        township=township,
        stage=problem.stage,
        indicator=problem.indicator,
        source=ProblemSource(problem.source),
        text=problem.text,
        root_cause=problem.root_cause,
        measure=problem.measure,
        lead=problem.lead,
        cooperating=problem.cooperating,
        post=problem.post,
        due=problem.due,
        funds=problem.funds,
        progress=problem.progress,
        state=state,
        overdue=problem.due is not None and problem.due < today and state != ProblemState.CLOSED,
        reopened=problem.reopened,
        found_at=problem.found_at.date(),
        applied_by=problem.applied_by,
        applied_with=problem.applied_with,
        verified_by=problem.verified_by,
        judged=problem.judged,
        found=problem.found,
    )


def count_problems(problems: list[ListedProblem]) -> ProblemCounts:
    """How many of these there are in each state."""
    return ProblemCounts(
        total=len(problems),
        open=sum(problem.state == ProblemState.OPEN for problem in problems),
        overdue=sum(problem.overdue for problem in problems),
        applied=sum(problem.state == ProblemState.APPLIED for problem in problems),
        closed=sum(problem.state == ProblemState.CLOSED for problem in problems),
    )


def load_life(session: Session, number: int) -> list[Audit]:
    """What happened to a problem, from the audit, the oldest first."""
    return list(session.scalars(select(Audit).where(Audit.subject == f"problem {number}").order_by(Audit.id)))
