"""What a form costs as forms grow: storing one more, counting, estimating, and the console's page.

    .venv/bin/python -m tests.bench.growth [--most 10000000] [--plot docs/performance/growth.svg]

CPU seconds of one process, SQLite; forms are put straight into the tables (`bulk`). Without --plot nothing is drawn.
"""

import argparse
import resource
from collections.abc import Callable, Iterator
from math import ceil, floor, log10
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.estimate import weighted_share
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from survey_app.answering import Submission, find_access, new_number, store_forms
from survey_app.closing.scaling import Tallied, run_here, split_round, tally_parts
from survey_app.core.db import connect, reading, upgrade
from survey_app.core.settings import beijing_now
from survey_app.rounds.frame_rows import load_frame
from survey_app.rounds.round_rows import find_round
from survey_app.watching.live_counts import Watch
from tests.bench.bulk import load_bulk, make_slips, open_bench_round
from tests.bench.table import Line, hand_in

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
USUAL = 1_000_000
MORE, TOGETHER = 2_000, 32
PART = 1_000_000
WIDTH, HEIGHT, LEFT, BOTTOM = 720, 420, 70, 370
COLOURS = ("#1a5fb4", "#c64600", "#26a269", "#813d9c", "#5e5c64")
NAMES = {
    "store": "store one more",
    "tally": "tally",
    "estimate": "estimate",
    "watch": "console page, first look",
}


class Point(NamedTuple):
    """CPU seconds at one size: of one more form, of the others in all; peak memory so far in MB."""

    forms: int
    store: float
    tally: float
    estimate: float
    watch: float
    megabytes: float

    def per_form(self, name: str) -> float:
        """Microseconds a form."""
        cost: float = getattr(self, name)
        return cost * 1e6 / (1 if name == "store" else self.forms)


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds and the result."""
    start = process_time()
    result = work()
    return process_time() - start, result


def measure(size: int) -> Point:
    """A county of its own with so many forms."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'survey.db')}"
        engine = connect(url)
        upgrade(engine)
        load_bulk(engine, open_bench_round(engine, int(1.1 * size)), size)
        with Session(reading(engine), expire_on_commit=False) as session:
            round_ = find_round(session)
        watch, _ = spent(lambda: Watch(reading(engine)).look(round_, beijing_now()))
        store, _ = spent(lambda: _store_more(engine))
        tally, found = spent(lambda: _tally(engine, url, max(1, size // PART)))
        estimate, _ = spent(lambda: weighted_share(found.cells, threshold=load_rule(round_.rule).threshold.value))
        engine.dispose()
    return Point(size, store / MORE, tally, estimate, watch, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _store_more(engine: Engine) -> None:
    """As many commits as a busy service makes of so many forms."""
    slips = make_slips(engine, MORE)
    for first in range(0, MORE, TOGETHER):
        submissions = []
        for code in slips[first : first + TOGETHER]:
            number, now = new_number(token_bytes), beijing_now()
            with reading(engine).connect() as connection:
                submissions.append(Submission(find_access(connection, code, number, now), number, "4" * 17, now))
        with engine.begin() as connection:
            assert set(store_forms(connection, submissions)) == {"stored"}


def _tally(engine: Engine, url: str, parts: int) -> Tallied:
    with Session(reading(engine)) as session:
        round_ = find_round(session)
        frame = load_frame(session, round_)
        papers, rule = tuple(map(load_paper, round_.papers)), load_rule(round_.rule)
        places = frame.assign(group=frame["kept_in"])
        return tally_parts(split_round(url, round_.id, parts), places, papers, rule, run_here)


def draw(points: list[Point]) -> str:
    """The plot: microseconds of CPU a form against forms, both logarithmic, a line for each cost with its name."""
    lines = {name: [(point.forms, point.per_form(name)) for point in points] for name in NAMES}
    costs = [cost for line in lines.values() for _, cost in line]
    low, high = floor(log10(min(costs))), ceil(log10(max(costs)))
    first, last = log10(points[0].forms), log10(points[-1].forms)

    def x(forms: float) -> float:
        return LEFT + (log10(forms) - first) / max(1, last - first) * (WIDTH - LEFT - 190)

    def y(cost: float) -> float:
        return BOTTOM - (log10(cost) - low) / (high - low) * (BOTTOM - 60)

    return "\n".join(_svg(points, lines, x, y, low, high))


def _svg(
    points: list[Point],
    lines: dict[str, list[tuple[int, float]]],
    x: Callable[[float], float],
    y: Callable[[float], float],
    low: int,
    high: int,
) -> Iterator[str]:
    look = 'font-family="sans-serif" font-size="13"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {look}>'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield f'<text x="{LEFT}" y="24" font-size="16">What a form costs as forms grow</text>'
    yield f'<text x="{LEFT}" y="44" fill="#5e5c64">microseconds of CPU a form, one process, SQLite</text>'
    for power in range(low, high + 1):
        at = y(10**power)
        yield f'<path d="M{LEFT} {at:.1f}H{WIDTH - 190}" stroke="#deddda"/>'
        yield f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10**power:g}</text>'
    for point in points:
        yield f'<text x="{x(point.forms):.1f}" y="{BOTTOM + 22}" text-anchor="middle">{point.forms:,}</text>'
    yield f'<text x="{(LEFT + WIDTH - 190) / 2}" y="{BOTTOM + 42}" text-anchor="middle">forms in the store</text>'
    for (name, line), colour, nudge in zip(lines.items(), COLOURS, _apart(lines, y), strict=True):
        path = "L".join(f"{x(forms):.1f} {y(cost):.1f}" for forms, cost in line)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x(forms):.1f}" cy="{y(cost):.1f}" r="3" fill="{colour}"/>' for forms, cost in line)
        yield f'<text x="{x(line[-1][0]) + 10:.1f}" y="{nudge + 4:.1f}" fill="{colour}">{NAMES[name]}</text>'
    yield "</svg>\n"


def _apart(lines: dict[str, list[tuple[int, float]]], y: Callable[[float], float]) -> list[float]:
    """Where the names stand: beside the ends of their lines, at least a line of text from one another."""
    ends = sorted((y(line[-1][1]), name) for name, line in lines.items())
    places: dict[str, float] = {}
    last = 0.0
    for at, name in ends:
        last = places[name] = max(at, last + 16)
    return [places[name] for name in lines]


def main() -> int:
    """Measure, hand in the lines, and draw if asked to."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--most", type=int, default=USUAL)
    arguments.add_argument("--plot", type=Path)
    chosen = arguments.parse_args()
    points = []
    for size in (size for size in SIZES if size <= chosen.most):
        points.append(measure(size))
        hand_in([_line(points[-1])])
    if chosen.plot:
        chosen.plot.write_text(draw(points), encoding="utf-8")
    return 0


def _line(point: Point) -> Line:
    totals = f"tally {point.tally:.1f} s, estimate {point.estimate:.2f} s"
    ours = f"one more form {point.store * 1e6:.0f} µs, {totals}, console's first look {point.watch:.2f} s"
    return Line(f"CPU at {point.forms:,} forms, SQLite", "", f"{ours}; peak {point.megabytes:.0f} MB", None)


if __name__ == "__main__":
    raise SystemExit(main())
