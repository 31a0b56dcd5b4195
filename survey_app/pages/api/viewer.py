"""The API's document, and a page to read and try it: everything it needs comes from here."""

import mimetypes
from functools import cache
from pathlib import Path

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from swagger_ui_bundle import swagger_ui_path

from survey_app.core.errors import NotFoundError
from survey_app.pages.console.console_request import ConsoleRequest
from survey_app.pages.page_drawing import Body, compress

STATIC = Path(__file__).parents[3] / "static"
FILES = {
    "start.js": STATIC / "api.js",
    **{name: swagger_ui_path / name for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")},
}
VIEWER = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Vary": "Accept-Encoding",
}
KEPT = VIEWER | {"Cache-Control": "private, max-age=86400"}


@get("/", sync_to_thread=True, include_in_schema=False)
def show_viewer(console: NamedDependency[ConsoleRequest]) -> Response[bytes]:
    """The page; its styles may be inline, as the viewer's library makes them."""
    return _send(console, _read(STATIC / "api.html"), "text/html", VIEWER)


@get("/viewer/{name:str}", sync_to_thread=True, include_in_schema=False)
def send_file(console: NamedDependency[ConsoleRequest], name: FromPath[str]) -> Response[bytes]:
    """One of the files that the page needs."""
    if name not in FILES:
        raise NotFoundError("没有这个文件。")
    return _send(console, _read(FILES[name]), mimetypes.guess_type(name)[0] or "", KEPT)


def _send(console: ConsoleRequest, body: Body, media_type: str, headers: dict[str, str]) -> Response[bytes]:
    encoding = console.encoding
    content: bytes = getattr(body, encoding or "plain")
    about = headers | ({"Content-Encoding": encoding} if encoding else {})
    return Response(content, media_type=media_type, headers=about)


@cache
def _read(path: Path) -> Body:
    """A file and its compressed forms, made once."""
    return compress(path.read_bytes())


HANDLERS = [show_viewer, send_file]
