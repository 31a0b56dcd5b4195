"""Sealing forms, and opening a round's boxes: CPU a box, and the memory of the process that opens them.

.venv/bin/python -m tests.bench.opening [--boxes 1000000]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter, process_time
from typing import NamedTuple

from nacl import bindings
from sqlalchemy import func, select

from questionnaires.vocabulary import Group
from survey_app.answering.box import BOX, NUMBER, SealedForm, seal
from survey_app.closing.box_opening import open_boxes, write_forms
from survey_app.closing.unsealing import PROCESSES
from survey_app.core.db import connect, upgrade
from survey_app.core.models import Box, Form
from survey_app.rounds.keys import private_key, public_key
from tests.bench.bulk import open_bench_round
from tests.bench.machine import read_pss
from tests.bench.table import Line, hand_in

BOXES = 1_000_000
PART = 50_000
SEED = bytes(range(16))
MICROSECONDS, MEGABYTES, SEALING, BESIDE = 60, 300, 10, 25
ALONE = 100
TURN = 1_000
OPENED_ALONE = 3_000
OPENING = "import sys; from tests.bench.opening import open_store; open_store(*sys.argv[1:])"


class Sealed(NamedTuple):
    """Rows of boxes as they are stored, CPU seconds of sealing them, and of libsodium alone for as many in turn."""

    rows: list[tuple[bytes, bytes]]
    cpu: float
    library: float


class OpenedStore(NamedTuple):
    """Boxes, seconds by the clock, CPU seconds and peak megabytes of all processes, and libsodium's CPU for one box.

    `beside`: CPU seconds of the process that reads, sorts and writes while others open.
    """

    boxes: int
    seconds: float
    cpu: float
    beside: float
    megabytes: float
    library: float


def seal_part(place: int, boxes: int) -> Sealed:
    """So many forms of one place, sealed with the round's public key, and as many bytes by libsodium alone."""
    public = public_key(SEED)
    form = SealedForm(group=Group.PARENT, place=place, paper="social-2026", answers="4" * 17)
    contents = bytes(BOX - bindings.crypto_box_SEALBYTES)
    sealed: list[bytes] = []
    spent = library = 0.0
    for first in range(0, boxes, TURN):
        start = process_time()
        sealed += [seal(form, public) for _ in range(min(TURN, boxes - first))]
        ours = process_time()
        for _ in range(ALONE):
            bindings.crypto_box_seal(contents, public)
        spent += ours - start
        library += (process_time() - ours) / ALONE * min(TURN, boxes - first)
    return Sealed(sorted((token_bytes(NUMBER), box) for box in sealed), spent, library)


def open_store(url: str, round_id: str, place: str) -> None:
    """Open every box, write the forms, and print what it took; in a process of its own, which starts others."""
    engine = connect(url)
    before = open_by_library()
    peaks = [0.0]
    done = Event()
    Thread(target=watch_memory, args=(peaks, done), daemon=True).start()
    started = perf_counter()
    start, own = spent_in_all(), process_time()
    with engine.begin() as connection:
        opened = open_boxes(connection, bytes(private_key(SEED)), int(round_id))
        write_forms(connection, opened, int(round_id), {int(place): int(place)})
        written = connection.scalar(select(func.count()).select_from(Form))
    cpu, beside = spent_in_all() - start, process_time() - own
    seconds = perf_counter() - started
    done.set()
    assert written == opened.boxes == len(opened.forms)
    library = (before + open_by_library()) / 2
    print(json.dumps(OpenedStore(opened.boxes, seconds, cpu, beside, max(peaks), library)))


def watch_memory(peaks: list[float], done: Event) -> None:
    """Note what this process and those it started hold at the moment, four times a second."""
    while not done.wait(0.25):
        with suppress(OSError):  # one ended while it was looked at
            peaks.append(sum(read_pss(pid) for pid in (os.getpid(), *(child.pid for child in active_children()))))


def spent_in_all() -> float:
    """CPU seconds of this process and of those that it started and that ended."""
    return process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def open_by_library() -> float:
    """CPU seconds of opening a box by libsodium alone."""
    private = bytes(private_key(SEED))
    public = public_key(SEED)
    sealed = bindings.crypto_box_seal(bytes(BOX - bindings.crypto_box_SEALBYTES), public)
    start = process_time()
    for _ in range(OPENED_ALONE):
        bindings.crypto_box_seal_open(sealed, public, private)
    return (process_time() - start) / OPENED_ALONE


def measure(boxes: int) -> tuple[float, float, OpenedStore]:
    """CPU seconds of sealing a form, those of libsodium alone, and what opening all of them took."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'survey.db')}"
        engine = connect(url)
        upgrade(engine)
        place = int(open_bench_round(engine, 20_000).places[0])
        sizes = [min(PART, boxes - first) for first in range(0, boxes, PART)]
        spent = library = 0.0
        with ProcessPoolExecutor(2) as sealers:
            for part in sealers.map(partial(seal_part, place), sizes):
                spent += part.cpu
                library += part.library
                with engine.begin() as connection:
                    connection.exec_driver_sql("INSERT INTO box (id, sealed) VALUES (?, ?)", part.rows)
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(Box)) == boxes
        engine.dispose()
        done = subprocess.run(
            [sys.executable, "-c", OPENING, url, "1", str(place)], check=True, capture_output=True, text=True
        )
    return spent / boxes, library / boxes, OpenedStore(*json.loads(done.stdout))


def main() -> int:
    """Measure and hand in the lines; 1 if a budget is exceeded."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--boxes", type=int, default=BOXES)
    sealing, library, opened = measure(arguments.parse_args().boxes)
    box, beside = opened.cpu / opened.boxes * 1e6, opened.beside / opened.boxes * 1e6
    ours = (sealing - library) * 1e6
    return not hand_in(
        [
            Line(
                "sealing a form, beside libsodium",
                f"<= {SEALING} µs CPU",
                f"{ours:.1f} µs CPU",
                ours <= SEALING,
                f"libsodium alone: {library * 1e6:.0f} µs CPU; a share of a bare journey: next lines",
            ),
            Line(
                f"opening {opened.boxes:,} boxes and writing their forms, {PROCESSES} processes beside, SQLite",
                f"<= {MICROSECONDS} µs CPU a box, <= {MEGABYTES} MB",
                f"{box:.0f} µs CPU a box, {opened.seconds:.0f} s, {opened.megabytes:.0f} MB",
                box <= MICROSECONDS and opened.megabytes <= MEGABYTES,
                f"libsodium alone, nothing beside: {opened.library * 1e6:.0f} µs CPU a box",
            ),
            Line(
                "of that reading, sorting and writing",
                f"<= {BESIDE} µs CPU a box",
                f"{beside:.0f} µs CPU a box",
                beside <= BESIDE,
            ),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
