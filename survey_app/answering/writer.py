"""The writer: one thread, one queue, many forms a commit."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from survey_app.answering.storing import Outcome, Submission, store_forms
from survey_app.core.db.store_files import StoreFiles
from survey_app.core.errors import StorageError
from survey_app.core.logs import get_logger

MOST_AT_ONCE = 500
NOT_STORED = "系统忙，刚才没有保存成功。请再提交一次，不会重复计数。"
log = get_logger(__name__)
Told = Future[Outcome] | asyncio.Future[Outcome]
Waiting = tuple[Submission, Told]


@dataclass
class WriterCounts:
    """What a writer did since it began: forms it stored, commits they took, forms it had to turn away."""

    stored: int = 0
    commits: int = 0
    turned_away: int = 0


class LostFileError(Exception):
    """What was committed went into a file that is not the store's any more."""


class Writer:
    """Commits together whatever waits; a phone is answered only after its commit is on disk."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._submitting = Lock()
        self._stopped = False
        self._files = StoreFiles(engine)
        self.counted = WriterCounts()
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, submission: Submission) -> Future[Outcome]:
        """Queue a submission; StorageError, here or in the future, says that it was not stored."""
        future: Future[Outcome] = Future()
        self._put(submission, future)
        return future

    async def receive(self, submission: Submission) -> Outcome:
        """The same for who waits in an event loop, which is woken once for all that one commit stored."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._put(submission, future)
        return await future

    @property
    def waiting(self) -> int:
        """How many submissions wait for a commit."""
        return self._queue.qsize()

    @property
    def alive(self) -> bool:
        """Whether what waits will be stored, and into the files that were opened."""
        return self._thread.is_alive() and self._files.are_ours()

    def stop(self) -> None:
        """Finish what was accepted and accept no more."""
        with self._submitting:
            self._stopped = True
            self._queue.put(None)
        self._thread.join()
        self._files.close()

    def _put(self, submission: Submission, future: Told) -> None:
        with self._submitting:
            if self._stopped:
                raise StorageError(NOT_STORED)
            self._queue.put((submission, future))

    def _run(self) -> None:
        while waiting := self._take():
            self._settle([entry for entry in waiting if _still_waits(entry[1])])

    def _take(self) -> list[Waiting]:
        """Everything that waits, at most MOST_AT_ONCE; nothing after the last when the writer was stopped."""
        waiting: list[Waiting] = []
        while (entry := self._queue.get()) is not None:
            waiting.append(entry)
            if len(waiting) == MOST_AT_ONCE or self._queue.empty():
                return waiting
        if waiting:
            self._queue.put(None)
        return waiting

    def _settle(self, waiting: list[Waiting]) -> None:
        """Commit together; unless the store is away, one that spoils the commit fails alone."""
        try:
            with self._engine.begin() as connection:
                outcomes = store_forms(connection, [submission for submission, _ in waiting])
        except Exception as problem:
            if len(waiting) > 1 and not isinstance(problem, OperationalError):
                for entry in waiting:
                    self._settle([entry])
            else:
                self._fail(waiting, problem)
        else:
            if not self._files.are_ours():
                self._fail(waiting, LostFileError())
                return
            self.counted.commits += 1
            self.counted.stored += outcomes.count("stored")
            _tell([(future, outcome) for (_, future), outcome in zip(waiting, outcomes, strict=True)])

    def _fail(self, waiting: list[Waiting], problem: Exception) -> None:
        """Tell them to send again; the log names the problem but no value, which could show an answer."""
        self.counted.turned_away += len(waiting)
        log.error("forms not stored", forms=len(waiting), problem=type(problem).__name__)
        _tell([(future, StorageError(NOT_STORED)) for _, future in waiting])


def _still_waits(future: Told) -> bool:
    """Whether the phone is still there when its turn comes."""
    return future.set_running_or_notify_cancel() if isinstance(future, Future) else not future.cancelled()


def _tell(answers: Sequence[tuple[Told, Outcome | StorageError]]) -> None:
    """Tell all; an event loop is woken once, and not at all when it ended meanwhile."""
    by_loop = defaultdict(list)
    for future, answer in answers:
        if isinstance(future, Future):
            _set(future, answer)
        else:
            by_loop[future.get_loop()].append((future, answer))
    for loop, its_answers in by_loop.items():
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_set_all, its_answers)


def _set_all(answers: Sequence[tuple[Told, Outcome | StorageError]]) -> None:
    for future, answer in answers:
        if not future.done():
            _set(future, answer)


def _set(future: Told, answer: Outcome | StorageError) -> None:
    if isinstance(answer, StorageError):
        future.set_exception(answer)
    else:
        future.set_result(answer)
