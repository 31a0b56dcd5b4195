"""How far the opening of a round is, told to whoever listens: the store itself is locked by the close meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int], None]
_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """While inside, the listener is told how many boxes were opened."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def tell_opened(boxes: int) -> None:
    """Say how many boxes were opened so far."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(boxes)
