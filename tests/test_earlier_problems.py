"""What was in the register before a round opened is told at its close as it then stands."""

from datetime import timedelta

from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource, ProblemState
from survey_app.closing.earlier_problems import load_earlier_problems
from survey_app.core.models import Round
from survey_app.problems.closing_steps import apply_for_closing, verify_closing
from survey_app.problems.register import Finding, Remedy, add_problem
from tests.county import NOW, OPENS

BEFORE = OPENS - timedelta(days=200)
DONE = Remedy(measure="补充教师2名", lead="教师科")


def found(text):
    return Finding(text=text, source=ProblemSource.SURVEY)


def test_problems_of_before_are_told_with_their_state_and_those_found_since_are_not(sqlite_engine):
    with Session(sqlite_engine) as session:
        closed = add_problem(session, found("家长认可度不足85%"), DONE, actor="test", now=BEFORE)
        add_problem(session, found("课后服务认可度不足85%"), DONE, actor="test", now=BEFORE)
        add_problem(session, Finding(text="新建小学", source=ProblemSource.PROJECT), actor="test", now=BEFORE)
        add_problem(session, found("开始后才发现"), DONE, actor="test", now=NOW)
        session.flush()
        apply_for_closing(session, closed.number, "教师科", actor="test", now=BEFORE)
        verify_closing(session, closed.number, "督导室", actor="test", now=NOW)
        told = load_earlier_problems(session, Round(opens=OPENS))
    assert [(problem.text, problem.state) for problem in told] == [
        ("家长认可度不足85%", ProblemState.CLOSED),
        ("课后服务认可度不足85%", ProblemState.OPEN),
    ]
    assert {problem.lead for problem in told} == {"教师科"}
