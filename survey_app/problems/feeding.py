"""A judgement feeds the register: each line that is not met becomes a problem, or opens again one that was closed."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.judging import RECOGNITION
from analysis.verdict.unmet import UnmetLine, list_unmet
from questionnaires.school_year import SchoolYear
from questionnaires.text import BETWEEN_UNITS
from questionnaires.vocabulary import ProblemSource, ProblemState
from survey_app.core.audit import record
from survey_app.core.models import Problem
from survey_app.problems.register import Finding, Remedy, add_problem, change_problem

BY_JUDGEMENT = "judge"


class Fed(NamedTuple):
    """How many problems a judgement added and opened again, how many it finds still, and how many no more."""

    added: int
    reopened: int
    still: int
    gone: int


def feed_register(session: Session, judgement: Judgement, standard: Standard, *, actor: str, now: datetime) -> Fed:
    """Enter every line of the judgement that is not met; a judgement of an earlier year changes nothing known later.

    What is not listed any more stays open until two people closed it, and says so. A line that nobody leads gets
    the units that the standard names; what an office wrote stays.
    """
    year = judgement.provenance.school_year
    known = _load_known(session)
    lines = {_identify(line): line for line in list_unmet(judgement, standard)}
    added = [
        _add(session, identity, line, actor=actor, now=now) for identity, line in lines.items() if identity not in known
    ]
    current = {identity: known[identity] for identity in lines if identity in known}
    current = {identity: problem for identity, problem in current.items() if not _is_before(year, problem.judged)}
    reopened = [problem for problem in current.values() if problem.state == ProblemState.CLOSED]
    for problem in reopened:
        _open_again(session, problem, year, actor=actor, now=now)
    for problem in (*added, *current.values()):
        problem.standard = standard.id
        problem.judged = year
        problem.found = True
    for identity, problem in current.items():
        problem.text = lines[identity].text
        if not problem.lead and lines[identity].lead:
            change_problem(session, problem.number, _remedy(lines[identity]), actor=actor, now=now)
    gone = _note_gone(known, lines, standard, year)
    return Fed(added=len(added), reopened=len(reopened), still=len(current) - len(reopened), gone=gone)


def _load_known(session: Session) -> dict[str, Problem]:
    """What judgements brought so far, by identity."""
    mine = Problem.identity.startswith(f"{BY_JUDGEMENT}/")
    found = session.scalars(select(Problem).where(mine).with_for_update())
    return {problem.identity: problem for problem in found if problem.identity is not None}


def _identify(line: UnmetLine) -> str:
    return "/".join((BY_JUDGEMENT, line.school, line.stage, line.indicator, line.part))


def _is_before(year: str, judged: str) -> bool:
    return bool(judged and year) and SchoolYear.parse(year) < SchoolYear.parse(judged)


def _add(session: Session, identity: str, line: UnmetLine, *, actor: str, now: datetime) -> Problem:
    finding = Finding(
        text=line.text,
        source=ProblemSource.SURVEY if line.indicator == RECOGNITION else ProblemSource.JUDGE,
        school=line.school,
        stage=line.stage,
        indicator=line.indicator,
        identity=identity,
    )
    return add_problem(session, finding, _remedy(line), actor=actor, now=now)


def _remedy(line: UnmetLine) -> Remedy:
    """Who answers for it by the standard that found it."""
    return Remedy(lead=BETWEEN_UNITS.join(line.lead), cooperating=BETWEEN_UNITS.join(line.cooperating))


def _open_again(session: Session, problem: Problem, year: str, *, actor: str, now: datetime) -> None:
    problem.state = ProblemState.OPEN
    problem.applied_by = ""
    problem.applied_with = ""
    problem.verified_by = ""
    problem.closed_at = None
    problem.reopened += 1
    record(session, actor, "problem_reopen", f"problem {problem.number}", at=now, year=year)


def _note_gone(known: Mapping[str, Problem], lines: Mapping[str, UnmetLine], standard: Standard, year: str) -> int:
    """Open problems that a judgement under the same standard does not list any more."""
    gone = [
        problem
        for identity, problem in known.items()
        if identity not in lines and problem.standard == standard.id and not _is_before(year, problem.judged)
    ]
    for problem in gone:
        problem.judged = year
        problem.found = False
    return sum(problem.state != ProblemState.CLOSED for problem in gone)
