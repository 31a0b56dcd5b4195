"""What a journey costs without us: `bare` is Litestar alone, `storeless` our pages with nothing behind them."""

from concurrent.futures import Future
from typing import Any

from litestar import Litestar, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from survey_app import app
from survey_app.answering import CodeAccess, Outcome, Submission, clean_code, hash_code
from survey_app.core.settings import beijing_now
from survey_app.pages import respondent

NUMBER = "0" * 32
PAGE = b"<" * 7000  # about as long as a paper, compressed
RECEIPT = b"<" * 3000  # about as long as a receipt


@get("/q/{code:str}", sync_to_thread=False)
def show(code: FromPath[str]) -> Response[bytes]:
    cookie = Cookie(key="number", value=NUMBER, path=f"/q/{code}")
    return Response(PAGE, media_type="text/html", cookies=[cookie])


@post("/q/{code:str}", sync_to_thread=False)
def submit(code: FromPath[str]) -> Response[bytes]:
    cookie = Cookie(key="number", value=NUMBER, path=f"/q/{code}")
    return Response(RECEIPT, status_code=200, media_type="text/html", cookies=[cookie])


def bare() -> Litestar:
    """Two handlers that answer at once."""
    return Litestar([show, submit], openapi_config=None, logging_config=None)


class _Nowhere:
    """A writer that keeps nothing."""

    def __init__(self, _: object):
        pass

    def submit(self, _: Submission) -> Future[Outcome]:
        done: Future[Outcome] = Future()
        done.set_result("stored")
        return done

    def stop(self) -> None:
        pass


def _open_door(_: object, code: str, *__: object) -> CodeAccess:
    digest = hash_code(clean_code(code))
    about = {"group": "parent", "paper": "social-2026", "county": "青山区", "organiser": "青山区政府教育督导室"}
    return CodeAccess("open", digest, "slip", closes=beijing_now().replace(hour=0, microsecond=0), **about)


def storeless() -> Litestar:
    """Our service with neither look-up nor commit."""
    replaced: dict[Any, dict[str, Any]] = {app: {"Writer": _Nowhere}, respondent: {"find_access": _open_door}}
    for module, names in replaced.items():
        for name, instead in names.items():
            setattr(module, name, instead)
    return app.create()
