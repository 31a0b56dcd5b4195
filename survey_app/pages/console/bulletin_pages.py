"""The bulletin: a text to copy into a group chat, and a Word file or a picture to download."""

from collections.abc import Callable

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from questionnaires.vocabulary import Role
from reports.document.word import render_docx
from reports.progress.bulletin import FILE, bulletin, draw_bulletin, write_text
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.watch_pages import View, load_view
from survey_app.watching.bulletins import News, prepare_bulletin

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
RENDER: dict[str, tuple[Callable[[News], bytes], str]] = {
    "docx": (lambda news: render_docx(bulletin(*news)), DOCX),
    "png": (lambda news: draw_bulletin(*news), "image/png"),
}


@get("/bulletin", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """What today's bulletin says of the whole, to copy, and the ways to the files."""
    return console.page("bulletin", text=write_text(*_prepare(console, load_view(console))))


@get("/bulletin/{kind:str}", sync_to_thread=True)
def download(console: NamedDependency[ConsoleRequest], kind: FromPath[str]) -> Page:
    """Today's bulletin about the rows that this person may see."""
    if kind not in RENDER:
        raise NotFoundError("没有这种文件。")
    view = load_view(console)
    news = _prepare(console, view)
    with console.writing() as session:
        record(session, console.person.name, "download", f"round {view.round.name}", at=console.now, what="bulletin")
    render, media_type = RENDER[kind]
    return console.download(f"{FILE.format(number=news.facts.number)}.{kind}", render(news), media_type)


def _prepare(console: ConsoleRequest, view: View) -> News:
    scope = console.person.scope if console.person.role == Role.TOWNSHIP else ""
    return prepare_bulletin(view.round, view.seen, view.rows, scope)


HANDLERS = [show, download]
