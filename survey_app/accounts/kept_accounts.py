"""The accounts there are: what roles they have, resetting one and ending one."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Role
from survey_app.accounts.passwords import Random, draw_password, hash_password
from survey_app.core.account_names import write_name
from survey_app.core.account_sums import record_account
from survey_app.core.errors import ConflictError, NotFoundError
from survey_app.core.four_eyes import let_in
from survey_app.core.models import Account, CardPassword, FailedSignIn, KnownDevice, SignIn

ROLES = {role.value: role.zh for role in Role}
CONFINED = {"township": "乡镇（街道）", "unit": "单位"}


def reset_account(session: Session, name: str, *, actor: str, now: datetime, random: Random) -> str:
    """Give an account a new first password, let it in again and end what it had open, its card too; returns it."""
    account = find_account(session, name)
    password = draw_password(random)
    account.password = hash_password(password)
    account.must_change = True
    account.disabled = False
    let_in(session, account, actor=actor, now=now)
    for kept in (SignIn, FailedSignIn, KnownDevice, CardPassword):
        session.execute(delete(kept).where(kept.account == account.name))
    record_account(session, account, actor, "account_reset", now=now)
    return password


def disable_account(session: Session, name: str, *, actor: str, now: datetime) -> None:
    """Let an account in no more, from this moment; the last administrator stays."""
    account = find_account(session, name)
    administrators = select(Account.name).where(Account.role == Role.ADMINISTRATOR, ~Account.disabled)
    others = administrators.where(Account.name != account.name)
    if account.role == Role.ADMINISTRATOR and session.scalars(others).first() is None:
        raise ConflictError("这是最后一个管理员账号，不能停用。")
    account.disabled = True
    session.execute(delete(SignIn).where(SignIn.account == account.name))
    record_account(session, account, actor, "account_disable", now=now)


def find_account(session: Session, name: str) -> Account:
    """The account of that name, however it was typed."""
    account = session.get(Account, write_name(name))
    if account is None:
        raise NotFoundError(f"没有账号 {name}。")
    return account


def list_accounts(session: Session) -> list[Account]:
    """All accounts by name."""
    return list(session.scalars(select(Account).order_by(Account.name)))
