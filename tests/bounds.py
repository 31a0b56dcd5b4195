"""Every test ends: after an hour, or the minutes that its marker allows it, it fails where it stands."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

MINUTES = 60
AGAIN = 300
"""Seconds after which what hangs on while it is being cleaned up is stopped, too."""


class OutOfTimeError(Exception):
    """A test took longer than it may."""


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Raises OutOfTimeError in what takes longer; in the main thread, where pytest runs tests."""

    def stop(_: int, __: FrameType | None) -> None:
        raise OutOfTimeError(f"not done after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def seconds_for(item: pytest.Item) -> float:
    """`@pytest.mark.soak(minutes=10)` says less."""
    marker = item.get_closest_marker("soak")
    return 60 * float(marker.kwargs.get("minutes", MINUTES) if marker else MINUTES)
