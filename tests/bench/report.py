"""All documents of a closed round, as the command writes them, from the start of the program to its end."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.machine import run
from tests.bench.table import Line, hand_in

SECONDS, TIMES = 6, 3
PROGRAM = [sys.executable, "-c", "from survey_app.cli import main; main()"]
RELEASED = ("--released-by", "甲", "--released-by", "乙")


def main() -> int:
    """Build the example county, write its report a few times, hand in the median; 1 if the budget is exceeded."""
    os.environ["SURVEY_DATABASE_URL"] = ""
    with TemporaryDirectory() as folder:
        demo = run([*PROGRAM, "demo", "--dir", folder, "--no-serve"])
        if demo.code:
            return 1
        round_name = "--round=" + _closed(folder)
        out = Path(folder, "out")
        runs = [
            run([*PROGRAM, "report", "--dir", folder, round_name, "--part", "all", *RELEASED, "--out", out])
            for _ in range(TIMES)
        ]
        files = sorted(path.suffix for path in out.rglob("*") if path.is_file())
    seconds = median(one.seconds for one in runs)
    kinds = " ".join(sorted(set(files)))
    return not hand_in(
        [
            Line(
                f"report, all documents ({len(files)} files: {kinds}), the command from start to end",
                f"<= {SECONDS} s",
                f"{seconds:.1f} s ({median(one.cpu for one in runs):.1f} s CPU), {runs[0].megabytes:.0f} MB",
                seconds <= SECONDS and not any(one.code for one in runs),
            )
        ]
    )


def _closed(folder: str) -> str:
    """The name of the closed round."""
    listed = subprocess.run([*PROGRAM, "round", "list", "--dir", folder], capture_output=True, text=True, check=True)
    return next(line.split()[0] for line in listed.stdout.splitlines() if " closed " in line)


if __name__ == "__main__":
    raise SystemExit(main())
