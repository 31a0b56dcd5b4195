"""What goes on beside the phones while they are measured: watchers of the counts, and one backup after another."""

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.synchronize import Event, Semaphore
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from survey_app.core.db import connect
from survey_app.core.settings import beijing_now
from survey_app.upkeep.backup import backup_store

WATCHERS = 100
PAUSE = 1.0
PATIENCE = 120


@contextmanager
def beside(address: str, heads: dict[str, str], url: str) -> Iterator[None]:
    """A hundred watchers, all of them connected, and a process that backs the store up over and over, on the last core.

    Raises TimeoutError when a watcher was told nothing: what is measured then would not be what its line says.
    """
    context = multiprocessing.get_context("spawn")
    ended = context.Event()
    come = context.Semaphore(0)
    work = [(watch, (address, heads, come)), (back_up, (url, ended))]
    running = [context.Process(target=target, args=arguments, daemon=True) for target, arguments in work]
    for process in running:
        process.start()
    try:
        for watcher in range(WATCHERS):
            if not come.acquire(timeout=PATIENCE):
                raise TimeoutError(f"{watcher} of {WATCHERS} watchers were told something")
        yield
    finally:
        ended.set()
        running[1].join(60)
        for process in running:
            process.kill()
            process.join()


def watch(address: str, heads: dict[str, str], come: Semaphore) -> None:
    """Look at the counts as so many officials do, until somebody ends this process; `come` counts who was told them."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    asyncio.run(_watch_all(address, heads, come))


async def _watch_all(address: str, heads: dict[str, str], come: Semaphore) -> None:
    nobody_waits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, limits=nobody_waits, timeout=None) as browser:
        await asyncio.gather(*(_watch(browser, heads, come) for _ in range(WATCHERS)))


async def _watch(browser: httpx.AsyncClient, heads: dict[str, str], come: Semaphore) -> None:
    """What ends is begun anew, as a page does; the first figures are announced once."""
    told = False
    while True:
        try:
            async with browser.stream("GET", "/console/events?since=-1", headers=heads) as events:
                async for line in events.aiter_lines():
                    if not told and line.startswith("data:"):
                        told = True
                        come.release()
        except httpx.TransportError:
            await asyncio.sleep(PAUSE)


def back_up(url: str, ended: Event) -> None:
    """One backup after another."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    engine = connect(url)
    with TemporaryDirectory() as folder:
        number = 0
        while not ended.wait(PAUSE):
            now: datetime = beijing_now()
            backup_store(engine, Path(folder, f"{number}.backup"), actor="bench", now=now)
            number += 1
            for old in sorted(Path(folder).glob("*.backup"))[:-1]:
                old.unlink()
