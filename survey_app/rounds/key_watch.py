"""Whether the key of the current round is where it should be: said before people answer for nothing."""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.core.errors import NotFoundError
from survey_app.core.models import Box, Round
from survey_app.rounds.key_custody import key_warning
from survey_app.rounds.key_files import KeyFault, find_key_fault
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.round_rows import TAKEN, find_round


class KeyLook(NamedTuple):
    """What is wrong with the key of the round that `find_round` gives, or is to be known of it; "" for nothing."""

    fault: str = ""
    note: str = ""


def look_for_key(session: Session, keys: Path) -> KeyLook:
    """A key that is lost, damaged or unreadable is a fault; one that was moved elsewhere on purpose is only noted."""
    try:
        said = key_warning(session, find_round(session), keys)
    except NotFoundError:
        return KeyLook()
    return KeyLook(note=said) if said == KEY_WORDS.kept_apart else KeyLook(fault=said)


def name_key_state(session: Session, keys: Path) -> str:
    """The same in a word or two, without round or folder, for a page that anybody can read."""
    key = look_for_key(session, keys)
    if not key.fault:
        return key.note and KEY_WORDS.apart
    match find_key_fault(keys, find_round(session).public_key or b""):
        case KeyFault.UNREADABLE:
            return KEY_WORDS.unread
        case KeyFault.DAMAGED:
            return KEY_WORDS.spoilt
    return KEY_WORDS.lost


def is_kept_elsewhere(keys: Path) -> bool:
    """Whether no key ever was in this folder: a process for phones on a machine of its own has none to miss."""
    return not keys.is_dir()


def needs_key(session: Session) -> bool:
    """Whether a key is needed to read what the store holds: a sealed round is under way, or its boxes are here."""
    sealed = select(Round.id).where(Round.public_key.is_not(None), Round.state.in_(TAKEN)).limit(1)
    return session.scalar(sealed) is not None or session.scalar(select(Box.id).limit(1)) is not None
