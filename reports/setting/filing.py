"""Filing: names that every file system takes, and files written by several processes at once."""

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, count
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from questionnaires.text import clean_text

LONGEST_NAME = 60  # characters: three bytes each and a suffix stay within the 255 bytes of a file name


class Job(NamedTuple):
    """One file to write: `render(*about)` gives its bytes; all must be importable by another process."""

    path: Path
    render: Callable[..., bytes]
    about: tuple[Any, ...]


def write_files(jobs: Sequence[Job], *, processes: int = 1) -> None:
    """Write the file of every job, in the order given; with `processes` above 1 each takes the next job."""
    if processes == 1:
        for job in jobs:
            _write(job)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write, jobs))


def name_files(names: Iterable[str]) -> list[str]:
    """Turn names into file or folder names: safe on Windows, macOS and Linux, and no two alike.

    >>> name_files(["一小/分校", "一小:分校"])
    ['一小_分校', '一小_分校-2']
    """
    given: list[str] = []
    taken: set[str] = set()
    for name in names:
        stem = clean_text(re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name))[:LONGEST_NAME].strip(" .") or "_"
        choices = chain([stem], (f"{stem}-{number}" for number in count(2)))
        given.append(next(choice for choice in choices if choice.casefold() not in taken))
        taken.add(given[-1].casefold())
    return given


def _write(job: Job) -> None:
    content = job.render(*job.about)
    job.path.parent.mkdir(parents=True, exist_ok=True)
    job.path.write_bytes(content)
