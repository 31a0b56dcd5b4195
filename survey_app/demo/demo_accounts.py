"""One account a role (two administrators: closing takes two), their passwords in a file beside the codes."""

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.kept_accounts import ROLES
from survey_app.accounts.new_accounts import add_account
from survey_app.core.models import Account, FrameRow, Round

NAMES = {
    "admin": "administrator",
    "admin2": "administrator",
    "county": "county",
    "township": "township",
    "unit": "unit",
    "analyst": "analyst",
}


def add_example_accounts(
    session: Session, round_: Round, path: Path, *, actor: str, now: datetime, random: Callable[[int], bytes]
) -> None:
    """Make the accounts and write them down; theirs is an example, so the first password may stay."""
    unit, township = session.execute(
        select(FrameRow.unit, FrameRow.township)
        .where(FrameRow.round_id == round_.id, FrameRow.group == "student", FrameRow.invited > 0)
        .order_by(FrameRow.id)
    ).first() or ("", "")
    scopes = {"unit": unit, "township": township}
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["account", "password", "role", "scope"])
        for name, role in NAMES.items():
            scope = scopes.get(role, "")
            password = add_account(session, name, role, scope, actor=actor, now=now, random=random)
            session.get_one(Account, name).must_change = False
            rows.writerow([name, password, role, scope])


def describe_accounts(path: Path) -> list[str]:
    """A line an account, for the terminal."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            f"{row['account']}  {row['password']}  {ROLES[row['role']]}{'：' if row['scope'] else ''}{row['scope']}"
            for row in csv.DictReader(file)
        ]
