"""Live counts: one look a second for all who watch, and to each only what changed of their own."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import msgspec

from survey_app.accounts.signing_in import Person
from survey_app.pages.console.live_figures import CountedCells, Live, add_grown, live, read_cells
from survey_app.pages.failures import log_failure
from survey_app.watching.grown_counts import Glance
from survey_app.watching.live_counts import Seen

SECOND = 1.0
BREATH = 0.1  # between two looks, however long one takes
QUIET = 15.0
Scope = tuple[str, str]
"""A role, and the township or unit it is confined to."""


class Snapshot:
    """What was counted at a moment, and what a moment before; who sees the same is told from one computation."""

    def __init__(self, at: datetime, counted: CountedCells, before: "Snapshot | None" = None):
        self.at = at
        self.counted = counted
        self._before = before
        same = before is not None and before.counted.cells is counted.cells
        self._worked_out: dict[Scope, asyncio.Future[Live]] = before._worked_out if before is not None and same else {}
        self._shown: dict[Scope, Live] = {}
        self._told: dict[Scope, asyncio.Future[str]] = {}

    async def show(self, person: Person) -> Live:
        """The figures on a person's page, worked out in a thread: the loop that answers phones goes on.

        As long as only groups grow they are worked out once.
        """
        scope = (person.role, person.scope)
        if scope not in self._worked_out:
            self._worked_out[scope] = asyncio.ensure_future(asyncio.to_thread(live, self.counted, person))
        figures = await asyncio.shield(self._worked_out[scope])
        if scope not in self._shown:
            self._shown[scope] = add_grown(figures, self.counted, person)
        return self._shown[scope]

    async def tell(self, person: Person) -> str:
        """What changed of what this person may see; all of it where the snapshot before was let go."""
        scope = (person.role, person.scope)
        if scope not in self._told:
            self._told[scope] = asyncio.ensure_future(self._compare(person))
        return await asyncio.shield(self._told[scope])

    async def _compare(self, person: Person) -> str:
        before = self._before
        now = await self.show(person)
        then = {} if before is None else await before.show(person)
        if now is then:
            return ""
        return write_event(self.at, {name: n for name, n in now.items() if then.get(name) != n})

    def let_go(self) -> None:
        """Forget what was before: a snapshot after this one is what pages are told from."""
        self._before = None


def write_event(at: datetime, figures: Live) -> str:
    """The figures that a page should show from now on; nothing where none changed."""
    return json.dumps({"at": f"{at:%H:%M:%S}", "figures": figures}, ensure_ascii=False) if figures else ""


class LiveCounts:
    """Counts once a second while anybody listens; `look` reads the ledger, in a thread."""

    def __init__(self, look: Callable[[], Glance | None]):
        self._look = look
        self._listeners: set[asyncio.Queue[Snapshot]] = set()
        self._seen: Seen | None = None
        self._counted = CountedCells(cells={})
        self._last = Snapshot(datetime.min, self._counted)
        self._counting: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Count until cancelled; the first time before anybody listens, since the first look takes longest."""
        started = False
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            if self._listeners or not started:
                try:
                    await self._count()
                except Exception as error:
                    log_failure("the live counts were not read", error)
            started = True
            await asyncio.sleep(max(BREATH, SECOND - (clock() - began)))

    async def _count(self) -> None:
        """Count, or wait for the count that is under way: a hundred who come at once are one look."""
        if self._counting is None or self._counting.done():
            self._counting = asyncio.ensure_future(self._count_now())
        await asyncio.shield(self._counting)

    async def _count_now(self) -> None:
        snapshot = await asyncio.to_thread(self._read)
        if snapshot is None:
            return
        self._last.let_go()
        self._last = snapshot
        for listener in self._listeners:
            listener.put_nowait(snapshot)

    def _read(self) -> Snapshot | None:
        """A snapshot, if anything changed."""
        glance = self._look()
        if glance is None:
            return None
        if glance.seen is not self._seen:
            self._seen = glance.seen
            self._counted = read_cells(glance.seen)
        counted = msgspec.structs.replace(self._counted, grown=glance.grown)
        return None if counted == self._last.counted else Snapshot(glance.at, counted, self._last)

    async def follow(self, person: Person, known: int, seconds: float) -> AsyncIterator[str]:
        """Events for one page that knows so many forms: all figures if there are more by now, then changes.

        Ends after a while, so that the page comes again and shows who it belongs to; an empty text is a sign
        of life.
        """
        listener: asyncio.Queue[Snapshot] = asyncio.Queue()
        await self._count()
        self._listeners.add(listener)
        try:
            last = self._last
            figures = await last.show(person)
            if figures.get("all", 0) != known:
                yield write_event(last.at, figures)
            end = asyncio.get_running_loop().time() + seconds
            while (left := end - asyncio.get_running_loop().time()) > 0:
                try:
                    snapshot = await asyncio.wait_for(listener.get(), min(left, QUIET))
                except TimeoutError:
                    yield ""
                else:
                    if event := await snapshot.tell(person):
                        yield event
        finally:
            self._listeners.discard(listener)
