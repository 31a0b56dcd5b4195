"""What lets somebody in, as a sum that the latest act on their account carries: what is changed by hand is named.

The sum tells nothing to who reads the log: a password's hash has sixteen random bytes of its own in it.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.core.audit import record
from survey_app.core.models import Account, Audit

KEPT = "kept"
DIGITS = 32


def record_account(
    session: Session, account: Account, actor: str, action: str, /, now: datetime, **detail: Any
) -> None:
    """Record an act on an account once all that it changes is changed, with the sum of what the account is by then."""
    session.flush()
    record(session, actor, action, f"account {account.name}", at=now, **detail, **{KEPT: sum_account(account)})


def sum_account(account: Account) -> str:
    """The sum over role, scope, password's hash, whether they are let in, and since when and by whom they act."""
    acts_from = account.acts_from and account.acts_from.isoformat(timespec="microseconds")
    lets_in = [account.name, account.role, account.scope, account.password, account.disabled]
    content = [*lets_in, acts_from, account.let_in_by, account.agreed_by]
    return sha256(json.dumps(content).encode()).hexdigest()[:DIGITS]


def find_changed_accounts(session: Session) -> Iterator[str]:
    """The names of accounts that are let in and are not what their latest act made them.

    An account on which an earlier release acted last has no sum, and is not compared before its next change. Accounts
    and acts are read at once: somebody may change a password meanwhile.
    """
    kept = Audit.detail[KEPT].as_string()
    acts = select(Account, kept).join(Audit, Audit.subject == "account " + Account.name)
    let_in = acts.where(Account.disabled.is_(False), kept.is_not(None)).order_by(Account.name, Audit.id)
    latest: dict[Account, str] = dict(session.execute(let_in).all())
    for account, noted in latest.items():
        if noted != sum_account(account):
            yield account.name
