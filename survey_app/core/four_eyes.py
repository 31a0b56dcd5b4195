"""A second administrator is a second person: whom one administrator alone let in does nothing for a while.

Who was made an administrator in the console, or whose password was given anew there, acts after another administrator
agreed and 24 hours passed, or at once when the other one attached a signed letter. The server's owner lets in at once;
the audit and the closing minute say so.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from survey_app.core.audit import SERVER_OWNER, record
from survey_app.core.errors import ConflictError
from survey_app.core.models import Account

WAIT = timedelta(hours=24)
ADMINISTRATOR = "administrator"
BOTH = "、"
"""Stands between the names of two who did something together."""


def name_both(first: str, second: str) -> str:
    """Two who did something together, as the log names them."""
    return f"{first}{BOTH}{second}"


def let_wait(account: Account, *, actor: str, now: datetime) -> None:
    """An administrator whom another one let in waits; nobody else does."""
    if account.role == ADMINISTRATOR and actor != SERVER_OWNER:
        account.let_in_by = actor
        account.agreed_by = ""
        account.acts_from = now + WAIT


def is_waiting(account: Account, now: datetime) -> bool:
    """Whether this account may do nothing yet."""
    if account.acts_from is None:
        return False
    return not account.agreed_by or now < account.acts_from


def agree_to(session: Session, account: Account, *, actor: str, now: datetime, letter: str = "") -> None:
    """Another administrator knows the person; raises ConflictError for who let them in, and for themselves.

    `letter`: the SHA-256 of a signed letter that was attached, with which the account acts at once.
    """
    if account.acts_from is None or account.agreed_by:
        raise ConflictError(f"账号 {account.name} 不用等人同意。")
    if actor in (account.let_in_by, account.name):
        raise ConflictError("新增或重置这个账号的人和本人不能同意，请另一位管理员来确认。")
    account.agreed_by = actor
    about = {}
    if letter:
        account.acts_from = now
        about["letter"] = letter
    record(session, actor, "account_agree", f"account {account.name}", at=now, **about)
