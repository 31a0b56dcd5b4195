"""How the machine stands (运行状况): the doctor's lines for an office, which hands them on to who keeps the machine."""

from litestar import get
from litestar.di import NamedDependency

from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.rounds.key_watch import look_for_key
from survey_app.upkeep.doctor import look_over


@get("/machine", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """All that a start looks at, and the key of the round that goes on; as text to copy, too."""
    settings = console.deps.settings
    found: list[str] = [*look_over(console.deps.store, settings.folder, console.now)]
    with console.reading() as session:
        key = look_for_key(session, settings.keys)
    found += filter(None, [key.fault])
    return console.page("machine", found=found, note=key.note)


HANDLERS = [show]
