"""What became of a closed round's key, from what the store and the audit know."""

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from questionnaires.vocabulary import Custody
from reports.evidence.key_fate import KeyFate
from survey_app.core.models import Box, BoxNumber, Round
from survey_app.rounds.key_copies import list_copies
from survey_app.rounds.round_words import ROUND_WORDS


def find_key_fate(round_: Round) -> KeyFate | None:
    """What is known of a stored round's key; None for a round that had none, or that stands in no store.

    The server's own key goes when all boxes of the round have gone: while one is there, it is among those left.
    """
    session = object_session(round_)
    if session is None or round_.public_key is None:
        return None
    custody = Custody(round_.custody)
    copies = list_copies(session, round_)
    own = custody == Custody.SERVER
    left = [copy.line for copy in copies if not copy.destroyed_by]
    if own and _is_waiting(session, round_):
        left.insert(0, ROUND_WORDS.server_key)
    return KeyFate(custody=custody, copies=own + len(copies), left=tuple(left))


def _is_waiting(session: Session, round_: Round) -> bool:
    boxes = select(Box.id).join(BoxNumber, BoxNumber.id == Box.id).where(BoxNumber.round_id == round_.id)
    return session.scalar(boxes.limit(1)) is not None
