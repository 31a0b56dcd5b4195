"""Schools that the list of schools and the frame call by two locales, said before a sample is drawn by one of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Locale
from survey_app.core.models import FrameRow, School
from survey_app.rounds.draft_words import DRAFT_WORDS

MOST_NAMED = 10


def find_other_locales(session: Session) -> list[str]:
    """One sentence that names the schools whose rows of the waiting frame say another locale than the list; or none."""
    differ = (
        select(School.code, School.name, School.locale, FrameRow.locale)
        .join(FrameRow, FrameRow.unit == School.code)
        .where(FrameRow.round_id.is_(None), School.locale != "", FrameRow.locale != "")
        .where(School.locale != FrameRow.locale)
        .distinct()
        .order_by(School.code, FrameRow.locale)
    )
    named = [
        DRAFT_WORDS.two_locales.format(school=name, listed=Locale(listed).zh, framed=Locale(framed).zh)
        for _, name, listed, framed in session.execute(differ)
    ]
    rest = DRAFT_WORDS.other_schools.format(count=len(named)) if len(named) > MOST_NAMED else ""
    return [DRAFT_WORDS.other_locales.format(schools="、".join(named[:MOST_NAMED]) + rest)] if named else []
