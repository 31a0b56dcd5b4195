"""Passwords: drawing a first one, what is kept of one, and the turn in which they are looked at.

Looking at one costs a core, which phones want, too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from survey_app.core.errors import SurveyError

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
AT_ONCE = 2
MOST = 16
LONGEST_PASSWORD = 200

Random = Callable[[int], bytes]

_at_work = BoundedSemaphore(AT_ONCE)
_queue = BoundedSemaphore(MOST)
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's least: phones want the cores too


class BusyError(SurveyError):
    """Too many passwords wait to be looked at."""

    status = 503


@contextmanager
def in_turn() -> Iterator[None]:
    """Two at work, a few in the queue; who finds it full is sent away at once, so that no thread of phones waits."""
    if not _queue.acquire(blocking=False):
        raise BusyError("现在登录的人太多，请稍等几秒再试。")
    try:
        with _at_work:
            yield
    finally:
        _queue.release()


def draw_password(random: Random) -> str:
    """Twelve letters and digits that cannot be mistaken for each other, in fours; 59 bits."""
    drawn = "".join(LETTERS[int.from_bytes(random(8), "big") % len(LETTERS)] for _ in range(12))
    return "-".join(drawn[start : start + 4] for start in (0, 4, 8))


def hash_password(password: str) -> str:
    """What is kept of a password."""
    with in_turn():
        return _hasher.hash(password)


def matches(hashed: str, password: str) -> bool:
    """Whether this is kept of that password."""
    with in_turn():
        try:
            return _hasher.verify(hashed, password[:LONGEST_PASSWORD])
        except VerifyMismatchError:
            return False
