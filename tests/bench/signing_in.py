"""Somebody who may see everything, for what is measured on the console."""

from secrets import token_bytes

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import Attempt, sign_in
from survey_app.core.models import Account
from survey_app.core.settings import beijing_now


def enter(engine: Engine) -> dict[str, str]:
    """An administrator who is signed in: the head that says so."""
    now = beijing_now()
    with Session(engine) as session, session.begin():
        password = add_account(session, "bench", "administrator", "", actor="bench", now=now, random=token_bytes)
        session.get_one(Account, "bench").must_change = False
    token = sign_in(engine, Attempt(name="bench", password=password), now=now, random=token_bytes).token
    return {"cookie": f"console={token}", "accept-encoding": "br"}
