"""The numbers of opened boxes beside what the openings counted: an opening alone writes such numbers."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.core.models import Audit, BoxNumber, Round
from survey_app.rounds.round_words import ROUND_WORDS


def find_stray_numbers(session: Session) -> Iterator[str]:
    """Each round that has more or fewer numbers than its opening counted boxes, a sentence each; not opened is none."""
    counted = select(Audit.subject, Audit.detail["boxes"].as_integer()).where(Audit.action == "open_boxes")
    opened: dict[str, int] = dict(session.execute(counted.order_by(Audit.id)).all())
    kept = select(BoxNumber.round_id, func.count()).group_by(BoxNumber.round_id)
    numbers: dict[int, int] = dict(session.execute(kept).all())
    for round_id, name in session.execute(select(Round.id, Round.name).order_by(Round.id)):
        found = numbers.get(round_id, 0)
        wanted = opened.get(f"round {name}", 0)
        if found != wanted:
            yield ROUND_WORDS.stray_numbers.format(round=name, opened=wanted, numbers=found)
