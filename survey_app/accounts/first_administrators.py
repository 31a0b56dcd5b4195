"""The first administrators of an empty store: made in the browser by whoever reads the link that the service prints."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Role
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.passwords import Random
from survey_app.core.account_names import write_name
from survey_app.core.audit import SERVER_OWNER, record
from survey_app.core.db import StoreLock, take_lock
from survey_app.core.errors import ConflictError
from survey_app.core.models import Account

LEAST = 2
TEMPLATES = Path(__file__).parents[1] / "templates"


class FirstWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of the first administrators; names in braces are filled in by who says it."""

    link: str
    none_yet: str
    over: str
    too_few: str
    twice: str


FIRST_WORDS = msgspec.toml.decode((TEMPLATES / "first.toml").read_bytes(), type=FirstWords)


class FirstPassword(msgspec.Struct, frozen=True, kw_only=True):
    """What a new account's owner is given on paper: the name and the password of the first sign-in."""

    name: str
    password: str
    role: str = Role.ADMINISTRATOR
    scope: str = ""


class FirstLink:
    """The key of the one link by which the first administrators are made: its hash, in the memory of one service."""

    def __init__(self) -> None:
        self._digest = b""

    def draw(self, random: Random) -> str:
        """A new key; the one before fits no more."""
        key = random(16).hex()
        self._digest = _hash(key)
        return key

    def fits(self, key: str) -> bool:
        """Whether this is the key that was drawn last."""
        return bool(self._digest) and compare_digest(_hash(key), self._digest)


def has_administrator(session: Session) -> bool:
    """Whether there is an administrator already, so that no link makes any."""
    return session.scalars(select(Account.name).where(Account.role == Role.ADMINISTRATOR).limit(1)).first() is not None


def make_first(session: Session, typed: Sequence[str], *, now: datetime, random: Random) -> list[FirstPassword]:
    """Make the first administrators, all or none; returns their first passwords.

    They act at once, as accounts that the server's owner makes: the link stands where only the owner reads. Raises
    ConflictError where an administrator is there already, and with everything that is wrong with the names.
    """
    take_lock(session.connection(), StoreLock.FIRST)
    if has_administrator(session):
        raise ConflictError(FIRST_WORDS.over)
    names = [name for name in map(write_name, typed) if name]
    _check_names(names)
    problems: list[str] = []
    made: list[FirstPassword] = []
    for name in names:
        try:
            password = add_account(session, name, Role.ADMINISTRATOR, actor=SERVER_OWNER, now=now, random=random)
        except ConflictError as error:
            problems += error.problems
        else:
            made.append(FirstPassword(name=name, password=password))
    if problems:
        raise ConflictError(*problems)
    record(session, SERVER_OWNER, "first_link", "console", at=now, accounts=len(made))
    return made


def _check_names(names: Sequence[str]) -> None:
    """Raise for fewer than two people, and for one named twice."""
    if len(set(names)) < len(names):
        raise ConflictError(FIRST_WORDS.twice)
    if len(names) < LEAST:
        raise ConflictError(FIRST_WORDS.too_few)


def _hash(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=16, person=b"first link").digest()
