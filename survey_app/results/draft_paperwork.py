"""Letters and drafts for approval, of the round that goes on, else of the one that is being prepared."""

from dataclasses import fields as fields_of
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from survey_app.core.errors import ConflictError
from survey_app.core.models import Round
from survey_app.results.documents import write_round_paperwork
from survey_app.rounds.draft import FIELDS, find_wrong, load_draft, plan_round
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.round_rows import TAKEN

LATER = ("approver", "document", "ministry")
"""What may still be missing: it is decided by what these documents ask for."""


def gather_paperwork(session: Session, walked: Round | None, now: datetime) -> dict[str, bytes]:
    """The documents by name; raises ConflictError with every fact of the draft that they need and lack."""
    round_ = walked if walked and walked.state in TAKEN else _imagine_round(session, now)
    with TemporaryDirectory() as folder:
        return {path.name: path.read_bytes() for path in write_round_paperwork(session, Path(folder), round_)}


def _imagine_round(session: Session, now: datetime) -> Round:
    """The round that the draft would become; it is in no session."""
    typed = load_draft(session)
    lacking = [DRAFT_WORDS.empty.format(label=label) for name, label in FIELDS.items() if _is_lacking(typed, name)]
    if problems := lacking + find_wrong(typed, now):
        raise ConflictError(*problems)
    plan = plan_round(typed)
    decided = {field.name: getattr(plan, field.name) for field in fields_of(plan)}
    told = {"name": DRAFT_WORDS.title, "state": "", "school_year": str(plan.school_year), "own_words": ""}
    return Round(**decided | told)


def _is_lacking(typed: dict[str, str], name: str) -> bool:
    return not typed[name] and name not in LATER
