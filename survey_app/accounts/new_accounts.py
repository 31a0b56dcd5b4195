"""New accounts: which may be made, and making one."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.account_scopes import read_scope
from survey_app.accounts.kept_accounts import CONFINED, ROLES
from survey_app.accounts.passwords import Random, draw_password, hash_password
from survey_app.core.account_names import find_name_problems, write_name
from survey_app.core.account_sums import record_account
from survey_app.core.errors import ConflictError
from survey_app.core.four_eyes import let_in
from survey_app.core.models import Account


def add_account(
    session: Session, name: str, role: str, scope: str = "", *, actor: str, now: datetime, random: Random
) -> str:
    """Make an account; returns its first password, which its owner has to change. Raises with every problem."""
    account = check_account(session, name, role, scope)
    password = draw_password(random)
    store_account(session, account, hash_password(password), actor=actor, now=now)
    return password


def check_account(session: Session, name: str, role: str, scope: str, beside: Collection[str] = ()) -> Account:
    """An account as it may be made, its name and scope as they are kept; raises ConflictError with every problem.

    `beside`: names that are made together with it.
    """
    name = write_name(name)
    taken = {*session.scalars(select(Account.name)), *beside}
    problems = [
        *find_name_problems(name, sorted(taken)),
        *([f"账号 {name} 已经有了。同名的人在后面写上单位。"] if name in taken else []),
        *([] if role in ROLES else [f"没有 {role} 这种角色。"]),
        *([f"请写明这个账号负责的{CONFINED[role]}。"] if role in CONFINED and not scope else []),
        *(["这种角色看全部单位，不用写负责的单位。"] if role in ROLES and role not in CONFINED and scope else []),
    ]
    if problems:
        raise ConflictError(*problems)
    return Account(name=name, role=role, scope=read_scope(session, role, scope), must_change=True, disabled=False)


def store_account(session: Session, account: Account, hashed: str, *, actor: str, now: datetime) -> None:
    """Make an account that was checked; `hashed` is of its first password."""
    account.password = hashed
    account.made_at = now
    let_in(session, account, actor=actor, now=now)
    session.add(account)
    record_account(session, account, actor, "account_add", now=now, role=account.role, scope=account.scope)
