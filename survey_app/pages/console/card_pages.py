"""One's own card of passwords, which confirming takes: printed by its owner, shown this once."""

import secrets

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from survey_app.accounts.password_cards import count_unused, draw_card, store_card
from survey_app.pages.console.console_forms import Confirmed, FormProblems
from survey_app.pages.console.console_request import ConsoleRequest, Page

NO_PROBLEMS = FormProblems(200)


class AskedCard(Confirmed):
    """What one signs in with, and the next password of the card one has."""

    AS_TYPED = frozenset({"password"})
    password: str = ""


@get("/card", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """Whether one has a card, and how much of it is left."""
    return draw_own_card(console, NO_PROBLEMS)


def draw_own_card(console: ConsoleRequest, found: FormProblems) -> Page:
    """The form for another card, with what was wrong."""
    with console.reading() as session:
        left = count_unused(session).get(console.person.name, 0)
    return console.page("card", found.status, problems=found.problems, left=left)


@post("/card", sync_to_thread=True, again=draw_own_card)
def make(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[AskedCard]) -> Page:
    """A new card, to be printed now; the one before opens nothing more."""
    card = draw_card(secrets.token_bytes)
    asked = {"password": data.password, "present": data.card}
    with console.writing() as session:
        store_card(session, console.person.name, card, **asked, now=console.now)
    return console.page("card_sheet", passwords=card.passwords)


HANDLERS = [show, make]
