"""The next round's draft begins with what the county said the last time; what one round alone had stays empty."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.rule import list_rules
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import RoundState
from survey_app.core.errors import ConflictError
from survey_app.core.models import Round
from survey_app.core.settings import MINUTE
from survey_app.rounds.draft import (
    CHOSEN,
    CUSTODY,
    HOLDERS,
    REMARKS,
    list_choosable,
    list_holders,
    load_draft,
    store_draft,
)
from survey_app.rounds.draft_words import DRAFT_WORDS
from survey_app.rounds.round_rows import TAKEN

SAME = ("county", "organiser", "telephone", "population_source", "standard", "rule")


def find_earlier(session: Session) -> Round | None:
    """The last round, while the draft is empty and no round goes on: what the next draft may begin with."""
    latest = session.scalars(select(Round).order_by(Round.id.desc()).limit(1)).first()
    if latest is None or latest.invented or latest.state in TAKEN or any(load_draft(session).values()):
        return None
    return latest


def begin_draft(session: Session, *, actor: str, now: datetime) -> None:
    """Fill the empty draft from the last round; raises ConflictError where there is none, or something was typed.

    After a closed round the school year is the next one, and window and approval are asked for anew. After one that was
    cancelled everything is as it was, since it was opened by mistake.
    """
    earlier = find_earlier(session)
    if earlier is None:
        raise ConflictError(DRAFT_WORDS.not_from_last)
    again = earlier.state == RoundState.CANCELLED
    year = SchoolYear.parse(earlier.school_year)
    fields = {name: str(getattr(earlier, name)) for name in SAME}
    fields |= dict(zip(HOLDERS, list_holders(session, earlier), strict=False))
    fields |= {
        "population": str(earlier.population),
        "school_year": str(year if again else SchoolYear(first=year.first + 1)),
        CUSTODY: earlier.custody,
        REMARKS: CHOSEN if earlier.remarks else "",
    }
    if fields["standard"] not in list_choosable():
        fields["standard"] = ""
    if fields["rule"] not in list_rules():
        fields["rule"] = ""
    if again:
        window = {"opens": f"{earlier.opens:{MINUTE}}", "closes": f"{earlier.closes:{MINUTE}}"}
        fields |= window | {"approver": earlier.approver, "document": earlier.document}
    store_draft(session, fields, actor=actor, now=now)
