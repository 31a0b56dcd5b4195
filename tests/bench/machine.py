"""Programs measured from outside, and the machine they ran on."""

import os
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Run(NamedTuple):
    """Wall clock seconds, peak resident megabytes, exit code and what was printed."""

    seconds: float
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
    return Run(perf_counter() - start, usage.ru_maxrss / 1024, process.returncode, printed)


def describe_machine() -> str:
    """CPU model, cores, load and date in one line."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].split(":")[1].strip() if models else "unknown CPU"
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {date.today()}"
