"""Ten thousand slips on two processes, which another decoder reads back, and the posters of a whole county."""

import os
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from time import perf_counter

import pypdfium2
import zxingcpp

from reports.handouts.notices import Notice
from reports.handouts.posters import write_class_codes
from reports.handouts.slips import ClassCode, Slip, write_slips
from survey_app.answering import new_code
from tests.bench.table import Line, hand_in

SLIPS, UNITS, CLASSES = 10_000, 94, 6
SECONDS = 8
CLASS_CODES, PLACES, SECONDS_OF_POSTERS = 2_842, 175, 60
"""As many class codes and units as the example county has when all its families and pupils are asked."""
PROCESSES = 2
SITE = "https://survey.example.cn"
DOTS = 200  # an inch, as an office scanner's usual setting
NOTICE = Notice(
    "青山区", "青山区政府教育督导室", "义务教育社会认可度调查", date(2025, 10, 20), date(2025, 10, 25), invented=True
)


def invent_slips() -> list[Slip]:
    """Slips of parents in classes of schools."""
    codes = [new_code(token_bytes) for _ in range(SLIPS)]
    return [
        Slip(
            f"https://survey.example.cn/q/{code}",
            code,
            "parent",
            f"第{at % UNITS + 1}学校",
            f"三年级{at % CLASSES + 1}班",
        )
        for at, code in enumerate(codes)
    ]


def time_posters() -> float:
    """How long poster, picture and chat text of every class code of a county take."""
    made = [
        ClassCode(
            url=f"{SITE}/q/{code}",
            code=code,
            group=("parent", "student")[at % 2],
            unit=f"第{at % PLACES + 1}学校",
            class_name=f"三年级{at // PLACES // 2 + 1}班",
            people=40,
        )
        for at, code in enumerate(new_code(token_bytes) for _ in range(CLASS_CODES))
    ]
    with TemporaryDirectory() as folder:
        start = perf_counter()
        write_class_codes(Path(folder), made, NOTICE, processes=PROCESSES)
        return perf_counter() - start


def read_pages(job: tuple[Path, int]) -> list[str]:
    """What the decoder reads off one page."""
    path, number = job
    with pypdfium2.PdfDocument(path) as document:
        image = document[number].render(scale=DOTS / 72, grayscale=True).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]


def _cpu_seconds() -> float:
    """What this process and those it waited for have spent."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> int:
    """Print, read back, hand in; 1 if a budget is exceeded."""
    slips = invent_slips()
    with TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as readers:
        start, spent = perf_counter(), _cpu_seconds()
        paths = write_slips(Path(folder), slips, NOTICE, processes=PROCESSES)
        seconds, cpu = perf_counter() - start, _cpu_seconds() - spent
        pages = [(path, number) for path in paths for number in range(len(pypdfium2.PdfDocument(path)))]
        start = perf_counter()
        read = [text for found in readers.map(read_pages, pages, chunksize=8) for text in found]
        reading = perf_counter() - start
    posters = time_posters()
    right = len({slip.url for slip in slips} & set(read))
    return not hand_in(
        [
            Line(
                f"{SLIPS:,} slips as PDF on {PROCESSES} processes, {len(paths)} files, {len(pages)} pages",
                f"<= {SECONDS} s",
                f"{seconds:.1f} s ({cpu:.1f} s CPU)",
                seconds <= SECONDS,
                "path-drawing PDF canvas (a constant): 107 s",
            ),
            Line(
                f"posters, pictures and chat texts of {CLASS_CODES:,} class codes of {PLACES} units",
                f"<= {SECONDS_OF_POSTERS} s",
                f"{posters:.0f} s",
                posters <= SECONDS_OF_POSTERS,
                "pictures of 1,080 pixels (a constant): 75 s",
            ),
            Line(
                f"codes of all these pages read back by zxing-cpp at {DOTS} dpi ({reading:.0f} s)",
                "every code",
                f"{right:,} of {SLIPS:,}",
                right == SLIPS == len(read),
            ),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
