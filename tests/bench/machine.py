"""Programs measured from outside."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Run(NamedTuple):
    """Seconds by the clock and of CPU, peak resident megabytes, exit code and what was printed."""

    seconds: float
    cpu: float
    megabytes: float
    code: int
    printed: str


def run(command: Sequence[str | Path]) -> Run:
    """Run a program alone. Its peak counts from this process's own at least, which therefore stays small."""
    start = perf_counter()
    with subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(perf_counter() - start, cpu, usage.ru_maxrss / 1024, process.returncode, printed)


def read_pss(pid: int) -> float:
    """The proportional set size of a process in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that live."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
