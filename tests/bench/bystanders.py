"""What goes on beside the phones while they are measured: watchers of the counts, and one backup after another."""

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from survey_app.core.db import connect
from survey_app.core.settings import beijing_now
from survey_app.upkeep.backup import backup_store

WATCHERS = 100
PAUSE = 1.0


@contextmanager
def beside(address: str, heads: dict[str, str], url: str) -> Iterator[None]:
    """A hundred watchers and a process that backs the store up again and again, on the last core."""
    context = multiprocessing.get_context("spawn")
    ended = context.Event()
    work = [(watch, (address, heads)), (back_up, (url, ended))]
    running = [context.Process(target=target, args=arguments, daemon=True) for target, arguments in work]
    for process in running:
        process.start()
    try:
        yield
    finally:
        ended.set()
        running[1].join(60)
        for process in running:
            process.kill()
            process.join()


def watch(address: str, heads: dict[str, str]) -> None:
    """Look at the counts as so many officials do, until somebody ends this process."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    asyncio.run(_watch_all(address, heads))


async def _watch_all(address: str, heads: dict[str, str]) -> None:
    nobody_waits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, limits=nobody_waits, timeout=None) as browser:
        await asyncio.gather(*(_watch(browser, heads) for _ in range(WATCHERS)))


async def _watch(browser: httpx.AsyncClient, heads: dict[str, str]) -> None:
    while True:
        try:
            async with browser.stream("GET", "/console/events?since=0", headers=heads) as events:
                async for _ in events.aiter_lines():
                    pass
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
