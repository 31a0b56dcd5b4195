"""The codes of a unit as one PDF, posters and slips in class order, and the contents of a county's archive."""

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import msgspec
import pypdfium2

from questionnaires.vocabulary import CodeKind, Group
from reports.handouts.notices import Notice
from reports.handouts.posters import write_class_codes
from reports.handouts.slips import write_slips
from reports.setting.cell_texts import escape_cell
from reports.setting.filing import name_files
from survey_app.codes.issuing import IssuedCode
from survey_app.results.code_papers import describe_class_code, describe_slip

FEW = 8
PARTS = "parts"
PROCESSES = 2
NO_ASCII = re.compile("[^0-9A-Za-z-]+")
TEMPLATES = Path(__file__).parents[1] / "templates"


class UnitFileWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the files are called, and the columns of the contents."""

    contents: str
    chat: str
    columns: list[str]


@cache
def load_words() -> UnitFileWords:
    """The words of unit_files.toml."""
    return msgspec.toml.decode((TEMPLATES / "unit_files.toml").read_bytes(), type=UnitFileWords)


class UnitAsk(NamedTuple):
    """One unit's codes on their way to paper: its number in the archive, and the folder that all files go to."""

    out: Path
    number: int
    codes: list[IssuedCode]
    notice: Notice
    public_url: str

    @property
    def stem(self) -> str:
        """Number and code in ASCII, then the unit as it is called."""
        first = self.codes[0]
        code = NO_ASCII.sub("", first.unit) or "unit"
        return name_files([f"{self.number:03d}-{code} {first.unit_name}"])[0]


def write_units(asks: Sequence[UnitAsk]) -> Iterator[list[Path]]:
    """Write the files of each unit, several units at once where there are many."""
    if len(asks) <= FEW:
        yield from map(write_unit, asks)
        return
    processes = min(PROCESSES, os.cpu_count() or 1)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(write_unit, asks)


def write_unit(ask: UnitAsk) -> list[Path]:
    """One PDF with posters, then slips, each in class order; beside it the pictures and texts for group chats."""
    parts = ask.out / PARTS / f"{ask.number:03d}"
    slips = [describe_slip(code, ask.public_url) for code in ask.codes if _is_slip(code)]
    shared = [describe_class_code(code, ask.public_url) for code in ask.codes if not _is_slip(code)]
    written = [*write_class_codes(parts, shared, ask.notice), *write_slips(parts, slips, ask.notice)]
    whole = ask.out / f"{ask.stem}.pdf"
    join_pdfs([path for path in written if path.suffix == ".pdf"], whole)
    chat = ask.out / load_words().chat.format(stem=ask.stem)
    others = [path for path in written if path.suffix != ".pdf"]
    if others:
        chat.mkdir(parents=True, exist_ok=True)
    return [whole, *(path.rename(chat / path.name) for path in others)]


def join_pdfs(paths: Sequence[Path], whole: Path) -> None:
    """All pages of some PDFs in one, in their order."""
    joined = pypdfium2.PdfDocument.new()
    for path in paths:
        part = pypdfium2.PdfDocument(path.read_bytes())
        joined.import_pages(part)
        part.close()
    joined.save(whole)
    joined.close()


def _is_slip(code: IssuedCode) -> bool:
    return code.kind == CodeKind.SLIP.value


def _row_of(code: IssuedCode) -> tuple[str, str, str]:
    return code.kind, code.class_name, code.group


def write_contents(out: Path, asks: Sequence[UnitAsk]) -> Path:
    """What the archive holds: a line for each class or group of each unit."""
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(load_words().columns)
    for ask in asks:
        ordered = sorted(ask.codes, key=_is_slip)
        for (kind, class_name, group), codes in groupby(ordered, key=_row_of):
            of_row = list(codes)
            about = (of_row[0].unit_name, class_name, Group(group).zh, CodeKind(kind).zh)
            line = (ask.number, f"{ask.stem}.pdf", *about, len(of_row), of_row[0].people)
            table.writerow([escape_cell(str(cell)) for cell in line])
    path = out / load_words().contents
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stream.getvalue().encode("utf-8-sig"))
    return path
