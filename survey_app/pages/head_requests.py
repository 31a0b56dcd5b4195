"""Requests on their way in: a body comes in time; HEAD is answered as GET is, headers and all, without the body."""

from asyncio import Event
from typing import Any, cast

from litestar import Litestar
from litestar.types import Message, Receive, Scope, Send

from survey_app.pages.slow_bodies import Body


class Service(Litestar):
    """The application; whoever asks only for the head of a page (a link preview, a watcher) gets it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Answer a request; one for a head is one for the page, of which the body is kept back."""
        method = scope.get("method")
        if not method:  # the beginning and the end of the service
            return await super().__call__(scope, receive, send)
        if method != "HEAD":
            return await super().__call__(scope, Body(receive).receive, send)
        head = HeadOnly(receive, send)
        return await super().__call__(cast("Scope", {**scope, "method": "GET"}), head.receive, head.send)


class HeadOnly:
    """The start of an answer and then its end, however much body comes or would keep coming."""

    def __init__(self, receive: Receive, send: Send):
        self._receive = receive
        self._send = send
        self._asked = False
        self._ended = Event()

    async def receive(self) -> Any:
        """The request once; after that nobody is there any more as soon as the head is sent, which ends a stream."""
        if not self._asked:
            self._asked = True
            return await self._receive()
        await self._ended.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send what belongs to the head."""
        if message["type"] == "http.response.start":
            await self._send(message)
        elif message["type"] == "http.response.body" and not self._ended.is_set():
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            self._ended.set()
