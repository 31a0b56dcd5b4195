"""Closing a problem in two steps by two people: the responsible unit applies, the inspectorate verifies (销号)."""

from datetime import datetime

from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemState
from survey_app.core.account_names import look_of
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.four_eyes import check_two
from survey_app.core.models import Problem
from survey_app.problems.problem_words import PROBLEM_WORDS
from survey_app.problems.register import find_problem


def apply_for_closing(session: Session, number: int, by: str, proof: str = "", *, actor: str, now: datetime) -> Problem:
    """申请销号: the responsible unit says that it is done; needs a measure and a leading unit. Raises ConflictError."""
    problem = find_problem(session, number)
    match problem.state:
        case ProblemState.APPLIED:
            raise ConflictError(PROBLEM_WORDS.already_applied.format(number=number, by=problem.applied_by))
        case ProblemState.CLOSED:
            raise ConflictError(PROBLEM_WORDS.already_closed.format(number=number))
    if not (problem.measure and problem.lead):
        raise ConflictError(PROBLEM_WORDS.no_measure.format(number=number))
    problem.state = ProblemState.APPLIED
    problem.applied_by = by
    problem.applied_with = proof
    record(session, actor, "problem_apply", f"problem {number}", at=now, by=by, proof=proof)
    return problem


def verify_closing(session: Session, number: int, by: str, *, actor: str, now: datetime) -> Problem:
    """核验销号: another person than the one who applied finds it done. Raises ConflictError."""
    problem = _find_applied(session, number)
    if look_of(by) == look_of(problem.applied_by):
        raise ConflictError(PROBLEM_WORDS.same_person.format(by=by))
    check_two(session, problem.applied_by, by)
    problem.state = ProblemState.CLOSED
    problem.verified_by = by
    problem.closed_at = now
    record(session, actor, "problem_close", f"problem {number}", at=now, by=by)
    return problem


def send_back(session: Session, number: int, reason: str, *, actor: str, now: datetime) -> Problem:
    """退回整改: it is not done yet, for a reason. Raises SurveyError without one."""
    if not reason:
        raise SurveyError(PROBLEM_WORDS.no_reason)
    problem = _find_applied(session, number)
    problem.state = ProblemState.OPEN
    problem.applied_by = ""
    problem.applied_with = ""
    record(session, actor, "problem_send_back", f"problem {number}", at=now, reason=reason)
    return problem


def _find_applied(session: Session, number: int) -> Problem:
    problem = find_problem(session, number)
    if problem.state == ProblemState.CLOSED:
        raise ConflictError(PROBLEM_WORDS.already_closed.format(number=number))
    if problem.state != ProblemState.APPLIED:
        raise ConflictError(PROBLEM_WORDS.not_applied.format(number=number))
    return problem
