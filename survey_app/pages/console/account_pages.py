"""Accounts: who may come in, as what, for which township or unit."""

import secrets

from litestar import get, post
from litestar.di import NamedDependency
from sqlalchemy import select

from survey_app.accounts import CONFINED, add_account, disable_account, list_accounts, reset_account
from survey_app.core.errors import SurveyError
from survey_app.core.models import FrameRow
from survey_app.pages.console.console_request import Desk, Page

PAGE = "/console/accounts"


@get("/accounts", sync_to_thread=True)
def show(desk: NamedDependency[Desk]) -> Page:
    """All accounts, and a form for another one."""
    return _show(desk)


@post("/accounts/add", sync_to_thread=True)
def add(desk: NamedDependency[Desk]) -> Page:
    """Another account; its first password is shown this once."""
    name, role, scope = (desk.text(field) for field in ("name", "role", "scope"))
    try:
        with desk.writing() as session:
            password = add_account(
                session, name, role, scope, actor=desk.person.name, now=desk.now, random=secrets.token_bytes
            )
    except SurveyError as error:
        return _show(desk, error.problems, typed={"name": name, "role": role, "scope": scope})
    return _show(desk, given=(name, password))


@post("/accounts/reset", sync_to_thread=True)
def reset(desk: NamedDependency[Desk]) -> Page:
    """A new first password, shown this once."""
    name = desk.text("name")
    with desk.writing() as session:
        password = reset_account(session, name, actor=desk.person.name, now=desk.now, random=secrets.token_bytes)
    return _show(desk, given=(name, password))


@post("/accounts/disable", sync_to_thread=True)
def disable(desk: NamedDependency[Desk]) -> Page:
    """Out, and in no more."""
    with desk.writing() as session:
        disable_account(session, desk.text("name"), actor=desk.person.name, now=desk.now)
    return desk.go(PAGE, done="disabled")


def _show(
    desk: Desk,
    problems: tuple[str, ...] = (),
    given: tuple[str, str] = ("", ""),
    typed: dict[str, str] | None = None,
) -> Page:
    with desk.reading() as session:
        rows = session.execute(select(FrameRow.unit, FrameRow.township).distinct()).all()
        people = list_accounts(session)
        session.expunge_all()
    return desk.page(
        "accounts",
        422 if problems else 200,
        people=people,
        confined=CONFINED,
        scopes=sorted({name for row in rows for name in row if name}),
        problems=problems,
        given=given,
        typed=typed or {"name": "", "role": "", "scope": ""},
    )


HANDLERS = [show, add, reset, disable]
