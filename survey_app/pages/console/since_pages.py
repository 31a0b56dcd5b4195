"""What other administrators did since somebody was here last, told before they go on."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from pydantic import Field

from survey_app.core.weighty_acts import list_untold, note_told
from survey_app.pages.console.audit_pages import say_act
from survey_app.pages.console.console_forms import PostedForm
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.sign_in_pages import read_way

MOST_TOLD = 50


class ReadActs(PostedForm):
    """Up to which row of the log somebody has read, and where they were going."""

    up_to: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    to: str = ""


@get("/since", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest], to: FromQuery[str] = "") -> Page:
    """The acts, the newest first; the log has those that are too many."""
    with console.reading() as session:
        acts = list_untold(session, console.person.name)
        told = [say_act(act) for act in acts[:MOST_TOLD]]
        up_to = acts[0].id if acts else 0
    return console.page("since", told=told, more=len(acts) - len(told), up_to=up_to, to=read_way(to))


@post("/since", sync_to_thread=True)
def go_on(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ReadActs]) -> Page:
    """They were read: on to where somebody was going."""
    if data.up_to:
        with console.writing() as session:
            note_told(session, data.up_to, **console.act)
    return console.go(read_way(data.to))


HANDLERS = [show, go_on]
