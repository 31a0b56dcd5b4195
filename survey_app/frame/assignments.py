"""Which heads and words of the county's own files mean which of ours: kept by kind, and proposed for the next file."""

from sqlalchemy.orm import Session

from survey_app.core.errors import Fact, SurveyError
from survey_app.core.models import Assignment
from survey_app.frame.sheets.mapping import Mapping
from survey_app.frame.sheets.sheet_problems import say


def load_assignment(session: Session, kind: str) -> Mapping:
    """What was assigned for a kind of sheet before; one that assigns nothing where nothing was."""
    kept = session.get(Assignment, kind)
    return Mapping.model_validate_json(kept.content) if kept else Mapping()


def keep_assignment(session: Session, kind: str, mapping: Mapping) -> None:
    """Keep what a file of this kind was read by, over what was kept before; its survey and title are its own."""
    if mapping.says_something:
        joined = load_assignment(session, kind).joined(mapping).model_copy(update={"source": ""})
        session.merge(Assignment(kind=kind, content=joined.model_dump_json(exclude_defaults=True)))


def propose_kept(session: Session, kind: str, mapping: Mapping, error: SurveyError) -> SurveyError:
    """The error, with a word of the kept assignment where there is one and the file was read without any."""
    if mapping.says_something or not load_assignment(session, kind).says_something:
        return error
    problems = (*error.problems, Fact("assignment_kept", say("file", "assignment_kept")))
    proposing = SurveyError(*problems)
    proposing.status = error.status
    return proposing
