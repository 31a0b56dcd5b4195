"""Opening boxes with a round's private key, in two processes where they are many: nearly all of it is libsodium's."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from threading import Thread

from survey_app.core.boxes import UnreadableBoxError, unseal_box

BoxRow = tuple[bytes, bytes]
UnsealedPart = tuple[Sequence[BoxRow], list[bytes | None]]
MANY = 100_000
PROCESSES = 2


def unseal_parts(parts: Iterable[Sequence[BoxRow]], private_key: bytes, *, processes: int) -> Iterator[UnsealedPart]:
    """Each part of the rows (number, box) of boxes with what is in each, nothing for one that does not open.

    As many parts are in work as there are processes, and one more waits.
    """
    if processes == 1:
        for part in parts:
            yield part, unseal_all(private_key, [sealed for _, sealed in part])
        return
    at_work: deque[tuple[Sequence[BoxRow], Future[list[bytes | None]]]] = deque()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=end_with_parent) as pool:
        for part in parts:
            at_work.append((part, pool.submit(unseal_all, private_key, [sealed for _, sealed in part])))
            if len(at_work) > processes:
                done, contents = at_work.popleft()
                yield done, contents.result()
        for done, contents in at_work:
            yield done, contents.result()


def how_many(boxes: int) -> int:
    """Processes that open so many boxes: to start another takes as long as opening ten thousand."""
    return min(PROCESSES, os.cpu_count() or 1) if boxes >= MANY else 1


def unseal_all(private_key: bytes, boxes: Sequence[bytes]) -> list[bytes | None]:
    """What is in each box, nothing for one that does not open."""
    return [_try_to_unseal(box, private_key) for box in boxes]


def end_with_parent() -> None:
    """Whoever kills the close leaves no process behind that knows the key."""
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _try_to_unseal(box: bytes, private_key: bytes) -> bytes | None:
    try:
        return unseal_box(box, private_key)
    except UnreadableBoxError:
        return None
