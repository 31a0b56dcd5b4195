"""Signing in: who may enter, for how long, and what slows down who guesses passwords."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from survey_app.accounts.kept_accounts import find_account
from survey_app.accounts.passwords import LONGEST_PASSWORD, Random, hash_password, matches
from survey_app.core.account_names import write_name
from survey_app.core.account_sums import record_account
from survey_app.core.audit import record
from survey_app.core.db import add_unless_there, reading
from survey_app.core.errors import SurveyError
from survey_app.core.four_eyes import is_waiting
from survey_app.core.models import Account, FailedSignIn, KnownDevice, SignIn

SHORTEST_PASSWORD = 10
IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
TOUCH = timedelta(minutes=1)
FREE_TRIES = 3
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)
DEVICE_KEPT = timedelta(days=184)
SKEW = timedelta(minutes=2)
TICK = timedelta.resolution
WRONG = "账号或口令不对，或者账号已停用。"

_nobody = hash_password("nobody has this password")


class SignInError(SurveyError):
    """The name and the password do not let anybody in, or not yet."""

    status = 401


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A name and a password, and where they come from: a limit key of an address, and what the device was given.

    However the name was typed, it is here as it is kept: what tries and devices are counted by is made of it.
    """

    name: str
    password: str
    address: str = ""
    device: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", write_name(self.name))


class Admitted(NamedTuple):
    """The token for a browser, and what its device is known by from here on."""

    token: str
    device: str


class Person(NamedTuple):
    """Somebody who is signed in; `scope` is the township or the unit that the role is confined to."""

    name: str
    role: str
    scope: str
    must_change: bool
    waits: bool = False


def sign_in(engine: Engine, attempt: Attempt, *, now: datetime, random: Random) -> Admitted:
    """Let somebody in. Raises SignInError.

    Nothing is written before the password was looked at, and nothing of who has to wait. The answer is given after the
    try was counted, so that many at once gain nothing; names that do not exist wait as long as those that do. Tries
    count for the name and where they come from together: whoever guesses waits, and the owner of the name does not,
    on a device they came from before or from another address.
    """
    name = attempt.name
    with Session(reading(engine)) as session:
        account = session.get(Account, name)
        known = account if account and not account.disabled else None
        origin = _find_origin(session, attempt, now)
        _check_wait(session.get(FailedSignIn, origin), now)
        counted, hashed = (name if account else ""), (known.password if known else _nobody)
    right = matches(hashed, attempt.password) and known is not None
    with Session(engine) as session, session.begin():
        session.execute(delete(FailedSignIn).where(FailedSignIn.until < now - FORGOTTEN))
        failed = _lock_tries(session, origin, counted, now)
        _check_wait(failed, now)
        if right:
            session.delete(failed)
            device = attempt.device or random(16).hex()
            _remember(session, name, device, now)
            record(session, name, "sign_in", "console", at=now)
            return Admitted(token=_open(session, name, now, random), device=device)
        _count_failure(session, failed, now)
    raise SignInError(WRONG)


def knows_device(store: Engine, attempt: Attempt, now: datetime) -> bool:
    """Whether the owner of this name came in with this device before."""
    with Session(store) as session:
        return _find_device(session, attempt, now) is not None


def sign_out(session: Session, token: str, *, actor: str, now: datetime) -> None:
    """End what this token opened."""
    session.execute(delete(SignIn).where(SignIn.digest == _digest(token, b"token")))
    record(session, actor, "sign_out", "console", at=now)


def find_person(engine: Engine, store: Engine, token: str, now: datetime, *, used: bool = True) -> Person | None:
    """Who holds this token, unless it has ended: after two hours without use, and twelve in any case.

    `store` is read; `engine` is written at most once a minute, to remember that the token is in use. With
    `used` False nobody is taken to be there: a page left open asks by itself.
    """
    digest = _digest(token, b"token")
    with Session(store) as session:
        row = session.execute(
            select(Account, SignIn.seen)
            .join(SignIn, SignIn.account == Account.name)
            .where(SignIn.digest == digest, SignIn.began.between(now - LONGEST + TICK, now + SKEW))
            .where(SignIn.seen.between(now - IDLE + TICK, now + SKEW))
            .where(~Account.disabled)
        ).first()
        if row is None:
            return None
        account, seen = row
        person = Person(account.name, account.role, account.scope, account.must_change, is_waiting(account, now))
    if used and now - seen >= TOUCH:
        with engine.begin() as connection:
            connection.execute(update(SignIn).where(SignIn.digest == digest).values(seen=now))
    return person


def change_password(
    session: Session, name: str, old: str, new: str, again: str, *, now: datetime, random: Random
) -> str:
    """Give oneself another password, which ends all that was open; returns a new token. Raises with every problem."""
    account = find_account(session, name)
    problems = [
        *([] if matches(account.password, old) else ["现在的口令不对。"]),
        *([] if SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD else [f"新口令至少{SHORTEST_PASSWORD}个字符。"]),
        *(["新口令不能和现在的一样。"] if new == old else []),
        *(["新口令里不能有账号名。"] if name.casefold() in new.casefold() else []),
        *(["新口令用到的不同字符太少。"] if len(set(new)) < SHORTEST_PASSWORD // 2 else []),
        *([] if new == again else ["两次输入的新口令不一样。"]),
    ]
    if problems:
        raise SurveyError(*problems)
    account.password = hash_password(new)
    account.must_change = False
    session.execute(delete(SignIn).where(SignIn.account == name))
    record_account(session, account, name, "password_change", now=now)
    return _open(session, name, now, random)


def csrf_of(token: str) -> str:
    """What every form of this token's pages carries, and no other site can know."""
    return _digest(token, b"csrf").hex()


def _open(session: Session, name: str, now: datetime, random: Random) -> str:
    """A new token; those that have ended, or began under a clock that was ahead, are swept out on the way."""
    session.execute(delete(SignIn).where((SignIn.began <= now - LONGEST) | (SignIn.seen <= now - IDLE)))
    session.execute(delete(SignIn).where((SignIn.began > now + SKEW) | (SignIn.seen > now + SKEW)))
    token = random(32).hex()
    session.add(SignIn(digest=_digest(token, b"token"), account=name, began=now, seen=now))
    return token


def _find_origin(session: Session, attempt: Attempt, now: datetime) -> bytes:
    """What tries are counted by: the name from a device that its owner came from before, else from an address."""
    known = _find_device(session, attempt, now)
    return known.digest if known else _digest(f"{attempt.name} {attempt.address}", b"name")


def _find_device(session: Session, attempt: Attempt, now: datetime) -> KnownDevice | None:
    """The device, unless it was not seen for half a year. A time that lies ahead counts as now."""
    digest = _digest(f"{attempt.name} {attempt.device}", b"device")
    device = session.get(KnownDevice, digest) if attempt.device else None
    return device if device and device.seen >= now - DEVICE_KEPT else None


def _remember(session: Session, name: str, device: str, now: datetime) -> None:
    """The device is one of this name's from here on; what was not seen for half a year is forgotten."""
    session.execute(delete(KnownDevice).where(KnownDevice.seen < now - DEVICE_KEPT))
    session.execute(update(KnownDevice).where(KnownDevice.seen > now).values(seen=now))
    session.merge(KnownDevice(digest=_digest(f"{name} {device}", b"device"), account=name, seen=now))


def _check_wait(failed: FailedSignIn | None, now: datetime) -> None:
    """Raise SignInError for who has to wait. A time that no wait reaches is of a clock that was ahead, and is now."""
    if failed and now < failed.until <= now + LONGEST_DELAY:
        raise SignInError(f"连续输错多次，请在{failed.until:%H:%M:%S}以后再试。")


def _lock_tries(session: Session, digest: bytes, name: str, until: datetime) -> FailedSignIn:
    """What failed under this digest so far, for this transaction alone."""
    add_unless_there(session, FailedSignIn, digest=digest, account=name, times=0, until=until)
    return session.get_one(FailedSignIn, digest, with_for_update=True)


def _count_failure(session: Session, failed: FailedSignIn, now: datetime) -> None:
    """Count a failed try from there, and for its name on this day.

    The log has a name's first of a day, the second, the fourth, the eighth and so on: however many somebody makes, it
    grows by a few rows.
    """
    failed.times += 1
    if failed.times >= FREE_TRIES:
        failed.until = now + min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(failed.times - FREE_TRIES, 10))
    day = _digest(f"{failed.account} {now:%Y-%m-%d}", b"day")
    today = _lock_tries(session, day, failed.account, now + timedelta(days=1))
    today.times += 1
    if today.times.bit_count() == 1:
        record(session, failed.account or "unknown", "sign_in_failed", "console", at=now, today=today.times)


def _digest(content: str, meaning: bytes) -> bytes:
    return blake2b(content.encode(), digest_size=16, person=meaning).digest()
