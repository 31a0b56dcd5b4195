"""Journeys a second on one core: a paper opened, answers sent in with its number, the receipt shown after the commit.

    .venv/bin/python -m tests.bench.journeys [--seconds 10]

The service has core 0 to itself, wrk (and PostgreSQL) the others. Every journey spends a slip of its own.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from typing import NamedTuple

import httpx
from sqlalchemy import Engine, func, select

from questionnaires.paper import load_paper
from survey_app.core.db import connect, upgrade
from survey_app.core.models import Box
from tests.bench.bulk import load_bulk, make_slips, open_bench_round
from tests.bench.bystanders import WATCHERS, beside
from tests.bench.machine import children_of
from tests.bench.opening import seal_part
from tests.bench.signing_in import enter
from tests.bench.table import Line, hand_in
from tests.postgresql import run_cluster
from tests.serving import free_port

LUA = Path(__file__).with_name("journeys.lua")
SECONDS, WARM_UP, CLIENTS = 10, 2, 32
SLIPS_A_SECOND = 4000
PEOPLE = 100_000
PAIRS = 2
SEALED = 2_000
FORMS = 1_000_000
SQLITE, POSTGRESQL, SLOWER, SEALING = 0.25, 0.20, 4, 0.2
PATIENCE = 30
PROCESSES = 2
AT_ONCE, CODES_AT_ONCE = 20, 10
ITEMS = load_paper("social-2026").item_ids
OURS = "survey_app.app:create"
BARE = "tests.bench.bare:bare"
LIMESURVEY = "LimeSurvey 6.14 tuned (a constant): 11/s, p99 3.2 s"
LAST = {max(os.sched_getaffinity(0))}
TICKS = os.sysconf("SC_CLK_TCK")


class Found(NamedTuple):
    """Journeys a second, how many failed by what came instead, median and 99th percentile in seconds, CPU of one.

    What came is a status, `connect`, `read`, `write`, or `timeout`: nothing for longer than PATIENCE.
    """

    rate: float
    failed: Mapping[str, int]
    p50: float
    p99: float
    cpu: float

    def say(self) -> str:
        failed = "".join(f", {n} failed ({why})" for why, n in sorted(self.failed.items()))
        return f"{self.rate:.0f}/s, p99 {self.p99 * 1000:.0f} ms, {self.cpu * 1e6:.0f} µs CPU each{failed}"


@contextmanager
def serving(target: str, environment: dict[str, str], processes: int = 1) -> Iterator[tuple[str, int]]:
    """Granian on core 0, as `survey serve` starts it, with so many processes; gives its address and its process id."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = f"port={port}, factory=True, interface='asgi', workers={processes}, **bound_connections()"
    server = f"from survey_app.cli.held_connections import bound_connections; Server({target!r}, {settings})"
    process = subprocess.Popen(
        pinned("0", sys.executable, "-c", f"from granian.server import Server; {server}.serve()"),
        env=os.environ | {"SURVEY_PUBLIC_URL": address} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"{address}/q/0000000000000000")
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(60)


def pinned(core: str, *command: str) -> list[str]:
    """The command on one core, where there are two."""
    return ["taskset", "-c", core, *command] if (os.cpu_count() or 1) > 1 else list(command)


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def travel(address: str, pid: int, slips: list[str], seconds: int) -> Found:
    """Let the load generator send journeys for a while, after a shorter while that does not count."""
    with TemporaryDirectory() as folder:
        half = len(slips) // 4
        for name, codes, length in (("warm", slips[:half], WARM_UP), ("codes", slips[half:], seconds)):
            path = Path(folder, name)
            path.write_text("\n".join(codes), encoding="ascii")
            before = cpu_seconds(pid)
            load = [
                "wrk",
                "-t1",
                f"-c{CLIENTS}",
                f"-d{length}s",
                f"--timeout={PATIENCE}s",
                "-s",
                str(LUA),
                address,
                "--",
                str(path),
            ]
            done = subprocess.run(
                pinned("1", *load, ",".join(ITEMS)), check=True, capture_output=True, text=True, encoding="utf-8"
            )
        found = json.loads(done.stdout.splitlines()[-1])
    cpu = (cpu_seconds(pid) - before) / max(1, found["journeys"])
    return Found(found["journeys"] / found["seconds"], found["failed"], found["p50"], found["p99"], cpu)


def cpu_seconds(pid: int) -> float:
    """What a process and its children have spent so far, as the kernel counts it."""
    spent = 0.0
    for process in (pid, *children_of(pid)):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / TICKS
    return spent


def post_at_once(address: str, engine: Engine, slips: list[str]) -> list[int]:
    """How many forms each slip brought that twenty phones sent in at the same moment."""
    return [_post_at_once(address, engine, slip) for slip in slips]


def _post_at_once(address: str, engine: Engine, slip: str) -> int:
    together = Barrier(AT_ONCE)

    def post(_: int) -> None:
        with httpx.Client(base_url=address) as phone:
            phone.get(f"/q/{slip}")
            together.wait()
            phone.post(f"/q/{slip}", data=dict.fromkeys(ITEMS, "4"))

    before = _count(engine)
    with ThreadPoolExecutor(AT_ONCE) as phones:
        list(phones.map(post, range(AT_ONCE)))
    return _count(engine) - before


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Box)) or 0


class Pair(NamedTuple):
    """Litestar's bare handlers, CPU seconds of sealing a form on the same core, and ours, one right after the other."""

    bare: Found
    sealing: float
    ours: Found


def measure_pair(address: str, pid: int, slips: list[str], seconds: int) -> Pair:
    """A pair, in this order."""
    bare = measure_reference(BARE, seconds)
    return Pair(bare, seal_on_first_core(), travel(address, pid, slips, seconds))


def seal_on_first_core() -> float:
    """CPU seconds of sealing a form where services run."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return seal_part(1, SEALED).cpu / SEALED
    finally:
        os.sched_setaffinity(0, cores)


class Measured(NamedTuple):
    """Pairs on one store, the last with PROCESSES, and how many forms each slip brought that twenty phones sent in."""

    pairs: list[Pair]
    together: Pair
    counted: list[int]

    @property
    def ratio(self) -> float:
        """CPU of the bare handlers by ours, of all pairs together."""
        return sum(pair.bare.cpu for pair in self.pairs) / sum(pair.ours.cpu for pair in self.pairs)


def any_failed(pairs: list[Pair]) -> bool:
    """Whether any journey failed."""
    return any(pair.ours.failed for pair in pairs)


def measure_store(url: str, folder: str, seconds: int, forms: int) -> Measured:
    """Slips that twenty phones send in at once, then journeys in turn with bare handlers, watchers and backups beside.

    The store holds so many boxes before. The last pair is measured with PROCESSES that serve.
    """
    engine = connect(url)
    upgrade(engine)
    opened = open_bench_round(engine, max(PEOPLE, int(1.1 * forms)))
    if forms:
        load_bulk(engine, opened, forms, sealed=True)
    sets = [make_slips(engine, SLIPS_A_SECOND * (seconds + WARM_UP)) for _ in range(PAIRS + 1)]
    shared = make_slips(engine, CODES_AT_ONCE)
    heads = enter(engine)
    ours = {"SURVEY_DATABASE_URL": url, "SURVEY_DIR": folder}
    with serving(OURS, ours) as (address, pid):
        counted = post_at_once(address, engine, shared)
        with beside(address, heads, url):
            pairs = [measure_pair(address, pid, slips, seconds) for slips in sets[:PAIRS]]
    with serving(OURS, ours, PROCESSES) as (address, pid), beside(address, heads, url):
        together = measure_pair(address, pid, sets[PAIRS], seconds)
    engine.dispose()
    return Measured(pairs, together, counted)


def measure_reference(target: str, seconds: int) -> Found:
    """The same load on something else."""
    with TemporaryDirectory() as folder, serving(target, {"SURVEY_DATABASE_URL": "", "SURVEY_DIR": folder}) as served:
        slips = [f"{number:016}" for number in range(2 * SLIPS_A_SECOND * (seconds + WARM_UP))]
        return travel(*served, slips, seconds)


def main() -> int:
    """Measure and hand in the lines; 1 if a budget is exceeded."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=int, default=SECONDS)
    arguments.add_argument("--forms", type=int, default=FORMS)
    chosen = arguments.parse_args()
    seconds = chosen.seconds
    if not shutil.which("wrk"):
        print("wrk is not installed; install it with: sudo apt-get install wrk")
        return 1
    storeless = measure_reference("tests.bench.bare:storeless", seconds)
    reference = f"our pages, no store: {storeless.say()}; {LIMESURVEY}"
    with TemporaryDirectory() as folder:
        sqlite = measure_store(f"sqlite:///{folder}/survey.db", folder, seconds, chosen.forms)
    store = f"SQLite, {chosen.forms:,} forms in the store"
    met = hand_in(
        [*_lines(store, sqlite, SQLITE, reference), _sealing(sqlite), _at_once("SQLite", sqlite.counted)]
    )  # before the next store is filled, which takes minutes
    with TemporaryDirectory() as folder, run_cluster() as cluster:
        os.sched_setaffinity(_postmaster(cluster.data), LAST)
        postgresql = measure_store(cluster.url.format("postgres"), folder, seconds, chosen.forms)
    store = f"PostgreSQL (on the other core), {chosen.forms:,} forms"
    both = [*_lines(store, postgresql, POSTGRESQL, "as above"), _at_once("PostgreSQL", postgresql.counted)]
    return not (hand_in(both) and met)


def _postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().splitlines()[0])


def _lines(store: str, measured: Measured, least: float, reference: str) -> list[Line]:
    """CPU beside the bare handlers of the same moments, and the slowest journeys."""
    about = f"{CLIENTS} clients, {WATCHERS} watchers, backups one after another"
    what = f"journeys (GET + POST, sealed, durably stored), service on one core, {about}, {store}"
    ours = ", ".join(pair.ours.say() for pair in measured.pairs)
    bare = ", ".join(pair.bare.say() for pair in measured.pairs)
    both = measured.together
    slowest = max(pair.ours.p99 for pair in measured.pairs)
    beside_bare = slowest / max(pair.bare.p99 for pair in measured.pairs)
    return [
        Line(
            f"{what}: CPU of Litestar's bare handlers / ours, {PAIRS} pairs",
            f">= {least}, none failed",
            f"{measured.ratio:.2f} ({ours})",
            measured.ratio >= least and not any_failed(measured.pairs),
            f"bare handlers: {bare}; {reference}",
        ),
        Line(
            f"the same with {PROCESSES} processes that serve on that core, {store}",
            "none failed",
            f"{both.bare.cpu / both.ours.cpu:.2f} ({both.ours.say()})",
            not any_failed([both]),
            f"bare handlers, one process: {both.bare.say()}",
        ),
        Line(
            f"p99 of these journeys, {store}",
            f"<= {SLOWER} x bare",
            f"{slowest * 1000:.0f} ms, {beside_bare:.1f} x bare",
            beside_bare <= SLOWER,
        ),
    ]


def _sealing(measured: Measured) -> Line:
    """Sealing beside a bare journey of the same moments."""
    microseconds = [pair.sealing * 1e6 for pair in measured.pairs]
    share = sum(pair.sealing for pair in measured.pairs) / sum(pair.bare.cpu for pair in measured.pairs)
    ours = f"{share:.2f} ({' and '.join(f'{spent:.0f}' for spent in microseconds)} µs CPU)"
    return Line("sealing a form, share of a bare journey's CPU", f"<= {SEALING}", ours, share <= SEALING)


def _at_once(store: str, counted: list[int]) -> Line:
    what = f"one code posted {AT_ONCE} times at once, {len(counted)} codes, {store}"
    ours = f"{counted.count(1)} of {len(counted)} codes counted exactly once"
    return Line(what, "exactly 1", ours, set(counted) == {1}, "LimeSurvey 6.14 (a constant): 8")


if __name__ == "__main__":
    raise SystemExit(main())
