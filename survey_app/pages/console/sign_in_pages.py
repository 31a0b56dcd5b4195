"""Coming in, changing one's password, going out."""

import asyncio
import secrets
from dataclasses import replace
from functools import partial

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from survey_app.accounts.first_administrators import FIRST_WORDS, has_administrator
from survey_app.accounts.signing_in import (
    SHORTEST_PASSWORD,
    Admitted,
    Attempt,
    change_password,
    find_person,
    knows_device,
    sign_in,
    sign_out,
)
from survey_app.core.weighty_acts import list_untold
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.kept_forms import KeptForm, read_kept

LOGIN_CSRF = "login_csrf"
NO_PROBLEMS = FormProblems(200)


class SignInForm(PostedForm):
    """Who wants to come in, and to which page; `kept` is what they were sending when their time had ended."""

    AS_TYPED = frozenset({"password", "kept"})
    name: Line = ""
    password: str = ""
    to: str = ""
    kept: str = ""


class PasswordForm(PostedForm):
    """Another password, twice, and the present one."""

    AS_TYPED = frozenset({"old", "new", "again"})
    old: str = ""
    new: str = ""
    again: str = ""


@get("/login", sync_to_thread=False)
def show_login(console: NamedDependency[ConsoleRequest], to: FromQuery[str] = "") -> Page:
    """Name and password; the form has a token of its own, so that no other site can send it."""
    return draw_login(console, FormProblems(200, typed={"to": to}))


def draw_login(console: ConsoleRequest, found: FormProblems) -> Page:
    """The form to come in, with what was wrong."""
    cookie = make_login_cookie(console)
    about = {"to": read_way(found.typed.get("to", "")), "name": found.typed.get("name", "")}
    about |= {"kept": found.typed.get("kept", "")}
    with console.reading() as session:
        about["none_yet"] = "" if has_administrator(session) else FIRST_WORDS.none_yet
    page = replace(console, token=cookie.value or "")
    return page.page("login", found.status, (cookie,), problems=found.problems, **about)


def make_login_cookie(console: ConsoleRequest) -> Cookie:
    """The token of a form for who is not signed in, of that form alone."""
    return Cookie(
        key=LOGIN_CSRF, value=secrets.token_hex(32), path="/console/login", max_age=3600, httponly=True,
        samesite="strict", secure=console.deps.settings.secure,
    )  # fmt: skip


@post("/login", again=draw_login)
async def enter(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[SignInForm]) -> Page:
    """Let somebody in, to where they were going; an administrator is told first what others did meanwhile."""
    attempt = Attempt(name=data.name, password=data.password, address=console.address, device=console.device)
    admitted = await come_in(console, attempt)
    return await asyncio.to_thread(_lead_in, console, data, attempt.name, admitted)


async def come_in(console: ConsoleRequest, attempt: Attempt) -> Admitted:
    """Let somebody in when it is their turn; strangers' tries are counted by address, and wait behind one another."""
    deps = console.deps
    known = bool(attempt.device) and await asyncio.to_thread(knows_device, deps.store, attempt, console.now)
    if not known:
        console.count_try()
    place = deps.sign_ins.find_place(attempt.name, attempt.address, on_known_device=known)
    look = partial(sign_in, deps.engine, attempt, now=console.now, random=secrets.token_bytes)
    admitted = await deps.sign_ins.take_turn(place, look)
    deps.sign_ins.remember(attempt.name, attempt.address)
    return admitted


def _lead_in(console: ConsoleRequest, data: SignInForm, name: str, admitted: Admitted) -> Page:
    cookies = (*console.cookies(admitted.token), console.device_cookie(admitted.device))
    with console.reading() as session:
        untold = list_untold(session, name)
    if kept := read_kept(data.kept):
        return draw_kept(replace(console, token=admitted.token), kept, cookies, untold=bool(untold))
    return (
        console.go("/console/since", cookies, to=read_way(data.to))
        if untold
        else console.go(read_way(data.to), cookies)
    )


def draw_kept(console: ConsoleRequest, kept: KeptForm, cookies: tuple[Cookie, ...], *, untold: bool) -> Page:
    """What was being sent when the time had ended, to be sent now by who came in."""
    person = find_person(console.deps.engine, console.deps.store, console.token, console.now) or console.person
    return replace(console, person=person).page("kept", 200, cookies, kept=kept, untold=untold)


@post("/logout", sync_to_thread=True)
def leave(console: NamedDependency[ConsoleRequest]) -> Page:
    """Go out."""
    with console.writing() as session:
        sign_out(session, console.token, **console.act)
    return console.go("/console/login", console.cookies(""))


@get("/password", sync_to_thread=False)
def show_password(console: NamedDependency[ConsoleRequest]) -> Page:
    """The form for another password."""
    return draw_password(console, NO_PROBLEMS)


def draw_password(console: ConsoleRequest, found: FormProblems) -> Page:
    """The form for another password, with what was wrong with the one before."""
    status = 422 if found.problems else 200
    return console.page("password", status, problems=found.problems, shortest=SHORTEST_PASSWORD)


@post("/password", sync_to_thread=True, again=draw_password)
def replace_password(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[PasswordForm]) -> Page:
    """Another password, and with it another token."""
    typed = (data.old, data.new, data.again)
    with console.writing() as session:
        token = change_password(session, console.person.name, *typed, now=console.now, random=secrets.token_bytes)
    return console.go("/console", console.cookies(token), done="password")


def read_way(way: str) -> str:
    """An address of the console (or the API's viewer) to go on to, and nothing else."""
    inside = way in ("/console", "/api") or way.startswith(("/console/", "/console?"))
    return way if inside and "\\" not in way and way.isprintable() and "/login" not in way else "/console"


HANDLERS = [show_login, enter, leave, show_password, replace_password]
