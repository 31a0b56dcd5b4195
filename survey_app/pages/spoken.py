"""What reads a paper aloud: the script that comes when it is first asked for, and a paper's sounds as one bundle.

No request for either names a code, an item or an answer, and none brings a cookie (docs/security.md).
"""

from time import monotonic
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.pages.page_drawing import STATIC, Body, compress
from survey_app.pages.wording import OWN
from survey_app.recordings.voices import Voice, list_voices, pack_voice

FRESH = 10.0
"""Seconds for which a service goes by what it knows of voices: others may approve or drop a recording meanwhile."""
KEPT = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"
LISTEN = compress((STATIC / "listen.js").read_bytes(), 9)


class Voices:
    """Which papers can be heard, as one service knows it, and the bundles of those that were asked for."""

    def __init__(self, store: Engine):
        self._store = store
        self._known: list[Voice] = []
        self._until = 0.0
        self._bundles: dict[str, Body] = {}

    def find(self, paper: str, language: str) -> str:
        """The voices of a paper's page as its button holds them: the sum of one, or of several with their names."""
        if monotonic() >= self._until:
            self._look()
        mine = [voice for voice in self._known if voice.paper == paper and language == OWN]
        return mine[0].sum if len(mine) == 1 else " ".join(f"{voice.speech.zh}={voice.sum}" for voice in mine)

    def load(self, wanted: str) -> Body:
        """The bundle of a voice; raises NotFoundException for one that is not, or no longer, whole."""
        voice = self._find_known(wanted)
        if voice is None or monotonic() >= self._until:
            self._look()
            voice = self._find_known(wanted)
        if voice is None:
            raise NotFoundException
        if wanted not in self._bundles:
            with Session(self._store) as session:
                self._bundles[wanted] = compress(pack_voice(session, voice))
        return self._bundles[wanted]

    def _find_known(self, wanted: str) -> Voice | None:
        return next((voice for voice in self._known if voice.sum == wanted), None)

    def _look(self) -> None:
        with Session(self._store) as session:
            self._known = list_voices(session)
        sums = {voice.sum for voice in self._known}
        self._bundles = {wanted: bundle for wanted, bundle in self._bundles.items() if wanted in sums}
        self._until = monotonic() + FRESH


@get("/listen.js", sync_to_thread=False)
def send_script(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The script that reads aloud."""
    return _send(request, LISTEN, "text/javascript; charset=utf-8", FOR_A_DAY)


@get("/voice/{wanted:str}", sync_to_thread=True)
def send_voice(
    request: Request[Any, Any, Any], voices: NamedDependency[Voices], wanted: FromPath[str]
) -> Response[bytes]:
    """All sounds of a paper at once, to be kept: a name tells the sounds, and never others."""
    return _send(request, voices.load(wanted), "application/json", KEPT)


def _send(request: Request[Any, Any, Any], body: Body, kind: str, kept: str) -> Response[bytes]:
    accepts = request.headers.get("accept-encoding", "")
    encoding = next((encoding for encoding in ("br", "gzip") if encoding in accepts), "")
    told = {"Cache-Control": kept, "Vary": "Accept-Encoding"} | ({"Content-Encoding": encoding} if encoding else {})
    content: bytes = getattr(body, encoding or "plain")
    return Response(content, media_type=kind, headers=told)


HANDLERS = [send_script, send_voice]
