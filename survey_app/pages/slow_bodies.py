"""How long a request may take to bring its body: whoever holds a connection by sending next to nothing is let go."""

from asyncio import get_running_loop, timeout_at
from typing import Any

from litestar.exceptions import HTTPException
from litestar.types import Receive

START_SECONDS = 20
PACE = 2000
"""Bytes for each of which a body gets more time, a second: a tenth of what the slowest mobile networks manage."""


class RequestTooSlow(HTTPException):
    """The body came slower than any network is."""

    status_code = 408


class Body:
    """The messages that bring one request; each must come in time for all that came before it."""

    def __init__(self, receive: Receive):
        self._receive = receive
        self._ended = False
        self._until = 0.0

    async def receive(self) -> Any:
        """The next message; raises RequestTooSlow. After the body there is no hurry: whoever asks waits for the end."""
        if self._ended:
            return await self._receive()
        self._until = self._until or get_running_loop().time() + START_SECONDS
        try:
            async with timeout_at(self._until):
                message: Any = await self._receive()
        except TimeoutError:
            raise RequestTooSlow from None
        self._until += len(message.get("body", b"")) / PACE
        self._ended = not message.get("more_body", False)
        return message
