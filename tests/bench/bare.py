"""What a journey costs without us: `bare` is Litestar alone, `storeless` our pages with nothing behind them."""

from litestar import Litestar, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from survey_app import app, phones
from survey_app.answering import CodeAccess, Outcome, Submission, clean_code, hash_code
from survey_app.core.settings import beijing_now

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

    async def receive(self, _: Submission) -> Outcome:
        return "stored"

    def stop(self) -> None:
        pass


class _EveryCode:
    """A look-up that finds an open slip behind every code."""

    def __init__(self, _: object):
        pass

    def find(self, code: str, *_: object) -> CodeAccess:
        digest = hash_code(clean_code(code))
        about = {"group": "parent", "paper": "social-2026", "county": "青山区", "organiser": "青山区政府教育督导室"}
        return CodeAccess("open", digest, "slip", closes=beijing_now().replace(hour=0, microsecond=0), **about)

    def close(self) -> None:
        pass


def storeless() -> Litestar:
    """Our service with neither look-up nor commit."""
    phones.Writer = _Nowhere
    phones.CodeLookup = _EveryCode
    return app.create()
