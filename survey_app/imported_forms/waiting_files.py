"""Files between the look at them and the import: in the memory of one service, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked")

KEPT = timedelta(minutes=30)
MOST = 4
"""So many uploads wait at most, the oldest goes first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting(Generic[Asked]):
    """Files that were looked at, by whom and when."""

    asked: Asked
    owner: str
    since: datetime


class WaitingFiles(Generic[Asked]):
    """What was looked at and not imported yet, by a token that only its page has."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, Waiting[Asked]] = {}

    def hold(self, waiting: Waiting[Asked], new_token: Callable[[], str]) -> str:
        """Hold these files for a while; returns their token."""
        token = new_token()
        with self._lock:
            self._drop_old(waiting.since)
            while len(self._waiting) >= MOST:
                self._waiting.pop(next(iter(self._waiting)))
            self._waiting[token] = waiting
        return token

    def find(self, token: str, owner: str, now: datetime) -> Asked | None:
        """The files of a token, for who sent them alone."""
        with self._lock:
            self._drop_old(now)
            waiting = self._waiting.get(token)
        return waiting.asked if waiting and waiting.owner == owner else None

    def forget(self, token: str) -> None:
        """Hold these files no longer."""
        with self._lock:
            self._waiting.pop(token, None)

    def _drop_old(self, now: datetime) -> None:
        old = [token for token, waiting in self._waiting.items() if now - waiting.since >= KEPT]
        for token in old:
            del self._waiting[token]
