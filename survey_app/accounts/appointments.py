"""Signed letters (委托书) by which a new administrator acts at once."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from survey_app.accounts.password_cards import CARD_WORDS
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.core.models import Account, Appointment

LARGEST = 5 * 1024 * 1024
TYPES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""How the files begin that a letter may be, and what a browser is told they are."""


def attach_appointment(session: Session, account: Account, file: str, content: bytes, now: datetime) -> str:
    """Keep the letter; returns its SHA-256. Raises ConflictError for a file that is no letter."""
    if len(content) > LARGEST:
        raise ConflictError(CARD_WORDS.large_letter.format(most=LARGEST // 1024**2))
    find_type(content)
    session.merge(Appointment(account=account.name, file=file, content=content, at=now))
    return sha256(content).hexdigest()


def find_appointment(session: Session, name: str) -> Appointment:
    """The letter of an account; raises NotFoundError where none was attached."""
    found = session.get(Appointment, name)
    if found is None:
        raise NotFoundError(CARD_WORDS.no_appointment.format(name=name))
    return found


def find_type(content: bytes) -> str:
    """What kind of file a letter is, by how it begins; raises ConflictError for every other kind."""
    for start, media_type in TYPES.items():
        if content.startswith(start):
            return media_type
    raise ConflictError(CARD_WORDS.no_letter)
