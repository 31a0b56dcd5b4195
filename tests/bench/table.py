"""The one table of `make bench`: lines that the measuring modules hand in, and their Markdown."""

import json
import os
import platform
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

KEPT = "BENCH_LINES"
BEGIN, END = "<!-- written by make bench -->", "<!-- to here -->"
HEAD = "| what | budget | ours | | reference, same run unless it says otherwise |\n|---|---|---|---|---|"


class Line(NamedTuple):
    """What was measured, what it may take, what it took, whether that holds (None: no budget), and beside what."""

    what: str
    budget: str
    ours: str
    met: bool | None
    reference: str = ""

    def row(self) -> str:
        """The line in Markdown."""
        verdict = {True: "met", False: "**not met**", None: ""}[self.met]
        return f"| {self.what} | {self.budget} | {self.ours} | {verdict} | {self.reference} |"


def hand_in(lines: Iterable[Line]) -> bool:
    """Print lines as they come, keep them for the table of the whole run; whether every budget was met."""
    met = True
    for line in lines:
        print(line.row(), flush=True)
        met = met and line.met is not False
        if path := os.environ.get(KEPT):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return met


def write_table(kept: Path) -> str:
    """The table of a run, under the machine and the date."""
    lines = [Line(*json.loads(line)) for line in kept.read_text(encoding="utf-8").splitlines()]
    return "\n".join([f"{describe_machine()}.", "", HEAD, *(line.row() for line in lines)])


def describe_machine() -> str:
    """Date, CPU model, cores, memory, kernel and load in one line."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].split(":")[1].strip() if models else "unknown CPU"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    about = f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, Linux {platform.release().split('-')[0]}"
    return f"{date.today()}, {about}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end"


def put_into_page(page: Path, table: str) -> None:
    """Put the table between the two marks of a page, in place of the one that is there."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
