"""A second account is a second person: what one administrator alone let in is that administrator's own hand.

Who was made an administrator in the console, or whose password was given anew there, acts after another administrator
agreed and 24 hours passed, or at once when the other one attached a signed letter. Every other account acts at once,
but for what takes two it counts as whoever let it in, until another administrator agreed. The server's owner lets in
at once; the audit and the closing minute say so.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from questionnaires.vocabulary import Role
from survey_app.core.account_sums import record_account
from survey_app.core.errors import ConflictError
from survey_app.core.models import Account

WAIT = timedelta(hours=24)
HOW_TWO = "账号（或它现在的口令）出自同一位管理员。请另一位管理员在“账号”页同意，或者换一个人。"
BOTH = "、"
"""Stands between the names of two who did something together."""


def name_both(first: str, second: str) -> str:
    """Two who did something together, as the log names them."""
    return f"{first}{BOTH}{second}"


def let_in(session: Session, account: Account, *, actor: str, now: datetime) -> None:
    """Note which account's owner gave this one its password; an administrator whom another one let in waits, too."""
    if session.get(Account, actor) is not None:
        account.let_in_by = actor
        account.agreed_by = ""
        account.acts_from = now + WAIT if account.role == Role.ADMINISTRATOR else None


def lacks_agreement(account: Account) -> bool:
    """Whether nobody but who let it in has said whose account it is; of a unit or a township nobody is asked."""
    return bool(account.let_in_by) and not account.agreed_by and not account.scope


def check_two(session: Session, first: str, second: str) -> None:
    """Raise ConflictError where one person may stand behind both accounts."""
    if _who_may_be(session, first) & _who_may_be(session, second):
        raise ConflictError(f"{first} 和 {second} 还不能算两个人。{HOW_TWO}")


def _who_may_be(session: Session, name: str) -> set[str]:
    account = session.get(Account, name)
    return {name, account.let_in_by} if account and lacks_agreement(account) else {name}


def is_waiting(account: Account, now: datetime) -> bool:
    """Whether this account may do nothing yet."""
    if account.acts_from is None:
        return False
    return not account.agreed_by or now < account.acts_from


def agree_to(session: Session, account: Account, *, actor: str, now: datetime, letter: str = "") -> None:
    """Another administrator knows the person; raises ConflictError for who let them in, and for themselves.

    `letter`: the SHA-256 of a signed letter that was attached, with which an administrator acts at once.
    """
    if not lacks_agreement(account):
        raise ConflictError(f"账号 {account.name} 不用等人同意。")
    if actor in (account.let_in_by, account.name):
        raise ConflictError("新增或重置这个账号的人和本人不能同意，请另一位管理员来确认。")
    account.agreed_by = actor
    about = {}
    if letter:
        about["letter"] = letter
    if letter and account.role == Role.ADMINISTRATOR:
        account.acts_from = now
    record_account(session, account, actor, "account_agree", now=now, **about)
