"""Live counts: one look a second for all who watch, and to each only what changed of their own."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from survey_app.accounts import Person
from survey_app.pages.failures import log_failure
from survey_app.watching.live_counts import Seen

SECOND = 1.0
BREATH = 0.1  # between two looks, however long one takes
QUIET = 15.0
Cells = dict[tuple[str, str, str], tuple[int, int]]
Live = dict[str, int]


@dataclass(frozen=True)
class Snapshot:
    """Forms and target by unit, group and township now and a moment ago."""

    at: datetime
    cells: Cells
    before: Cells
    _told: dict[tuple[str, str], str] = field(default_factory=dict)

    def tell(self, person: Person) -> str:
        """What changed of what this person may see, worked out once for all who see the same."""
        key = (person.role, person.scope)
        if key not in self._told:
            now = live(self.cells, person)
            then = live(self.before, person)
            self._told[key] = write_event(self.at, {name: n for name, n in now.items() if then.get(name) != n})
        return self._told[key]


def live(cells: Cells, person: Person) -> Live:
    """The figures on a person's page by the names they have there: all, group:G, unit:U, cell:U|G.

    What each of the first three still lacks is called lack:all and so on; it is counted group by group.
    """
    figures: Counter[str] = Counter({"all": 0})
    gaps: Counter[tuple[str, str]] = Counter()
    for (unit, group, township), (n, target) in cells.items():
        if {"unit": unit, "township": township}.get(person.role, person.scope) == person.scope:
            for name in ("all", f"group:{group}", f"unit:{unit}", f"cell:{unit}|{group}"):
                figures[name] += n
            for name in ("all", f"group:{group}", f"unit:{unit}"):
                gaps[name, group] += target - n
    for (name, _), gap in gaps.items():
        figures[f"lack:{name}"] += max(0, gap)
    return dict(figures)


def write_event(at: datetime, figures: Live) -> str:
    """The figures that a page should show from now on; nothing where none changed."""
    return json.dumps({"at": f"{at:%H:%M:%S}", "figures": figures}, ensure_ascii=False) if figures else ""


def read_cells(seen: Seen) -> Cells:
    """Forms and target by unit, group and township."""
    sums = seen.rows.groupby(["unit", "group", "township"], sort=False)[["forms", "target"]].sum()
    return dict(zip(sums.index, sums.itertuples(index=False, name=None), strict=True))


class LiveCounts:
    """Counts once a second while anybody listens; `look` reads the ledger, in a thread."""

    def __init__(self, look: Callable[[], Seen | None]):
        self._look = look
        self._listeners: set[asyncio.Queue[Snapshot]] = set()
        self._cells: Cells = {}
        self._at = datetime.min

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
        seen = await asyncio.to_thread(self._look)
        if seen is None:
            return
        cells = read_cells(seen)
        if cells != self._cells:
            snapshot = Snapshot(seen.at, cells, self._cells)
            self._cells = cells
            self._at = seen.at
            for listener in self._listeners:
                listener.put_nowait(snapshot)

    async def follow(self, person: Person, known: int, seconds: float) -> AsyncIterator[str]:
        """Events for one page that knows so many forms: all figures if there are more by now, then changes.

        Ends after a while, so that the page comes again and shows who it belongs to; an empty text is a sign
        of life.
        """
        listener: asyncio.Queue[Snapshot] = asyncio.Queue()
        await self._count()
        self._listeners.add(listener)
        try:
            figures = live(self._cells, person)
            if figures.get("all") != known:
                yield write_event(self._at, figures)
            end = asyncio.get_running_loop().time() + seconds
            while (left := end - asyncio.get_running_loop().time()) > 0:
                try:
                    snapshot = await asyncio.wait_for(listener.get(), min(left, QUIET))
                except TimeoutError:
                    yield ""
                else:
                    if event := snapshot.tell(person):
                        yield event
        finally:
            self._listeners.discard(listener)
