"""What share of each package's lines a run of the tests reached: `python -m tests.covered_lines FILE` prints it.

FILE is the JSON that `slipcover` writes, every file of the packages in it; `make test` runs both. A line counts that a
process of the tests' own ran: what a service or a command in a process of its own does is not seen.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from tests.house import PACKAGES


def count_lines(report: Path) -> tuple[Counter[str], Counter[str]]:
    """Lines reached, and all lines that can be, by package."""
    reached: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for name, found in json.loads(report.read_text(encoding="utf-8"))["files"].items():
        package = name.split("/")[0]
        reached[package] += len(found["executed_lines"])
        lines[package] += len(found["executed_lines"]) + len(found["missing_lines"])
    return reached, lines


def say_lines(reached: Counter[str], lines: Counter[str]) -> str:
    """One line a package and one for all."""
    rows = [(package, reached[package], lines[package]) for package in PACKAGES]
    rows.append(("all", reached.total(), lines.total()))
    return "\n".join(_say_line(*row) for row in rows)


def _say_line(name: str, reached: int, lines: int) -> str:
    return f"{name:<15}{reached:>7,} of {lines:>7,} lines  {100 * reached / max(lines, 1):5.1f} %"


if __name__ == "__main__":
    print(say_lines(*count_lines(Path(sys.argv[1]))))
