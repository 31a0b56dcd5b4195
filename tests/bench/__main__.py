"""`make bench`: every module of this folder that has a `main`, one after another, then their lines in one table.

.venv/bin/python -m tests.bench [MODULE ...] [--write]
"""

import argparse
import os
import sys
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.table import KEPT, put_into_page, write_table

HERE = Path(__file__).parent
FIRST = ["first_view", "journeys", "timing", "slips", "report", "console", "growth"]
PAGE = HERE.parents[1] / "docs" / "performance" / "README.md"


def main() -> None:
    """Measure and print; with `--write` the table goes into docs/performance/README.md too."""
    found = {path.stem for path in HERE.glob("*.py") if "\ndef main(" in path.read_text()} - {"__main__"}
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("modules", nargs="*", help=f"of {', '.join(sorted(found))}; all if none is named")
    arguments.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name} of docs/performance")
    chosen = arguments.parse_args()
    names = chosen.modules or [*FIRST, *sorted(found - set(FIRST))]
    with TemporaryDirectory() as folder:
        kept = Path(folder, "lines")
        kept.touch()
        failed = [name for name in names if not measure(name, kept)]
        table = write_table(kept)
    print(f"\n{table}\n")
    if chosen.write:
        put_into_page(PAGE, table)
    if failed:
        raise SystemExit(f"a budget was not met, or nothing was measured: {', '.join(failed)}")


def measure(name: str, kept: Path) -> bool:
    """Run one module in a process of its own; whether it ended well."""
    print(f"\n== {name}", flush=True)
    start = perf_counter()
    done = run(
        [sys.executable, "-m", f"tests.bench.{name}"],
        cwd=HERE.parents[1],
        env=os.environ | {KEPT: str(kept)},
        check=False,
    )
    print(f"-- {name}: {perf_counter() - start:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    main()
