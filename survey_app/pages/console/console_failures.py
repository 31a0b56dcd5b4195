"""When something went wrong in the console: the form once more with what is wrong, or a page that says so."""

import asyncio
from collections.abc import Callable
from typing import Any

from litestar import Request, Response
from litestar.exceptions import ValidationException
from litestar.types import ASGIApp, Receive, Scope, Send

from survey_app.core.errors import SurveyError, advise
from survey_app.pages.console.admission import describe_request
from survey_app.pages.console.console_access import FirstPasswordError, StrangerError, navigation
from survey_app.pages.console.console_drawing import load_advice, load_words
from survey_app.pages.console.console_forms import FormProblems, read_problems, read_typed
from survey_app.pages.console.console_request import ConsoleDeps, ConsoleRequest, Page
from survey_app.pages.console.sign_in_pages import draw_login
from survey_app.pages.failures import log_failure, status_of

OWN_UNIT = "/console/unit"
Again = Callable[[ConsoleRequest, FormProblems], Page]
"""Draws the page of a form once more; a handler names it as `again`."""


class DrawnInThread(Response[bytes]):
    """A page that reads the store while it is drawn, which must not happen where respondents are served."""

    def __init__(self, draw: Callable[[], Page]):
        super().__init__(b"", media_type="text/html")
        self.draw = draw

    def to_asgi_response(self, *args: Any, **options: Any) -> ASGIApp:  # type: ignore[override]
        """Draw it, then send it."""

        async def send_page(scope: Scope, receive: Receive, send: Send) -> None:
            page = await asyncio.to_thread(self.draw)
            await page.to_asgi_response(*args, **options)(scope, receive, send)

        return send_page


def apologise(deps: ConsoleDeps, request: Request[Any, Any, Any], error: Exception) -> Page:
    """What to answer: the way to sign in, the form with its problems beside the fields, or a plain page."""
    console = describe_request(deps, request)
    match error:
        case StrangerError() if request.method == "GET":
            query = request.url.query
            return console.go("/console/login", to=request.url.path + (f"?{query}" if query else ""))
        case StrangerError() if kept := getattr(request.state, "kept", ""):
            return draw_login(console, FormProblems(401, typed={"kept": kept}))
        case FirstPasswordError():
            return console.go("/console/password")
    if status_of(error) >= 500:
        log_failure("request failed", error)
    again = _find_again(request)
    if again is None or not _is_of_the_form(error):
        return draw_failed(console, error, request.url.path)
    found = describe_problems(request, error)
    return DrawnInThread(lambda: _draw_again(console, again, found, error, request.url.path))


def describe_problems(request: Request[Any, Any, Any], error: Exception) -> FormProblems:
    """What is wrong with the form that was sent, and what was typed in it."""
    field = request.route_handler.parsed_data_field
    form = field.annotation.__name__ if field else ""
    return FormProblems(
        status=status_of(error),
        above=_say_problems(error),
        beside=read_problems(form, error) if isinstance(error, ValidationException) else {},
        typed=read_typed(request.state.form),
    )


def draw_failed(console: ConsoleRequest, error: Exception, path: str) -> Page:
    """The plain page for everything that went wrong on the way; it leads back to the work it was about."""
    status = status_of(error)
    back = find_work(console, path)
    return console.page("failed", status, status=status, problems=_say_problems(error), back=back)


def find_work(console: ConsoleRequest, path: str) -> tuple[str, str]:
    """The page of the work that an address belongs to, and its name; nothing where this person has none of it."""
    pages = navigation(console.person)
    work = load_words("work").get(path.removeprefix("/console/").split("/")[0].split(".")[0], "")
    page = next((page for page in (work, OWN_UNIT) if page in pages), "")
    return page, pages.get(page, "")


def _draw_again(console: ConsoleRequest, again: Again, found: FormProblems, error: Exception, path: str) -> Page:
    """The page of the form; where it cannot be drawn (it is about a unit of others), the plain page."""
    try:
        return again(console, found)
    except SurveyError as other:
        return draw_failed(console, other if status_of(other) == 404 else error, path)


def _say_problems(error: Exception) -> tuple[str, ...]:
    """The sentences of an error, with what the person in front can do about it here."""
    return advise(getattr(error, "problems", ()), load_advice())


def _find_again(request: Request[Any, Any, Any]) -> Again | None:
    handler = request.scope.get("route_handler")
    return handler.opt.get("again") if handler is not None and hasattr(request.state, "form") else None


def _is_of_the_form(error: Exception) -> bool:
    """Whether the person in front can mend it in the form."""
    return isinstance(error, ValidationException | SurveyError) and status_of(error) in (400, 401, 409, 422)
