"""The queue before the passwords of who is not signed in: strangers have one thread, whom the service knows another.

Looking at a password costs a core, which phones want, too. However many strangers come, they never stand before the
owner of an account on a device, or at an address, from which that owner came in before.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from survey_app.core.errors import SurveyError

MOST_STRANGERS = 16
MOST_OF_ONE = 2
MOST_ADDRESSES = 20_000
T = TypeVar("T")


class BusyError(SurveyError):
    """Too many passwords wait to be looked at; no failure of ours, so that a flood of these fills no log."""

    status = 429


class SignInQueue:
    """Whose turn it is in one service; used in its event loop alone. Addresses are kept in memory, and nowhere else."""

    def __init__(self) -> None:
        self._strangers = ThreadPoolExecutor(1, "strangers")
        self._known = ThreadPoolExecutor(1, "known")
        self._waiting: Counter[str] = Counter()
        self._addresses: dict[tuple[str, str], None] = {}

    def find_place(self, name: str, address: str, *, on_known_device: bool) -> str:
        """Whose place somebody takes: an account's own on its devices, another at its addresses; empty: strangers'."""
        if on_known_device:
            return name
        return f"{name} {address}" if (name, address) in self._addresses else ""

    async def take_turn(self, place: str, work: Callable[[], T]) -> T:
        """Do this in a thread when it is its turn; raises BusyError at once where all such places are taken."""
        if self._waiting[place] >= (MOST_OF_ONE if place else MOST_STRANGERS):
            raise BusyError("现在登录的人太多，请稍等几秒再试。")
        self._waiting[place] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads_of(place), work)
        finally:
            self._waiting -= Counter([place])

    def remember(self, name: str, address: str) -> None:
        """The owner of this name came in from there."""
        if len(self._addresses) >= MOST_ADDRESSES:
            self._addresses.clear()
        self._addresses[name, address] = None

    def stop(self) -> None:
        """Let the threads go; who still waits is not let in."""
        for threads in (self._strangers, self._known):
            threads.shutdown(cancel_futures=True)

    def _threads_of(self, place: str) -> ThreadPoolExecutor:
        return self._known if place else self._strangers
