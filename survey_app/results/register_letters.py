"""Letters from the register as the store holds it, signed by whoever organised the last round."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource
from reports.handouts.handout_words import load_handout_words
from reports.handouts.problem_letters import (
    REMINDER,
    LetterFacts,
    LetterLine,
    Letters,
    load_letter_words,
    write_letters,
)
from survey_app.core.models import Round
from survey_app.problems.register import ListedProblem, Wanted, list_problems
from survey_app.rounds.draft import load_draft

NAMED = 20


def gather_letters(session: Session, kind: str, wanted: Wanted, today: date) -> Letters:
    """All letters of a kind about what is meant; a building project is none, but reminded of when late."""
    lines = [_tell(problem, today) for problem in list_problems(session, wanted, today)]
    meant = [line for line in lines if kind == REMINDER or line.source != ProblemSource.PROJECT]
    return write_letters(kind, find_writer(session, today), meant)


def say_left_out(letters: Letters) -> str:
    """Which problems are in no letter because nobody leads them; empty where there is none."""
    if not letters.left_out:
        return ""
    words = load_letter_words()
    numbers = "、".join(map(str, letters.left_out[:NAMED]))
    more = words.and_more if len(letters.left_out) > NAMED else ""
    return words.left_out.format(count=len(letters.left_out), numbers=numbers, more=more)


class Organiser(NamedTuple):
    """Whose county it is, who organises, and whether all of it is an example; empty where nobody said."""

    county: str
    organiser: str
    invented: bool


def find_organiser(session: Session) -> Organiser:
    """As the latest round says; before any, as the round that is being prepared does."""
    latest = session.scalars(select(Round).order_by(Round.id.desc()).limit(1)).first()
    if latest is None:
        draft = load_draft(session)
        return Organiser(draft["county"], draft["organiser"], invented=False)
    return Organiser(latest.county, latest.organiser, latest.invented)


def find_writer(session: Session, today: date) -> LetterFacts:
    """County and organiser; where nobody said who organises, a blank to be filled by hand."""
    office = find_organiser(session)
    mark = load_handout_words().invented if office.invented else ""
    organiser = office.organiser or load_letter_words().blank
    return LetterFacts(county=office.county, organiser=organiser, day=today, mark=mark)


def _tell(problem: ListedProblem, today: date) -> LetterLine:
    return LetterLine(
        number=problem.number,
        place=problem.name,
        text=problem.text,
        source=problem.source,
        measure=problem.measure,
        lead=problem.lead,
        cooperating=problem.cooperating,
        post=problem.post,
        due=problem.due,
        progress=problem.progress,
        state=problem.state,
        overdue=problem.overdue,
        days_over=(today - problem.due).days if problem.overdue and problem.due else 0,
    )
