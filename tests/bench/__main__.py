"""`make bench`: every module of this folder that has a `main`, one after another."""

import sys
from pathlib import Path
from subprocess import run
from time import perf_counter

FIRST = ["timing", "coverage_table"]


def main() -> None:
    here = Path(__file__).parent
    found = {path.stem for path in here.glob("*.py") if "\ndef main(" in path.read_text()} - {"__main__"}
    failed = []
    for name in [*FIRST, *sorted(found - set(FIRST))]:
        print(f"\n== {name}", flush=True)
        start = perf_counter()
        if run([sys.executable, "-m", f"tests.bench.{name}"], cwd=here.parents[1], check=False).returncode:
            failed.append(name)
        print(f"-- {name}: {perf_counter() - start:.0f} s", flush=True)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
