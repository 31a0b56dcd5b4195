"""Reading 200,000 responses from a workbook and from a CSV, each in a process of its own.

.venv/bin/python -m tests.bench.imports
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from subprocess import run
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import xlsxwriter

from questionnaires.paper import load_paper
from survey_app.frame.sheets import Mapping, read_responses
from tests.bench.table import Line, hand_in

FORMS = 200_000
ITEMS = load_paper("social-2026").item_ids
WORDS = ("非常满意", "满意", "基本满意", "不满意", "非常不满意", "不了解", "")
BUDGETS = {"responses.xlsx": (15.0, 500), "responses.csv": (5.0, 500)}


def make_rows() -> Iterator[list[object]]:
    """A platform's download: its number, the class, the answers in words, the time taken."""
    random = Random(20251120)
    yield ["序号", "调查对象", "单位", "班级", *ITEMS, "答题用时"]
    for number in range(FORMS):
        answers = random.choices(WORDS, k=len(ITEMS))
        yield [number + 1, "家长", f"P{number % 94:03}", f"{number % 20 + 1}班", *answers, f"{number % 300}秒"]


def write_files(folder: Path) -> None:
    """The same rows in both forms."""
    with (folder / "responses.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(make_rows())
    with xlsxwriter.Workbook(folder / "responses.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(make_rows()):
            sheet.write_row(row, 0, cells)


def read_one(path: Path) -> None:
    """Read a file and print seconds, seconds of CPU, and the megabytes that the process reached."""
    start = perf_counter()
    began = process_time()
    read = read_responses(path, ITEMS, Mapping())
    assert len(read.table) == FORMS
    memory = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    print(f"{perf_counter() - start:.1f} {process_time() - began:.1f} {memory:.0f}")


def measure(path: Path) -> Line:
    """The line of one file, read by a new process."""
    said = run([sys.executable, "-m", "tests.bench.imports", path], check=True, capture_output=True, text=True).stdout
    seconds, cpu, memory = map(float, said.split())
    limit, largest = BUDGETS[path.name]
    return Line(
        f"{FORMS:,} responses from {path.suffix[1:]} ({path.stat().st_size / 1e6:.0f} MB)",
        f"<= {limit:g} s, {largest} MB",
        f"{seconds:.1f} s ({cpu:.1f} s CPU), {memory:.0f} MB",
        cpu <= limit and memory <= largest,
        "the first version: 28 s, 903 MB from xlsx, 12 s from CSV",
    )


def main() -> None:
    """Write the files, read each, hand in a line each."""
    with TemporaryDirectory() as folder:
        write_files(Path(folder))
        met = hand_in([measure(Path(folder, name)) for name in BUDGETS])
    if not met:
        raise SystemExit(1)


if __name__ == "__main__":
    read_one(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
