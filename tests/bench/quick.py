"""What a short command costs, and what a process that answers phones only holds in memory under load.

.venv/bin/python -m tests.bench.quick
"""

import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from questionnaires.paper import load_paper
from survey_app.core.db import connect, upgrade
from tests.bench.bulk import make_slips, open_bench_round
from tests.bench.journeys import serving
from tests.bench.machine import read_pss
from tests.bench.table import Line, hand_in

PEOPLE = 20_000
FORMS = 2_000
CLIENTS = 16
TIMES = 3
HELP = 0.2
STATUS = 0.6
PSS = 100
ITEMS = load_paper("social-2026").item_ids
PROGRAM = [sys.executable, "-c", "from survey_app.cli import main; main()"]


def main() -> int:
    """Measure and hand in the lines; 1 if a budget is exceeded."""
    with TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{folder}/survey.db")
        upgrade(engine)
        open_bench_round(engine, PEOPLE)
        slips = make_slips(engine, FORMS)
        engine.dispose()
        helping = cpu_of("--help")
        watching = cpu_of("status", "--dir", folder)
        held = memory_under_load(folder, slips)
    return not hand_in(
        [
            Line("`survey --help`, CPU", f"<= {HELP} s", f"{helping:.2f} s", helping <= HELP, "0.1.0: 3.3 s"),
            Line("`survey status`, CPU", f"<= {STATUS} s", f"{watching:.2f} s", watching <= STATUS, "0.1.0: 3.4 s"),
            Line(
                f"a process that answers phones only, PSS after {FORMS:,} forms by {CLIENTS} clients",
                f"<= {PSS} MB",
                f"{held:.0f} MB",
                held <= PSS,
                "0.1.0: 207 MB",
            ),
        ]
    )


def cpu_of(*arguments: str) -> float:
    """The CPU seconds of a command, the least of some runs."""
    return min(_cpu_once(arguments) for _ in range(TIMES))


def _cpu_once(arguments: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*PROGRAM, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def memory_under_load(folder: str, slips: list[str]) -> float:
    """The PSS in MB of the process that serves, granian's parent apart, once every slip brought its form."""
    environment = {"SURVEY_DATABASE_URL": "", "SURVEY_DIR": folder}
    with serving("survey_app.phones:create", environment) as (address, parent):
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda part: send_forms(address, slips[part::CLIENTS]), range(CLIENTS)))
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return max(read_pss(int(child)) for child in children)


def send_forms(address: str, slips: list[str]) -> None:
    """Open the paper of each slip and send it in."""
    for slip in slips:
        with httpx.Client(base_url=address) as phone:
            phone.get(f"/q/{slip}")
            phone.post(f"/q/{slip}", data=dict.fromkeys(ITEMS, "4")).raise_for_status()


if __name__ == "__main__":
    os.nice(5)
    raise SystemExit(main())
