"""Accounts of the console: who may enter, for how long, and what slows down who guesses passwords."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, NotFoundError, SurveyError
from survey_app.core.models import Account, FailedSignIn, SignIn

ROLES = {
    "administrator": "管理员",
    "county": "区县工作人员",
    "township": "乡镇工作人员",
    "unit": "单位联系人",
    "analyst": "统计分析员",
}
CONFINED = {"township": "乡镇（街道）", "unit": "单位"}
NAME = re.compile(r"[\w.-]{2,40}")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
TOUCH = timedelta(minutes=1)
FREE_TRIES = 3
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
WRONG = "账号或口令不对，或者账号已停用。"

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's least: phones want the cores too
_nobody = _hasher.hash("nobody has this password")
_hashing = BoundedSemaphore(2)


class SignInError(SurveyError):
    """The name and the password do not let anybody in, or not yet."""

    status = 401


class Person(NamedTuple):
    """Somebody who is signed in; `scope` is the township or the unit that the role is confined to."""

    name: str
    role: str
    scope: str
    must_change: bool


Random = Callable[[int], bytes]


def add_account(
    session: Session, name: str, role: str, scope: str = "", *, actor: str, now: datetime, random: Random
) -> str:
    """Make an account; returns its first password, which its owner has to change. Raises with every problem."""
    problems = [
        *([] if NAME.fullmatch(name) else ["账号名用2到40个汉字、字母、数字、点或横线。"]),
        *([f"账号 {name} 已经有了。"] if session.get(Account, name) else []),
        *([] if role in ROLES else [f"没有 {role} 这种角色。"]),
        *([f"请写明这个账号负责的{CONFINED[role]}。"] if role in CONFINED and not scope else []),
        *(["这种角色看全区（县），不用写负责的单位。"] if role in ROLES and role not in CONFINED and scope else []),
    ]
    if problems:
        raise ConflictError(*problems)
    password = _draw_password(random)
    session.add(
        Account(
            name=name, role=role, scope=scope, password=_hash(password), must_change=True, disabled=False, made_at=now
        )
    )
    record(session, actor, "account_add", f"account {name}", at=now, role=role, scope=scope)
    return password


def reset_account(session: Session, name: str, *, actor: str, now: datetime, random: Random) -> str:
    """Give an account a new first password, let it in again and end what it had open; returns the password."""
    account = find_account(session, name)
    password = _draw_password(random)
    account.password = _hash(password)
    account.must_change = True
    account.disabled = False
    session.execute(delete(SignIn).where(SignIn.account == name))
    session.execute(delete(FailedSignIn).where(FailedSignIn.digest == _digest(name, b"name")))
    record(session, actor, "account_reset", f"account {name}", at=now)
    return password


def disable_account(session: Session, name: str, *, actor: str, now: datetime) -> None:
    """Let an account in no more, from this moment; the last administrator stays."""
    account = find_account(session, name)
    others = select(Account.name).where(Account.role == "administrator", ~Account.disabled, Account.name != name)
    if account.role == "administrator" and session.scalars(others).first() is None:
        raise ConflictError("这是最后一个管理员账号，不能停用。")
    account.disabled = True
    session.execute(delete(SignIn).where(SignIn.account == name))
    record(session, actor, "account_disable", f"account {name}", at=now)


def find_account(session: Session, name: str) -> Account:
    """The account of that name."""
    account = session.get(Account, name)
    if account is None:
        raise NotFoundError(f"没有账号 {name}。")
    return account


def list_accounts(session: Session) -> list[Account]:
    """All accounts by name."""
    return list(session.scalars(select(Account).order_by(Account.name)))


def sign_in(engine: Engine, name: str, password: str, *, now: datetime, random: Random) -> str:
    """Let somebody in; returns the token for their browser. Raises SignInError.

    A try is counted before the password is looked at, so that many at once gain nothing; names that do not
    exist wait as long as those that do.
    """
    with Session(engine) as session, session.begin():
        account = session.get(Account, name)
        known = account if account and not account.disabled else None
        barred = _count_try(session, name, now)
        if barred:
            record(session, name if account else "unknown", "sign_in_barred", "console", at=now)
        hashed = known.password if known else _nobody
    if barred:
        raise SignInError(f"连续输错多次，请在{barred:%H:%M:%S}以后再试。")
    right = _matches(hashed, password) and known is not None
    with Session(engine) as session, session.begin():
        record(session, name if account else "unknown", "sign_in" if right else "sign_in_failed", "console", at=now)
        if right:
            session.execute(delete(FailedSignIn).where(FailedSignIn.digest == _digest(name, b"name")))
            return _open(session, name, now, random)
    raise SignInError(WRONG)


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
            .where(SignIn.digest == digest, SignIn.began > now - LONGEST, SignIn.seen > now - IDLE)
            .where(~Account.disabled)
        ).first()
        if row is None:
            return None
        account, seen = row
        person = Person(account.name, account.role, account.scope, account.must_change)
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
        *([] if _matches(account.password, old) else ["现在的口令不对。"]),
        *([] if SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD else [f"新口令至少{SHORTEST_PASSWORD}个字符。"]),
        *(["新口令不能和现在的一样。"] if new == old else []),
        *(["新口令里不能有账号名。"] if name.casefold() in new.casefold() else []),
        *(["新口令用到的不同字符太少。"] if len(set(new)) < SHORTEST_PASSWORD // 2 else []),
        *([] if new == again else ["两次输入的新口令不一样。"]),
    ]
    if problems:
        raise SurveyError(*problems)
    account.password = _hash(new)
    account.must_change = False
    session.execute(delete(SignIn).where(SignIn.account == name))
    record(session, name, "password_change", f"account {name}", at=now)
    return _open(session, name, now, random)


def csrf_of(token: str) -> str:
    """What every form of this token's pages carries, and no other site can know."""
    return _digest(token, b"csrf").hex()


def _open(session: Session, name: str, now: datetime, random: Random) -> str:
    """A new token; those that have ended are swept out on the way."""
    session.execute(delete(SignIn).where((SignIn.began <= now - LONGEST) | (SignIn.seen <= now - IDLE)))
    token = random(32).hex()
    session.add(SignIn(digest=_digest(token, b"token"), account=name, began=now, seen=now))
    return token


def _count_try(session: Session, name: str, now: datetime) -> datetime | None:
    """Count one more try for this name; returns until when it is refused, or None if it may be made."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.until < now - FORGOTTEN))
    digest = _digest(name, b"name")
    new = _INSERT[session.get_bind().dialect.name](FailedSignIn).values(digest=digest, times=0, until=now)
    session.execute(new.on_conflict_do_nothing())
    failed = session.get_one(FailedSignIn, digest, with_for_update=True)
    if failed.until > now:
        return failed.until
    failed.times += 1
    if failed.times >= FREE_TRIES:
        failed.until = now + min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(failed.times - FREE_TRIES, 10))
    return None


def _draw_password(random: Random) -> str:
    """Twelve letters and digits that cannot be mistaken for each other, in fours; 59 bits."""
    drawn = "".join(LETTERS[int.from_bytes(random(8), "big") % len(LETTERS)] for _ in range(12))
    return "-".join(drawn[start : start + 4] for start in (0, 4, 8))


def _hash(password: str) -> str:
    with _hashing:
        return _hasher.hash(password)


def _matches(hashed: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(hashed, password[:LONGEST_PASSWORD])
        except VerifyMismatchError:
            return False


def _digest(content: str, meaning: bytes) -> bytes:
    return blake2b(content.encode(), digest_size=16, person=meaning).digest()
