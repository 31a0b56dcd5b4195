"""Coming in, changing one's password, going out."""

import secrets

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from survey_app.accounts import SHORTEST_PASSWORD, SignInError, change_password, sign_in, sign_out
from survey_app.core.errors import SurveyError
from survey_app.pages.console.console_request import Desk, Page

KNOCK = "knock"


@get("/login", sync_to_thread=False)
def show_login(desk: NamedDependency[Desk]) -> Page:
    """Name and password; the form has a token of its own, so that no other site can send it."""
    return _show_login(desk, _read_way(desk.query.get("to", "")))


@post("/login", sync_to_thread=True)
def enter(desk: NamedDependency[Desk]) -> Page:
    """Let somebody in, to where they were going."""
    way, name = _read_way(desk.text("to")), desk.text("name")
    desk.count_try()
    password = desk.form.get("password", "")
    try:
        token = sign_in(desk.office.engine, name, str(password), now=desk.now, random=secrets.token_bytes)
    except SignInError as error:
        return _show_login(desk, way, name, error.problems)
    return desk.go(way, desk.cookies(token))


@post("/logout", sync_to_thread=True)
def leave(desk: NamedDependency[Desk]) -> Page:
    """Go out."""
    with desk.writing() as session:
        sign_out(session, desk.token, actor=desk.person.name, now=desk.now)
    return desk.go("/console/login", desk.cookies(""))


@get("/password", sync_to_thread=False)
def show_password(desk: NamedDependency[Desk]) -> Page:
    """The form for another password."""
    return desk.page("password", problems=(), shortest=SHORTEST_PASSWORD)


@post("/password", sync_to_thread=True)
def replace_password(desk: NamedDependency[Desk]) -> Page:
    """Another password, and with it another token."""
    old, new, again = (str(desk.form.get(field, "")) for field in ("old", "new", "again"))
    try:
        with desk.writing() as session:
            token = change_password(
                session, desk.person.name, old, new, again, now=desk.now, random=secrets.token_bytes
            )
    except SurveyError as error:
        return desk.page("password", 422, problems=error.problems, shortest=SHORTEST_PASSWORD)
    return desk.go("/console", desk.cookies(token), done="password")


def _show_login(desk: Desk, way: str, name: str = "", problems: tuple[str, ...] = ()) -> Page:
    token = secrets.token_hex(32)
    knock = Cookie(
        key=KNOCK, value=token, path="/console/login", max_age=3600, httponly=True, samesite="strict",
        secure=desk.office.settings.secure,
    )  # fmt: skip
    fresh = Desk(desk.office, desk.person, token, desk.form, desk.query, desk.accepts, desk.address, desk.now)
    return fresh.page("login", 401 if problems else 200, (knock,), to=way, name=name, problems=problems)


def _read_way(way: str) -> str:
    """An address of the console (or the API's viewer) to go on to, and nothing else."""
    inside = way in ("/console", "/api") or way.startswith(("/console/", "/console?"))
    return way if inside and "\\" not in way and way.isprintable() and "/login" not in way else "/console"


HANDLERS = [show_login, enter, leave, show_password, replace_password]
