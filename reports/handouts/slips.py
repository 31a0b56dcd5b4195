"""Slips: one code for one person, 18 to a sheet of A4, with a cover sheet to sign for each class."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from questionnaires.vocabulary import Group, place_in_list
from reports.handouts.handout_words import load_handout_words
from reports.handouts.notices import Notice, describe_notice
from reports.setting.filing import Job, name_files, write_files
from reports.setting.typesetting import compile_pdf

QUIET_ZONE = 4  # modules, ISO/IEC 18004:2015, 6.3.8
MASK = 2  # any of the eight is valid; searching for the prettiest costs ten times the code itself
LETTERS = {1: "0", 2: "A", 4: "a"}
"""A letter that is written in each mode, by the mode's number (ISO/IEC 18004:2015, 7.4.1)."""
DARK = re.compile(b"\1+")
DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")


@dataclass(frozen=True)
class Slip:
    """One person's code; `unit` and `class_name` as people call them, `class_name` empty where none is."""

    url: str
    code: str
    group: str
    unit: str
    class_name: str


@dataclass(frozen=True)
class ClassCode:
    """The code that a class, or a public place, shares; `people` is 0 where nobody can say how many.

    `short` is the same code in digits, for computers without a camera. `opinion`: of a class that was not drawn.
    """

    url: str
    code: str
    group: str
    unit: str
    class_name: str
    people: int
    short: str = ""
    opinion: bool = False


def draw_qr(url: str) -> str:
    """Draw the QR code of `url` with its quiet zone as an SVG of unit modules.

    Level M is the least that survives a fold or a stain; Q would cost a version, and smaller modules are
    what old phones fail on first. The code itself is in the denser alphanumeric mode when its letters
    allow it; the address stays byte for byte what it was.
    """
    address, slash, code = url.rpartition("/")
    return _draw_parts(address + slash, code)


def draw_text_qr(text: str) -> str:
    """Draw the QR code of a text as `draw_qr` does that of an address."""
    return _draw_parts(text)


def _draw_parts(*parts: str) -> str:
    qr = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=MASK)
    for part in parts:
        qr.add_data(part, optimize=0)
    qr.version = _fit_version(tuple((part.mode, len(part)) for part in qr.data_list))
    qr.make(fit=False)
    size = qr.modules_count + 2 * QUIET_ZONE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-QUIET_ZONE} {-QUIET_ZONE} {size} {size}">'
        f'<path stroke="#000" d="{_trace(qr.modules)}"/></svg>'
    )


@cache
def _fit_version(shape: tuple[tuple[int, int], ...]) -> int:
    """The smallest version that parts of these modes and lengths fit into, whatever they say."""
    qr = QRCode(error_correction=ERROR_CORRECT_M)
    for mode, length in shape:
        qr.add_data(LETTERS[mode] * length, optimize=0)
    return qr.best_fit()


def render_slips(slips: Iterable[Slip], notice: Notice) -> bytes:
    """Set `slips` as an A4 PDF, 3 by 6 to a page, in the order of unit, class and group.

    Each class and group starts with a cover sheet to sign. The same input in any order gives the same bytes.

    Raises:
        FontMissingError: no Chinese typeface is installed.
        WordingError: a text of `notice` must not reach respondents.
    """
    ordered = sorted(slips, key=place_in_stack)
    stacks = [
        _describe_stack(list(stack))
        for _, stack in groupby(ordered, key=lambda slip: (slip.unit, slip.class_name, slip.group))
    ]
    return compile_pdf("slips.typ", {"notice": describe_notice(notice), "stacks": stacks}, tagged=False)


def write_slips(folder: Path, slips: Iterable[Slip], notice: Notice, *, processes: int = 1) -> list[Path]:
    """Write one PDF of slips per unit, in a folder of its name, and return the files in the order of units.

    Units are shared among `processes`, the largest first.

    Raises:
        FontMissingError: no Chinese typeface is installed.
        WordingError: a text of `notice` must not reach respondents.
    """
    ordered = sorted(slips, key=place_in_stack)
    by_unit = {unit: list(stack) for unit, stack in groupby(ordered, key=lambda slip: slip.unit)}
    file_name = load_handout_words().files.slips
    jobs = [
        Job(folder / name / file_name, render_slips, (by_unit[unit], notice))
        for unit, name in zip(by_unit, name_files(by_unit), strict=True)
    ]
    write_files(sorted(jobs, key=lambda job: -len(job.about[0])), processes=processes)
    return [job.path for job in jobs]


def place_in_stack(code: Slip | ClassCode) -> tuple[object, ...]:
    """Sort by unit, class and group as people count them, and last by the code itself."""
    unit = _spoken_order(code.unit)
    class_name = _spoken_order(code.class_name)
    return unit, code.unit, class_name, code.class_name, place_in_list(Group, code.group), code.code


def group_code(code: str) -> str:
    """Write a code in its groups of five, digits in threes, codes of before in fours, as people read and type it.

    >>> group_code("ABCDEFGHJKLMNPQRSTVW"), group_code("123456704"), group_code("12345670")
    ('ABCDE FGHJK LMNPQ RSTVW', '123 456 704', '1234 5670')
    """
    size = {20: 5, 9: 3}.get(len(code), 4)
    return " ".join(code[start : start + size] for start in range(0, len(code), size))


def _describe_stack(slips: Sequence[Slip]) -> dict[str, object]:
    first = slips[0]
    words = load_handout_words()
    return {
        "unit": first.unit,
        "class": first.class_name,
        "group": Group(first.group).zh,
        "asks": {Group.STUDENT: words.guardian, Group.PARENT: words.away}.get(Group(first.group), ""),
        "site": first.url.rsplit("/q/", 1)[0].split("://", 1)[-1],
        "slips": [{"code": group_code(slip.code), "qr": draw_qr(slip.url)} for slip in slips],
    }


@cache
def _spoken_order(name: str) -> tuple[str | int, ...]:
    """Sort 二年级10班 and 二年级十班 after 二年级9班, and before 三年级1班."""
    digits = name.translate(DIGITS)
    numbers = re.sub("([0-9]?)十([0-9]?)", lambda ten: (ten[1] or "1") + (ten[2] or "0"), digits)
    parts = re.split("([0-9]+)", numbers)
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def _trace(modules: Sequence[Sequence[bool | None]]) -> str:
    """Strokes through the middle of the dark modules, row by row: two numbers for each, half of what a box takes."""
    strokes = []
    for y, row in enumerate(modules):
        strokes.append(f"M0 {y}.5")
        at = 0
        for dark in DARK.finditer(bytes(map(bool, row))):
            start, end = dark.span()
            strokes.append(f"m{start - at} 0h{end - start}")
            at = end
    return "".join(strokes)
