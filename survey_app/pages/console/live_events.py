"""Live counts: one look a second for all who watch, and to each only what changed of their own."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from analysis.column_values import texts, whole_numbers
from survey_app.accounts import Person
from survey_app.pages.failures import log_failure
from survey_app.watching.grown_counts import Glance
from survey_app.watching.live_counts import Seen
from survey_app.watching.shown_counts import Arrival, Figure, Word, show_figure

SECOND = 1.0
BREATH = 0.1  # between two looks, however long one takes
QUIET = 15.0
Cells = Mapping[tuple[str, str, str], "Cell"]
Live = dict[str, int]
Scope = tuple[str, str]
"""A role, and the township or unit it is confined to."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One group of a unit in a township: its counts, and what `show_figure` replays; `several`: the group's units.

    `mixed`: the county's total is live with this group in it, as of `add_replay`.
    """

    forms: int
    target: int
    issued: int = 0
    several: bool = True
    mixed: bool = False
    arrivals: Sequence[Arrival] = ()


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """All cells of a round by unit, group and township, told as at a ten-minute mark; exact without one.

    `grown`: forms by group beyond those of the cells; nothing of a unit moves with them.
    """

    cells: Cells
    mark: int | None = None
    grown: Mapping[str, int] = {}


class Snapshot:
    """What was counted at a moment, and what a moment before; who sees the same is told from one computation."""

    def __init__(self, at: datetime, counted: Counted, before: "Snapshot | None" = None):
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


def live(counted: Counted, person: Person) -> Live:
    """The figures on a person's page by the names they have there: all, group:G, unit:U, cell:U|G.

    What each of the first three still lacks is called lack:all and so on; it is counted group by group. The county and
    its groups are live; of units a name is left out while the page says a word and no count.
    """
    own = {key: cell for key, cell in counted.cells.items() if _sees(person, *key)}
    county = len(own) == len(counted.cells)
    named: dict[str, list[Cell]] = defaultdict(list)
    parts: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    named["all"] = [*own.values()]
    for (unit, group, _), cell in own.items():
        for name in (f"group:{group}", f"unit:{unit}", f"cell:{unit}|{group}"):
            named[name].append(cell)
        for name in ("all", f"group:{group}", f"unit:{unit}"):
            parts[name, group].append(cell)
    figures: Live = {}
    words: dict[str, Word] = {}
    for name, cells in named.items():
        figure = _count(cells, counted.mark, county=county and name.startswith(("all", "group:")), whole=name == "all")
        words[name] = figure.word
        if figure.word == Word.COUNT:
            figures[name] = figure.n
    return figures | _list_lacks(parts, words, counted.mark, county=county)


def add_grown(figures: Live, counted: Counted, person: Person) -> Live:
    """What `live` gives, with what groups grew since: of the county, whose live groups alone move between two marks."""
    if not any(counted.grown.values()) or not all(_sees(person, *key) for key in counted.cells):
        return figures
    grown = dict(figures)
    targets = Counter[str]()
    for (_, group, _), cell in counted.cells.items():
        targets[group] += cell.target
    about = {group: cell for (_, group, _), cell in counted.cells.items()}
    for group, n in counted.grown.items():
        if about[group].several or about[group].mixed:
            _raise_by(grown, "all", n)
        if about[group].several:
            before = figures[f"group:{group}"]
            _raise_by(grown, f"group:{group}", n)
            gain = max(0, targets[group] - before) - max(0, targets[group] - before - n)
            _raise_by(grown, f"lack:group:{group}", -gain)
            _raise_by(grown, "lack:all", -gain)
    return grown


def _raise_by(figures: Live, name: str, n: int) -> None:
    """Raise a figure that is told."""
    if name in figures:
        figures[name] += n


def _sees(person: Person, unit: str, _group: str, township: str) -> bool:
    return {"unit": unit, "township": township}.get(person.role, person.scope) == person.scope


def _count(cells: Sequence[Cell], mark: int | None, *, county: bool, whole: bool = False) -> Figure:
    """Cells together; of the county a group with several units is live, and the whole where that names no unit."""
    rest = [] if mark is None else [cell for cell in cells if not (county and (cell.several or (whole and cell.mixed)))]
    n = sum(cell.forms for cell in cells) - sum(cell.forms for cell in rest)
    if mark is None or not rest:
        return Figure(n=n, recent=0, word=Word.COUNT)
    arrivals = [arrival for cell in rest for arrival in cell.arrivals]
    figure = show_figure(arrivals, sum(cell.issued for cell in rest), mark)
    return Figure(n=n + figure.n, recent=0, word=Word.COUNT) if len(rest) < len(cells) else figure


def _list_lacks(
    parts: Mapping[tuple[str, str], Sequence[Cell]], words: Mapping[str, Word], mark: int | None, *, county: bool
) -> Live:
    """What each name lacks, group by group; nothing where a unit is nearly complete or has no count."""
    lacks: Counter[str] = Counter()
    for (name, _), cells in parts.items():
        if words[name] in (Word.COUNT, Word.FEW):
            figure = _count(cells, mark, county=county and name.startswith(("all", "group:")))
            gap = 0 if figure.word == Word.NEAR else sum(cell.target for cell in cells) - figure.n
            lacks[f"lack:{name}"] += max(0, gap)
    return dict(lacks)


def write_event(at: datetime, figures: Live) -> str:
    """The figures that a page should show from now on; nothing where none changed."""
    return json.dumps({"at": f"{at:%H:%M:%S}", "figures": figures}, ensure_ascii=False) if figures else ""


def read_cells(seen: Seen) -> Counted:
    """What is known of a round by unit, group and township."""
    rows = seen.rows
    replayed = "arrivals" in rows.columns
    number = len(rows)
    columns = zip(
        *(texts(rows.unit), texts(rows.group), texts(rows.township)),
        *(whole_numbers(rows.forms), whole_numbers(rows.target), whole_numbers(rows.issued)),
        rows.several.tolist() if replayed else [True] * number,
        rows.mixed.tolist() if replayed else [True] * number,
        rows.arrivals.tolist() if replayed else [()] * number,
        strict=True,
    )
    cells: dict[tuple[str, str, str], Cell] = {}
    for unit, group, township, forms, target, issued, several, mixed, arrivals in columns:
        known = cells.get((unit, group, township), Cell(forms=0, target=0, several=several, mixed=mixed))
        cells[unit, group, township] = msgspec.structs.replace(
            known,
            forms=known.forms + forms,
            target=known.target + target,
            issued=known.issued + issued,
            arrivals=(*known.arrivals, *arrivals),
        )
    mark = int(rows["mark"].iloc[0]) if "mark" in rows.columns and number else None
    return Counted(cells=cells, mark=mark)


class LiveCounts:
    """Counts once a second while anybody listens; `look` reads the ledger, in a thread."""

    def __init__(self, look: Callable[[], Glance | None]):
        self._look = look
        self._listeners: set[asyncio.Queue[Snapshot]] = set()
        self._seen: Seen | None = None
        self._counted = Counted(cells={})
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
