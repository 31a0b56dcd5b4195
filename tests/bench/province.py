"""Memory of a province: so many counties, each with a process for phones, and a few whose console is in use.

.venv/bin/python -m tests.bench.province [--counties 4] [--consoles 1]
"""

import argparse
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.bench.machine import children_of, read_pss
from tests.bench.table import Line, hand_in
from tests.serving import Service, free_port, serving

COUNTIES, IN_USE, MEGABYTES = 40, 10, 8_000
VISITS = 20


def measure(counties: int, consoles: int) -> tuple[float, float]:
    """Megabytes of a county's process for phones and of one with the console, pages that they share counted once."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        phones = [
            stack.enter_context(serving(Path(folder, str(number)), free_port(), only="phones"))
            for number in range(counties)
        ]
        whole = [
            stack.enter_context(serving(Path(folder, f"console {number}"), free_port())) for number in range(consoles)
        ]
        for service in (*phones, *whole):
            for _ in range(VISITS):
                httpx.get(f"{service.address}/q/0000000000000000")
        for service in whole:
            for _ in range(VISITS):
                httpx.get(f"{service.address}/console/login")
        return sum(map(weigh, phones)) / counties, sum(map(weigh, whole)) / consoles


def weigh(service: Service) -> float:
    """Both parts of a process."""
    return sum(read_pss(pid) for pid in (service.process.pid, *children_of(service.process.pid)))


def main() -> int:
    """Measure and hand in; 1 if a province would not fit."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--counties", type=int, default=4)
    arguments.add_argument("--consoles", type=int, default=1)
    chosen = arguments.parse_args()
    phone, console = measure(chosen.counties, chosen.consoles)
    whole = COUNTIES * phone + IN_USE * console
    ours = f"{whole / 1000:.1f} GB: {phone:.0f} MB each, {console:.0f} MB a console"
    what = f"{COUNTIES} counties, a process for phones each, {IN_USE} consoles in use"
    of = f"{chosen.counties} and {chosen.consoles} measured at once"
    return not hand_in([Line(what, f"<= {MEGABYTES / 1000:.0f} GB", ours, whole <= MEGABYTES, of)])


if __name__ == "__main__":
    raise SystemExit(main())
