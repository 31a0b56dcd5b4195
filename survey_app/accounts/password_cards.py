"""The second factor of who confirms what another one proposed: a card of numbered passwords, each good once."""

import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from survey_app.accounts.kept_accounts import find_account
from survey_app.accounts.passwords import LETTERS, Random, hash_password, matches
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError
from survey_app.core.models import CardPassword

PASSWORDS = 20
NO_LETTER = re.compile(f"[^{LETTERS}]")


class CardWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    none: str
    empty: str
    wrong: str
    password: str
    no_letter: str
    large_letter: str
    no_appointment: str


CARD_WORDS = msgspec.toml.decode((Path(__file__).parents[1] / "templates" / "cards.toml").read_bytes(), type=CardWords)


class Card(NamedTuple):
    """A card on its way: its passwords in their order, and what is kept of each."""

    passwords: tuple[str, ...]
    hashed: tuple[str, ...]


def draw_card(random: Random) -> Card:
    """A new card; it takes a moment, so that no transaction is to be open meanwhile."""
    passwords = tuple(_draw(random) for _ in range(PASSWORDS))
    return Card(passwords, tuple(hash_password(_read(password)) for password in passwords))


def store_card(session: Session, name: str, card: Card, *, password: str, present: str, now: datetime) -> None:
    """Give somebody this card instead of the one they have.

    Raises ConflictError where `password` is not what they sign in with, or `present` not the next of the card
    they have: who found a desk open, or knows a password, makes no card.
    """
    if not matches(find_account(session, name).password, password):
        raise ConflictError(CARD_WORDS.password)
    if find_next(session, name) is not None:
        use_card(session, name, present, now=now)
    session.execute(delete(CardPassword).where(CardPassword.account == name))
    numbered = enumerate(card.hashed, start=1)
    session.add_all(CardPassword(account=name, number=number, hashed=hashed) for number, hashed in numbered)
    record(session, name, "make_card", f"account {name}", at=now)


def use_card(session: Session, name: str, typed: str, *, now: datetime) -> None:
    """Spend the next password of somebody's card; raises ConflictError for every other text, and without a card."""
    number = find_next(session, name)
    if number is None:
        raise ConflictError(CARD_WORDS.none)
    if not typed:
        raise ConflictError(CARD_WORDS.empty.format(number=number))
    row = session.get_one(CardPassword, (name, number), with_for_update=True)
    if row.used_at is not None or not matches(row.hashed, _read(typed)):
        raise ConflictError(CARD_WORDS.wrong.format(number=number))
    row.used_at = now
    record(session, name, "use_card", f"account {name}", at=now, number=number)


def find_next(session: Session, name: str) -> int | None:
    """The number of the password that is asked for next; none without a card, or when all of it is used."""
    unused = (CardPassword.account == name) & CardPassword.used_at.is_(None)
    return session.scalar(select(func.min(CardPassword.number)).where(unused))


def count_unused(session: Session) -> dict[str, int]:
    """How many passwords each person who has a card may still use."""
    left = func.count().filter(CardPassword.used_at.is_(None)).label("unused")
    found = session.execute(select(CardPassword.account, left).group_by(CardPassword.account))
    return {row.account: row.unused for row in found}


def _draw(random: Random) -> str:
    """Eight letters and digits that cannot be mistaken for each other, in fours; 40 bits."""
    drawn = "".join(LETTERS[int.from_bytes(random(8), "big") % len(LETTERS)] for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def _read(typed: str) -> str:
    """A password as it is kept: without hyphens and blanks, in small letters of the usual width."""
    return NO_LETTER.sub("", unicodedata.normalize("NFKC", typed).casefold())
