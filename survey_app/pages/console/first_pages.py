"""The first run: who opens the link that the service printed names the administrators and prints their passwords."""

import secrets
from dataclasses import replace

import click
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from sqlalchemy.orm import Session

from survey_app.accounts.first_administrators import FIRST_WORDS, has_administrator, make_first
from survey_app.core.errors import NotFoundError
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm
from survey_app.pages.console.console_request import ConsoleDeps, ConsoleRequest, Page
from survey_app.pages.console.sign_in_pages import make_login_cookie

PAGE = "/console/login/first"


class FirstAdministrators(PostedForm):
    """The key of the link, and the names of two or three administrators."""

    key: Line = ""
    name_1: Line = ""
    name_2: Line = ""
    name_3: Line = ""


def say_first_link(deps: ConsoleDeps) -> None:
    """Print the link by which the first administrators are made, where there are none; it is logged nowhere."""
    with Session(deps.store) as session:
        if has_administrator(session):
            return
    link = f"{deps.settings.public_url}{PAGE}?key={deps.first.draw(secrets.token_bytes)}"
    click.echo(FIRST_WORDS.link.format(link=link))


@get("/login/first", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], key: FromQuery[str] = "") -> Page:
    """The names of the first administrators, for who has the link."""
    return draw_first(console, FormProblems(200, typed={"key": key}))


def draw_first(console: ConsoleRequest, found: FormProblems) -> Page:
    """The form, with what was wrong; raises NotFoundError where the link opens nothing."""
    key = found.typed.get("key", "")
    with console.reading() as session:
        _check_link(console, key, over=has_administrator(session))
    cookie = make_login_cookie(console)
    typed = dict.fromkeys(("name_1", "name_2", "name_3"), "") | dict(found.typed)
    page = replace(console, token=cookie.value or "")
    return page.page("first", found.status, (cookie,), problems=found.problems, typed=typed, key=key)


@post("/login/first", sync_to_thread=True, again=draw_first)
def make(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[FirstAdministrators]) -> Page:
    """Make them; their first passwords are shown this once, to be printed and cut."""
    _check_link(console, data.key, over=False)
    names = (data.name_1, data.name_2, data.name_3)
    with console.writing() as session:
        made = make_first(session, names, now=console.now, random=secrets.token_bytes)
    address = f"{console.deps.settings.public_url}/console"
    return console.page("password_sheets", sheets=made, address=address, first=True)


def _check_link(console: ConsoleRequest, key: str, *, over: bool) -> None:
    """Raise for a link that opens nothing; who guesses is slowed like who guesses passwords."""
    if not over and console.deps.first.fits(key):
        return
    console.count_try()
    raise NotFoundError(FIRST_WORDS.over)


HANDLERS = [show, make]
