"""First passwords, and the turn in which passwords are looked at: each costs a core, which phones want, too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from survey_app.core.errors import SurveyError

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
AT_ONCE = 2
MOST = 16

_at_work = BoundedSemaphore(AT_ONCE)
_queue = BoundedSemaphore(MOST)


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


def draw_password(random: Callable[[int], bytes]) -> str:
    """Twelve letters and digits that cannot be mistaken for each other, in fours; 59 bits."""
    drawn = "".join(LETTERS[int.from_bytes(random(8), "big") % len(LETTERS)] for _ in range(12))
    return "-".join(drawn[start : start + 4] for start in (0, 4, 8))
