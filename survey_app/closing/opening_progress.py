"""How far a close is, told to whoever listens: the store itself is locked by the close meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int], None]
_OPENED: ContextVar[Listener | None] = ContextVar("opened", default=None)
_AUDITED: ContextVar[Listener | None] = ContextVar("audited", default=None)


@contextmanager
def listening(opened: Listener, audited: Listener | None = None) -> Iterator[None]:
    """While inside, one listener is told how many boxes were opened, the other how many percent were audited."""
    boxes = _OPENED.set(opened)
    share = _AUDITED.set(audited)
    try:
        yield
    finally:
        _OPENED.reset(boxes)
        _AUDITED.reset(share)


def tell_opened(boxes: int) -> None:
    """Say how many boxes were opened so far."""
    listener = _OPENED.get()
    if listener is not None:
        listener(boxes)


def tell_audited(done: int, of: int) -> None:
    """Say how many percent of the hidden counts were audited, where that is one more."""
    listener = _AUDITED.get()
    percent = 100 * done // of
    if listener is not None and percent > 100 * (done - 1) // of:
        listener(percent)
