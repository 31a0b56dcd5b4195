"""Problems that were known before a round, as they stand when it closes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.published import FormerProblem
from questionnaires.vocabulary import ProblemSource, ProblemState
from survey_app.core.models import Problem, Round, School


def load_earlier_problems(session: Session, round_: Round) -> tuple[FormerProblem, ...]:
    """Every problem of the register found before the round opened, in its order; building projects are none."""
    names = {school.code: school.name for school in session.scalars(select(School))}
    known = (
        select(Problem)
        .where(Problem.found_at < round_.opens, Problem.source != ProblemSource.PROJECT)
        .order_by(Problem.number)
    )
    return tuple(
        FormerProblem(
            text=problem.text,
            school=names.get(problem.school, problem.school),
            lead=problem.lead,
            state=ProblemState(problem.state),
            reopened=problem.reopened,
        )
        for problem in session.scalars(known)
    )
